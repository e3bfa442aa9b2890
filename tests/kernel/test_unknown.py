"""Law 1 as possible worlds: whatever the unknown turns out to be, the truth lies within the interval.

A world with unknown values is compared with one in which they are known, with one whose log began earlier, and with
one in which a kind is sent that this service never sends.
"""

from __future__ import annotations

import random
from functools import partial

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.kernel.brute import Brute
from tests.kernel.streams import BEGINS, filled, node, probe, readings, signals, streams, within

from cartellino.events.event import Event
from cartellino.kernel.account import WRITES
from cartellino.vocabulary.times import DAY, HOUR, MINUTE
from cartellino.vocabulary.truth import Interval


def tightest(chosen: list[str], log: list[Event]) -> list[dict[str, Interval]]:
    """The readings of a world: the kernel may count somebody twice in `most` who is both certain and possible."""
    oracle = Brute(log)
    return [{signal: oracle.reading(node(signal), at, tight=True) for signal in chosen} for at in range(len(log))]


@settings(max_examples=120, deadline=None)
@given(st.lists(signals, min_size=1, max_size=6, unique=True), streams(30), st.integers(0, 2**32))
def test_a_known_world_lies_within_the_unknown_one(chosen: list[str], log: list[Event], seed: int) -> None:
    choose = random.Random(seed)
    known = [filled(event, choose) for event in log]
    for unknown, found in zip(readings(chosen, log), tightest(chosen, known), strict=True):
        for signal in chosen:
            assert within(found[signal], unknown[signal]), signal


@settings(max_examples=120, deadline=None)
@given(
    st.lists(signals.filter(lambda one: "has(" not in one), min_size=1, max_size=6, unique=True),
    streams(30, disorder=False),
    st.integers(0, 2**32),
)
def test_what_lacks_a_key_may_belong_to_any(chosen: list[str], log: list[Event], seed: int) -> None:
    """In order of time: out of it, what lacks a key may also be later than anything its key had seen. `has` asks what
    an event carries, and is never unknown."""
    choose = random.Random(seed)
    known = [filled(event, choose, keys=True) for event in log]
    for unknown, found in zip(readings(chosen, log), tightest(chosen, known), strict=True):
        for signal in chosen:
            assert within(found[signal], unknown[signal]), signal


@settings(max_examples=120, deadline=None)
@given(st.lists(signals, min_size=1, max_size=6, unique=True), streams(40, disorder=False), st.data())
def test_a_longer_log_lies_within_the_shorter_one(chosen: list[str], log: list[Event], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(log) - 1))
    for full, late in zip(tightest(chosen, log)[cut:], readings(chosen, log[cut:]), strict=True):
        for signal in chosen:
            assert within(full[signal], late[signal]), signal


@settings(max_examples=120, deadline=None)
@given(
    st.lists(signals, min_size=1, max_size=6, unique=True),
    streams(40, disorder=False),
    st.sampled_from(["message_sent", "reply_received", "blocked", "connected", "registered", "broadcast_sent"]),
)
def test_a_kind_that_is_never_sent_may_have_happened(chosen: list[str], log: list[Event], hidden: str) -> None:
    if hidden == "registered":  # `since` what never happened goes back to that event, or else to the start of the log
        chosen = [signal for signal in chosen if not signal.startswith("since")]
    is_told_twice = hidden in WRITES and any("solicited" in signal for signal in chosen)
    all_hidden = WRITES if is_told_twice else (hidden,)  # one of the kinds that say who wrote is enough
    full, silent = tightest(chosen, log), probe(chosen)
    for at, event in enumerate(log):
        if event.kind in all_hidden:
            continue
        silent.take(event, at)
        for signal in chosen:
            assert within(full[at][signal], silent.reading(node(signal))), signal


def _another(event: Event, kind: str) -> Event:
    """The same event, but that something else happened."""
    return Event(**{name: getattr(event, name) for name in event.__struct_fields__} | {"kind": kind})


@settings(max_examples=120, deadline=None)
@given(
    st.lists(
        signals.filter(lambda signal: "blocked" in signal and "gap" not in signal)
        | st.sampled_from(('distinct(blocked.device, over="1h")', 'distinct(blocked.device, over="24h")')),
        min_size=1,
        max_size=6,
        unique=True,
    ),
    streams(40).map(lambda log: [_another(one, "blocked") if one.kind == "message_sent" else one for one in log]),
)
def test_what_was_taken_back_might_as_well_not_have_happened(chosen: list[str], log: list[Event]) -> None:
    """Whoever did it: of those who do not say who they are it may have been anybody, and then nobody else. `gap` is
    left out: what it said of an event when that came is not said anew."""
    observed = ("blocked", "unblocked", "read", "reply_received")
    found = readings(chosen, log, observes=observed)
    for last, event in enumerate(log):
        if event.kind != "unblocked":
            continue
        for peer in {one.peer for one in log[:last]} - {None} if event.peer is None else {event.peer}:
            gone = (event.service, event.account, peer, "blocked")
            world = [
                _another(one, "read") if (one.service, one.account, one.peer, one.kind) == gone or one is event else one
                for one in log[: last + 1]
            ]
            oracle = Brute(world, observed)
            for signal in chosen:
                assert within(oracle.reading(node(signal), last, tight=True), found[last][signal]), signal


def _answers_yesterday(end: int) -> list[Event]:
    """Ten friends wrote to an old account, which answers two days later; the log holds `end` of these events only."""
    friends = [f"f{number}" for number in range(10)]
    wrote = [
        Event(id=f"w{one}", time=BEGINS + number, kind="message_sent", account=one, peer="a")
        for number, one in enumerate(friends)
    ]
    answers = [
        Event(id=f"a{one}", time=BEGINS + 2 * DAY + number, kind="message_sent", account="a", peer=one, known=False)
        for number, one in enumerate(friends)
    ]
    return [*wrote, *answers][-end:]


def test_what_came_before_the_log_may_have_been_solicited() -> None:
    signal = 'distinct(message_sent.peer, where=not solicited, over="1h")'
    full, late = readings([signal], _answers_yesterday(20))[-1], readings([signal], _answers_yesterday(10))[-1]
    assert full[signal].least == 0
    assert within(full[signal], late[signal])


def test_an_unknown_device_may_be_this_device() -> None:
    signal = 'count(message_sent, over="1h", by=device)'

    def log(device: str | None) -> list[Event]:
        return [
            Event(id="e0", time=BEGINS, kind="connected", account="b"),
            Event(id="e1", time=BEGINS + DAY, kind="message_sent", account="b", device=device),
            Event(id="e2", time=BEGINS + DAY, kind="message_sent", account="a", device="d"),
        ]

    assert within(readings([signal], log("d"))[-1][signal], readings([signal], log(None))[-1][signal])


def test_a_reply_of_nobody_knows_whom_may_be_the_answer() -> None:
    signal = 'unanswered(message_sent, over="1h")'

    def log(peer: str | None) -> list[Event]:
        return [
            Event(id="e0", time=BEGINS, kind="registered", account="a"),
            Event(id="e1", time=BEGINS, kind="message_sent", account="a", peer="p"),
            Event(id="e2", time=BEGINS + 1, kind="reply_received", account="a", peer=peer),
        ]

    assert within(readings([signal], log("p"))[-1][signal], readings([signal], log(None))[-1][signal])


def _written_to(names: list[str], begins: int) -> list[Event]:
    return [
        Event(id=f"m{name}{begins}", time=begins + at, kind="message_sent", account="a", peer=name)
        for at, name in enumerate(names)
    ]


def _unnamed_replies(count: int, time: int) -> list[Event]:
    return [Event(id=f"r{time}-{at}", time=time, kind="reply_received", account="a") for at in range(count)]


def test_each_reply_without_a_name_takes_one_off_and_no_more() -> None:
    """Two of ten have replied, whoever they are; that is no cover for those who are written to afterwards."""
    signal = 'unanswered(message_sent, over="1h")'
    begins = [Event(id="e0", time=BEGINS, kind="registered", account="a")]
    ten, more = [f"p{at}" for at in range(10)], [f"q{at}" for at in range(100)]
    log = [*begins, *_written_to(ten, BEGINS + 1), *_unnamed_replies(2, BEGINS + MINUTE)]
    assert readings([signal], log)[-1][signal] == Interval(8, 10)
    log += _written_to(more, BEGINS + 2 * MINUTE)
    assert readings([signal], log)[-1][signal] == Interval(108, 110)


def test_who_is_written_to_again_after_a_reply_without_a_name_may_have_replied() -> None:
    """For as long as the conversation goes on, also when the window has left the reply behind."""
    signal = 'unanswered(message_sent, over="1h")'
    begins = [Event(id="e0", time=BEGINS, kind="registered", account="a")]
    log = [*begins, *_written_to(["p"], BEGINS + 1), *_unnamed_replies(1, BEGINS + MINUTE)]
    for half_hours in range(1, 9):
        log += _written_to(["p"], BEGINS + half_hours * 30 * MINUTE)
        assert readings([signal], log)[-1][signal].least == 0
    log += _written_to(["p"], BEGINS + 7 * HOUR)
    assert readings([signal], log)[-1][signal] == Interval(1, 1)


def test_a_message_without_a_name_may_be_what_made_an_answer_solicited() -> None:
    signal = 'distinct(message_sent.peer, where=not solicited, over="1h")'
    old = [Event(id="e0", time=BEGINS, kind="connected", account="x")]
    answer = Event(id="e2", time=BEGINS + 9 * DAY, kind="message_sent", account="a", peer="b")
    for kind, account, days in (("message_sent", "b", 5), ("reply_received", "a", 5), ("reply_received", "a", 0)):
        unnamed = Event(id="e1", time=BEGINS + days * DAY, kind=kind, account=account)
        least = 0 if days else 1
        assert readings([signal], [*old, unnamed, answer])[-1][signal] == Interval(least, 1), (kind, days)
    to_group = Event(id="e1", time=BEGINS + 5 * DAY, kind="message_sent", account="b", group="g")
    assert readings([signal], [*old, to_group, answer])[-1][signal] == Interval(1, 1)


def test_a_proof_that_names_no_app_may_be_of_any() -> None:
    signal = 'count(connected, where=attestation == "passed", over="1h", by=app)'

    def log(client: str | None) -> list[Event]:
        return [
            Event(id="e0", time=BEGINS - DAY, kind="connected", account="b"),
            Event(id="e1", time=BEGINS, kind="connected", account="b", attestation="passed", client=client),
            Event(id="e2", time=BEGINS, kind="connected", account="a", attestation="absent", client="New/2"),
        ]

    assert readings([signal], log("New/1"))[-1][signal] == Interval(1, 1)
    assert readings([signal], log(None))[-1][signal] == Interval(0, 1)
    assert readings([signal], log("Other/1"))[-1][signal] == Interval(0, 0)


def test_what_cannot_have_a_key_is_no_missing_key() -> None:
    """A message to a peer is in no group, and what somebody writes themselves has no fingerprint."""
    begins = [Event(id="e0", time=BEGINS - DAY, kind="connected", account="b")]
    sent = partial(Event, time=BEGINS, kind="message_sent", account="a", media="text")
    here = sent(id="e2", group="g", content="c", forwards=3)
    for by, peer, forwards, most in (
        *(("group", "p", None, 1), ("group", None, None, 2)),
        *(("content", "p", None, 1), ("content", "p", 0, 1), ("content", "p", 2, 2)),
    ):
        signal = f'count(message_sent, over="1h", by={by})'
        log = [*begins, sent(id="e1", peer=peer, forwards=forwards), here]
        assert readings([signal], log)[-1][signal] == Interval(1, most), (by, peer, forwards)


def test_a_key_whose_clock_is_behind_may_have_missed_anything_that_lacks_it() -> None:
    """Their window ends with the clock of the service: what was in that of the key may have left it."""
    signal = 'count(message_sent, over="10s", by=device)'
    times = [(-DAY, "x"), (0, None), (30_000, None), (5_000, "d"), (36_000, "d"), (60_000, "d")]
    log = [
        Event(id=f"e{at}", time=BEGINS - BEGINS % DAY + time, kind="message_sent", account="a", device=device)
        for at, (time, device) in enumerate(times)
    ]
    assert [one[signal].most for one in readings([signal], log)[3:]] == [float("inf"), 2, 1]
