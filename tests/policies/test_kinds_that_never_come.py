"""Services send what they have: the shipped pack stops whom people mind also where a kind of event never comes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cartellino.cli.inputs import town_texts
from cartellino.events.event import Event
from cartellino.pipeline.one_by_one import Stepwise
from cartellino.policies.load import load
from cartellino.vocabulary.times import DAY, MINUTE, instant

BEGINS = instant("2026-11-02T08:00:00Z")


def minded(*kinds: str) -> Iterator[Event]:
    """Yield three days of an aged account that writes to a hundred strangers a day, of whom every eighth reacts."""
    for number in range(300):
        time = BEGINS + number // 100 * DAY + number % 100 * 5 * MINUTE
        yield Event(id=f"m{number}", time=time, kind="message_sent", account="a", account_since=BEGINS - 400 * DAY,
                    peer=f"p{number}", known=False)  # fmt: skip
        for kind in kinds if number % 8 == 5 else ():
            yield Event(id=f"{kind}{number}", time=time + MINUTE, kind=kind, account="a", peer=f"p{number}",
                        had_contact=True, credit=80, reason="spam")  # fmt: skip


@pytest.mark.parametrize("kinds", [("blocked",), ("reported",), ("blocked", "reported")], ids=" and ".join)
def test_whom_people_mind_is_stopped_whatever_reactions_are_sent(kinds: tuple[str, ...]) -> None:
    route = Stepwise(load(town_texts()))
    decided = [decision for event in minded(*kinds) for decision in route.judge(event)]
    assert {decision.action.kind for decision in decided if decision.mode == "live"} & {"suspension", "ban"}
