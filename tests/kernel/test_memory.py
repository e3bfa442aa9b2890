"""Bounded memory: never more certain than exact memory, equal to it while nothing was forgotten, not to be aimed at."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.kernel.brute import Brute
from tests.kernel.streams import (
    BEGINS,
    Probe,
    Step,
    made,
    node,
    policy,
    readings,
    rule,
    table,
    within,
)

from cartellino.events.event import Event
from cartellino.kernel.codes import bucket_of, joined
from cartellino.kernel.sightings import Bounded, Memory
from cartellino.vocabulary.times import HOUR, SECOND

_CROWD = st.tuples(
    st.sampled_from((0, 400, 1_000, 1_000, 2_600, 9_000, 60_000, 3_600_000)),
    st.sampled_from((0, 0, 700, 4_000, 9_000, 60_000)),
    st.sampled_from(("message_sent", "message_sent", "message_sent", "reply_received", "connected")),
    st.sampled_from(("a", "a", "b")),
    st.integers(0, 30).map(str),
    st.integers(0, 2**24 - 1),
)
_SIGNALS = st.lists(
    st.sampled_from(
        [
            'distinct(message_sent.peer, over="10s")',
            'distinct(message_sent.peer, over="1h")',
            'distinct(message_sent.peer, where=not known, over="1m")',
            'distinct(message_sent.peer, over="10m", by=device)',
            'unanswered(message_sent, over="10s")',
            'unanswered(message_sent, where=not known, over="10s")',
            'unanswered(message_sent, over="1h")',
            'unanswered(message_sent, over="24h")',
            'share(distinct(reply_received.peer), of=distinct(message_sent.peer), at_least=2, over="1h")',
        ]
    ),
    min_size=1,
    max_size=4,
    unique=True,
)


def crowds(most: int = 60) -> st.SearchStrategy[list[Event]]:
    """Streams in which few accounts meet many people."""
    return st.lists(_CROWD, min_size=1, max_size=most).map(lambda steps: _registered(made(_steps(steps))))


def _steps(steps: list[Any]) -> list[Step]:
    return [(step, late, kind, account, peer, bits & ~0b1100) for step, late, kind, account, peer, bits in steps]


def _registered(log: list[Event]) -> list[Event]:
    """Let half of the accounts be made in the log, so that intervals are narrow."""
    return [Event(id="b", time=BEGINS, kind="registered", account="a"), *log]


@settings(max_examples=100, deadline=None)
@given(_SIGNALS, crowds(40), st.integers(1, 4), st.sampled_from(("", "salt")))
def test_the_exact_value_lies_within_the_bounded_interval(
    chosen: list[str], log: list[Event], lines: int, salt: str
) -> None:
    memory, oracle, observed = table(lines, salt), Brute(log, OBSERVED), OBSERVED
    exact, bounded = readings(chosen, log, observes=observed), readings(chosen, log, memory, observed)
    for at in range(len(log)):
        for signal in chosen:
            assert within(oracle.reading(node(signal), at, tight=True), bounded[at][signal]), signal
            assert memory.undecided or exact[at][signal] == bounded[at][signal]
    assert 0 <= memory.undecided <= memory.lookups


OBSERVED = ("message_sent", "reply_received")
BUSY = (
    *('unanswered(message_sent, over="10s")', 'unanswered(message_sent, over="30s")'),
    *('distinct(message_sent.peer, over="10s")', 'unanswered(message_sent, where=not known, over="10s")'),
)


@pytest.mark.parametrize("seed", [*range(25), 520, 553, 565])
def test_nothing_is_more_certain_than_it_is(seed: int) -> None:
    """Long and busy streams: forgotten, met again, answered, and forgotten that they had answered."""
    choose, now = random.Random(seed), BEGINS
    log = _registered([Event(id="w", time=now, kind="message_sent", account="a", peer="w", known=False)])
    for number in range(200):
        now += choose.choice((0, 100, 400, 1_000))
        late = choose.choice((0, 0, 0, 700, 4_000, 9_000))
        kind = choose.choice(("message_sent",) * 4 + ("reply_received",))
        time, peer = max(BEGINS, now - late), str(choose.randrange(24))
        known = choose.choice((None, False, False))
        log.append(Event(id=f"e{number}", time=time, kind=kind, account="a", peer=peer, known=known))
    memory = table(choose.randrange(2, 9), str(seed))
    exact, bounded = readings(BUSY, log, observes=OBSERVED), readings(BUSY, log, memory, OBSERVED)
    assert memory.undecided
    assert not [at for at in range(len(log)) for one in BUSY if bounded[at][one].least > exact[at][one].least]


REPORTED = (*OBSERVED, "reported", "report_withdrawn")
OF_REPORTS = (
    *('count(reported, over="10s")', 'count(reported, where=known, over="30s")', 'repeat(reported.media, over="30s")'),
    *('distinct(reported.peer, over="10s")', 'distinct(reported.peer, where=known, over="30s")'),
    *('distinct(reported.media, over="10m")', 'sum(reported.credit, over="30s")', 'sum(reported.x_n, over="10m")'),
)


def _reports(choose: random.Random) -> list[Event]:
    """Reports that are withdrawn and made again, some of them late, some without a name."""
    now, peers = BEGINS, [str(one) for one in range(choose.choice((2, 8, 16)))]
    log = [Event(id="b", time=now, kind="registered", account="a")]
    for number in range(choose.randrange(20, 50)):
        now += choose.choice((0, 400, 1_000, 2_600))
        late = choose.choice((0, 0, 0, 700, 4_000, 9_000, 20_000))
        log.append(
            Event(
                id=f"e{number}",
                time=max(BEGINS, now - late),
                kind=choose.choice(("reported", "reported", "report_withdrawn")),
                account="a",
                peer=choose.choice([*peers, None]),
                known=choose.choice((True, True, False, None)),
                media=choose.choice(("text", "image")),
                credit=choose.choice((50, 90, None)),
                own={"x_n": choose.randrange(-3, 9)},
            )
        )
    return log


@pytest.mark.parametrize("seed", range(30))
def test_what_may_have_been_taken_back_is_not_certain_where_it_is_forgotten(seed: int) -> None:
    choose = random.Random(seed)
    log, memory = _reports(choose), table(choose.randrange(1, 4), str(seed))
    oracle = Brute(log, REPORTED)
    exact, bounded = readings(OF_REPORTS, log, observes=REPORTED), readings(OF_REPORTS, log, memory, REPORTED)
    for at in range(len(log)):
        for signal in OF_REPORTS:
            assert bounded[at][signal].least <= exact[at][signal].least, signal
            assert within(oracle.reading(node(signal), at, tight=True), bounded[at][signal]), signal
            assert memory.undecided or exact[at][signal] == bounded[at][signal], signal


def _told(*told: tuple[int, str, str]) -> list[Event]:
    """What happened to a new account, at which second, and who was behind it."""
    return [Event(id="b", time=BEGINS, kind="registered", account="a")] + [
        Event(id=f"e{at}", time=BEGINS + second * SECOND, kind=kind, account="a", peer=peer, credit=50)
        for at, (second, kind, peer) in enumerate(told)
    ]


def test_a_late_report_is_not_certain_where_nobody_remembers_whether_it_was_withdrawn() -> None:
    """The line knows p's second report; that p had withdrawn the first one, it has forgotten."""
    others = [(30, "reported", f"q{number}") for number in range(6)]
    told = [(10, "reported", "p"), (20, "report_withdrawn", "p"), (30, "reported", "p"), *others, (15, "reported", "p")]
    signal = 'count(reported, over="10m")'
    exact, bounded = (readings([signal], _told(*told), memory, REPORTED) for memory in (None, table(1)))
    for before, after in (exact[-2:], bounded[-2:]):
        assert after[signal] == (before[signal].least, before[signal].most + 1)


@pytest.mark.parametrize(
    ("signal", "kind", "ends"),
    [
        ('unanswered(message_sent, over="1h")', "message_sent", "reply_received"),
        ('unanswered(reported, over="1h")', "reported", "report_withdrawn"),
        ('distinct(reported.peer, over="1h")', "reported", "report_withdrawn"),
        ('count(reported, over="1h")', "reported", "report_withdrawn"),
        ('sum(reported.credit, over="1h")', "reported", "report_withdrawn"),
    ],
)
def test_whatever_was_forgotten_where_it_mattered_is_told(signal: str, kind: str, ends: str) -> None:
    """The eighth of them makes the line forget the first, who is asked for then; nobody new is met."""
    memory = table(1)
    log = _told(*((10 + number, kind, f"p{number}") for number in range(8)), (20, ends, "p0"))
    exact, bounded = readings([signal], log, None, REPORTED), readings([signal], log, memory, REPORTED)
    assert exact[-2] == bounded[-2]
    assert exact[-1] != bounded[-1]
    assert 0 < memory.undecided < memory.lookups


@pytest.mark.parametrize(
    ("signal", "kind", "ends"),
    [
        ('unanswered(message_sent, where=known, over="1h")', "message_sent", "reply_received"),
        ('distinct(reported.peer, where=known, over="1h")', "reported", "report_withdrawn"),
    ],
)
def test_it_is_told_where_only_the_possible_sighting_was_forgotten(signal: str, kind: str, ends: str) -> None:
    """Of p the line knows what is certain, and no longer that they were counted as possible before."""
    others = [(11 + number, kind, f"q{number}") for number in range(5)]
    log = _told((10, kind, "p"), *others, (20, kind, "p"), (21, kind, "r"), (22, ends, "p"))
    log[1:] = [msgspec.structs.replace(one, known=True if at else None) for at, one in enumerate(log[1:])]
    memory = table(1)
    exact, bounded = readings([signal], log, None, REPORTED), readings([signal], log, memory, REPORTED)
    assert exact[-2] == bounded[-2]
    assert (exact[-1][signal], bounded[-1][signal]) == ((6, 6), (6, 7))
    assert memory.undecided == 1


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.builds(
            lambda signal, least: f"{signal} > {least}",
            st.sampled_from(
                [
                    'distinct(message_sent.peer, over="10s")',
                    'distinct(message_sent.peer, where=not known, over="1h")',
                    'unanswered(message_sent, over="1m")',
                ]
            ),
            st.integers(1, 8),
        ),
        min_size=1,
        max_size=3,
        unique=True,
    ),
    crowds(),
    st.integers(1, 3),
)
def test_a_rule_never_fires_on_forgetfulness(whens: list[str], log: list[Event], lines: int) -> None:
    rules = [rule(f"r{number}", when) for number, when in enumerate(whens)]
    exact, bounded = Probe(policy(*rules)), Probe(policy(*rules), table(lines))
    for at, event in enumerate(log):
        exact.take(event, at)
        for finding in bounded.judge(event, at):
            when = next(one.when for one in rules if one.id == finding.rule)
            assert exact.truth(when) is True


def _meet(kernel: Probe, peers: range, every: int) -> None:
    for number in peers:
        time = BEGINS + number * every
        kernel.take(Event(id=f"e{number}", time=time, kind="message_sent", account="a", peer=f"p{number}"), number)


def test_a_large_table_is_exact_and_a_small_one_says_what_it_forgot() -> None:
    signal = 'distinct(message_sent.peer, over="1h")'
    rules = policy(rule("r", f"{signal} > 1000"))
    large, small = table(256), table(2)
    for memory in (large, small):
        _meet(Probe(rules, memory), range(100), SECOND)
    assert (large.undecided, large.lookups) == (0, 100)
    assert small.lookups == 100
    assert small.undecided >= 100 - 2 * 9


def test_what_was_forgotten_is_decided_again_once_it_is_out_of_the_window() -> None:
    signal = 'distinct(message_sent.peer, over="10s")'
    kernel = Probe(policy(rule("r", f"{signal} > 1000")), table(1))
    _meet(kernel, range(20), 500)
    assert kernel.reading(node(signal)).least < 20
    later = BEGINS + HOUR
    kernel.take(Event(id="l", time=later, kind="message_sent", account="a", peer="new"), 99)
    assert kernel.reading(node(signal)).least == 1


def test_a_short_window_does_not_blind_a_long_one_for_ever() -> None:
    """Panes of a second have larger numbers than panes of an hour; a line must compare instants."""
    short, long = 'distinct(message_sent.peer, over="10s")', 'distinct(message_sent.peer, over="24h")'
    kernel = Probe(policy(rule("s", f"{short} > 1000"), rule("l", f"{long} > 1000")), table(4))
    _meet(kernel, range(40), 100)
    for number in range(8):
        time = BEGINS + (40 + number) * HOUR
        kernel.take(Event(id=f"n{number}", time=time, kind="message_sent", account="a", peer=f"n{number}"), number)
    assert kernel.reading(node(long)).least == 8


def test_what_is_forgotten_last_may_not_be_the_latest() -> None:
    """A late sighting is forgotten at once; the line still knows how late the latest was that it forgot."""
    signal = 'distinct(message_sent.peer, over="10s")'
    met = [(9, "v"), *((10, f"p{number}") for number in range(8)), (7, "late"), (17, "v")]
    log = [
        Event(id=f"e{at}", time=600_000 + second * 1_000, kind="message_sent", account="a", peer=peer)
        for at, (second, peer) in enumerate(met)
    ]
    exact, bounded = readings([signal], log), readings([signal], log, table(1))
    assert exact[-1][signal].least == 9
    assert bounded[-1][signal].least <= 9


LINES = 64


def _line(memory: Bounded, name: str) -> int:
    """Return the line on which the pair of the account `a` and a peer falls."""
    return bucket_of(joined(memory.coder.person("main", "a"), memory.coder.text(name)), LINES)


def test_nobody_can_aim_at_a_line_without_the_salt() -> None:
    """Ids that fall on one line under the attacker's guess are spread over all lines under the real salt."""
    guess, real = table(LINES, "guess"), table(LINES, "real")
    aimed = [name for number in range(20_000) if _line(guess, name := f"p{number}") == _line(guess, "victim")]
    assert len(aimed) > 200
    assert Counter(_line(real, name) for name in aimed).most_common(1)[0][1] < len(aimed) / 10


@pytest.mark.parametrize("salt", ["", "one", "two"])
def test_the_same_salt_and_geometry_forget_the_same(salt: str) -> None:
    signal = 'distinct(message_sent.peer, over="1h")'

    def forgotten(memory: Memory) -> tuple[int, float, float]:
        kernel = Probe(policy(rule("r", f"{signal} > 1000")), memory)
        _meet(kernel, range(200), SECOND)
        return memory.undecided, *kernel.reading(node(signal))

    assert forgotten(table(8, salt)) == forgotten(table(8, salt))
    assert forgotten(table(8, salt)) != forgotten(table(9, salt))
