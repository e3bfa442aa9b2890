"""The allowance of new chats: to how many more people who do not know it an account may write now, and when to more.

It is asked of the kernel, not computed anew: hypothetical messages to strangers who do not answer are judged by the
policies in force, and the first that uses the allowance up ends the count. Rules with the code `USED_UP` are those of
the allowance; without any, there is none.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from cartellino.enforcement.standing import Standing
from cartellino.events.event import Event
from cartellino.events.logged import to_logged
from cartellino.pipeline.live_view import LiveView
from cartellino.vocabulary.times import DAY, HOUR, Instant, show_instant

USED_UP = 122
"""The code of rules that find the allowance used up."""

MOST = 100
"""The largest number that is told: whoever may write to more people is not told how many."""

SILENT = 2 * HOUR
"""How long ago hypothetical strangers were written to: whoever has just been asked may still answer."""

SOONEST = (6 * HOUR, DAY, 7 * DAY, 30 * DAY)
"""After which times it is asked anew, in order, for when there is more."""


def allowance_of(live: LiveView, service: str, account: str, now: Instant) -> dict[str, Any] | None:
    """Return how many new chats an account has, and when it has more; `None` if the policies have no such rule.

    `more_at` is null where there is no need of more, or no more within a month.
    """
    rules = {
        rule.id for rule in live.policies.rules if rule.code == USED_UP and rule.ladder and rule.mode.kind == "live"
    }
    if not rules:
        return None
    limited = _limited_until(live.whole(service, account), now)
    if limited is not None:
        return {"new_chats": 0, "more_at": show_instant(limited) if limited else None}
    left = _left(live, rules, service, account, now)
    if left == MOST:
        return {"new_chats": MOST, "more_at": None}
    later = (now + after for after in SOONEST)
    more_at = next((at for at in later if _left(live, rules, service, account, at) > left), None)
    return {"new_chats": left, "more_at": None if more_at is None else show_instant(more_at)}


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


def _left(live: LiveView, rules: Collection[str], service: str, account: str, at: Instant) -> int:
    findings = live.would_find(to_logged(list(_strangers(service, account, at))))
    used_up = [finding.sequence - 1 for finding in findings if finding.rule in rules and finding.account == account]
    return min(used_up, default=MOST)


def _strangers(service: str, account: str, at: Instant) -> Iterator[Event]:
    """Yield messages to strangers who have had time to answer and did not, after an event that says what time it is."""
    yield Event(id=f"allowance/{at}", time=at, kind="connected", account=account, service=service)
    for number in range(MOST):
        peer = f"allowance/{at}/{number}"
        yield Event(
            id=peer, time=at - SILENT, kind="message_sent", account=account, service=service, peer=peer, known=False
        )
