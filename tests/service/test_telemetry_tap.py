"""The tap beside the log: everything while there is little, a fair and keyed sample where there is much."""

from __future__ import annotations

from collections import Counter

import pytest

from cartellino.availability.baseline import BUCKET
from cartellino.availability.places import COUNTRIES
from cartellino.events.event import Event
from cartellino.events.logged import to_logged
from cartellino.kernel.machine import core
from cartellino.service.telemetry_tap import Telemetry, TelemetryTap

CORE = core(native=False)
FIRST = 2_000_000


def event(number: int, **more: object) -> Event:
    given = {"id": f"e{number}", "time": FIRST * BUCKET + number % BUCKET, "kind": "message_sent",
             "account": f"a{number}", "region": "ID", **more}  # fmt: skip
    return Event(**given)  # type: ignore[arg-type]


def tapped(tap: TelemetryTap, events: list[Event], bucket: int = FIRST) -> Telemetry:
    for begin in range(0, len(events), 1_000):
        tap.add(to_logged(events[begin : begin + 1_000]), CORE)
    return tap.take_away(bucket)


def test_little_is_taken_whole_and_only_what_bears_on_health() -> None:
    events = [event(1, media="image", client="x/1"), event(2, kind="read"), event(3, region=None),
              event(4, kind="message_failed", reason="http_500", address="10.0.0.1")]  # fmt: skip
    assert tapped(TelemetryTap("salt"), events) == Telemetry([events[0], events[3]], {})


def test_events_go_to_the_bucket_of_their_time_and_none_to_one_that_is_over() -> None:
    tap = TelemetryTap("salt")
    later = event(2, time=(FIRST + 1) * BUCKET)
    tap.add(to_logged([event(1), later]), CORE)
    assert [one.id for one in tap.take_away(FIRST).events] == ["e1"]
    tap.add(to_logged([event(3)]), CORE)
    assert tap.buckets() == [FIRST + 1]
    assert tap.take_away(FIRST + 1).events == [later]


def test_what_an_account_says_twice_is_dropped_before_anybody_is() -> None:
    events = [event(number, account=f"a{number % 50}") for number in range(3_000)]
    taken = tapped(TelemetryTap("salt", most=200), events)
    assert {one.account for one in taken.events} == {f"a{number}" for number in range(50)}
    assert taken.shares == {}


def test_of_much_a_sample_is_taken_and_small_countries_stay_whole() -> None:
    small = [event(number, account=f"s{number}", region=region) for number, region in enumerate(list(COUNTRIES)[:40])]
    large = [event(number, account=f"l{number}") for number in range(6_000)]
    tap = TelemetryTap("salt", most=800)
    taken = tapped(tap, [*large[:3_000], *small, *large[3_000:]])
    counts = Counter(one.region for one in taken.events)
    assert len(taken.events) <= 800
    assert {one.account for one in small if one.region != "ID"} <= {one.account for one in taken.events}
    assert set(taken.shares) == {"ID"}
    assert counts["ID"] / taken.shares["ID"] == pytest.approx(6_000, rel=0.25)


def test_an_account_is_in_the_sample_with_all_that_it_does_and_the_salt_decides_who() -> None:
    def accounts(salt: str) -> set[tuple[str, str]]:
        events = [event(number, account=f"a{number // 2}", kind=kind)
                  for number in range(4_000) for kind in [("message_sent", "message_failed")[number % 2]]]  # fmt: skip
        return {(one.account, one.kind) for one in tapped(TelemetryTap(salt, most=600), events).events}

    taken = accounts("salt")
    sent, failed = ({name for name, kind in taken if kind == of} for of in ("message_sent", "message_failed"))
    assert len(sent ^ failed) <= 1  # at the end of the last batch
    assert accounts("salt") == taken
    assert accounts("other") != taken


def test_a_share_that_is_too_small_grows_again() -> None:
    tap = TelemetryTap("salt", most=400)
    before = tapped(tap, [event(number) for number in range(4_000)]).shares["ID"]
    shares = []
    for bucket in range(FIRST + 1, FIRST + 9):
        quiet = [event(number, time=bucket * BUCKET) for number in range(20)]
        shares.append(tapped(tap, quiet, bucket).shares.get("ID", 1.0))
    assert shares[0] == before
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_who_comes_too_late_is_noted_by_service_and_country_and_bounded() -> None:
    tap = TelemetryTap("salt")
    tap.close(FIRST + 1)
    many = [event(number, account=f"a{number % 30}", region="IT") for number in range(60)]
    tap.add(to_logged([*many, event(90, service="shop"), event(91, time=5 * BUCKET)]), CORE)
    tap.add(to_logged(many[:10]), CORE)
    assert tap.buckets() == []
    assert tap.take_late() == {("main", "IT"): 30, ("shop", "ID"): 1}
    assert tap.take_late() == {}
    for begin in range(0, 9_000, 1_000):
        tap.add(to_logged([event(number, region="IT") for number in range(begin, begin + 1_000)]), CORE)
    assert tap.take_late()["main", "IT"] <= 2_000
