"""Traffic that vanishes without a failure, and failures of accounts that nobody knows."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from random import Random

import pytest
from msgspec.structs import replace

from cartellino.availability.evidence import Cause
from cartellino.availability.incident import excused, open_incident, scope_of
from cartellino.availability.monitor import Moment, Monitor
from cartellino.availability.replay import replay
from cartellino.availability.rows import Probe
from cartellino.availability.steadiness import Steadiness
from cartellino.events.event import Event
from cartellino.simulator.run import simulate
from cartellino.vocabulary.times import DAY, HOUR, MINUTE, instant

BEGINS = instant("2025-03-03T00:00:00Z")
QUARTER = 15 * MINUTE
COUNTRIES = ("ID", "MY", "IN", "GB", "BR")

What = Callable[[int, str], str]
"""What becomes of what is sent at a time in a country: `arrives`, `lost`, `fails`, or `never` for nobody sends."""


def town(lasts: int, what: What, *, each: int = 12, delivers: bool = True, seed: int = 1) -> Iterator[Event]:
    """Yield the events of people who come back: each country has as many who send in a quarter of an hour."""
    rng = Random(seed)
    number = 0
    for time in range(BEGINS, BEGINS + lasts, QUARTER):
        for country in COUNTRIES:
            for person in rng.sample(range(4 * each), rng.randint(each - 3, each + 3)):
                outcome, at = what(time, country), time + rng.randrange(QUARTER)
                number += 1
                about = Event(id=f"s{number}", time=at, kind="message_sent", account=f"{country}{person}",
                              region=country, media="text", client="android/2", address=f"AS{person % 3}")  # fmt: skip
                if outcome != "never":
                    yield replace(about, kind="message_failed") if outcome == "fails" else about
                if delivers and outcome == "arrives" and rng.random() < 0.8:
                    yield replace(about, id=f"d{number}", kind="delivered")


def fine(time: int, country: str) -> str:
    return "arrives"


def from_on(start: int, outcome: str, *where: str) -> What:
    return lambda time, country: outcome if time >= BEGINS + start and country in where else "arrives"


def said(events: list[Event]) -> list[Moment]:
    return list(replay(events))


def last(moments: list[Moment]) -> tuple[Cause, ...]:
    return next((one.causes for one in reversed(moments) if one.causes is not None), ())


def raised_at(moments: list[Moment], country: str) -> int:
    """Return how long after the beginning a country was raised first; -1 for never."""
    return next((one.time - BEGINS for one in moments for level in one.levels
                 if level.key.place == country and level.level in ("warning", "danger")), -1)  # fmt: skip


def test_messages_that_never_arrive_are_noticed_within_the_hour() -> None:
    moments = said(list(town(8 * HOUR, from_on(6 * HOUR, "lost", "ID"))))
    assert 6 * HOUR < raised_at(moments, "ID") <= 7 * HOUR
    (cause,) = [one for one in last(moments) if one.grade != "ruled_out"]
    assert (cause.kind, cause.place, cause.grade) == ("regional_outage", "ID", "possible")
    assert "missing" in {fact.code for fact in cause.evidence}
    assert raised_at(moments, "MY") == -1


def test_messages_that_arrive_nowhere_are_an_outage() -> None:
    moments = said(list(town(8 * HOUR, from_on(6 * HOUR, "lost", *COUNTRIES))))
    assert {one.kind for one in last(moments)} == {"outage"}


def test_a_service_that_never_says_what_arrives_is_not_missed() -> None:
    moments = said(list(town(8 * HOUR, fine, delivers=False)))
    assert not any(level.level in ("warning", "danger") for one in moments for level in one.levels)


def test_a_day_on_which_most_people_are_offline_raises_nothing() -> None:
    people = Random(3)
    events = [one for one in town(12 * HOUR, fine) if one.kind != "delivered" or people.random() < 0.5]
    assert not any(level.level in ("warning", "danger") for one in said(events) for level in one.levels)


@pytest.mark.parametrize("known", [12 * HOUR, 4 * DAY])
def test_a_country_that_falls_silent_is_noticed(known: int) -> None:
    moments = said(list(town(known + 3 * HOUR, from_on(known, "never", "ID"), delivers=False)))
    assert known < raised_at(moments, "ID") <= known + 2 * HOUR
    assert {raised_at(moments, country) for country in COUNTRIES if country != "ID"} == {-1}


def test_few_who_fall_silent_together_are_noticed() -> None:
    """Of a country with three an hour nobody is missed; of all of them together many are."""
    events = list(town(4 * DAY + 3 * HOUR, from_on(4 * DAY, "never", *COUNTRIES), each=4, delivers=False))
    goes_on = [Event(id=f"x{number}", time=BEGINS + 4 * DAY + number * QUARTER, kind="message_sent", account="x",
                     region="JP", media="call") for number in range(12)]  # fmt: skip
    moments = said([*events, *goes_on])
    assert {one for one in COUNTRIES if raised_at(moments, one) > 4 * DAY} == set(COUNTRIES)


def test_nights_raise_nothing() -> None:
    people = Random(5)

    def by_day(time: int, country: str) -> str:
        return "arrives" if people.random() < (1.0 if 8 <= time // HOUR % 24 < 22 else 0.15) else "never"

    moments = said(list(town(6 * DAY, by_day, delivers=False)))
    assert not any(level.level in ("warning", "danger") for one in moments for level in one.levels)


def throwaways(at: int, many: int = 60, account_since: int | None = None) -> list[Event]:
    """Return failures of so many new accounts with one client."""
    return [Event(id=f"t{number}/{again}", time=BEGINS + at + number * 9_000 + again * QUARTER, kind="message_failed",
                  account=f"t{number}", region="ID", media="text", client="evil/1", address=f"AS{number % 5}",
                  reason="timeout", account_since=account_since)
            for number in range(many) for again in range(3)]  # fmt: skip


def test_sixty_throwaway_accounts_of_one_client_open_nothing() -> None:
    moments = said([*town(2 * DAY, fine), *throwaways(DAY + 6 * HOUR)])
    assert last(moments) == ()


def test_accounts_that_their_service_says_are_young_excuse_nothing_from_the_first_hour_on() -> None:
    moments = said([*town(2 * HOUR, fine), *throwaways(HOUR, account_since=BEGINS)])
    found = [cause for one in moments for cause in one.causes or ()]
    assert not any(excused(open_incident("i", one.service, scope_of(one), "service", 0)) for one in found)


def test_people_who_have_been_here_longer_win_grace_when_they_fail() -> None:
    moments = said(list(town(8 * HOUR, from_on(6 * HOUR, "fails", "ID"))))
    (cause,) = [one for one in last(moments) if one.grade != "ruled_out"]
    assert (cause.kind, cause.place) == ("regional_outage", "ID")
    assert excused(open_incident("i", cause.service, scope_of(cause), "service", 0))


def test_one_account_that_fails_a_thousand_times_does_not_say_which_client_it_is() -> None:
    loud = [Event(id=f"l{number}", time=BEGINS + 6 * HOUR + number * 900, kind="message_failed", account="ID1",
                  region="ID", media="text", client="web/1") for number in range(1_000)]  # fmt: skip
    moments = said([*town(8 * HOUR, from_on(6 * HOUR, "fails", "ID")), *loud])
    assert "client" not in {cause.kind for one in moments for cause in one.causes or ()}


def test_an_accusation_does_not_come_and_go() -> None:
    country = Steadiness()
    assert all(country.accuses(bucket, ("others_uneasy",) if bucket % 3 == 2 else ()) for bucket in range(24))
    assert not country.accuses(24, ("servers_answered",))
    after = [country.accuses(25 + bucket, ("few_controls",) if bucket % 3 == 2 else ()) for bucket in range(12)]
    assert not any(after)
    assert [country.accuses(37 + bucket, ()) for bucket in range(4)][-1]


def without(events: list[Event], begins: int, ends: int) -> list[Event]:
    """Return events without all of some time: our own feed stood still."""
    return [one for one in events if not BEGINS + begins <= one.time < BEGINS + ends]


@pytest.mark.parametrize(("known", "minute"), [*((12 * HOUR, minute) for minute in (0, 1, 7, 14)), (4 * DAY, 7)])
def test_nobody_is_missed_while_nothing_comes_at_all(known: int, minute: int) -> None:
    """Whenever within a quarter the feed breaks off, and comes back, and however busy the service is."""
    events = list(town(known + 5 * HOUR, fine, delivers=False, each=20))
    stalled = without(events, known + minute * MINUTE, known + 3 * HOUR + (14 - minute) * MINUTE)
    moments = said(stalled)
    assert not any(level.level in ("warning", "danger") for one in moments for level in one.levels)
    assert all(not one.causes for one in moments)
    levels = {level.key.place: level.level for one in moments if one.time <= BEGINS + known + 3 * HOUR
              for level in one.levels}  # fmt: skip
    assert set(levels.values()) == {"unknown"}  # grey, not green: what was known is forgotten


def test_a_whole_service_that_falls_silent_while_another_goes_on_is_missed() -> None:
    other = [replace(one, id=f"o{one.id}", service="other", account=f"o{one.account}")
             for one in town(4 * DAY + 3 * HOUR, fine, delivers=False, seed=2)]  # fmt: skip
    silent = without(list(town(4 * DAY + 3 * HOUR, fine, delivers=False)), 4 * DAY, 5 * DAY)
    moments = said([*silent, *other])
    (cause,) = [one for one in last(moments) if one.grade != "ruled_out"]
    assert (cause.kind, cause.service, cause.place) == ("outage", "main", "world")
    raised = {level.key.service for one in moments for level in one.levels if level.level == "warning"}
    assert raised == {"main"}


def failing_probes(at: int, *countries: str) -> list[Probe]:
    return [Probe(id=f"m{country}{number}", time=BEGINS + at + number * 5 * MINUTE, country=country, network=network,
                  feature="sending", target="chat.example:443", ok=False, failure="timeout")
            for number in range(24) for country in countries for network in ("AS1", "AS2")]  # fmt: skip


def test_absence_of_everything_counts_where_probes_say_that_it_fails() -> None:
    silent = without(list(town(4 * DAY + 3 * HOUR, fine, delivers=False)), 4 * DAY, 5 * DAY)
    moments = list(replay([*silent, *failing_probes(4 * DAY + 15 * MINUTE, "ID", "GB")]))
    levels = {level.key.place: level.level for one in moments for level in one.levels}
    assert levels["ID"] == levels["GB"] == "danger"
    assert not {one for one, level in levels.items() if level in ("warning", "danger")} - {"ID", "GB"}
    told = {fact.code for one in last(moments) for fact in one.evidence}
    assert "missing" in told


def test_a_lull_of_an_evening_does_not_stop_the_watch() -> None:
    """A feed that falls to a tenth within two hours is alive: whoever is missing then is missed."""
    people = Random(7)

    def evening(time: int, country: str) -> str:
        hour = time // HOUR % 24
        busy = 1.0 if 8 <= hour < 21 else 0.5 if hour in (7, 21) else 0.1
        return "arrives" if people.random() < busy else "never"

    monitor = Monitor()
    calls = [monitor.telemetry.feed.close(bucket) for bucket in _taken(monitor, list(town(3 * DAY, evening)))]
    assert sum(calls) >= 0.97 * len(calls)


def _taken(monitor: Monitor, events: list[Event]) -> Iterator[int]:
    waiting = deque(sorted(events, key=lambda one: one.time))
    for bucket in range(BEGINS // QUARTER, (BEGINS + 3 * DAY) // QUARTER):
        while waiting and waiting[0].time // QUARTER == bucket:
            monitor.telemetry.take(waiting.popleft())
        yield bucket


def refused(at: int, *networks: str) -> list[Probe]:
    return [Probe(id=f"r{country}{network}{number}", time=BEGINS + at + number * 5 * MINUTE, country=country,
                  network=network, feature="sending", target="chat.example:5222", ok=False,
                  failure="connection_refused")
            for number in range(24) for country in COUNTRIES for network in networks]  # fmt: skip


@pytest.mark.parametrize("networks", [("AS1",), ("AS1", "AS2", "AS9")])
def test_a_port_that_is_refused_everywhere_raises_nothing_where_people_get_through(networks: tuple[str, ...]) -> None:
    moments = list(replay([*town(6 * HOUR, fine), *refused(3 * HOUR, *networks)]))
    assert not any(level.level in ("warning", "danger") for one in moments for level in one.levels)
    assert all(not one.causes for one in moments)


def test_a_port_that_is_refused_counts_where_nobody_gets_through() -> None:
    everywhere = from_on(3 * HOUR, "fails", *COUNTRIES)
    moments = list(replay([*town(6 * HOUR, everywhere), *refused(3 * HOUR, "AS1", "AS2")]))
    assert {one.kind for one in last(moments) if one.grade != "ruled_out"} == {"outage"}


@pytest.mark.parametrize("seed", [3, 4])
def test_nobody_is_missed_in_the_first_nights_of_a_small_town(seed: int) -> None:
    """Who signs in and who sets a status comes in bursts, and at night nobody does: that is no outage."""
    events, _ = simulate(300, 4, seed)
    missed = [(one.time, cause) for one in replay(list(events)) for cause in one.causes or ()
              if "missing" in {fact.code for fact in cause.evidence}]  # fmt: skip
    assert missed == []
