"""The allowance of new chats is what the policies in force do, told beforehand."""

from __future__ import annotations

import numpy as np
import pytest

from cartellino.commands.allowance import MOST, allowance_of
from cartellino.enforcement.brakes import Released
from cartellino.events.batches import Chunk
from cartellino.events.event import Event
from cartellino.events.logged import to_logged
from cartellino.pipeline.live_view import LiveView
from cartellino.pipeline.route import Route
from cartellino.policies.load import Text, load
from cartellino.policies.policyset import PolicySet
from cartellino.queries.allowance import rules_of, while_limited
from cartellino.vocabulary.times import DAY, HOUR, MINUTE, Instant, show_instant

BEGINS: Instant = 1_767_225_600_000
POLICY = """
policy: p
history: complete
observes: [reply_received, message_sent]
signals:
  strangers: distinct(message_sent.peer, where=not known and not solicited, over="24h")
  silent: unanswered(message_sent, where=not known and not solicited, over="24h")
  used: strangers - 4 * (strangers - silent)
rules:
  quota:
    when: used > 10
    code: 122
    ladder: quota
    reason: {en: "Used up.", it: "Esaurito.", id: "Habis."}
ladders:
  quota: [{restriction: [new_chats], for: 3h}]
languages: [en]
clause: "Terms 4"
"""


def sent(account: str, number: int, first: int = 0) -> list[Event]:
    kind, numbers = "message_sent", range(first, first + number)
    return [
        Event(id=f"{account}{n}", time=BEGINS + n * MINUTE, kind=kind, account=account, peer=f"p{n}", known=False)
        for n in numbers
    ]


def answered(account: str, number: int) -> list[Event]:
    at = BEGINS + HOUR
    return [Event(id=f"r{n}", time=at, kind="reply_received", account=account, peer=f"p{n}") for n in range(number)]


def after(events: list[Event], policies: PolicySet | None = None) -> Route:
    route = Route(policies or load([Text("p.yaml", POLICY)]), now=BEGINS + 900 * DAY, brakes=Released())
    first = [Event(id="first", time=BEGINS, kind="registered", account="a")]
    events = sorted(first + events, key=lambda each: each.time)
    route.take(Chunk(to_logged(events), np.arange(len(events)), []), "test")
    return route


@pytest.mark.parametrize(("written", "answers", "left"), [(0, 0, 10), (4, 0, 6), (8, 1, 6), (10, 0, 0), (8, 3, 14)])
def test_an_answer_gives_more_back_than_was_used(written: int, answers: int, left: int) -> None:
    route = after([*sent("a", written), *answered("a", answers)])
    told = allowance_of(route, "main", "a", BEGINS + 2 * HOUR)
    assert told["new_chats"] == left


def test_exactly_so_many_may_be_written_to_without_any_consequence() -> None:
    route = after(sent("a", 4))
    told = allowance_of(route, "main", "a", BEGINS + 5 * MINUTE)
    more = route.kernel.check(to_logged(sent("a", told["new_chats"], first=4)))
    assert more == []
    assert route.kernel.check(to_logged(sent("a", told["new_chats"] + 1, first=4))) != []


def test_whoever_is_limited_has_none_until_the_limit_ends() -> None:
    route = after(sent("a", 11))
    ends = BEGINS + 10 * MINUTE + 3 * HOUR
    told = {"new_chats": 0, "more_at": show_instant(ends)}
    assert while_limited(LiveView(route), "main", "a", BEGINS + HOUR) == told
    assert while_limited(LiveView(route), "main", "a", ends) is None


def test_when_there_is_more_is_told_to_the_next_of_a_few_times() -> None:
    route = after(sent("a", 4))
    assert allowance_of(route, "main", "a", BEGINS + HOUR) == {
        "new_chats": 6,
        "more_at": show_instant(BEGINS + HOUR + DAY),
    }


def test_nothing_is_told_where_no_rule_limits_new_chats_by_an_allowance() -> None:
    policies = load([Text("p.yaml", POLICY.replace("code: 122", "code: 101"))])
    assert rules_of(policies) == frozenset()


def test_nobody_learns_more_than_a_hundred() -> None:
    policies = load([Text("p.yaml", POLICY.replace("used > 10", "used > 1000"))])
    assert allowance_of(after([], policies), "main", "a", BEGINS) == {"new_chats": MOST, "more_at": None}
