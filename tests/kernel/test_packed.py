"""Thousands of tiny scenarios in one log: brute force, the reference and the kernel find the same in each of them.

What no long random stream met is met here by the hundred: an event late by exactly one window, two clocks a window
apart, a log exactly as old as a window (`packed` says why).
"""

from __future__ import annotations

from itertools import zip_longest

import pytest
from tests.kernel import packed
from tests.kernel.brute import Brute
from tests.kernel.sameness import by_engine
from tests.kernel.streams import policy, rule

from cartellino.events.event import Event
from cartellino.kernel.engine import Engine
from cartellino.kernel.finding import Finding
from cartellino.kernel.geometry import Geometry
from cartellino.kernel.reference import Kernel
from cartellino.kernel.sightings import Bounded
from cartellino.policies.rule import Rule

WHENS = (
    *('count(message_sent, over="10s") >= 2', 'count(message_sent, over="30s", by=device) >= 2'),
    *('count(message_sent, over="30s") <= 1', 'count(message_sent, over="1m", by=device) <= 1'),
    *('count(message_sent, over="10s", by=address) == 1', 'count(connected, over="10s", by=device) < 1'),
    *('distinct(message_sent.peer, over="30s") >= 2', 'distinct(message_sent.account, over="10s", by=content) >= 1'),
    *('unanswered(message_sent, over="30s") >= 1', 'unanswered(message_sent, where=not known, over="10s") <= 1'),
    *('repeat(message_sent.peer, over="30s") >= 2', 'distinct(message_sent.peer, where=not solicited, over="1m") <= 0'),
    *(
        'count(blocked, over="30s") >= 1',
        'count(blocked, over="30s") >= 2',
        'distinct(blocked.peer, over="1m") <= 1',
        'since(blocked) <= "20s"',
    ),
    'share(distinct(reply_received.peer), of=distinct(message_sent.peer), at_least=1, over="30s") < 0.5',
    'count(message_sent, over="30s", by=device) >= 1 and count(message_sent, over="10s", by=address) >= 1',
)
GEOMETRY = Geometry(shards=3, lines=1 << 14)
"""So large that nothing is forgotten."""

Place = tuple[int, str, int]
"""A scenario, a rule, and the event of the scenario on which it fires."""


def by_brute_force(written: list[list[Event]], rules: list[Rule], *, complete: bool) -> set[Place]:
    found = set[Place]()
    for number, events in enumerate(written):
        oracle = Brute(events, packed.OBSERVES, complete=complete)
        found |= {(number, str(one.id), at) for one in rules for at in oracle.firings(one)}
    return found


def places(findings: list[Finding], log: list[tuple[Event, int, int]]) -> set[Place]:
    return {(log[one.sequence - 1][1], str(one.rule), log[one.sequence - 1][2]) for one in findings}


def first_apart(found: list[Finding], expected: list[Finding]) -> tuple[Finding | None, Finding | None] | None:
    """Return the first two that differ: to show thousands side by side takes longer than to find them."""
    return next((both for both in zip_longest(found, expected) if both[0] != both[1]), None)


def all_find_the_same(seed: int, number: int, *, complete: bool) -> None:
    rules = [rule(f"r{at}", when) for at, when in enumerate(WHENS)]
    policies = policy(*rules, observes=packed.OBSERVES, complete=complete)
    written = [*packed.borders(), *packed.scenarios(seed, number)]
    log = packed.packed(written, seed)
    kernel, exact = Kernel(policies, Bounded(GEOMETRY)), Kernel(policies)
    bounded = [one for at, (event, _, _) in enumerate(log, start=1) for one in kernel.judge(event, at)]
    by_memory = [one for at, (event, _, _) in enumerate(log, start=1) for one in exact.judge(event, at)]
    by_kernel = by_engine(Engine(policies, geometry=GEOMETRY, native=False), [one for one, _, _ in log], [500])
    assert first_apart(by_memory, bounded) is None
    assert first_apart(by_kernel, bounded) is None
    assert sorted(places(bounded, log) ^ by_brute_force(written, rules, complete=complete))[:3] == []


PACKED = 1_000
"""Scenarios in one log."""


@pytest.mark.parametrize("complete", [False, True])
def test_brute_force_reference_and_kernel_find_the_same_in_every_scenario(complete: bool) -> None:
    all_find_the_same(1 + complete, 600, complete=complete)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(2))
def test_brute_force_reference_and_kernel_find_the_same_in_thousands_of_scenarios(part: int, scenarios: int) -> None:
    for seed in range(10 + part, 10 + -(-scenarios // PACKED), 2):
        all_find_the_same(seed, PACKED, complete=seed % 4 < 2)
