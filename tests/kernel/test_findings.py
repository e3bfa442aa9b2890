"""What a finding says beside its evidence, and when a rule is not judged at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from tests.kernel.streams import BEGINS, policy, rule

from cartellino.events.event import Event
from cartellino.kernel.finding import Context, Finding
from cartellino.kernel.reference import Kernel
from cartellino.policies.rule import Mode, Rule
from cartellino.vocabulary.times import DAY, HOUR

EVERY = rule("r", 'kind in ("message_sent", "reported")', on=["message_sent", "reported"], cooldown=0)


def event(after: int, kind: str = "message_sent", **columns: Any) -> Event:
    given: dict[str, Any] = {"id": f"e{after}", "time": BEGINS + after, "kind": kind, "account": "a"} | columns
    return Event(**given)


def found(log: Sequence[Event], *rules: Rule) -> list[Finding]:
    kernel = Kernel(policy(*(rules or (EVERY,))))
    return [one for at, event in enumerate(log) for one in kernel.judge(event, at)]


def test_the_context_is_what_was_last_known() -> None:
    log = [
        event(0, "registered", device="d", number="n"),
        event(1, "connected", device="e", address="x", region="IT"),
        event(2, peer="p"),
        event(3, "reported", peer="p", device="not the account's"),
    ]
    context = Context(number="n", device="e", address="x", region="IT", made=BEGINS)
    assert [one.context for one in found(log)] == [context, context]


def test_a_released_number_is_not_the_accounts_any_more() -> None:
    """Else a late report would mark the number's new owner as an evader."""
    log = [event(0, "registered", number="n"), event(1, "number_released", number="n"), event(2, "reported", peer="p")]
    assert [one.context.number for one in found(log)] == [None]


@pytest.mark.parametrize(
    ("fields", "region", "fires"),
    [
        ({"regions": frozenset({"IT"})}, "IT", True),
        ({"regions": frozenset({"IT"})}, "ID", False),
        ({"regions": frozenset({"IT"})}, None, False),
        ({"except_regions": frozenset({"IT"})}, "IT", False),
        ({"except_regions": frozenset({"IT"})}, "ID", True),
        ({"except_regions": frozenset({"IT"})}, None, False),
        ({"mode": Mode("off")}, "IT", False),
        ({"mode": Mode("shadow")}, "IT", True),
        ({"starts": BEGINS + 1}, "IT", False),
        ({"starts": BEGINS}, "IT", True),
        ({"ends": BEGINS}, "IT", False),
        ({"ends": BEGINS + 1}, "IT", True),
    ],
)
def test_where_and_when_a_rule_holds(fields: dict[str, Any], region: str | None, fires: bool) -> None:
    assert bool(found([event(0, region=region)], replace(EVERY, **fields))) is fires


def test_a_region_that_is_not_known_is_counted_as_unknown() -> None:
    kernel = Kernel(policy(replace(EVERY, regions=frozenset({"IT"}))))
    kernel.judge(event(0), 0)
    assert (kernel.judged["t/r"], kernel.unknown["t/r"]) == (1, 1)


def test_neither_who_reports_nor_who_is_reported_is_active_by_that() -> None:
    """What counts is what an account does itself; a report is done to another account's standing."""
    log = [event(n, account=f"a{n}") for n in range(5)]
    log += [event(9, "reported", account="quiet", peer="p"), event(9, "reported", account="quiet", peer="a1")]
    assert [one.active for one in found(log)] == [1, 2, 3, 4, 5, 5, 5]


def test_the_first_day_of_time_is_a_day_like_any_other() -> None:
    assert [one.active for one in found([event(0, time=at, account=f"a{at}") for at in range(3)])] == [1, 2, 3]


def test_who_was_active_a_day_ago_is_so_no_more() -> None:
    log = [event(0, account="x"), event(0, account="y"), event(DAY // 2, account="x"), event(DAY + HOUR, account="z")]
    assert [one.active for one in found(log)] == [1, 2, 2, 2]


def test_a_rule_rests_for_its_cool_down_and_not_a_moment_longer() -> None:
    rests = replace(EVERY, cooldown=1_000)
    assert [one.sequence for one in found([event(number) for number in (0, 999, 1_000, 1_999, 2_000)], rests)] == [
        0,
        2,
        4,
    ]


def test_the_first_and_the_last_value_are_those_of_the_first_and_the_last_event() -> None:
    """What an event does not say is unknown; the value of another event does not stand in for it."""
    moved = rule("r", "first(connected.device) != last(connected.device)", on=["message_sent"], cooldown=0)

    def fires(*devices: str | None) -> bool:
        log = [event(0, "registered"), *(event(n, "connected", device=one) for n, one in enumerate(devices, start=1))]
        return bool(found([*log, event(99)], moved))

    assert fires("d", "e")
    assert not fires("d", "e", "d")
    assert not fires(None, "d", "e")
    assert not fires("d", "e", None)
