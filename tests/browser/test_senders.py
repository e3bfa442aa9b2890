"""The check-up on a phone without JavaScript, from the first question to the file."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect
from tests.browser.conftest import PHONE

pytestmark = pytest.mark.slow
Visit = Any


@pytest.mark.parametrize(
    ("language", "first", "pick", "skip", "risk", "save"),
    [
        ("en", "How is your number today?", "I got the list from somebody else", "Skip", "The risk is high.",
         "Save it as a file"),
        ("it", "Come sta il tuo numero oggi?", "L'elenco viene da altri", "Salta", "Il rischio è alto.",
         "Salvala come file"),
        ("id", "Bagaimana kondisi nomor Anda hari ini?", "Daftarnya dari pihak lain", "Lewati", "Risikonya tinggi.",
         "Simpan sebagai berkas"),
    ],
)  # fmt: skip
def test_the_check_up_unfolds_on_a_phone_without_javascript(
    visit: Visit, language: str, first: str, pick: str, skip: str, risk: str, save: str
) -> None:
    page = visit(locale=language, java_script_enabled=False, **PHONE).page
    page.goto("/senders/check-up")
    expect(page.get_by_role("heading", name=first)).to_be_visible()
    for place in range(10):
        page.get_by_role("link", name=pick if place == 2 else skip, exact=True).click()
    expect(page.get_by_text(risk)).to_be_visible()
    assert page.locator("ol > li").count() >= 1
    with page.expect_download() as started:
        page.get_by_role("link", name=save).click()
    text = started.value.path().read_text("utf-8")
    assert risk in text
    assert pick in text
