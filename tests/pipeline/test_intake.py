"""What may come in, by chunks: the answers of the intake for one event, whatever the chunks."""

from __future__ import annotations

import msgspec
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cartellino.events.event import Event, row
from cartellino.events.intake import Intake
from cartellino.events.intake import again as twice
from cartellino.events.logged import events_of, to_logged
from cartellino.kernel.codes import Coder
from cartellino.kernel.machine import core
from cartellino.pipeline.intake import Arrivals

NOW = 500_000
_EVENTS = st.lists(
    st.builds(
        Event,
        id=st.sampled_from(("e1", "e2", "e3", "e4")),
        time=st.sampled_from(
            (0, 60_000, 60_001, 119_999, 120_000, 200_000, NOW - 60_001, NOW - 60_000, NOW, NOW + 60_000, NOW + 60_001)
        ),
        kind=st.sampled_from(("read", "connected")),
        account=st.sampled_from(("a", "b")),
        service=st.sampled_from(("main", "other")),
        peer=st.sampled_from((None, "p", "q")),
        known=st.sampled_from((None, True, False)),
        credit=st.sampled_from((None, 0, 1)),
        own=st.sampled_from(({}, {"x_n": 1}, {"x_n": 1.0})),
    ),
    max_size=30,
)
_SIZES = st.lists(st.integers(1, 7), min_size=1)


def taken(
    log: list[Event], sizes: list[int], *, knows: bool = False
) -> tuple[list[Event], list[tuple[int, object]], int]:
    """Return what was taken, what was refused and why, and how many were held."""
    arrivals = Arrivals(Coder("s"), NOW, core=core(native=False), knows=knows)
    events, refused, held, at, turn = list[Event](), list[tuple[int, object]](), 0, 0, 0
    while at < len(log):
        size = sizes[turn % len(sizes)]
        found = arrivals.accept(to_logged(log[at : at + size]), np.arange(at, min(at + size, len(log))), "s")
        events += events_of(found.batch)
        refused += [(one.line, (one.faults, one.row)) for one in found.rejections]
        held += found.in_log
        at, turn = at + size, turn + 1
    return events, refused, held


@given(_EVENTS, _SIZES)
def test_a_source_is_answered_as_event_by_event(log: list[Event], sizes: list[int]) -> None:
    intake, events, refused = Intake(NOW), list[Event](), list[tuple[int, object]]()
    for number, event in enumerate(log):
        fault = intake.refuse(event)
        if fault is None:
            events.append(event)
        else:
            refused.append((number, ((fault,), row(event))))
    assert taken(log, sizes) == (events, refused, 0)


@given(_EVENTS, _SIZES)
def test_what_is_held_is_passed_over_and_what_was_refused_is_not_held(log: list[Event], sizes: list[int]) -> None:
    held, intake, events, passed = list[Event](), Intake(NOW), list[Event](), 0
    for event in log:
        if event in held:
            passed += 1
        elif intake.refuse(event) is None:
            events.append(event)
            held.append(event)
    found = taken(log, sizes, knows=True)
    assert (found[0], found[2]) == (events, passed)


@given(_EVENTS)
def test_two_rows_share_a_digest_only_if_they_are_the_same(log: list[Event]) -> None:
    arrivals = Arrivals(Coder("s"), NOW, core=core(native=False), knows=True)
    with np.errstate(over="ignore"):
        digests = arrivals.digests(to_logged(log)).tolist()
    assert len(set(digests)) == len({repr(row(one)) for one in log})


def test_an_id_for_another_event_is_no_retry_whatever_differs() -> None:
    first = Event(id="1", time=NOW, kind="reported", account="a", peer="p", device="d", text="t", own={"x_n": 1})
    others = {
        "service": "other", "account": "b", "kind": "blocked", "time": NOW - 1, "peer": "q", "device": None,
        "text": "u", "known": False, "own": {"x_n": 2},
    }  # fmt: skip
    again = [first, msgspec.structs.replace(first, credit=500)]  # the log has it with its credit
    log = [first, *(msgspec.structs.replace(first, **{name: value}) for name, value in others.items()), *again]
    events, refused, _ = taken(log, [3])
    assert events == [first]
    expected = [*[twice(one, is_retry=False) for one in log[1:-2]], *[twice(one, is_retry=True) for one in again]]
    assert [what for _, what in refused] == [((fault,), row(one)) for fault, one in zip(expected, log[1:], strict=True)]
