"""What brakes hold, and what a person does with it: everything of a rule at once, released or discarded."""

from __future__ import annotations

from cartellino.commands.unit_of_work import Desk
from cartellino.enforcement.acts import Discard, Release
from cartellino.vocabulary.refusals import BadArgument


def release(desk: Desk, rule: str, reason: str) -> list[str]:
    """Carry out what is held of a rule, decided anew at this time; return the decisions.

    Raises `BadArgument` when nothing of it is held.
    """
    _waiting(desk, rule)
    decided = [str(one.id) for one in desk.act(Release, reason, rule=rule)]
    desk.record("released", rule, reason)
    desk.send("held.released", "", "", {"rule": rule, "decisions": decided})
    return decided


def discard(desk: Desk, rule: str, reason: str) -> list[str]:
    """Drop what is held of a rule, and end the short limits; return the decisions.

    Raises `BadArgument` when nothing of it is held.
    """
    waiting = _waiting(desk, rule)
    desk.act(Discard, reason, rule=rule)
    desk.record("discarded", rule, reason)
    desk.send("held.discarded", "", "", {"rule": rule, "decisions": waiting})
    return waiting


def _waiting(desk: Desk, rule: str) -> list[str]:
    waiting = [str(one.id) for one, _ in desk.route.sequencer.held.values() if one.rule == rule]
    if not waiting:
        raise BadArgument(f"there is no decision of the rule `{rule}` that is held")
    return waiting
