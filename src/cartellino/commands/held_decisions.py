"""Held decisions: a person releases or discards all that a brake holds of a rule; who waited in vain is told so."""

from __future__ import annotations

from collections.abc import Iterable

from cartellino.commands.notices import remaining, tell_bearers
from cartellino.commands.unit_of_work import UnitOfWork
from cartellino.enforcement.acts import Discard, Release
from cartellino.enforcement.decision import Decision
from cartellino.notices.facts import Facts
from cartellino.vocabulary.accounts import AccountRef
from cartellino.vocabulary.ids import short_limit_id
from cartellino.vocabulary.refusals import NotFound


def release(unit: UnitOfWork, rule: str, reason: str) -> list[str]:
    """Release the held decisions of a rule, which are decided anew at this time; return the ids of the new decisions.

    Raises `NotFound` when the rule has none.
    """
    waiting = _waiting(unit, rule)
    decided = [str(decision.id) for decision in unit.act(Release, reason, rule=rule)]
    _tell_over(unit, (decision for decision in waiting if decision.id not in decided))
    unit.record("released", rule, reason)
    unit.send("held.released", "", "", {"rule": rule, "decisions": decided})
    return decided


def discard(unit: UnitOfWork, rule: str, reason: str) -> list[str]:
    """Discard the held decisions of a rule, and end their short limits; return their ids.

    Raises `NotFound` when the rule has none.
    """
    waiting = _waiting(unit, rule)
    unit.act(Discard, reason, rule=rule)
    _tell_over(unit, waiting)
    dropped = [str(decision.id) for decision in waiting]
    unit.record("discarded", rule, reason)
    unit.send("held.discarded", "", "", {"rule": rule, "decisions": dropped})
    return dropped


def _waiting(unit: UnitOfWork, rule: str) -> list[Decision]:
    waiting = [decision for decision, _ in unit.route.sequencer.held.values() if decision.rule == rule]
    if not waiting:
        raise NotFound(f"there is no decision of the rule `{rule}` that is held")
    return waiting


def _tell_over(unit: UnitOfWork, dropped: Iterable[Decision]) -> None:
    """Tell everybody who was told that we were looking, and of whom nothing more is wished, that this is over."""
    for decision in dropped:
        if decision.meanwhile is not None:
            limit, code = short_limit_id(decision.id), decision.code

            def said(bearer: AccountRef, code: int = code) -> Facts:
                return Facts(shape="lifted", at=unit.now, code=code, topic="waiting", remains=remaining(unit, bearer))

            tell_bearers(unit, decision.about, limit, said, decision.id)
