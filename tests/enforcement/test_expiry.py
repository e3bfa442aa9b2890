"""A sanction expires by itself, exactly once, however often and whenever one asks (law 3)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.enforcement.things import Court, rule, said

from cartellino.enforcement.acts import Lift, Overturn, Shorten
from cartellino.enforcement.decision import Decision
from cartellino.enforcement.ledger import verify
from cartellino.vocabulary.ids import SanctionId
from cartellino.vocabulary.times import DAY, HOUR

Move = tuple[str, int, int]

_MOVES = st.lists(
    st.tuples(
        st.sampled_from(("find", "find", "find", "worse", "lift", "shorten", "overturn")),
        st.sampled_from((0, 1, HOUR, 5 * HOUR, DAY, 2 * DAY, 9 * DAY)),
        st.integers(0, 5),
    ),
    max_size=14,
)
_POLLS = st.lists(st.booleans(), min_size=14, max_size=14)


def played(moves: Sequence[Move], polls: Sequence[bool]) -> tuple[Court, list[SanctionId], set[SanctionId]]:
    """Play the moves, and poll for expiries before those where `polls` says so; return what was told, and touched."""
    court, now = Court(rule("r", rung=2), rule("worse", rung=4)), 0
    decisions, told, touched = list[Decision](), list[SanctionId](), set[SanctionId]()
    for (move, step, number), poll in zip(moves, polls, strict=False):
        now += step
        if poll:
            told += court.expired(now)
        if move in ("find", "worse"):
            found = court.find(
                "r" if move == "find" else "worse", now, account=f"a{number % 2}", sequence=len(decisions)
            )
            decisions += [found] if found is not None else []
        elif decisions:
            chosen = decisions[number % len(decisions)]
            touched |= {one.sanction for one in decisions if one.account == chosen.account}
            if move == "lift":
                court.act(Lift(**said(now), sanction=chosen.sanction))
            elif move == "shorten":
                court.act(Shorten(**said(now), sanction=chosen.sanction, ends_at=now + HOUR))
            else:
                court.act(Overturn(**said(now), decision=chosen.id))
    told += court.expired(now + 99 * DAY)
    return court, told, touched


@settings(max_examples=150)
@given(_MOVES, _POLLS)
def test_nothing_expires_twice_and_nothing_is_forgotten(moves: list[Move], polls: list[bool]) -> None:
    court, told, touched = played(moves, polls)
    assert not [one for one, times in Counter(told).items() if times > 1]
    ending = {
        one.id
        for account in ("a0", "a1")
        for one in court.sequencer.standing("main", account).sanctions
        if one.action.ends_at is not None and one.lifted_at is None and one.replaced_by is None
    }
    assert ending - touched <= set(told)
    assert verify(court.sequencer.ledger.rows) is None
    assert not court.expired(10**15)


@settings(max_examples=100)
@given(_MOVES.map(lambda moves: [one for one in moves if one[0] != "overturn"]), _POLLS, _POLLS)
def test_what_expires_does_not_depend_on_who_asks_when(
    moves: list[Move], polls: list[bool], others: list[bool]
) -> None:
    assert set(played(moves, polls)[1]) == set(played(moves, others)[1])


def test_it_is_told_in_the_order_of_the_ends() -> None:
    court = Court(rule("r", rung=2), rule("worse", rung=4))
    long = court.decided("worse", 0, account="x")
    short = court.decided("r", HOUR, account="y")
    assert court.expired(DAY) == []
    assert court.expired(3 * DAY) == [short.sanction, long.sanction]
    assert [row.what for row in court.sequencer.ledger.rows[-2:]] == ["expired"] * 2


def test_what_was_lifted_or_overturned_does_not_expire_as_well() -> None:
    court = Court(rule(rung=3))
    lifted, wrong = court.decided(account="x"), court.decided(account="y")
    court.act(Lift(**said(1), sanction=lifted.sanction))
    court.act(Overturn(**said(1), decision=wrong.id))
    assert court.expired(9 * DAY) == []


def test_what_was_corrected_after_its_end_does_not_end_again() -> None:
    court = Court(rule())
    decisions = [court.decided(at=at * 10 * DAY) for at in range(4)]
    ended = court.expired(35 * DAY)
    assert len(ended) == 3
    court.act(Overturn(**said(36 * DAY), decision=decisions[0].id))
    assert court.expired(99 * DAY) == []


def test_retries_do_not_move_the_end() -> None:
    court = Court(rule(rung=3))
    decision = court.decided(at=0)
    assert [court.find(at=at) for at in range(1, DAY, HOUR)] == [None] * 24
    assert court.expired(DAY) == [decision.sanction]
    assert court.sequencer.joined == 24
