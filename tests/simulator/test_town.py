from __future__ import annotations

import pytest
from msgspec.structs import replace
from tests.simulator.lives import decision

from cartellino.enforcement.action import Action, short_limit
from cartellino.enforcement.decision import Decision
from cartellino.events.event import Event
from cartellino.simulator.town import Judge, Town
from cartellino.vocabulary.times import DAY, HOUR


def always(action: Action) -> Judge:
    """A judge that answers every event so."""
    return lambda event: [decision(event, action, 1)]


def sanctioned(action: Action) -> Town:
    town = Town(1, 0, 1, judge=always(action))
    town.emit("connected", "a")
    return town


def test_what_happens_at_the_same_time_happens_in_the_order_in_which_it_was_planned() -> None:
    town = Town(1, 0, 1)
    for name in ("a", "b", "c"):
        town.at(5, lambda name=name: town.emit("connected", name))  # type: ignore[misc]
    assert [event.account for event in town.run()] == ["a", "b", "c"]


@pytest.mark.parametrize("time", [-1, DAY, DAY + 1])
def test_what_is_past_or_after_the_end_does_not_come(time: int) -> None:
    town = Town(1, 0, 1)
    town.at(time, lambda: town.emit("connected", "a"))
    assert list(town.run()) == []


def test_time_never_goes_back() -> None:
    town = Town(1, 0, 1)
    town.at(500, lambda: town.at(100, lambda: town.emit("connected", "late")))
    town.at(500, lambda: town.after(-3, lambda: town.emit("connected", "now")))
    assert [(event.account, event.time) for event in town.run()] == [("now", 500)]


@pytest.mark.parametrize("kind", ["suspension", "ban", "challenge"])
def test_whoever_is_excluded_may_do_nothing(kind: str) -> None:
    town = sanctioned(Action(kind))  # type: ignore[arg-type]
    assert not town.may("a", "reply")
    assert not town.may("a")
    assert town.may("b", "reply")


def test_a_restriction_takes_away_only_its_scope_and_ends_by_itself() -> None:
    town = sanctioned(Action("restriction", ("new_chats",), HOUR))
    assert not town.may("a", "new_chats")
    assert not town.may("a", "reply", "new_chats")
    assert town.may("a", "existing_chats")
    town.now = HOUR
    assert town.may("a", "new_chats")


@pytest.mark.parametrize("kind", ["warning", "review"])
def test_a_warning_and_a_review_hold_nobody_back(kind: str) -> None:
    assert sanctioned(Action(kind)).may("a", "new_chats")  # type: ignore[arg-type]


def test_a_held_wish_sets_only_its_short_limit() -> None:
    def held(event: Event) -> list[Decision]:
        return [replace(decision(event, Action("ban"), 1), mode="held", meanwhile=short_limit(event.time))]

    town = Town(1, 0, 1, judge=held)
    town.emit("connected", "a")
    assert town.may("a", "existing_chats")
    assert not town.may("a", "new_chats")


def test_a_shadow_decision_is_told_and_does_nothing() -> None:
    town = Town(1, 0, 1, judge=lambda event: [replace(decision(event, Action("ban"), 1), mode="shadow")])
    heard: list[Decision] = []
    town.listen("a", heard.append)
    town.emit("connected", "a")
    assert len(heard) == 1
    assert town.may("a")
