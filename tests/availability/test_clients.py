"""A client that fails where others do not is named, however few use it; and nothing else is taken for a client."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

import pytest
from benchmarks.outages.causes import judge

from cartellino.availability.account import AccountFacts, answer
from cartellino.availability.clients import MOST
from cartellino.availability.evidence import Cause
from cartellino.availability.monitor import Monitor
from cartellino.availability.replay import replay
from cartellino.events.event import Event
from cartellino.vocabulary.times import HOUR, MINUTE, instant

BEGINS = instant("2025-03-03T08:00:00Z")
QUARTER = 15 * MINUTE
COUNTRIES = ("ID", "MY", "IN", "GB", "BR")
FAILS = 4 * HOUR

Client = Callable[[str, int], str]
"""The client of a person of a country."""


def mostly(client: str, every: int) -> Client:
    """Return who has a client: one person of so many."""
    return lambda _, person: client if person % every == 0 else f"android/{person % 3}"


def town(
    client: Client, fails: Callable[[str, str], bool], *, each: int = 12, lasts: int = 6 * HOUR
) -> Iterator[Event]:
    """Yield what people send; from the fourth hour on most of it fails where `fails` says so of country and client."""
    chance, number = Random(5), 0
    for time in range(BEGINS, BEGINS + lasts, QUARTER):
        for country in COUNTRIES:
            for person in chance.sample(range(4 * each), each):
                of, number = client(country, person), number + 1
                is_bad = time >= BEGINS + FAILS and fails(country, of) and chance.random() < 0.8
                is_bad = is_bad or chance.random() < 0.02
                yield Event(id=f"e{number}", time=time + chance.randrange(QUARTER), account=f"{country}{person}",
                            kind="message_failed" if is_bad else "message_sent", region=country, media="text",
                            client=of, address=f"AS{person % 3}", reason="timeout" if is_bad else None)  # fmt: skip


def said(events: Iterator[Event]) -> list[Cause]:
    """Return every cause that was ever said and held to be possible."""
    return [cause for one in replay(events) for cause in one.causes or () if cause.grade != "ruled_out"]


def test_a_client_of_one_in_twelve_is_named_though_no_country_shows_it() -> None:
    found = said(town(mostly("mod/9", 12), lambda _, client: client == "mod/9"))
    assert {(one.kind, one.place, one.grade) for one in found} == {("client", "world", "likely")}
    (fact,) = {fact.values["client"] for fact in found[-1].evidence if fact.code == "one_client"}
    assert (fact, found[-1].features) == ("mod/9", ("sending",))
    assert BEGINS + FAILS - QUARTER <= found[-1].since <= BEGINS + FAILS + QUARTER


@pytest.mark.parametrize("each", [4, 12, 40])
def test_an_outage_of_everybody_is_never_a_client(each: int) -> None:
    found = said(town(mostly("mod/9", 4), lambda *_: True, each=each))
    assert "client" not in {one.kind for one in found}
    assert "outage" in {one.kind for one in found}


def test_a_country_in_which_everybody_has_the_same_client_is_no_fault_of_the_client() -> None:
    def client(country: str, person: int) -> str:
        return "mod/9" if country == "ID" else f"android/{person % 3}"

    found = said(town(client, lambda country, _: country == "ID"))
    assert {(one.kind, one.place) for one in found} == {("regional_outage", "ID")}


def test_a_country_that_fails_beside_a_client_is_told_too() -> None:
    found = said(town(mostly("mod/9", 6), lambda country, client: client == "mod/9" or country == "BR"))
    assert {"client", "regional_outage"} <= {one.kind for one in found}
    assert {one.place for one in found if one.kind == "regional_outage"} == {"BR"}


def test_a_client_that_fails_with_everybody_in_one_country_and_by_chance_elsewhere_is_not_blamed() -> None:
    """A drawn block in a small service, in which others work in most countries, though not where the client fails."""
    assert judge(1_308)["said"] == ["block"]


def test_made_up_names_of_clients_are_bounded() -> None:
    monitor = Monitor()
    for number in range(3 * MOST):
        monitor.telemetry.take(Event(id=f"e{number}", time=BEGINS, kind="message_sent", account=f"a{number}",
                                     region="ID", client=f"evil/{number}"))  # fmt: skip
    monitor.close(BEGINS // QUARTER)
    assert len(monitor.telemetry.by_client) == MOST


def test_who_uses_another_client_is_not_told_to_update() -> None:
    (cause, *_) = said(town(mostly("mod/9", 12), lambda _, client: client == "mod/9"))
    assert answer(AccountFacts(client="mod/9", country="ID"), [cause]).next_step == "update"
    assert answer(AccountFacts(country="ID"), [cause]).causes == (cause,)
    assert answer(AccountFacts(client="android/1", country="ID"), [cause]).causes == ()
