"""The public status, the answer and the report in a real browser: three languages, phone and desktop, no violation.

One outage is staged for all tests of the file: sending fails in Indonesia, and works in Brazil and Italy.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from playwright.sync_api import Browser, Page, expect
from tests.api.process import Process
from tests.api.world import POLICY
from tests.browser.conftest import DESKTOP, PHONE, Site, Visitor, enter
from tests.browser.test_accessibility import violations

from cartellino.availability.baseline import BUCKET
from cartellino.vocabulary.times import MINUTE, show_instant

pytestmark = pytest.mark.slow
Visit = Any

LEVELS = {"en": ("Problems", "Too little known"), "it": ("Problemi", "Dati insufficienti"),
          "id": ("Bermasalah", "Belum cukup diketahui")}  # fmt: skip
SENDS = {"en": "sending messages", "it": "inviare messaggi", "id": "mengirim pesan"}
LABEL = {"en": "Sending messages", "it": "Invio di messaggi", "id": "Mengirim pesan"}
PRESS = {"en": "It does not work", "it": "Non funziona", "id": "Tidak berfungsi"}
THANKS = {"en": "Your report counts.", "it": "La tua segnalazione conta.", "id": "Laporan Anda dihitung."}
GREY = {"en": "It stays grey", "it": "Resta grigio", "id": "Statusnya tetap abu-abu"}
DOWN = {"en": "Service: does not work", "it": "Servizio: non funziona", "id": "Layanan: tidak berfungsi"}
WAYS = [pytest.param(language, how, id=f"{language}-{name}")
        for language in LEVELS for name, how in (("phone", PHONE), ("desktop", DESKTOP))]  # fmt: skip


@pytest.fixture(scope="module")
def troubled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A service whose log holds three hours in which sending fails in Indonesia from the second hour on."""
    folder = tmp_path_factory.mktemp("troubled")
    (folder / "policies").mkdir()
    (folder / "policies" / "spam.yaml").write_text(POLICY)
    process = Process(folder / "data", folder / "policies", rate="100000")
    process.start()
    site = Site(process, folder / "data")
    now = time.time_ns() // 1_000_000
    first = (now // BUCKET - 12) * BUCKET
    rows = [
        {"id": f"{country}-{bucket}-{person}", "time": show_instant(first + bucket * BUCKET + person * MINUTE // 4),
         "kind": "message_failed" if country == "ID" and bucket >= 6 and person % 8 else "message_sent",
         "account": f"{country}-{person}", "peer": "friend", "known": True, "region": country, "reason": None,
         "address": f"AS{person % 3 + 1}", "client": "official/2.26", "attestation": "passed"}
        for country in ("ID", "BR", "IT", "MY") for bucket in range(12) for person in range(24)
    ]  # fmt: skip
    sent = site._client.post("/v1/events?history=true",
                             content=b"\n".join(msgspec.json.encode(row) for row in rows))  # fmt: skip
    assert sent.status_code == 200, sent.text
    process.kill()
    process.start()  # what is in the log is judged after a start
    yield site
    process.stop()


@pytest.fixture
def visit(chromium: Browser, troubled: Site) -> Iterator[Any]:
    visitors: list[Visitor] = []

    def come(**how: Any) -> Page:
        visitors.append(Visitor(chromium, troubled, **how))
        return visitors[-1].page

    yield come
    for one in visitors:
        one.context.close()
        assert not one.complaints, one.complaints


def turned(page: Page) -> None:
    """Wait until Indonesia is red on the map."""
    for _ in range(60):
        page.goto("/status")
        if page.locator('svg.world g.danger a[href="/status/countries/ID"]').count():
            return
        time.sleep(1)
    raise AssertionError(page.locator("main").inner_text()[:500])


@pytest.mark.parametrize(("language", "how"), WAYS)
def test_the_map_the_tiles_and_the_table_say_the_same_and_nothing_widens_the_page(
    visit: Visit, language: str, how: dict[str, Any]
) -> None:
    page: Page = visit(locale=language, **how)
    turned(page)
    bad, unknown = LEVELS[language]
    expect(page.locator(".card .badge")).to_contain_text(bad)
    expect(page.locator('svg.tiles-of-world a[href="/status/countries/ID"]')).to_have_attribute(
        "aria-label", re.compile(f"^Indonesia: {bad}$")
    )
    expect(page.get_by_role("row").filter(has_text="Indonesia")).to_contain_text(SENDS[language])
    expect(page.locator('svg.tiles-of-world a[href="/status/countries/FR"]')).to_have_attribute(
        "aria-label", re.compile(f": {unknown}$")
    )
    for path in ("/status", "/status/countries/ID", "/status/countries/ID/sending", "/status/features/sending",
                 "/status/incidents", "/status/orders", "/status/subscribe"):  # fmt: skip
        page.goto(path)
        assert violations(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    page.goto("/status")
    page.get_by_role("row").filter(has_text="Indonesia").get_by_role("link").click()
    page.wait_for_url("**/status/countries/ID")
    expect(page.get_by_role("heading", level=1)).to_have_text("Indonesia")


def test_a_patterns_fill_is_drawn_and_a_country_can_be_clicked_on_the_map(visit: Visit) -> None:
    page: Page = visit(**DESKTOP)
    turned(page)
    for level in ("danger", "none", "unknown"):
        fill = page.locator(f"svg.world g.{level}").evaluate("(one) => getComputedStyle(one).fill")
        assert f"#p-{level}" in fill
        ground = page.locator(f"#p-{level} rect").evaluate("(one) => getComputedStyle(one).fill")
        assert ground not in ("rgb(0, 0, 0)", "none")
    page.locator('svg.world a[href="/status/countries/BR"]').click()
    page.wait_for_url("**/status/countries/BR")


def test_the_dark_map_has_no_violation(visit: Visit) -> None:
    page: Page = visit(color_scheme="dark", **PHONE)
    turned(page)
    assert violations(page) == []


@pytest.mark.parametrize(("language", "how"), WAYS)
def test_a_newcomer_reports_and_grey_stays_grey(visit: Visit, language: str, how: dict[str, Any]) -> None:
    page: Page = visit(locale=language, **how)
    page.goto("/account/problem")
    assert violations(page) == []
    page.get_by_label(LABEL[language], exact=True).check()
    page.locator("#country").select_option("FR")
    page.get_by_role("button", name=PRESS[language], exact=True).click()
    expect(page.get_by_role("status")).to_contain_text(re.compile(f"{THANKS[language]}|15|quarto|quarter|seperempat"))
    expect(page.locator("main")).to_contain_text(GREY[language])
    assert violations(page) == []
    page.goto("/status")
    expect(page.locator('svg.world g.unknown a[href="/status/countries/FR"]')).to_have_count(1)


@pytest.mark.parametrize(("language", "how"), WAYS)
def test_the_answer_tells_of_the_outage(visit: Visit, troubled: Site, language: str, how: dict[str, Any]) -> None:
    page: Page = visit(locale=language, **how)
    turned(page)
    token = troubled.key("POST", "/v1/holders", {"account": "ID-3"})["token"]
    enter(page, f"/account/enter?token={token}")
    page.goto("/account/why")
    expect(page.get_by_text(DOWN[language])).to_be_visible()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.goto(f"/account/why?language={language}")
    expect(page.locator("html")).to_have_attribute("lang", language)


def test_pictures_for_people_who_look(visit: Visit, troubled: Site, tmp_path: Path) -> None:
    page: Page = visit(**DESKTOP)
    turned(page)
    drawn = tmp_path / "status.png"
    page.locator("svg.world").screenshot(path=drawn)
    assert drawn.stat().st_size > 20_000, "the map is drawn"
