"""Held decisions: a person releases or discards all that a brake holds of a rule; who waited in vain is told so."""

from __future__ import annotations

from collections.abc import Iterable

from cartellino.commands.notices import notify_bearers, remaining
from cartellino.commands.unit_of_work import UnitOfWork
from cartellino.enforcement.acts import Discard, Release
from cartellino.enforcement.decision import Decision
from cartellino.notices.facts import Facts
from cartellino.vocabulary.accounts import AccountRef
from cartellino.vocabulary.ids import short_limit_id
from cartellino.vocabulary.refusals import BadArgument, NotFound


def release(unit: UnitOfWork, rule: str, reason: str) -> list[str]:
    """Release the held decisions of a rule, which are decided anew at this time; return the ids of the new decisions.

    Raises `NotFound` when the rule has none, `BadArgument` when its name alone is that of several.
    """
    rule, waiting = _waiting(unit, rule)
    decided = [str(decision.id) for decision in unit.act(Release, reason, rule=rule)]
    _tell_over(unit, (decision for decision in waiting if decision.id not in decided))
    unit.record("released", rule, reason)
    unit.send("held.released", "", "", {"rule": rule, "decisions": decided})
    return decided


def discard(unit: UnitOfWork, rule: str, reason: str) -> list[str]:
    """Discard the held decisions of a rule, and end their short limits; return their ids.

    Raises `NotFound` when the rule has none, `BadArgument` when its name alone is that of several.
    """
    rule, waiting = _waiting(unit, rule)
    unit.act(Discard, reason, rule=rule)
    _tell_over(unit, waiting)
    dropped = [str(decision.id) for decision in waiting]
    unit.record("discarded", rule, reason)
    unit.send("held.discarded", "", "", {"rule": rule, "decisions": dropped})
    return dropped


def _waiting(unit: UnitOfWork, named: str) -> tuple[str, list[Decision]]:
    """Return the id of a rule, which may be named without its policy, and the decisions of it that are held.

    Raises `NotFound` when there are none, `BadArgument` when several rules of that name have some.
    """
    held = [decision for decision, _ in unit.route.sequencer.held.values()]
    rules = sorted(
        {str(decision.rule) for decision in held if named in (decision.rule, decision.rule.partition("/")[2])}
    )
    if not rules:
        raise NotFound(f"there is no decision of the rule `{named}` that is held")
    if len(rules) > 1:
        raise BadArgument(f"`{named}` may be {' or '.join(f'`{rule}`' for rule in rules)}; write its policy before it")
    return rules[0], [decision for decision in held if decision.rule == rules[0]]


def _tell_over(unit: UnitOfWork, dropped: Iterable[Decision]) -> None:
    """Tell everybody who was told that we were looking, and of whom nothing more is wished, that this is over."""
    for decision in dropped:
        if decision.meanwhile is not None:
            limit, code = short_limit_id(decision.id), decision.code

            def said(bearer: AccountRef, code: int = code) -> Facts:
                return Facts(shape="lifted", at=unit.now, code=code, topic="waiting", remains=remaining(unit, bearer))

            notify_bearers(unit, decision.about, limit, said, decision.id)
