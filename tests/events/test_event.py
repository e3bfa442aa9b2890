from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from tests.events.strategies import events

from cartellino.events.columns import COLUMNS
from cartellino.events.event import Event, row, value


@given(events())
def test_a_row_holds_what_is_known_and_nothing_else(event: Event) -> None:
    flat = row(event)
    assert None not in flat.values()
    for name in (*COLUMNS, *event.own):
        assert value(event, name) == flat.get(name)


def test_an_own_column_that_was_not_sent_is_unknown() -> None:
    event = Event(id="e", time=0, kind="read", account="a", own={"x_shop": False})
    assert value(event, "x_shop") is False
    assert value(event, "x_other") is None


def test_false_and_zero_are_known() -> None:
    event = Event(id="e", time=0, kind="read", account="a", known=False, forwards=0)
    assert row(event)["known"] is False
    assert row(event)["forwards"] == 0


def test_events_share_no_own_columns() -> None:
    first, second = (Event(id=one, time=0, kind="read", account="a") for one in "ab")
    assert first.own is not second.own


def test_a_field_that_is_no_column_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"id": "e", "time": 0, "kind": "read", "account": "a", "colour": "red"}, Event)
