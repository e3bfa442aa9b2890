"""Why can't I send? The ban is told in an outage and the outage to the banned; and what becomes of a report."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from litestar.testing import TestClient
from tests.api.test_availability import judged, outage, stored
from tests.api.world import Addressed, Time, World, begun, settings_for
from tests.holder.test_pages import enter, hidden

from cartellino.api.app import application
from cartellino.availability.baseline import BUCKET
from cartellino.availability.rows import Problem
from cartellino.holder.pages import PAGES
from cartellino.vocabulary.times import DAY, show_instant


def lives_in(world: World, account: str, country: str = "ID") -> None:
    """Let an account be seen in a country."""
    world.send([
        {"id": f"{account}-in-{country}", "time": show_instant(world.time.now), "kind": "connected", "account": account,
         "region": country, "client": "official/2.26", "attestation": "passed"},
    ])  # fmt: skip


def banned(world: World, account: str) -> None:
    for number in range(3):
        world.breaks(account, first=100 * number)
        world.later(3 * DAY)


def reports(world: World) -> list[Problem]:
    return [row for row in stored(world) if isinstance(row, Problem)]


def told(world: World, **form: str) -> httpx.Response:
    answer: httpx.Response = world.client.post("/account/problem", data=form)
    return answer


ACCOUNT = {"en": "Your account is banned", "it": "Il tuo account è bloccato", "id": "Akun Anda diblokir"}
SERVICE = {"en": "Service: does not work", "it": "Servizio: non funziona", "id": "Layanan: tidak berfungsi"}


@pytest.mark.parametrize("language", ACCOUNT)
def test_who_is_banned_is_told_so_in_an_outage_and_told_of_the_outage(world: World, language: str) -> None:
    banned(world, "a")
    lives_in(world, "a")
    enter(world, "a")
    before = world.client.get(f"/account/why?language={language}").text
    assert ACCOUNT[language] in before
    assert SERVICE[language] not in before
    outage(world)
    enter(world, "a")
    page = world.client.get(f"/account/why?language={language}").text
    assert ACCOUNT[language] in page
    assert SERVICE[language] in page
    assert 'class="card red"' in page


def test_whose_account_is_in_order_is_told_of_the_outage_alone_with_its_evidence(world: World) -> None:
    lives_in(world, "a")
    outage(world)
    enter(world, "a")
    page = world.client.get("/account/why").text
    assert "Account: in order" in page
    assert "Service: does not work" in page
    assert "Our test devices see it fail: sending messages (Indonesia)." in page
    assert "Last looked at:" in page


def test_what_nobody_knows_is_grey_and_never_green(world: World) -> None:
    lives_in(world, "a", "FR")
    enter(world, "a")
    page = world.client.get("/account/why").text
    assert 'class="badge grey">Service: we do not know' in page
    assert 'class="card green"' in page, "the account is known to be in order"


def test_a_stranger_is_told_nothing_of_any_account(world: World) -> None:
    page = world.client.get("/account/why?account=a").text
    assert "Sign in" in page
    assert "badge" not in page


def test_a_report_counts_once_in_a_quarter_of_an_hour_and_that_is_said_kindly(world: World) -> None:
    lives_in(world, "a")
    enter(world, "a")
    form = world.client.get("/account/problem").text
    assert "Country: Indonesia" in form
    csrf = hidden(form, "csrf")
    first = told(world, csrf=csrf, holder="yes", feature="media_up").text
    assert "Your report counts." in first
    assert "It stays grey" in first
    again = told(world, csrf=csrf, holder="yes", feature="calls").text
    assert "that report counts" in again
    assert "Your report counts." not in again
    (row,) = reports(world)
    assert (row.country, row.feature, row.service) == ("ID", "media_up", "main")
    assert row.reporter == world.service.live.pseudonym("main", "a")
    world.time.now += BUCKET
    assert "Your report counts." in told(world, csrf=csrf, holder="yes", feature="calls").text
    assert len(reports(world)) == 2


def test_who_cannot_enter_reports_for_the_address_which_counts_once(world: World) -> None:
    assert "Your report counts." in told(world, feature="sign_in", country="BR").text
    assert "Every connection counts once" in told(world, feature="sign_in", country="BR").text
    (row,) = reports(world)
    assert (row.country, row.feature) == ("BR", "sign_in")
    assert row.reporter is not None
    assert row.reporter.startswith("a_")
    assert "testclient" not in row.reporter


def test_nobody_reports_in_the_name_of_another_account(world: World) -> None:
    lives_in(world, "a")
    enter(world, "a")
    csrf = hidden(world.client.get("/account/problem").text, "csrf")
    told(world, csrf=csrf, holder="yes", feature="sending", account="b", reporter="b", country="BR", sanctioned="no")
    (row,) = reports(world)
    assert row.reporter == world.service.live.pseudonym("main", "a")
    assert row.country == "ID", "the country is that of the account"


@pytest.mark.parametrize("csrf", ["", "0" * 64])
def test_a_form_of_another_site_reports_for_no_account(world: World, csrf: str) -> None:
    lives_in(world, "a")
    enter(world, "a")
    assert told(world, csrf=csrf, holder="yes", feature="sending").status_code == 403
    across = world.client.post("/account/problem", data={"feature": "sending", "country": "ID"},
                               headers={"sec-fetch-site": "cross-site"})  # fmt: skip
    assert across.status_code == 403
    assert reports(world) == []


ODD: list[dict[str, str]] = [
    {}, {"feature": "teleport", "country": "ID"}, {"feature": "sending", "country": "XX"}, {"feature": "sending"},
    {"feature": "registration", "country": "ID"}, {"feature": "<script>", "country": "ID"},
    {"feature": "sending", "country": "UK"}, {"feature": "sending" * 1_000, "country": "ID"},
]  # fmt: skip


@pytest.mark.parametrize("form", ODD)
def test_what_names_no_feature_or_no_country_is_asked_again(world: World, form: dict[str, str]) -> None:
    answer = told(world, **form)
    assert answer.status_code == 400
    assert "Say what fails and where you are" in answer.text
    assert "<script>" not in answer.text
    assert reports(world) == []


def test_a_flood_from_one_place_stores_one_report_and_turns_nothing(world: World) -> None:
    for _ in range(50):
        assert told(world, feature="sending", country="IT").status_code == 200
    assert len(reports(world)) == 1
    judged(world, 4)
    assert not [cell for cell in world.service.health.seen.cells if cell.level in ("warning", "danger")]


def test_the_report_of_a_limited_account_counts_for_nothing(world: World) -> None:
    world.breaks("a")
    lives_in(world, "a")
    enter(world, "a")
    csrf = hidden(world.client.get("/account/problem").text, "csrf")
    told(world, csrf=csrf, holder="yes", feature="sending")
    (row,) = reports(world)
    assert row.sanctioned


def test_when_too_many_wait_it_is_said_and_can_be_sent_again(world: World, monkeypatch: Any) -> None:  # noqa: ANN401
    monkeypatch.setattr("cartellino.service.health_watch.LARGEST", 0)
    answer = told(world, feature="sending", country="IT")
    assert answer.status_code == 429
    assert "Try again in a minute" in answer.text
    monkeypatch.undo()
    assert "Your report counts." in told(world, feature="sending", country="IT").text


def test_the_list_of_countries_is_in_the_readers_language(world: World) -> None:
    page = world.client.get("/account/problem?language=it").text
    assert re.search(r'value="DE">Germania<', page)
    assert world.client.get("/account/problem?country=<b>&sent=<i>&feature=<u>").status_code == 200


@pytest.fixture
def behind_a_proxy(tmp_path: Path) -> Iterator[TestClient[Any]]:
    settings = settings_for(tmp_path / "proxied", proxies="10.0.0.0/8", country_header="CF-IPCountry")
    service = begun(settings, Time())
    app: Any = Addressed(application(service, *PAGES))
    try:
        with TestClient(app) as client:
            yield client
    finally:
        service.stop()


@pytest.mark.parametrize(
    ("address", "named", "told"),
    [
        ("10.0.0.7", "my", "Country: Malaysia"),
        ("10.0.0.7", "XX", ""),
        ("10.0.0.7", "T1", ""),
        ("203.0.113.7", "MY", ""),
    ],
)
def test_a_country_is_told_by_a_trusted_proxy_alone(
    behind_a_proxy: TestClient[Any], address: str, named: str, told: str
) -> None:
    page = behind_a_proxy.get("/account/problem", headers={"x-from": address, "cf-ipcountry": named}).text
    assert (told or "Where are you?") in page
