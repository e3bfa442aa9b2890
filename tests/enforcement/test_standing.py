"""Standing is derived from what was received, at every instant."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartellino.enforcement.action import ALWAYS, CONVERSING, Action, still_works
from cartellino.enforcement.standing import WARNED, Sanction, Standing
from cartellino.policies.ladder import SCOPES, SEVERITY, ActionKind
from cartellino.vocabulary.ids import DecisionId, RuleId, SanctionId
from cartellino.vocabulary.times import DAY


def sanction(kind: ActionKind, ends_at: int | None = None, lifted_at: int | None = None, number: int = 0) -> Sanction:
    return Sanction(
        SanctionId(f"s_{number}"),
        DecisionId(f"d_{number}"),
        RuleId("p/r"),
        None,
        Action(kind, (), ends_at),
        DAY,
        0,
        lifted_at,
    )


@pytest.mark.parametrize(
    ("held", "now", "name"),
    [
        ((), 0, "clear"),
        ((sanction("warning"),), DAY - 1, "clear"),
        ((sanction("warning"),), DAY, "warned"),
        ((sanction("warning"),), DAY + WARNED - 1, "warned"),
        ((sanction("warning"),), DAY + WARNED, "clear"),
        ((sanction("warning", lifted_at=2 * DAY),), 3 * DAY, "clear"),
        ((sanction("restriction", 3 * DAY),), DAY - 1, "clear"),
        ((sanction("restriction", 3 * DAY),), 3 * DAY - 1, "limited"),
        ((sanction("restriction", 3 * DAY),), 3 * DAY, "clear"),
        ((sanction("suspension", 3 * DAY, 2 * DAY),), 2 * DAY - 1, "suspended"),
        ((sanction("suspension", 3 * DAY, 2 * DAY),), 2 * DAY, "clear"),
        ((sanction("challenge"),), 9 * DAY, "suspended"),
        ((sanction("ban"), sanction("warning")), 999 * DAY, "banned"),
        ((sanction("warning"), sanction("restriction", 3 * DAY)), 2 * DAY, "limited"),
        ((sanction("warning"), sanction("restriction", 3 * DAY)), 4 * DAY, "warned"),
        ((sanction("review"), sanction("diagnosis")), 2 * DAY, "clear"),
    ],
)
def test_the_standing_in_one_word(held: tuple[Sanction, ...], now: int, name: str) -> None:
    assert Standing(sanctions=held).name(now) == name


_ACTIONS = st.lists(
    st.builds(Action, st.sampled_from(list(SEVERITY)), st.lists(st.sampled_from(list(SCOPES)), max_size=3).map(tuple)),
    max_size=4,
)


@given(_ACTIONS)
def test_what_still_works_is_what_nothing_forbids(actions: list[Action]) -> None:
    works = still_works(actions)
    assert set(ALWAYS) <= set(works)
    assert len(set(works)) == len(works)
    blocked = any(one.kind in ("suspension", "ban", "challenge") for one in actions)
    forbidden = {scope for one in actions for scope in one.scope}
    assert set(works) == set(ALWAYS) if blocked else set(works) == {*ALWAYS, *CONVERSING, *SCOPES} - forbidden


def test_a_strike_counts_until_its_ladder_forgets_it() -> None:
    held = sanction("ban")
    assert Standing().sanctioned(held).changed(sanction("ban", lifted_at=5)).sanctions[0].lifted_at == 5


@pytest.mark.parametrize(
    ("held", "ahead"),
    [
        (sanction("restriction", 3 * DAY), True),
        (sanction("warning"), True),
        (sanction("ban", lifted_at=1), False),
        (sanction("warning", lifted_at=1), False),
        (sanction("restriction", DAY), False),
    ],
)
def test_what_is_about_to_begin_can_be_ended(held: Sanction, ahead: bool) -> None:
    assert held.is_ahead(DAY - 1) is held.is_left(DAY - 1) is ahead
    assert not held.stands(DAY - 1)
    assert not held.is_ahead(DAY)
