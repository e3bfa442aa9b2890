"""What only a browser shows: nothing is wider than its page, old pages say so, colours mean something, text stays."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, Route, expect
from tests.browser.conftest import DESKTOP, PASSWORD, Site, enter

pytestmark = pytest.mark.slow
Visit = Any

NARROW: dict[str, Any] = {"viewport": {"width": 360, "height": 780}}
WIDTHS = pytest.mark.parametrize("how", [NARROW, DESKTOP], ids=["phone", "desktop"])
LONG = "W" * 110
"""One word, as long as an account's name can be, and wider than any screen."""


def too_wide(page: Page, paths: list[str]) -> dict[str, int]:
    """Return how wide each page is that is wider than its window."""
    found = {}
    for path in paths:
        page.goto(path)
        page.wait_for_load_state("networkidle")
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > page.viewport_size["width"]:  # type: ignore[index]
            found[path] = width
    return found


@pytest.fixture(scope="module")
def worded(site: Site) -> str:
    """Let somebody with a name that is one long word appeal with another; return the path that lets them in."""
    return site.appealed(LONG, f"{LONG * 9} and {LONG}")


@WIDTHS
def test_a_long_word_widens_no_page_of_a_holder(visit: Visit, site: Site, worded: str, how: dict[str, Any]) -> None:
    page = visit(**how).page
    enter(page, site.limited(f"{LONG}-{how['viewport']['width']}"))
    page.get_by_label("What should we look at?", exact=False).fill(LONG * 9)
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("We received it.")).to_be_visible()
    assert too_wide(page, ["/", "/account", "/account/guide", "/account/recover", f"/account/check?code={LONG}"]) == {}


@WIDTHS
def test_a_long_word_widens_no_page_of_the_console(visit: Visit, worded: str, how: dict[str, Any]) -> None:
    page = visit(**how).sign_in("admin")
    case = page.request.get("/console/cases").text()
    decision = page.request.get(f"/console/decisions?account={LONG}").text()
    paths = [
        "/console", "/console/cases", *_first(case, "cases"), "/console/decisions", *_first(decision, "decisions"),
        f"/console/account?account={LONG}", f"/console/account?account={quote('<' * 128)}", "/console/ledger",
        "/console/policies", "/console/policies/spam/bulk", "/console/policies/spam/bulk/try?parameter=strangers",
        "/console/edit?file=policies/spam.yaml", "/console/operators", "/console/proposals", "/console/held",
        "/console/patterns",
    ]  # fmt: skip
    assert too_wide(page, paths) == {}


def _first(text: str, room: str) -> list[str]:
    return re.findall(rf'data-opens href="(/console/{room}/[^"]+)"', text)[:1]


@pytest.fixture
def alone(chromium: Browser, site: Site) -> Any:  # noqa: ANN401
    """A browser of its own that may complain: what it asks for is cut off in the test."""
    context: Any = chromium.new_context(base_url=site.url, **DESKTOP)
    context.set_default_timeout(45_000)
    yield context.new_page()
    context.close()


def sign_in(page: Page, role: str = "admin") -> None:
    page.goto("/console/sign-in")
    page.get_by_label("Name").fill(role)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Overview").wait_for()


def cut_off(route: Route) -> None:
    route.abort()


def never_answer(route: Route) -> None:
    """The service hangs: it takes the request, and says nothing."""


@pytest.mark.parametrize("how", [cut_off, never_answer], ids=["gone", "hanging"])
def test_a_page_whose_service_does_not_answer_is_not_called_healthy(alone: Page, how: Any) -> None:  # noqa: ANN401
    sign_in(alone)
    expect(alone.get_by_text("Healthy")).to_be_visible()
    expect(alone.locator("#stale")).to_be_hidden()
    alone.route("**/console/now", how)
    expect(alone.locator("#stale")).to_contain_text("has not answered since", timeout=30_000)
    expect(alone.get_by_text("Healthy")).to_have_count(0)
    expect(alone.locator("[data-state]")).to_have_text("Unknown")
    if how is cut_off:
        alone.unroute("**/console/now")
        expect(alone.locator("#stale")).to_be_hidden(timeout=30_000)
        expect(alone.get_by_text("Healthy")).to_be_visible()


def test_counts_that_are_old_say_so_on_the_front_page(alone: Page) -> None:
    alone.goto("/")
    alone.route("**/loop", cut_off)
    expect(alone.locator("#stale")).to_contain_text("has not answered since", timeout=30_000)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_line_of_what_is_right_is_green_and_of_what_is_wrong_red(visit: Visit, site: Site, scheme: str) -> None:
    site.breaks(f"coloured-{scheme}")
    page: Page = visit(color_scheme=scheme, **DESKTOP).sign_in("analyst")
    page.goto("/console/policies/spam/bulk/try?parameter=strangers")
    page.locator(".chart canvas").wait_for()
    strokes = page.evaluate(
        """() => {
          const plot = document.querySelector("[data-chart]").plot;
          const pen = document.createElement("canvas").getContext("2d");
          return Object.fromEntries(plot.series.slice(1).map((one, at) => {
            pen.fillStyle = one.stroke(plot, at + 1); pen.fillRect(0, 0, 1, 1);
            return [one.label, [...pen.getImageData(0, 0, 1, 1).data].slice(0, 3)];
          }));
        }"""
    )
    red, green, _ = strokes["abusive, as people found"]
    assert green > red
    red, green, _ = strokes["honest, as people found"]
    assert red > green


def test_a_text_in_the_editor_survives_the_end_of_the_session_and_is_proposed_after_signing_in(alone: Page) -> None:
    sign_in(alone, "policy-admin")
    alone.goto("/console/edit?file=policies/spam.yaml")
    text = alone.get_by_label("policies/spam.yaml")
    written = text.input_value().replace("You wrote to too many", "You have written to too many")
    alone.context.clear_cookies()
    text.fill(written)
    expect(alone.locator("#faults")).to_contain_text("What you typed stays here")
    assert text.input_value() == written
    alone.get_by_label("Why").fill("A better word.")
    alone.get_by_role("button", name="Propose it").click()
    expect(alone.get_by_text("what you wrote is kept")).to_be_visible()
    alone.get_by_label("Name").fill("policy-admin")
    alone.get_by_label("Password").fill(PASSWORD)
    alone.get_by_role("button", name="Sign in").click()
    expect(alone.get_by_label("Text")).to_have_value(written)
    expect(alone.get_by_label("Reason")).to_have_value("A better word.")
    alone.get_by_role("button", name="Send it again").click()
    expect(alone.get_by_role("heading", name="Proposal: policies/spam.yaml reads otherwise")).to_be_visible()


def test_what_was_typed_stays_while_the_slider_moves(visit: Visit, site: Site) -> None:
    site.breaks("slid")
    page: Page = visit().sign_in("policy-admin")
    page.goto("/console/policies/spam/bulk/try?parameter=strangers")
    page.get_by_label("Why").fill("Too strict.")
    slider = page.get_by_role("slider")
    for _ in range(3):
        slider.press("ArrowRight")
    expect(page.get_by_role("button", name="Propose 12")).to_be_visible()
    expect(page.get_by_label("Why")).to_have_value("Too strict.")


@WIDTHS
def test_the_front_page_says_what_this_is_and_shows_the_loop(visit: Visit, how: dict[str, Any]) -> None:
    page: Page = visit(**how).page
    page.goto("/")
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text(
        "Open-source bans and appeals for messengers: every decision explained, every mistake reversible."
    )
    expect(page.get_by_role("img", name="A yellow card and a red card")).to_be_visible()
    steps = page.get_by_role("list", name="The loop").get_by_role("heading", level=2)
    assert steps.all_inner_texts() == ["Detect", "Decide", "Tell", "Hear", "Undo", "Learn"]
    big = page.locator(".big").bounding_box()
    assert big is not None
    assert big["y"] + big["height"] < how["viewport"]["height"], "the way in is seen at once"
    sources = page.evaluate("performance.getEntriesByType('resource').map((one) => new URL(one.name).origin)")
    assert set(sources) == {page.evaluate("location.origin")}


def test_the_counts_of_the_loop_are_live(visit: Visit, site: Site) -> None:
    page: Page = visit().page
    page.goto("/")
    decided = page.get_by_role("listitem").filter(has_text="Decide").locator(".count")
    before = decided.inner_text()
    for number in range(6):
        site.breaks(f"counted-{number}")
        site.standing(f"counted-{number}", "limited")
    expect(decided).not_to_have_text(before, timeout=30_000)


def test_the_checkers_message_is_read_whole(visit: Visit) -> None:
    page: Page = visit().sign_in("policy-admin")
    page.goto("/console/edit?file=policies/spam.yaml")
    text = page.get_by_label("policies/spam.yaml")
    text.fill(text.input_value().replace("distinct(message_sent.peer", "distinct(message_sent.perr"))
    message = page.locator("#faults .fault p").first
    message.wait_for()
    assert message.evaluate("(one) => one.scrollWidth <= one.clientWidth"), "it wraps"


def test_the_countdown_says_it_as_the_language_does(visit: Visit, site: Site) -> None:
    for language, pattern in (("en", r"^\d\d:\d\d:\d\d left$"), ("it", r"^mancano \d"), ("id", r"\d lagi$")):
        page: Page = visit(locale=language, **NARROW).page
        enter(page, site.limited(f"counting-{language}"))
        expect(page.locator("p:has(> time[data-left])")).to_have_text(re.compile(pattern))
