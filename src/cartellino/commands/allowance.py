"""How many new chats an account has left, and when it has more: asked of the kernel, not computed anew.

Hypothetical messages to strangers who do not answer are judged by the policies in force, and the first that uses the
allowance up ends the count. Nothing is recorded.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from cartellino.events.event import Event
from cartellino.events.logged import to_logged
from cartellino.kernel.engine import Engine
from cartellino.pipeline.route import Route
from cartellino.queries.allowance import rules_of
from cartellino.vocabulary.ids import RuleId
from cartellino.vocabulary.times import DAY, HOUR, Instant, show_instant

MOST = 100
"""The largest number that is told: whoever may write to more people is not told how many."""

SILENT = 2 * HOUR
"""How long ago hypothetical strangers were written to: whoever has just been asked may still answer."""

SOONEST = (6 * HOUR, DAY, 7 * DAY, 30 * DAY)
"""After which times it is asked anew, in order, for when there is more."""


def allowance_of(route: Route, service: str, account: str, now: Instant) -> dict[str, Any]:
    """Return how many new chats an account has whose new chats are not limited, and when it has more.

    `more_at` is null where there is no need of more, or no more within a month.
    """
    kernel, rules = route.kernel, rules_of(route.policies)
    left = _left(kernel, rules, service, account, now)
    if left == MOST:
        return {"new_chats": MOST, "more_at": None}
    later = (now + after for after in SOONEST)
    more_at = next((at for at in later if _left(kernel, rules, service, account, at) > left), None)
    return {"new_chats": left, "more_at": None if more_at is None else show_instant(more_at)}


def _left(kernel: Engine, rules: Collection[RuleId], service: str, account: str, at: Instant) -> int:
    findings = kernel.check(to_logged(list(_strangers(service, account, at))))
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
