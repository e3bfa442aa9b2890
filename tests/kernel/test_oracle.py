"""The reference kernel against the brute-force oracle: every signal after every event, and every firing."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.kernel.brute import Brute
from tests.kernel.streams import made, node, policy, probe, readings, rule, signals, streams, within

from cartellino.events.event import Event
from cartellino.kernel.reference import Kernel

OBSERVES = st.sampled_from([(), ("message_sent", "reply_received", "blocked"), ("registered", "connected")])

_CHAT = [
    (0, 0, "message_sent", "a", "p", 0b01_00_00_0000_01),
    (400, 0, "reply_received", "a", "p", 1),
    (9_000, 0, "message_sent", "a", "q", 1),
    (9_000, 0, "message_sent", "a", "p", 1),
]


@settings(max_examples=150, deadline=None)
@given(st.lists(signals, min_size=1, max_size=6, unique=True), streams(), OBSERVES, st.booleans())
@example(['unanswered(message_sent, over="10s")'], made(_CHAT), (), False)
def test_every_reading_is_what_brute_force_finds(
    chosen: list[str], log: list[Event], observes: tuple[str, ...], complete: bool
) -> None:
    oracle = Brute(log, observes, complete=complete)
    kernel = probe(chosen, observes=observes, complete=complete)
    for at, event in enumerate(log):
        kernel.take(event, at)
        for signal in chosen:
            found, expected = kernel.reading(node(signal)), oracle.reading(node(signal), at)
            assert found == expected, (signal, event)
            assert within(oracle.reading(node(signal), at, tight=True), found)


@settings(max_examples=120, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.builds(
                lambda signal, least: f"{signal} > {least}",
                st.sampled_from(
                    _COUNTS := (
                        'count(message_sent, over="10s")',
                        'count(message_sent, over="1m", by=device)',
                        'count(message_sent, where=not known, over="1h")',
                        'distinct(message_sent.peer, over="30s")',
                        'distinct(message_sent.peer, where=not known and not solicited, over="24h")',
                        'distinct(message_sent.account, over="10m", by=content)',
                        'unanswered(message_sent, over="10s")',
                        'unanswered(message_sent, where=not known, over="1h")',
                        'repeat(message_sent.content, over="10m")',
                        'sum(broadcast_sent.recipients, over="24h")',
                    )
                ),
                st.integers(0, 3),
            ),
            st.builds(lambda signal, most: f"{signal} <= {most}", st.sampled_from(_COUNTS), st.integers(0, 2)),
            st.sampled_from(
                [
                    'age(account) < "1h" and count(message_sent, over="1m") >= 2',
                    'not since(connected) < "10m" or count(blocked, over="1h") > 1',
                    'share(distinct(reply_received.peer), of=distinct(message_sent.peer), at_least=2, over="1h") < 0.5',
                ]
            ),
        ),
        min_size=1,
        max_size=4,
        unique=True,
    ),
    streams(50),
    OBSERVES,
)
def test_the_rules_fire_where_brute_force_says(whens: list[str], log: list[Event], observes: tuple[str, ...]) -> None:
    rules = [rule(f"r{number}", when) for number, when in enumerate(whens)]
    kernel, oracle = Kernel(policy(*rules, observes=observes)), Brute(log, observes)
    fired = {(found.rule, at) for at, event in enumerate(log) for found in kernel.judge(event, at)}
    assert fired == {(one.id, at) for one in rules for at in oracle.firings(one)}


@settings(max_examples=60, deadline=None)
@given(st.lists(signals, min_size=2, max_size=5, unique=True), streams(), st.integers(0, 10**6))
def test_a_reading_does_not_depend_on_which_other_rules_are_judged(
    chosen: list[str], log: list[Event], mask: int
) -> None:
    """Reading moves windows on; whether somebody reads must change nothing (rules are judged with short circuits)."""
    expected = readings(chosen, log)
    rarely = probe(chosen)
    for at, event in enumerate(log):
        rarely.take(event, at)
        for number, signal in enumerate(chosen):
            if mask >> (at + number) % 20 & 1:
                assert rarely.reading(node(signal)) == expected[at][signal]


@settings(max_examples=40, deadline=None)
@given(streams(30), st.lists(signals, min_size=1, max_size=4, unique=True))
def test_services_know_nothing_of_one_another(log: list[Event], chosen: list[str]) -> None:
    alone = readings(chosen, log)
    kernel = probe(chosen)
    for at, event in enumerate(log):
        other = {name: getattr(event, name) for name in event.__struct_fields__} | {
            "service": "other",
            "kind": "blocked",
        }
        kernel.take(event, 2 * at)
        assert {signal: kernel.reading(node(signal)) for signal in chosen} == alone[at]
        kernel.take(Event(**other), 2 * at + 1)
