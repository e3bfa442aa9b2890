"""The demonstration as a newcomer meets it: every door is prepared, the town lives, the tour can be closed."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect
from tests.api.process import free_port
from tests.browser.conftest import DESKTOP

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port, folder = free_port(), tmp_path_factory.mktemp("demo")
    command = [
        sys.executable,
        "-m",
        "cartellino.cli.main",
        "demo",
        "--listen",
        f"127.0.0.1:{port}",
        "--accounts",
        "200",
    ]
    log = folder / "log"
    with log.open("wb") as out:
        running = subprocess.Popen(command, stdout=out, stderr=out, env={**os.environ, "TMPDIR": str(folder)})
    url = f"http://127.0.0.1:{port}"
    try:
        _wait(url, running, log)
        yield url
    finally:
        running.send_signal(signal.SIGTERM)
        assert running.wait(30) == 0
    assert not list(folder.glob("cartellino-demo-*")), "nothing stays"


def _wait(url: str, running: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(2_000):
        assert running.poll() is None, log.read_text()[-2_000:]
        with suppress(httpx.TransportError):
            if httpx.get(f"{url}/health/ready").status_code == 200:
                return
        time.sleep(0.2)
    raise AssertionError(log.read_text()[-2_000:])


@pytest.fixture
def page(chromium: Browser, demo: str) -> Iterator[Page]:
    context: Any = chromium.new_context(base_url=demo, **DESKTOP)
    context.set_default_timeout(45_000)
    yield context.new_page()
    context.close()


def test_the_tour_leads_on_and_stays_closed(page: Page) -> None:
    page.goto("/")
    page.get_by_role("button", name="Enter as admin").click()
    tour = page.get_by_label("Guided tour")
    expect(tour).to_contain_text("A town of 200 people lives here")
    tour.get_by_role("button", name="Next").click()
    expect(tour).to_contain_text("Attackers are among them")
    tour.get_by_role("button", name="Next").click()
    page.wait_for_url("**/console/cases")
    expect(tour).to_contain_text("banned by mistake")
    tour.get_by_role("button", name="Next").click()
    expect(page.get_by_role("heading", name="Appeal of sari")).to_be_visible()
    tour.get_by_role("button", name="Close").click()
    page.goto("/console")
    expect(tour).to_be_hidden()


def test_one_big_button_leads_into_the_tour_also_for_who_closed_it_before(page: Page) -> None:
    page.goto("/")
    page.get_by_role("button", name="Enter as analyst").click()
    tour = page.get_by_label("Guided tour")
    tour.get_by_role("button", name="Close").click()
    page.goto("/")
    page.get_by_role("button", name="Take the three-minute tour").click()
    expect(tour).to_contain_text("A town of 200 people lives here")
    expect(tour).to_contain_text("1 of 9")


def test_the_tour_covers_nothing_that_it_asks_for(page: Page) -> None:
    page.goto("/")
    page.get_by_role("button", name="Take the three-minute tour").click()
    tour = page.get_by_label("Guided tour")
    for _ in range(3):
        tour.get_by_role("button", name="Next").click()
    reason = page.get_by_label("Reason", exact=False)
    reason.scroll_into_view_if_needed()
    reason.click()
    box, field = tour.bounding_box(), reason.bounding_box()
    assert box is not None
    assert field is not None
    assert box["x"] + box["width"] <= field["x"]


def test_an_analyst_is_not_told_to_decide(page: Page) -> None:
    page.goto("/")
    page.get_by_role("button", name="Enter as analyst").click()
    tour = page.get_by_label("Guided tour")
    for _ in range(3):
        tour.get_by_role("button", name="Next").click()
    expect(tour).to_contain_text("a reviewer decides")
    expect(tour).not_to_contain_text("Press")


@pytest.mark.parametrize(
    ("name", "sign"),
    [("Sari", "Kartu merah"), ("somebody with a yellow", "Yellow card"), ("nothing to worry", "Cartellino verde")],
)
def test_a_door_leads_to_the_card_that_it_promises(page: Page, name: str, sign: str) -> None:
    page.goto("/")
    page.get_by_role("link", name=name).click()
    expect(page.locator(".card .sign")).to_contain_text(sign)
    expect(page.locator("footer")).to_contain_text("60")


def test_events_stream_in(page: Page) -> None:
    page.goto("/")
    page.get_by_role("button", name="Enter as analyst").click()
    place = page.get_by_text("Events in the log").locator("xpath=..")
    before = place.inner_text()
    expect(place).not_to_have_text(before, timeout=30_000)


def test_the_one_who_was_banned_by_mistake_is_heard(page: Page) -> None:
    page.goto("/")
    page.get_by_role("link", name="Enter as Sari").click()
    expect(page.get_by_text("Kartu merah")).to_be_visible()
    page.goto("/")
    page.get_by_role("button", name="Enter as reviewer").click()
    page.goto("/console/cases")
    page.get_by_role("row").filter(has_text="sari").get_by_role("link").first.click()
    page.get_by_label("We were wrong").check()
    page.get_by_label("Reason").fill("She is the secretary of a school.")
    page.get_by_role("button", name="Decide").click()
    page.goto("/account")
    expect(page.get_by_text("Kami keliru dan telah memulihkan akun Anda.")).to_be_visible()


def test_the_tour_shows_the_map_and_what_is_told_to_who_is_banned(page: Page) -> None:
    page.goto("/")
    page.get_by_role("button", name="Take the three-minute tour").click()
    tour = page.get_by_label("Guided tour")
    for _ in range(14):
        expect(tour).to_contain_text(" of 9")  # before its script ran, all steps stand there
        if "7 of 9" in tour.inner_text():
            break
        tour.locator("[data-on]").click()
        page.wait_for_load_state()
    expect(tour).to_contain_text("7 of 9")
    expect(page.locator("svg.world")).to_be_visible()
    tour.get_by_role("button", name="Next").click()
    page.wait_for_url("**/account/why?language=en")
    expect(page.get_by_text(re.compile("^Account: "))).to_be_visible()
    for language, title in (("id", "Mengapa saya tidak bisa mengirim?"), ("it", "Perché non riesco a inviare?")):
        page.goto(f"/account/why?language={language}")
        expect(page.get_by_role("heading", level=1)).to_have_text(title)


@pytest.mark.thorough
def test_the_map_turns_while_one_looks_and_a_report_leaves_grey_grey(page: Page) -> None:
    page.goto("/account/problem")
    page.get_by_label("Calls", exact=True).check()
    page.locator("#country").select_option("FR")
    page.get_by_role("button", name="It does not work").click()
    expect(page.locator("main")).to_contain_text("It stays grey")
    page.goto("/status")
    expect(page.locator('svg.world g.unknown a[href="/status/countries/FR"]')).to_have_count(1)
    for _ in range(200):
        page.goto("/status")
        if page.locator('svg.world g.danger a[href="/status/countries/ID"]').count():
            break
        time.sleep(5)  # it fails from 09:30 to 16:30 of the town's time, and the town's day takes 24 minutes
    expect(page.locator('svg.world g.danger a[href="/status/countries/US"]')).to_have_count(1)


def test_an_earlier_incident_is_there_to_compare_with(page: Page) -> None:
    page.goto("/status/incidents")
    expect(page.locator("main")).to_contain_text("Did not work (Malaysia): sending messages.")
