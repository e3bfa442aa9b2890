"""A counter over panes against a dictionary, and late events: they stand in the pane of their own time."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.kernel.streams import node, policy, readings, rule

from cartellino.events.event import Event, Scalar
from cartellino.events.logged import to_logged
from cartellino.kernel.engine import Engine
from cartellino.kernel.geometry import Geometry
from cartellino.kernel.panes import Panes
from cartellino.signals.window import FEWEST, MOST, PANES, Window, window
from cartellino.vocabulary.times import DAY, MINUTE, SECOND
from cartellino.vocabulary.truth import exactly

CUT = Window(1_000, 10)

_MOVES = st.lists(
    st.tuples(st.sampled_from(("add", "take", "read", "oldest")), st.integers(0, 45_000), st.integers(1, 9)),
    max_size=60,
)


class Naive:
    """Everything that was ever added, by pane, and what the window holds by adding it up."""

    def __init__(self) -> None:
        self.held: dict[int, int] = {}
        self.newest = -1

    def oldest(self, now: int) -> int:
        self.newest = max(self.newest, now // CUT.pane)
        return max(0, self.newest - CUT.panes + 1)

    def add(self, time: int, amount: int) -> None:
        self.newest = max(self.newest, time // CUT.pane)
        self.held[time // CUT.pane] = self.held.get(time // CUT.pane, 0) + amount * self.holds(time // CUT.pane)

    def give(self, now: int, pane: int) -> int:
        """Take back what a pane holds."""
        self.oldest(now)
        return self.held.pop(pane, 0)

    def holds(self, pane: int) -> bool:
        return self.newest - CUT.panes < pane <= self.newest

    def read(self, now: int) -> int:
        oldest = self.oldest(now)
        return sum(amount for pane, amount in self.held.items() if oldest <= pane <= self.newest)


@settings(max_examples=200, deadline=None)
@given(_MOVES)
def test_panes_are_a_sum_over_the_window(moves: list[tuple[str, int, int]]) -> None:
    """The clock that reads is the largest time so far, as it is for every key; what is added may be late."""
    panes, naive, clock = Panes(CUT), Naive(), 0
    for move, time, amount in moves:
        clock = max(clock, time)
        match move:
            case "add":
                panes.add(time, amount)
                naive.add(time, amount)
            case "take":
                pane = max(time // 1_000, panes.oldest(clock))
                for _ in range(naive.give(clock, pane)):
                    panes.subtract(pane * CUT.pane)
            case "read":
                assert panes.read(clock) == naive.read(clock)
            case _:
                assert panes.oldest(clock) == naive.oldest(clock)
    assert panes.read(46_000) == naive.read(46_000)


@pytest.mark.parametrize("pane", PANES)
@pytest.mark.parametrize("panes", [FEWEST, 24, MOST])
def test_a_window_covers_between_all_of_it_and_all_but_one_pane(pane: int, panes: int) -> None:
    cut = Window(pane, panes)
    for now in (cut.length * 3, cut.length * 3 + 1, cut.length * 3 + pane - 1):
        begins = cut.oldest(now) * pane
        assert cut.length - pane < now - begins + 1 <= cut.length
        assert cut.holds(now, begins)
        assert not cut.holds(now, begins - 1)


def _counts(log: list[tuple[int, str]], signal: str) -> list[float]:
    events = [
        Event(id=f"e{number}", time=MINUTE * 10 + time, kind=kind, account="a", peer=f"p{number}")
        for number, (time, kind) in enumerate(log)
    ]
    return [one[signal].least for one in readings([signal], events)]


def test_a_late_event_leaves_with_the_pane_of_its_own_time() -> None:
    """It came at second 9 but happened at second 2: at second 12 it is gone, the one of second 9 is not."""
    log = [(9_000, "message_sent"), (2_000, "message_sent"), (11_000, "connected"), (12_000, "connected")]
    assert _counts(log, 'count(message_sent, over="10s")') == [1, 2, 2, 1]


def test_an_event_later_than_the_window_is_not_counted_but_is_judged_at_the_clock() -> None:
    log = [(60_000, "connected"), (0, "message_sent"), (55_000, "message_sent")]
    assert _counts(log, 'count(message_sent, over="10s")') == [0, 0, 1]


@pytest.mark.parametrize("signal", ['distinct(message_sent.peer, over="10s")', 'unanswered(message_sent, over="10s")'])
def test_a_late_sighting_does_not_make_a_value_older(signal: str) -> None:
    events = [
        Event(id="r", time=0, kind="registered", account="a"),
        Event(id="y", time=0, kind="reply_received", account="b"),
        *(
            Event(id=f"e{time}{kind}", time=time, kind=kind, account="a", peer="p")
            for time, kind in ((20_000, "message_sent"), (13_000, "message_sent"), (25_000, "connected"))
        ),
    ]
    assert readings([signal], events)[-1][signal] == exactly(1)


def test_a_message_out_of_order_after_its_answer_is_answered() -> None:
    """The answer is the first thing that the log says of the two; the message that it answers comes late."""
    signal = 'unanswered(message_sent, over="1h")'
    events = [
        Event(id="r", time=0, kind="registered", account="a"),
        Event(id="y", time=30 * SECOND, kind="reply_received", account="a", peer="p"),
        Event(id="m", time=20 * SECOND, kind="message_sent", account="a", peer="p"),
    ]
    assert readings([signal], events)[-1][signal] == exactly(0)


def test_a_late_answer_keeps_the_conversation_going_like_one_in_time() -> None:
    """It answers what was written after it as well; the next message is less than the window after that."""
    signal = 'unanswered(message_sent, over="10s")'
    chat = [("message_sent", 0), ("reply_received", 5), ("message_sent", 9), ("message_sent", 17)]
    late = [chat[0], chat[2], chat[1], chat[3]]
    policies = policy(rule("silent", f"{signal} >= 1", on=("message_sent",), cooldown=10 * SECOND))
    for told in (chat, late):
        log = [Event(id="r", time=0, kind="registered", account="a")] + [
            Event(id=f"e{at}", time=second * SECOND, kind=kind, account="a", peer="p")
            for at, (kind, second) in enumerate(told)
        ]
        assert readings([signal], log, observes=("reply_received",))[-1][signal] == exactly(0)
        found = Engine(policies, geometry=Geometry(shards=1, lines=64), native=False).judge(to_logged(log), 1)
        assert [one.event for one in found if one.event == "e3"] == []


def test_a_late_message_of_the_peer_does_not_make_their_latest_older() -> None:
    """What the account sends is solicited for seven days, to the second, after the peer's latest message."""
    signal = 'count(message_sent, where=not solicited, over="1h")'
    events = [
        Event(id=f"w{late}", time=MINUTE - late, kind="message_sent", account="p", peer="a")
        for late in (0, 10 * SECOND)
    ]
    events += [
        Event(id=f"e{time}", time=MINUTE + time, kind="message_sent", account="a", peer="p")
        for time in (7 * DAY, 7 * DAY + SECOND)
    ]
    assert [one[signal].most for one in readings([signal], events)][-2:] == [0, 1]


def test_time_passes_for_a_device_whatever_happens_on_it() -> None:
    """An event that is not counted advances the clock of the device, too."""
    signal = 'count(message_sent, over="10s", by=device)'
    times = [(0, "message_sent"), (1_000, "message_sent"), (2_000, "message_sent"), (100_000, "connected")]
    events = [Event(id=f"e{time}", time=MINUTE + time, kind=kind, account="a", device="d") for time, kind in times]
    assert [one[signal].least for one in readings([signal], events)] == [1, 2, 3, 0]


def test_gains_and_losses_that_cancel_out_do_not_hide_one_another() -> None:
    """The operator's own numbers may be negative: 5 and -5 make 0, and once the 5 is out of the window, -5."""
    signal = 'sum(connected.x_n, over="10s")'
    events = [Event(id="r", time=0, kind="registered", account="a")]
    for time, amount in ((20_000, 5), (25_000, -5), (26_000, None), (31_000, None)):
        kind = "read" if amount is None else "connected"
        own: dict[str, Scalar] = {} if amount is None else {"x_n": amount}
        events.append(Event(id=f"e{time}", time=time, kind=kind, account="a", own=own))
    assert [one[signal] for one in readings([signal], events)[1:]] == [exactly(5), exactly(0), exactly(0), exactly(-5)]


def test_windows_of_the_tests_are_cut_as_the_language_cuts_them() -> None:
    assert window(10_000) == CUT
    assert node('count(read, over="10s")') == node('count(read, over="10s", by=account)')
