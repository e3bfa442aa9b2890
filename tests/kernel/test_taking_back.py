"""What is taken back counts no more from then on: a withdrawn report, a lifted block, consent after a refusal.

Each scenario is judged by the reference and by the kernel.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import Any

import msgspec
import pytest
from tests.kernel.streams import BEGINS, node, policy, probe, rule

from cartellino.events.event import Event
from cartellino.events.kinds import TAKES_BACK
from cartellino.events.logged import to_logged
from cartellino.kernel.engine import Engine
from cartellino.kernel.geometry import Geometry
from cartellino.kernel.reference import Kernel
from cartellino.kernel.sightings import Bounded
from cartellino.policies.load import load
from cartellino.policies.packs import pack
from cartellino.vocabulary.times import DAY, HOUR, MINUTE
from cartellino.vocabulary.truth import Interval

Told = tuple[str, str | None, int]
"""What happened, who did it, and how many ms after the beginning."""


def events(told: Sequence[Told], **columns: Any) -> list[Event]:
    common: dict[str, Any] = {"account": "v", "reason": "spam", "credit": 90, "had_contact": True} | columns
    return [
        Event(id=f"e{at}", time=BEGINS + time, kind=kind, peer=peer, **common)
        for at, (kind, peer, time) in enumerate([("registered", None, 0), *told])
    ]


def reading(signal: str, told: Sequence[Told], **columns: Any) -> Interval:
    """Return what a signal is at the end; the kernel finds the very same interval."""
    return of_events(signal, events(told, **columns))


def of_events(signal: str, log: list[Event]) -> Interval:
    asked = probe([signal], Bounded(Geometry(shards=2, lines=64)), observes=[*TAKES_BACK, *TAKES_BACK.values()])
    for sequence, event in enumerate(log, start=1):
        asked.take(event, sequence)
    found = asked.reading(node(signal))
    limits = [(">=", found.least), (">", found.least), ("<=", found.most), ("<", found.most)]
    rules = [
        rule(f"r{at}", f"{signal} {sign} {limit:.0f}", on=(log[-1].kind,), cooldown=0)
        for at, (sign, limit) in enumerate(limits)
        if abs(limit) != inf
    ]
    policies = policy(*rules, observes=[*TAKES_BACK, *TAKES_BACK.values()])
    for size in (1, 100):
        engine = Engine(policies, geometry=Geometry(shards=2, lines=64), native=False)
        kernel = Kernel(policies, Bounded(Geometry(shards=2, lines=64)))
        fired = [one for at in range(0, len(log), size) for one in engine.judge(to_logged(log[at : at + size]), at + 1)]
        assert fired == [one for at, event in enumerate(log, start=1) for one in kernel.judge(event, at)]
    return found


@pytest.mark.parametrize(("undoes", "kind"), TAKES_BACK.items())
@pytest.mark.parametrize("signal", ['distinct({}.peer, over="30d")', 'count({}, over="30d")'])
def test_what_was_taken_back_is_as_if_it_had_not_been(undoes: str, kind: str, signal: str) -> None:
    told = [(kind, "p", HOUR), (kind, "q", 2 * HOUR), (undoes, "p", 3 * HOUR), (kind, "r", 3 * DAY)]
    assert reading(signal.format(kind), told) == Interval(2, 2)
    assert reading(signal.format(kind), [*told, (kind, "p", 4 * DAY)]) == Interval(3, 3)
    assert reading(signal.format(kind), [*told, (undoes, "nobody", 4 * DAY)]) == Interval(2, 2)


def test_a_withdrawn_report_does_not_punish() -> None:
    """Under the shipped pack, whichever kernel judges."""
    log = events([("reported", "p1", HOUR), ("report_withdrawn", "p1", 2 * HOUR), ("reported", "p2", 3 * DAY)],
                 had_contact=None)  # fmt: skip
    without = [event for event in log if event.kind != "report_withdrawn"]
    for stream, expected in ((log, []), (without, ["reports/credible-reporters"])):
        policies = load(pack("messenger"))
        engine, kernel = Engine(policies, geometry=Geometry(shards=1, lines=64), native=False), Kernel(policies)
        by_engine = engine.judge(to_logged(stream), 1)
        by_reference = [one for at, event in enumerate(stream, start=1) for one in kernel.judge(event, at)]
        for found in (by_engine, by_reference):
            assert [one.rule for one in found if one.rule.startswith("reports/")] == expected


def test_who_reported_often_takes_all_of_it_back_and_nothing_else() -> None:
    """In which panes more than one event are is not known: they are in doubt, and those of others are not."""
    others = [("reported", f"q{at}", at * MINUTE) for at in range(6)]
    often = [("reported", "p", 10 * MINUTE + at) for at in range(40)]
    gone = [("report_withdrawn", "p", HOUR)]
    assert reading('count(reported, over="24h")', [*others, *often]).least == 20, (
        "what one peer did is certain 14 times"
    )
    assert reading('count(reported, over="24h")', [*others, *often, *gone]).least <= 6
    assert reading('count(reported, over="24h")', [*others, *often[:3], *gone]) == Interval(6, 8)
    assert reading('count(reported, over="24h")', [*often, *gone, *others]).least >= 5
    assert reading('distinct(reported.peer, over="24h")', [*others, *often, *gone]) == Interval(6, 6)


def test_what_comes_late_and_was_taken_back_is_not_certain() -> None:
    told = [("report_withdrawn", "p", 40_000), ("reported", "p", 30_000)]
    at_once = [("report_withdrawn", "p", 40_500), ("reported", "p", 40_600)]
    for signal in ('count(reported, over="1h")', 'distinct(reported.peer, over="1h")'):
        assert reading(signal, told) == reading(signal, at_once) == Interval(0, 1)
        assert reading(signal, [*told, ("reported", "p", 50_000)]).least == 1


def test_somebody_without_a_name_may_have_taken_it_back() -> None:
    told = [("reported", "p", HOUR), ("reported", "q", 2 * HOUR), ("report_withdrawn", None, 3 * HOUR)]
    assert reading('distinct(reported.peer, over="24h")', told) == Interval(1, 2)
    assert reading('count(reported, over="24h")', told).least == 0


def test_what_has_no_name_may_be_of_whoever_takes_back() -> None:
    """Report by nobody knows whom, withdrawn by p, report by q: the first may be p's."""
    told = [("reported", None, HOUR), ("reported", "q", 3 * HOUR)]
    gone = [told[0], ("report_withdrawn", "p", 2 * HOUR), told[1]]
    for signal, sure in (
        ('count(reported, over="24h")', 2), ('sum(reported.credit, over="24h")', 180),
        ('repeat(reported.reason, over="24h")', 2), ('distinct(reported.reason, over="24h")', 1),
    ):  # fmt: skip
        assert reading(signal, told) == Interval(sure, sure)
        found = reading(signal, gone)
        assert (found.least, found.most) == (max(0, sure - (100 if "sum" in signal else 1)), sure)
        assert reading(signal, [*gone, ("report_withdrawn", "p", 4 * HOUR)]).least == found.least  # not twice
    often = [("reported", None, at * MINUTE) for at in range(5)]
    assert reading('count(reported, over="24h")', often) == Interval(5, 5)
    assert reading('count(reported, over="24h")', [*often, ("report_withdrawn", "p", HOUR)]) == Interval(0, 5)
    later = [*often, ("report_withdrawn", "p", HOUR), ("reported", None, 2 * HOUR)]
    assert reading('count(reported, over="24h")', later) == Interval(1, 6)


def test_what_comes_late_may_have_been_taken_back_by_somebody_without_a_name() -> None:
    signal = 'count(reported, over="1h")'
    for late, by in (("p", None), (None, "q"), (None, None)):
        told = [("report_withdrawn", by, 40_000), ("reported", late, 30_000)]
        assert reading(signal, told) == Interval(0, 1)
    by_nobody = [("report_withdrawn", None, 40_000), ("reported", "p", 30_000), ("reported", "q", 50_000)]
    assert reading('distinct(reported.peer, over="1h")', by_nobody) == Interval(0, 2)
    assert reading(signal, [("report_withdrawn", "q", 40_000), ("reported", "p", 30_000)]) == Interval(1, 1)


@pytest.mark.parametrize(
    "by", ["device", "app", *(pytest.param(key, marks=pytest.mark.thorough) for key in ("address", "content", "group"))]
)
@pytest.mark.parametrize(
    ("signal", "sure"),
    [
        ('count(reported, over="24h", by={})', 2), ('distinct(reported.peer, over="24h", by={})', 2),
        ('sum(reported.credit, over="24h", by={})', 180), ('repeat(reported.reason, over="24h", by={})', 2),
        ('sum(reported.x_n, over="24h", by={})', 10), ('distinct(reported.x_n, over="24h", by={})', 1),
    ],
)  # fmt: skip
def test_what_takes_back_without_the_key_may_take_back_what_any_key_has(by: str, signal: str, sure: int) -> None:
    """Reports of one device are not certain while it is not known of which device the report is that was withdrawn."""
    common: dict[str, Any] = {"client" if by == "app" else by: "app/1"}
    begin = 2 * DAY  # a key's past is known once the log is as old as the window
    told = [("reported", "p", begin), ("reported", "q", begin + HOUR), ("report_withdrawn", "p", begin + 2 * HOUR)]
    registered, *reports, withdrawn = events(told, own={"x_n": 5}, **common)
    without = [registered, *reports, msgspec.structs.replace(withdrawn, **dict.fromkeys(common))]

    def found(stream: list[Event], later: int) -> Interval:
        asking = Event(id="z", time=BEGINS + begin + later, kind="connected", account="v", **common)
        return of_events(signal.format(by), [*stream, asking])

    assert found([registered, *reports], 3 * HOUR) == Interval(sure, sure)
    assert found(without, 3 * HOUR) == Interval(-inf if "sum(reported.x_n" in signal else 0, sure)
    assert found(without, 5 * DAY) == Interval(0, 0)  # the window has passed it
    again = [msgspec.structs.replace(one, id=f"n{one.id}", time=one.time + 5 * DAY) for one in reports]
    assert found([*without, *again], 5 * DAY + 3 * HOUR) == Interval(sure, sure)


def test_of_sums_and_of_other_values_as_much_is_in_doubt_as_it_can_have_been() -> None:
    told = [("reported", "p", HOUR), ("reported", "q", 2 * HOUR), ("reported", "r", 2 * HOUR)]
    gone = [*told, ("report_withdrawn", "p", 3 * HOUR)]
    assert reading('sum(reported.credit, over="24h")', told) == Interval(270, 270)
    assert reading('sum(reported.credit, over="24h")', gone) == Interval(170, 270)
    assert reading('sum(reported.forwards, over="24h")', gone, forwards=5) == Interval(0, inf)
    assert reading('sum(reported.x_n, over="24h")', gone, own={"x_n": 5}) == Interval(-inf, inf)
    assert reading('repeat(reported.reason, over="24h")', gone) == Interval(2, 3)
    assert reading('distinct(reported.reason, over="24h")', gone) == Interval(0, 1)
    assert reading('unanswered(reported, over="24h")', gone) == Interval(0, 2)


def test_since_when_and_what_was_last_may_be_what_was_taken_back() -> None:
    told = [("reported", "p", HOUR), ("reported", "q", 2 * HOUR)]
    assert reading("since(reported)", [*told, ("report_withdrawn", "p", 3 * HOUR)]) == Interval(HOUR, HOUR)
    gone = [*told, ("report_withdrawn", "q", 3 * HOUR)]
    assert reading("since(reported)", gone) == Interval(HOUR, inf)
    assert reading("since(reported)", [*gone, ("reported", "p", 3 * HOUR + MINUTE)]) == Interval(0, 0)
    log = events([*told, ("report_withdrawn", "q", 3 * HOUR), ("connected", None, 4 * HOUR)])
    policies = policy(
        rule("last", 'last(reported.reason) == "spam"', on=("connected",)),
        rule("first", 'first(reported.reason) == "spam"', on=("connected",)),
    )
    kernel = Kernel(policies)
    expected = [one for at, event in enumerate(log, start=1) for one in kernel.judge(event, at)]
    assert [one.rule for one in expected] == ["t/first"]
    assert Engine(policies, geometry=Geometry(shards=1, lines=8), native=False).judge(to_logged(log), 1) == expected


def _of_two_accounts(gone: str) -> list[Event]:
    """The same text of two accounts is reported by p, of one also by q; then p withdraws the report on `gone`."""
    told = [("reported", "v", "p"), ("reported", "w", "p"), ("reported", "v", "q"), ("report_withdrawn", gone, "p")]
    common: dict[str, Any] = {"reason": "spam", "credit": 90, "content": "c", "device": "d"}
    return [
        Event(id="before", time=BEGINS - 3 * DAY, kind="connected", account="u"),
        *(
            Event(id=f"e{at}", time=BEGINS + at * HOUR, kind=kind, account=account, peer=peer, **common)
            for at, (kind, account, peer) in enumerate(told)
        ),
    ]


@pytest.mark.parametrize(
    ("signal", "expected"),
    [
        ('distinct(reported.peer, over="24h", by=content)', Interval(1, 2)),
        ('count(reported, over="24h", by=content)', Interval(2, 2)),
        ('sum(reported.credit, over="24h", by=content)', Interval(170, 270)),
        ('repeat(reported.device, over="24h", by=content)', Interval(2, 3)),
    ],
)
def test_what_one_did_to_several_accounts_is_taken_back_of_one(signal: str, expected: Interval) -> None:
    """Of what is counted by another key: p has still reported the other account, and whoever counts p still may."""
    for gone in ("v", "w"):
        assert of_events(signal, _of_two_accounts(gone)) == expected
