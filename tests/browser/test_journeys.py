"""People's ways through the pages, in a real browser: on a phone, by keyboard alone, without scripts."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.browser.conftest import DESKTOP, PHONE, Site, enter

pytestmark = pytest.mark.slow
Visit = Any


def test_a_holder_appeals_in_indonesian_on_a_phone(visit: Visit, site: Site) -> None:
    path = site.limited("siti")
    page: Page = visit(locale="id-ID", **PHONE).page
    enter(page, path)
    expect(page.get_by_text("Kartu kuning")).to_be_visible()
    expect(page.get_by_text("Anda menulis kepada terlalu banyak orang")).to_be_visible()
    expect(page.locator("time[data-left]")).to_contain_text(re.compile(r"\d\d:\d\d:\d\d"))
    page.get_by_label("Apa yang perlu kami periksa", exact=False).fill("Mereka orang tua murid saya.")
    page.get_by_role("button", name="Kirim").click()
    expect(page.get_by_text("Kami telah menerimanya.")).to_be_visible()
    expect(page.get_by_text("Mereka orang tua murid saya.")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing is cut off at the side"


def test_a_reviewer_reverses_and_the_holder_sees_it(visit: Visit, site: Site) -> None:
    path = site.appealed("rosa")
    page = visit().sign_in("reviewer")
    page.get_by_role("link", name="Cases").first.click()
    page.get_by_role("row").filter(has_text="rosa").get_by_role("link").first.click()
    expect(page.get_by_role("heading", name=re.compile("Evidence, frozen"))).to_be_visible()
    expect(page.locator(".chart canvas").first).to_be_visible()
    page.get_by_label("We were wrong").check()
    page.get_by_label("Reason").fill("They know each other.")
    page.get_by_role("button", name="Decide").click()
    expect(page.get_by_text("reversed", exact=True).first).to_be_visible()
    holder: Page = visit(**PHONE).page
    enter(holder, path)
    expect(holder.get_by_text("Green card")).to_be_visible()
    expect(holder.get_by_text("We were wrong and have restored your account.")).to_be_visible()


def test_a_threshold_is_tightened_by_the_slider_agreed_to_and_rolled_back(visit: Visit, site: Site) -> None:
    site.breaks("nearly", others=7)
    page = visit().sign_in("policy-admin")
    page.goto("/console/policies/spam/bulk")
    page.get_by_role("link", name="Try another value").click()
    slider = page.get_by_role("slider")
    expect(page.get_by_text(re.compile("Newly found: 0"))).to_be_visible()
    slider.focus()
    for _ in range(4):
        slider.press("ArrowLeft")
    expect(page.get_by_role("heading", name=re.compile(r"Newly found: [1-9]"))).to_be_visible()
    expect(page.locator("#outcome").get_by_role("link", name="nearly")).to_be_visible()
    page.get_by_label("Why").fill("Too many got through.")
    page.get_by_role("button", name="Propose 5").click()
    expect(page.get_by_role("heading", name="Proposal: the parameter strangers is 5")).to_be_visible()
    expect(page.get_by_text("somebody else has to agree")).to_be_visible()
    expect(page.get_by_text("Newly sanctioned")).to_be_visible()

    checker = visit().sign_in("admin")
    checker.goto(page.url)
    expect(checker.get_by_text("Newly sanctioned")).to_be_visible()
    checker.get_by_label("Why").first.fill("The rehearsal is good.")
    checker.get_by_role("button", name="Agree").click()
    expect(checker.get_by_text("admin agreed to it")).to_be_visible()
    site.breaks("tight", others=7)
    site.standing("tight", "limited")

    page.goto("/console/policies")
    page.get_by_role("button", name="Roll back").click()
    expect(page.get_by_role("heading", name="Rolled back")).to_be_visible()
    site.breaks("loose", others=7)
    site.standing("loose", "clear")


def test_a_reviewer_works_by_keyboard_alone(visit: Visit, site: Site) -> None:
    site.appealed("ken")
    page: Page = visit().page
    page.goto("/console/sign-in")
    page.keyboard.type("reviewer")
    page.keyboard.press("Tab")
    page.keyboard.type("a password of the tests")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Overview").wait_for()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="To the content")).to_be_focused()
    _tab_to(page, "Cases")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Cases").wait_for()
    for _ in range(20):
        page.keyboard.press("j")
        if "ken" in page.locator("tr.here").inner_text():
            break
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Appeal of ken").wait_for()
    page.keyboard.press("1")
    expect(page.get_by_label("Our decision stands")).to_be_checked()
    page.keyboard.press("r")
    page.keyboard.type("It is what the rule looks for: r and 2 are only letters here.")
    expect(page.get_by_label("Our decision stands")).to_be_checked()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("upheld", exact=True).first).to_be_visible()


def _tab_to(page: Page, name: str) -> None:
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent.trim()") == name:
            return
    raise AssertionError(f"{name} cannot be reached by Tab")


def test_a_holder_needs_no_script(visit: Visit, site: Site) -> None:
    path = site.limited("nora")
    page: Page = visit(java_script_enabled=False, locale="it-IT", **PHONE).page
    enter(page, path)
    expect(page.get_by_text("Cartellino giallo")).to_be_visible()
    page.get_by_role("link", name="English").click()
    expect(page.get_by_text("Yellow card")).to_be_visible()
    page.get_by_role("link", name="Recover your account").first.click()
    expect(page.get_by_text("That is what our own notice says.")).to_be_visible()
    page.get_by_label("I have stopped messaging people who don't know me").check()
    page.get_by_label("No", exact=True).check()
    page.get_by_label("What can you tell or show us?", exact=False).fill("They are my pupils' parents.")
    page.get_by_role("button", name="Write a draft").click()
    draft = page.get_by_label("Your request")
    expect(draft).to_have_value(re.compile("did not happen"))
    expect(draft).not_to_have_value(re.compile("will not happen again"))
    expect(page.get_by_role("button", name="Copy")).to_be_hidden()
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("We received it.")).to_be_visible()


def test_the_checker_speaks_while_one_types(visit: Visit) -> None:
    page = visit().sign_in("policy-admin")
    page.goto("/console/edit?file=policies/spam.yaml")
    text = page.get_by_label("policies/spam.yaml")
    held = text.input_value()
    text.fill(held.replace("when: strangers >", "when: strangars >"))
    expect(page.locator("#faults")).to_contain_text("strangars")
    expect(page.locator("#faults")).to_contain_text("^^^")
    text.fill(held)
    expect(page.locator("#faults")).to_contain_text("no faults")


def test_nothing_is_cut_off_on_a_phone_or_a_desktop(visit: Visit, site: Site) -> None:
    site.appealed("wide")
    for how in (PHONE, DESKTOP):
        page = visit(**how).sign_in("admin")
        for path in (
            "/console",
            "/console/cases",
            "/console/policies",
            "/console/policies/spam/bulk",
            "/console/ledger",
        ):
            page.goto(path)
            page.wait_for_load_state("networkidle")
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1"), f"{path} is cut off"
