"""Held decisions: a person releases or discards all that a brake holds of a rule."""

from __future__ import annotations

from cartellino.commands.unit_of_work import UnitOfWork
from cartellino.enforcement.acts import Discard, Release
from cartellino.vocabulary.refusals import BadArgument


def release(unit: UnitOfWork, rule: str, reason: str) -> list[str]:
    """Release the held decisions of a rule, which are decided anew at this time; return the ids of the new decisions.

    Raises `BadArgument` when the rule has none.
    """
    _waiting(unit, rule)
    decided = [str(decision.id) for decision in unit.act(Release, reason, rule=rule)]
    unit.record("released", rule, reason)
    unit.send("held.released", "", "", {"rule": rule, "decisions": decided})
    return decided


def discard(unit: UnitOfWork, rule: str, reason: str) -> list[str]:
    """Discard the held decisions of a rule, and end their short limits; return their ids.

    Raises `BadArgument` when the rule has none.
    """
    waiting = _waiting(unit, rule)
    unit.act(Discard, reason, rule=rule)
    unit.record("discarded", rule, reason)
    unit.send("held.discarded", "", "", {"rule": rule, "decisions": waiting})
    return waiting


def _waiting(unit: UnitOfWork, rule: str) -> list[str]:
    waiting = [str(finding.id) for finding, _ in unit.route.sequencer.held.values() if finding.rule == rule]
    if not waiting:
        raise BadArgument(f"there is no decision of the rule `{rule}` that is held")
    return waiting
