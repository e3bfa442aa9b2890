"""The allowance of new chats as far as it needs no computing: whether there is one, and what a limit leaves of it."""

from __future__ import annotations

from typing import Any

from cartellino.enforcement.standing import Standing
from cartellino.pipeline.live_view import LiveView
from cartellino.policies.policyset import PolicySet
from cartellino.vocabulary.ids import RuleId
from cartellino.vocabulary.times import Instant, show_instant

USED_UP = 122
"""The code of rules that find the allowance used up."""


def rules_of(policies: PolicySet) -> frozenset[RuleId]:
    """Return the rules that limit new chats by an allowance; without any, there is none."""
    return frozenset(
        rule.id for rule in policies.rules if rule.code == USED_UP and rule.ladder and rule.mode.kind == "live"
    )


def while_limited(live: LiveView, service: str, account: str, now: Instant) -> dict[str, Any] | None:
    """Return the allowance of an account whose new chats are limited: none until then; `None` for any other."""
    limited = _limited_until(live.whole(service, account), now)
    if limited is None:
        return None
    return {"new_chats": 0, "more_at": show_instant(limited) if limited else None}


def _limited_until(standing: Standing, now: Instant) -> Instant | None:
    """Return when new chats work again; 0 if that has no end, `None` if they work."""
    forbids = [
        sanction.action
        for sanction in standing.in_force(now)
        if sanction.action.kind in ("suspension", "ban", "challenge") or "new_chats" in sanction.action.scope
    ]
    if not forbids:
        return None
    ends = [action.ends_at for action in forbids]
    return 0 if None in ends else max(end for end in ends if end is not None)
