"""Complaints and orders in a real browser, with a real mail server: filed, confirmed, referred, decided, refused."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from playwright.sync_api import Browser, Page, expect
from tests.api.process import Process, free_port
from tests.api.world import POLICY
from tests.browser.conftest import DESKTOP, PHONE, Site, Visitor
from tests.browser.test_accessibility import violations
from tests.status.test_subscribing import Mailbox

pytestmark = pytest.mark.slow
Visit = Any
TEXT = "Akun ini menawarkan undian palsu dan meminta uang muka dari orang tua saya."


class Desk(Site):
    """A running service whose mails arrive."""

    box: Mailbox

    def mail_to(self, target: str, about: str) -> str:
        """Wait for a mail, and return its text."""
        for _ in range(100):
            for mail in self.box.mails:
                if mail["To"] == target and about in mail["Subject"]:
                    return str(mail.get_content())
            time.sleep(0.1)
        raise AssertionError([(mail["To"], mail["Subject"]) for mail in self.box.mails])


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("desk")
    (folder / "policies").mkdir()
    (folder / "policies" / "spam.yaml").write_text(POLICY)
    box, port = Mailbox(), free_port()
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    process = Process(folder / "data", folder / "policies", rate="100000", smtp=f"smtp://127.0.0.1:{port}",
                      smtp_from="desk@example.org", public_url="http://service.example.org")  # fmt: skip
    process.start()
    site = Desk(process, folder / "data")
    site.box = box
    yield site
    process.stop()
    controller.stop()


@pytest.fixture
def visit(chromium: Browser, desk: Desk) -> Iterator[Any]:
    visitors: list[Visitor] = []

    def come(**how: Any) -> Visitor:
        visitors.append(Visitor(chromium, desk, **(how or DESKTOP)))
        return visitors[-1]

    yield come
    for one in visitors:
        one.context.close()
        heard = [said for said in one.complaints if "400 (Bad Request)" not in said]  # a form that lacks something
        assert not heard, heard


def filed(page: Page, subject: str, mail: str, category: str = "Penipuan") -> None:
    """File a complaint by the form, in Indonesian."""
    page.goto("/complaints")
    page.get_by_label("Apa masalahnya?").select_option(label=category)
    page.get_by_label("Nama atau alamat 1").fill(subject)
    page.get_by_label("Apa yang terjadi", exact=False).fill(TEXT)
    page.get_by_label("Di mana Anda", exact=False).select_option("ID")
    page.get_by_label("Alamat email Anda").fill(mail)
    page.get_by_label("Keterangan saya benar", exact=False).check()
    page.get_by_role("button", name="Kirim pengaduan").click()
    expect(page.get_by_role("heading", name=re.compile(r"Pengaduan Anda [2-9A-Z-]{14}"))).to_be_visible()


def confirmed(page: Page, desk: Desk, subject: str, mail: str) -> str:
    """File a complaint, open the link of the mail, and return the ticket number."""
    filed(page, subject, mail)
    link = re.search(r"http://service.example.org(/complaints/\S+)", desk.mail_to(mail, "Konfirmasi"))
    assert link is not None
    page.goto(link[1])
    page.get_by_role("button", name="Ya, ini pengaduan saya").click()
    expect(page.get_by_text("Diterima").first).to_be_visible()
    return page.url.rpartition("/")[2]


@pytest.mark.parametrize("script", [True, False])
def test_a_complaint_in_indonesian_on_a_phone_with_its_ticket(visit: Visit, desk: Desk, script: bool) -> None:
    page: Page = visit(locale="id-ID", java_script_enabled=script, **PHONE).page
    subject = f"undian-{script}"
    ticket = confirmed(page, desk, subject, f"{subject}@example.org")
    expect(page.get_by_text(re.compile("Kami memutuskannya paling lambat"))).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("Aduan Konten"))).to_be_visible()
    if script:
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing is cut off at the side"
    page.goto("/complaints")
    page.get_by_label("Nomor tiket").fill(ticket.lower())
    page.get_by_role("button", name="Tampilkan").click()
    expect(page.get_by_role("heading", name=f"Pengaduan Anda {ticket}")).to_be_visible()
    console = visit().sign_in("reviewer")
    console.goto("/console/cases?kind=complaint")
    console.get_by_role("row").filter(has_text=subject).get_by_role("link").first.click()
    expect(console.get_by_text(TEXT)).to_be_visible()
    console.get_by_label("What did you see?").fill("The lottery is not registered.")
    console.get_by_role("button", name="It can be decided").click()
    console.get_by_label("We act on it").check()
    console.get_by_label("If we act", exact=True).select_option(label="Suspend the account for 24 hours")
    console.locator("#reason-en").fill("A false lottery.")
    console.locator("#reason-id").fill("Undian itu palsu.")
    console.locator("#account-id").fill("Anda menawarkan undian palsu.")
    console.get_by_role("button", name="Decide", exact=True).click()
    expect(console.get_by_text("acted", exact=True).first).to_be_visible()
    page.goto(f"/complaints/{ticket}")
    expect(page.get_by_text("Kami sudah menindaknya.")).to_be_visible()
    expect(page.get_by_text("Undian itu palsu.")).to_be_visible()
    assert "Undian itu palsu." in desk.mail_to(f"{subject}@example.org", "sudah diputuskan")
    desk.standing(subject, "suspended")
    holder = desk.key("GET", f"/v1/accounts/{subject}/notices?language=id")["notices"][0]
    assert "Anda menawarkan undian palsu." in holder["text"]


def test_a_form_that_lacks_something_keeps_what_was_typed(visit: Visit) -> None:
    page: Page = visit(locale="it-IT", java_script_enabled=False, **DESKTOP).page
    page.goto("/complaints")
    page.get_by_label("Di che cosa si tratta?").select_option(label="Truffa")
    page.get_by_label("Nome o indirizzo 1").fill("javascript:alert(1)")
    page.get_by_label("Tipo 1").select_option(label="Indirizzo (https://...)")
    page.get_by_label("Che cosa è successo", exact=False).fill("Vende <b>biglietti</b> falsi a mia madre e ai vicini.")
    page.get_by_label("Il tuo indirizzo e-mail").fill("rosa@example.org")
    page.get_by_label("Quanto dico è vero", exact=False).check()
    page.get_by_role("button", name="Invia la segnalazione").click()
    expect(page.get_by_role("alert")).to_contain_text("Un indirizzo inizia con https://")
    expect(page.get_by_label("Nome o indirizzo 1")).to_have_value("javascript:alert(1)")
    expect(page.get_by_label("Che cosa è successo", exact=False)).to_have_value(re.compile("<b>biglietti</b>"))


def test_a_referral_is_noted_with_its_receipt_and_the_person_learns_where(visit: Visit, desk: Desk) -> None:
    page: Page = visit(locale="id-ID", **PHONE).page
    ticket = confirmed(page, desk, "arisan-palsu", "budi@example.org")
    console = visit().sign_in("reviewer")
    console.goto("/console/cases?kind=complaint")
    console.get_by_role("row").filter(has_text="arisan-palsu").get_by_role("link").first.click()
    console.get_by_label("Authority or hotline").fill("Patroli Siber")
    console.get_by_label("Law that asks for it").fill("UU ITE, pasal 28")
    console.get_by_label("What was sent").fill("The account and the complaint.")
    console.get_by_role("button", name="It was sent").click()
    console.get_by_label("Receipt").fill("LP/77/2026")
    console.get_by_role("button", name="It arrived").click()
    expect(console.get_by_text("receipt LP/77/2026")).to_be_visible()
    page.goto(f"/complaints/{ticket}")
    expect(page.get_by_text("Diteruskan ke pihak berwenang").first).to_be_visible()
    expect(page.get_by_text(re.compile(r"Patroli Siber \(UU ITE, pasal 28\).*sudah diterima"))).to_be_visible()
    assert "https://aduankonten.id" in desk.mail_to("budi@example.org", "diteruskan")
    page.get_by_role("link", name="Semua kantor dan tenggat").click()
    expect(page.get_by_text("Permenkominfo 5/2020 (MR5), article 14")).to_be_visible()
    assert violations(page) == []


def entered(console: Page, account: str, *, urgent: bool) -> None:
    console.goto("/console/orders")
    console.get_by_label("Authority").fill("Komdigi")
    console.get_by_label("Country (code, such as ID)").fill("id")
    console.get_by_label("Legal basis").fill("Permenkominfo 5/2020")
    console.get_by_label("Accounts, one a line").fill(f"{account}\n{account}-two")
    if urgent:
        console.get_by_label("Urgent").check()
    console.get_by_label("What it says").fill("Harap dihapus dalam empat jam.")
    console.get_by_label("Mail address for the answer").fill("kantor@komdigi.example")
    console.get_by_label("How it came").fill("By courier.")
    console.get_by_role("button", name="Enter the order").click()


def test_an_urgent_order_has_four_hours_and_is_complied_with_in_part(visit: Visit, desk: Desk) -> None:
    console = visit().sign_in("admin")
    before = time.time()
    entered(console, "sebaran", urgent=True)
    expect(console.get_by_text("Permenkominfo 5/2020, articles 14(3) and 15")).to_be_visible()
    identity = console.url.rpartition("/")[2]
    case = desk_case(desk, console, identity)
    assert abs(case - before - 4 * 3_600) < 60
    console.goto("/console/cases?kind=all")
    rows = console.locator("tbody tr").all_inner_texts()
    dues = [row[:16] for row in rows]
    assert dues == sorted(dues), "the queue is sorted by deadline"
    console.goto(f"/console/cases/{identity}")
    console.get_by_label("Complied with in part").check()
    console.get_by_label("If we comply, the accounts").select_option(label="No new chats for 24 hours")
    console.get_by_label("sebaran-two").check()
    console.get_by_label("Reason", exact=False).fill("The second account is of a newspaper.")
    console.get_by_role("button", name="Enter", exact=True).click()
    expect(console.get_by_text("(refused)")).to_be_visible()
    desk.standing("sebaran", "limited")
    desk.standing("sebaran-two", "clear")
    answer = desk.mail_to("kantor@komdigi.example", "Complied with in part")
    assert "Not complied with for: sebaran-two." in answer
    assert "of a newspaper" in answer


def desk_case(desk: Desk, console: Page, identity: str) -> float:
    """Return when a case is due, in seconds since 1970, as the page says it."""
    text = console.locator("main").inner_text()
    due = re.search(r"due (\d{4}-\d\d-\d\d \d\d:\d\d)", text)
    assert due is not None, text[:500]
    import calendar

    return float(calendar.timegm(time.strptime(due[1], "%Y-%m-%d %H:%M")))


def test_an_order_is_refused_and_the_table_of_requests_shows_no_small_count(visit: Visit, desk: Desk) -> None:
    console = visit().sign_in("admin")
    entered(console, "kritik", urgent=False)
    console.get_by_role("radio", name=re.compile(r"\d Refused$")).check()
    console.get_by_label("Reason", exact=False).fill("Criticism of an office is lawful.")
    console.get_by_role("button", name="Enter", exact=True).click()
    expect(console.get_by_text("refused", exact=True).first).to_be_visible()
    assert "Criticism of an office is lawful." in desk.mail_to("kantor@komdigi.example", "Refused")
    page: Page = visit(locale="id-ID", **PHONE).page
    page.goto("/status/orders")
    row = page.get_by_role("row").filter(has_text="Komdigi")
    expect(row).to_contain_text("<5")
    expect(page.get_by_text("kritik")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("path", ["/complaints", "/complaints/countries/IN", "/status/orders"])
@pytest.mark.parametrize("language", ["en", "it", "id"])
def test_the_pages_can_be_used_by_everybody(visit: Visit, path: str, language: str) -> None:
    page: Page = visit(locale=language, **PHONE).page
    page.goto(path)
    assert page.locator("html").get_attribute("lang") == language
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_pages_of_the_console_can_be_used_by_everybody(visit: Visit, desk: Desk) -> None:
    console = visit().sign_in("admin")
    for path in ("/console/cases?kind=all", "/console/cases?kind=order", "/console/orders", "/console/authorities"):
        console.goto(path)
        assert violations(console) == [], path
    console.goto("/console/cases?kind=complaint&status=closed")
    link = console.locator("tbody a[data-opens]").first
    if link.count():
        link.click()
        assert violations(console) == []
