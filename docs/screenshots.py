"""Takes the pictures of the README from a running demonstration.

./run --listen 127.0.0.1:8124 &    # the map is red from half past nine to noon of the town: the last pictures are of it
.venv/bin/python docs/screenshots.py http://127.0.0.1:8124
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

IMAGES = Path(__file__).parent / "images"
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1180, "height": 820}


def main(url: str) -> None:
    """Take them all."""
    with sync_playwright() as playwright:
        found = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        _holder(browser, url)
        _operator(browser, url)
        _status(browser, url)
        browser.close()


def _holder(browser: Browser, url: str) -> None:
    page = browser.new_page(base_url=url, viewport=PHONE, device_scale_factor=1.5)
    page.goto("/")
    page.get_by_role("link", name="Enter as Sari").click()
    _take(page, "account")
    page.goto("/account/recover?language=en")
    page.get_by_label("No", exact=True).check()
    page.get_by_label("What can you tell", exact=False).fill("They are the parents of our pupils.")
    _take(page, "recovery")


def _operator(browser: Browser, url: str) -> None:
    page = browser.new_page(base_url=url, viewport=DESKTOP)
    page.goto("/")
    page.get_by_role("button", name="Enter as admin").click()
    page.get_by_label("Guided tour").get_by_role("button", name="Next").click()
    page.locator(".chart canvas").wait_for()
    page.wait_for_timeout(8_000)
    _take(page, "console")
    page.get_by_label("Guided tour").get_by_role("button", name="Close").click()
    page.goto("/console/policies/spam/bulk-to-strangers/try?parameter=strangers&value=30")
    page.locator(".chart canvas").wait_for()
    _take(page, "slider")


def _status(browser: Browser, url: str) -> None:
    page = browser.new_page(base_url=url, viewport=DESKTOP)
    page.goto("/status?language=en")
    page.locator(".map").screenshot(path=IMAGES / "status.png")


def _take(page: Page, name: str) -> None:
    page.wait_for_load_state("networkidle")
    page.screenshot(path=IMAGES / f"{name}.png")


if __name__ == "__main__":
    main(sys.argv[1])
