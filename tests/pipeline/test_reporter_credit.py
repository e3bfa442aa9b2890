"""What a report is worth is stamped before the event is kept; a sender that says so itself is believed."""

from __future__ import annotations

from typing import Any

from cartellino.events.event import Event
from cartellino.events.logged import to_logged
from cartellino.pipeline.reporter_credit import Reporters


def report(**columns: Any) -> Event:
    given: dict[str, Any] = {"id": "e", "time": 1_000, "kind": "reported", "account": "a", "peer": "p"} | columns
    return Event(**given)


def credits_of(reporters: Reporters, *events: Event) -> list[int | None]:
    found: list[int | None] = reporters.stamp(to_logged(list(events))).column("credit").to_pylist()
    return found


def test_a_sender_that_stamps_it_itself_is_believed() -> None:
    known = Reporters()
    assert credits_of(known, report(credit=5), report()) == [5, known.credit("main", "p")]


def test_a_report_by_nobody_and_another_kind_stay_as_they_are() -> None:
    assert credits_of(Reporters(), report(peer=None), report(kind="message_sent")) == [None, None]


def test_who_was_right_is_worth_more_and_who_was_wrong_less() -> None:
    known = Reporters()
    known.load([("main", "right", True)] * 5 + [("main", "wrong", False)] * 5)
    assert known.credit("main", "right") > known.credit("main", "new") > known.credit("main", "wrong")


def test_reports_are_handed_over_once_and_blocks_not_at_all() -> None:
    known = Reporters()
    credits_of(known, report(), report(id="f", kind="blocked"))
    assert [one["reporter"] for one in known.fresh()] == ["p"]
    assert known.fresh() == []


def test_what_was_thought_before_counts_no_more() -> None:
    known, new = Reporters(), Reporters().credit("main", "p")
    known.learn("main", "p", right=False, before=None)
    low = known.credit("main", "p")
    known.learn("main", "p", right=True, before=False)
    high = known.credit("main", "p")
    known.learn("main", "p", right=False, before=True)
    assert low < new < high
    assert known.credit("main", "p") == low
