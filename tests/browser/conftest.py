"""The service as a process of its own, with people and accounts prepared, and a real browser that looks at it.

The browser is Debian's Chromium (`CARTELLINO_CHROMIUM` names another); without one, these tests skip and say so.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright
from tests.api.process import Process
from tests.api.world import POLICY

from cartellino.service import credentials
from cartellino.service.access import ROLES
from cartellino.storage.database import Database
from cartellino.vocabulary.times import MINUTE, show_instant

PASSWORD = "a password of the tests"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
         "--no-first-run", "--disable-sync"]  # fmt: skip
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
DESKTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 900}}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A browser for the tests of one file: while Playwright is there, its thread cannot run any other event loop."""
    found = os.environ.get("CARTELLINO_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if not found:
        pytest.skip("there is no Chromium here; `apt-get install chromium`, or name one in CARTELLINO_CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()


class Site:
    """A running service, and what happens in it."""

    def __init__(self, process: Process, data: Path) -> None:
        self.process, self.url = process, process.url
        self._client = process.client
        database = Database(f"sqlite:///{data / 'cartellino.db'}")
        with database.begin_writing() as rows:
            for role in ROLES:
                credentials.make_operator(rows, role, role, 0, PASSWORD)
        database.close()

    def key(self, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401
        answer = self._client.request(method, path, json=body)
        assert answer.is_success, answer.text
        return answer.json()

    def breaks(self, account: str, others: int = 10) -> None:
        """Let an account write to strangers a moment ago."""
        now = time.time_ns() // 1_000_000
        events = [
            {"id": f"{account}-{n}", "time": show_instant(now - MINUTE // 2 + n), "kind": "message_sent",
             "account": account, "peer": f"p{n}", "known": False, "device": f"phone of {account}"}
            for n in range(others)
        ]  # fmt: skip
        sent = self._client.post("/v1/events", content=b"\n".join(msgspec.json.encode(one) for one in events))
        assert sent.status_code == 200, sent.text

    def standing(self, account: str, wanted: str) -> None:
        """Wait until an account stands as it should."""
        found = ""
        for _ in range(100):
            found = self.key("GET", f"/v1/accounts/{account}/standing")["standing"]
            if found == wanted:
                return
            time.sleep(0.1)
        raise AssertionError(f"{account} is {found}, not {wanted}")

    def limited(self, account: str) -> str:
        """Let an account be limited, and return the path that lets its holder in, once."""
        self.breaks(account)
        self.standing(account, "limited")
        token = self.key("POST", "/v1/holders", {"account": account})["token"]
        return f"/account/enter?token={token}"

    def appealed(self, account: str, text: str = "They know me.") -> str:
        """Let an account be limited and appeal, and return the path of its holder."""
        path = self.limited(account)
        (sanction,) = self.key("GET", f"/v1/accounts/{account}/standing")["sanctions"]
        self.key("POST", f"/v1/sanctions/{sanction['sanction_id']}/appeals", {"text": text})
        return path


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    (folder / "policies").mkdir()
    (folder / "policies" / "spam.yaml").write_text(POLICY)
    process = Process(folder / "data", folder / "policies", rate="100000")
    process.start()
    yield Site(process, folder / "data")
    process.stop()


def enter(page: Page, path: str) -> None:
    """Open the link of a holder and press its button."""
    page.goto(path)
    page.locator('form[action="/account/enter"] button').click()


class Visitor:
    """Somebody with a browser of their own. What the browser complains of is kept."""

    def __init__(self, browser: Browser, site: Site, **how: Any) -> None:
        self.context: BrowserContext = browser.new_context(base_url=site.url, **how)
        self.context.set_default_timeout(45_000)
        self.page: Page = self.context.new_page()
        self.complaints: list[str] = []
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda one: self.complaints.append(str(one)))

    def _hear(self, said: ConsoleMessage) -> None:
        """Keep errors, but not that htmx took back a request for a newer one (`hx-sync`): that is meant."""
        if said.type == "error" and not said.text.startswith(("htmx:afterRequest", "htmx:sendAbort")):
            self.complaints.append(said.text)

    def sign_in(self, role: str) -> Page:
        self.page.goto("/console/sign-in")
        self.page.get_by_label("Name").fill(role)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Sign in").click()
        self.page.get_by_role("heading", name="Overview").wait_for()
        return self.page


@pytest.fixture
def visit(chromium: Browser, site: Site) -> Iterator[Any]:
    """Let somebody visit: `visit(locale="id-ID", **PHONE)`. Nobody's browser may have complained at the end."""
    visitors: list[Visitor] = []

    def come(**how: Any) -> Visitor:
        visitors.append(Visitor(chromium, site, **(how or DESKTOP)))
        return visitors[-1]

    yield come
    for one in visitors:
        one.context.close()
        assert not one.complaints, one.complaints
