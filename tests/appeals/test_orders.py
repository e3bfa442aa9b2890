"""Orders of authorities: what becomes of them, and what they announce."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartellino.appeals.orders import (
    Concerned,
    Entry,
    Held,
    NotAllowed,
    Order,
    State,
    announcement,
    lacks,
    latest_first,
    move,
)
from cartellino.availability.monitor import Monitor
from cartellino.vocabulary.refusals import BadArgument

STATES: list[State] = ["received", "in_force", "stayed", "refused", "ended"]


def held(**more: Any) -> Held:
    order = {"country": "ID", "features": ("media_up",), "authority": "a ministry", "legal_basis": "a law", "starts": 5}
    return Held(id="o_1", order=Order(**{**order, **more}), timeline=(Entry(10, "received", "operator:ann"),))


def became(order: Held, *states: State) -> Held:
    for number, state in enumerate(states, start=len(order.timeline) + 1):
        order = move(order, state, "operator:ann", number * 10, "why")
    return order


@pytest.mark.parametrize(
    ("states", "holds"),
    [((), False), (("in_force",), True), (("in_force", "stayed"), False), (("stayed", "in_force"), True),
     (("refused",), False), (("in_force", "ended"), False)],
)  # fmt: skip
def test_an_order_limits_while_it_is_in_force_and_within_its_time(states: tuple[State, ...], holds: bool) -> None:
    order = became(held(ends=1_000), *states)
    assert order.holds(500) is holds
    assert not order.holds(4)
    assert not order.holds(1_000)


@given(st.lists(st.sampled_from(STATES), max_size=8))
def test_what_is_over_stays_over_and_nothing_goes_back_to_unseen(states: list[State]) -> None:
    order = held()
    for number, state in enumerate(states, start=2):
        try:
            moved = move(order, state, "operator:ann", number * 10, "why")
        except NotAllowed:
            continue
        assert order.state not in ("refused", "ended")
        assert state != "received"
        assert moved.timeline[:-1] == order.timeline
        order = moved


def test_an_entry_is_not_before_the_one_above_it() -> None:
    with pytest.raises(NotAllowed, match="before"):
        move(held(), "in_force", "operator:ann", 9, "why")


def test_an_order_in_force_is_announced_and_taken_back() -> None:
    order = became(held(), "in_force")
    said = announcement(order, 20)
    assert said is not None
    assert (said.id, said.authority, said.source, said.starts) == ("o_1/2", "a ministry", "/v1/orders/o_1", 5)
    over = announcement(became(order, "stayed"), 30)
    assert over is not None
    assert over.withdraws == "o_1/2"
    again = announcement(became(order, "stayed", "in_force"), 40)
    assert again is not None
    assert (again.id, again.withdraws) == ("o_1/4", None)


@pytest.mark.parametrize(
    "more", [{"visibility": "outline"}, {"visibility": "counted"}, {"accounts": (Concerned("main", "a"),)}]
)
def test_nothing_is_announced_that_is_not_public_or_not_of_a_country(more: dict[str, Any]) -> None:
    assert announcement(became(held(**more), "in_force"), 20) is None


@pytest.mark.parametrize("states", [(), ("refused",), ("stayed",), ("stayed", "refused")])
def test_nothing_is_announced_that_was_never_in_force(states: tuple[State, ...]) -> None:
    assert announcement(became(held(), *states), 90) is None


def test_what_was_taken_back_is_not_announced_any_more() -> None:
    order, monitor = became(held(), "in_force"), Monitor()
    for one in (order, became(order, "ended")):
        said = announcement(one, one.timeline[-1].at)
        assert said is not None
        monitor.take(said)
    (kept,) = monitor.announcements
    assert [kept.covers("ID", "media_up", at) for at in (19, 20, 29, 30, 31)] == [False, True, True, False, False]


def test_what_is_in_force_is_listed_first() -> None:
    old = became(held(starts=1), "in_force")
    new = became(held(starts=9), "refused")
    assert latest_first([new, old]) == [old, new]


def removal(door: str = "key", **more: Any) -> Held:
    named = {
        "kind": "removal",
        "features": (),
        "accounts": (Concerned("main", "a"), Concerned("main", "b")),
        "door": door,
    }
    return held(**{**named, **more})


@pytest.mark.parametrize("door", ["key", "mail"])
@pytest.mark.parametrize("state", ["complied", "referred"])
def test_nothing_follows_from_an_order_that_nobody_has_verified(door: str, state: State) -> None:
    with pytest.raises(NotAllowed, match="verify"):
        became(removal(door), state)
    assert became(removal(door), "verified", state).outcome == state
    assert became(removal("operator"), state).outcome == state
    for sooner in ("forged", "refused", "withdrawn"):
        assert became(removal(door), sooner).outcome == sooner


@pytest.mark.parametrize("refused", [(), ("a", "b"), ("c",)])
def test_a_part_is_some_of_the_subjects(refused: tuple[str, ...]) -> None:
    with pytest.raises(BadArgument):
        move(became(removal(), "verified"), "partly_refused", "operator:ann", 90, "why", refused)
    partly = move(became(removal(), "verified"), "partly_refused", "operator:ann", 90, "why", ("b",))
    assert (partly.outcome, partly.refused) == ("partly_refused", ("b",))
    with pytest.raises(BadArgument, match="only with"):
        move(became(removal(), "verified"), "complied", "operator:ann", 90, "why", ("b",))


def test_restrictions_are_in_force_and_other_orders_are_complied_with() -> None:
    assert "complied" not in held().following()
    assert "in_force" not in became(removal(), "verified").following()
    assert set(became(removal(), "verified").following()) == {
        "complied", "partly_refused", "refused", "referred", "stayed", "forged", "withdrawn"}  # fmt: skip
    assert became(removal(), "verified", "complied", "closed").following() == ()


@given(st.lists(st.sampled_from(get_args(State)), max_size=12), st.sampled_from(["key", "operator"]))
def test_what_is_decided_was_verified_and_what_is_closed_stays_closed(states: list[State], door: str) -> None:
    order = removal(door)
    for number, state in enumerate(states, start=2):
        try:
            order = move(order, state, "operator:ann", number * 10, "why", ("a",) if state == "partly_refused" else ())
        except NotAllowed:
            continue
    passed = [entry.state for entry in order.timeline]
    assert "closed" not in passed[:-1]
    if {"complied", "partly_refused", "referred"} & set(passed):
        assert order.is_checked


@pytest.mark.parametrize(
    ("more", "pointer"),
    [({}, None), ({"features": ()}, "/features"), ({"kind": "removal"}, "/features"),
     ({"kind": "removal", "features": ()}, "/accounts"), ({"kind": "information", "features": ()}, "/accounts"),
     ({"kind": "removal", "features": (), "addresses": ("https://example.org/1",)}, None),
     ({"kind": "preservation", "features": (), "addresses": ("https://example.org/1",)}, "/accounts"),
     ({"ends": 5}, "/to")],
)  # fmt: skip
def test_what_an_order_needs_follows_from_its_kind(more: dict[str, Any], pointer: str | None) -> None:
    wrong = lacks(held(**more).order)
    assert (wrong[1] if wrong else None) == pointer
