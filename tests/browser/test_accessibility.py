"""Every page, in light and dark, as axe sees it: no violation; and no browser complains of a script or a style."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from tests.browser.conftest import DESKTOP, PHONE, Site, enter

pytestmark = pytest.mark.slow
Visit = Any

CONSOLE = [
    "/console", "/console/cases", "/console/cases?kind=review", "/console/looks", "/console/decisions",
    "/console/policies", "/console/policies/spam/bulk", "/console/policies/spam/bulk/try?parameter=strangers",
    "/console/edit?file=policies/spam.yaml", "/console/proposals", "/console/held", "/console/operators",
    "/console/incidents", "/console/ledger",
    "/console/patterns", "/console/account?account=axel", "/console/senders", "/console/senders/39061",
    "/console/senders/39061/recovery", "/console/senders/39061/dossier", "/console/senders/39061/guide",
    "/console/senders/39061/check-up", "/console/senders/39061/campaign",
    "/console/senders/ai", "/console/senders/ai/39061", "/console/senders/consents",
]  # fmt: skip
HOLDER = [
    "/", "/account", "/account/guide", "/account/check?code=AAAA-BBBB", "/account/recover",
    "/account/recover?screen=banned", "/account/recover?screen=banned&cause=client", "/account/recover?screen=none",
    "/transparency", "/senders/check-up", "/senders/check-up?state=new&tool=api",
    "/senders/check-up?state=new&tool=unofficial&often=few&stop=auto&done=1", "/senders/guide", "/senders/ai",
]  # fmt: skip


def violations(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {one['help']}: {one['nodes'][0]['html'][:200]}" for one in found]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_console_has_no_violation(visit: Visit, site: Site, scheme: str) -> None:
    site.appealed(f"axel-{scheme}")
    site.key("POST", "/v1/senders/39061/declaration", {"ai": "primary"})
    page = visit(color_scheme=scheme, **DESKTOP).sign_in("admin")
    rows = page.request.get("/console/decisions").text()
    case = page.request.get("/console/cases").text()
    found = {path: violations_at(page, path) for path in [*CONSOLE, *_first(rows, "decisions"), *_first(case, "cases")]}
    assert not any(found.values()), found


def _first(text: str, room: str) -> list[str]:
    at = text.index(f'data-opens href="/console/{room}/') + len('data-opens href="')
    return [text[at : text.index('"', at)]]


def violations_at(page: Page, path: str) -> list[str]:
    page.goto(path)
    page.wait_for_load_state("networkidle")
    expect(page.locator("[hx-get] > .loading")).to_have_count(
        0, timeout=60_000
    )  # what is worked out may load the page again
    return violations(page)


@pytest.mark.parametrize(("scheme", "language"), [("light", "en"), ("dark", "en"), ("light", "it"), ("light", "id")])
def test_the_holders_pages_have_no_violation(visit: Visit, site: Site, scheme: str, language: str) -> None:
    path = site.limited(f"axa-{scheme}-{language}")
    page: Page = visit(color_scheme=scheme, locale=language, **PHONE).page
    page.goto("/account")
    assert violations(page) == []
    page.goto(path)
    assert violations(page) == []
    enter(page, path)
    found = {one: violations_at(page, one) for one in HOLDER}
    assert not any(found.values()), found
