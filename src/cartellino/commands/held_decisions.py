"""What brakes hold, and what a person does with it: everything of a rule at once, released or discarded."""

from __future__ import annotations

from cartellino.commands.unit_of_work import UnitOfWork
from cartellino.enforcement.acts import Discard, Release
from cartellino.vocabulary.refusals import BadArgument


def release(unit: UnitOfWork, rule: str, reason: str) -> list[str]:
    """Carry out what is held of a rule, decided anew at this time; return the decisions.

    Raises `BadArgument` when nothing of it is held.
    """
    _waiting(unit, rule)
    decided = [str(one.id) for one in unit.act(Release, reason, rule=rule)]
    unit.record("released", rule, reason)
    unit.send("held.released", "", "", {"rule": rule, "decisions": decided})
    return decided


def discard(unit: UnitOfWork, rule: str, reason: str) -> list[str]:
    """Drop what is held of a rule, and end the short limits; return the decisions.

    Raises `BadArgument` when nothing of it is held.
    """
    waiting = _waiting(unit, rule)
    unit.act(Discard, reason, rule=rule)
    unit.record("discarded", rule, reason)
    unit.send("held.discarded", "", "", {"rule": rule, "decisions": waiting})
    return waiting


def _waiting(unit: UnitOfWork, rule: str) -> list[str]:
    waiting = [str(one.id) for one, _ in unit.route.sequencer.held.values() if one.rule == rule]
    if not waiting:
        raise BadArgument(f"there is no decision of the rule `{rule}` that is held")
    return waiting
