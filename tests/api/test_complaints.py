"""Complaints over HTTP: filed by anybody, grouped, verified, referred, decided; everybody is told in their language."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from tests.api.world import Time, World, begun, client_of, settings_for

from cartellino.api import complaints as limits
from cartellino.learning.dsa import faults
from cartellino.queries.mails import due
from cartellino.status.app import PAGES
from cartellino.storage import tables
from cartellino.vocabulary.times import DAY, HOUR, instant, show_instant

Json = Any
BASE = "https://service.example.org"
TEXT = "Akun ini menawarkan undian palsu dan meminta uang muka dari orang tua saya."
WHY = {"reason": "We looked at it together."}
UPHELD = {"outcome": "upheld", **WHY}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A service that can mail; the tests read what waits to leave."""
    time = Time()
    mail = {"smtp": "smtp://127.0.0.1:1", "smtp_from": "desk@service.example.org", "public_url": BASE}
    service = begun(settings_for(tmp_path / "data", mail_server="mx.example.net", **mail), time)
    service.outgoing.postman.stop()
    try:
        with client_of(service, *PAGES) as client:
            yield World(service, client, time)
    finally:
        service.stop()


def mails(world: World) -> list[EmailMessage]:
    with world.service.database.begin() as rows:
        waiting = due(rows, world.time.now, 10_000)
    return [world.service.outgoing.postman.filings.mail(one) for one in waiting]


def to(world: World, target: str) -> EmailMessage:
    return [mail for mail in mails(world) if mail["To"] == target][-1]


def body(**more: object) -> dict[str, object]:
    about = {"category": "scam", "text": TEXT, "subjects": [{"kind": "account", "value": "undian"}], "country": "ID",
             "mail": "sari@example.org", "good_faith": True}  # fmt: skip
    return {**about, **more}


def filed(world: World, language: str = "id", **more: object) -> Json:
    answer = world.stranger("POST", "/v1/complaints", body(**more), headers={"accept-language": language})
    assert answer.status_code == 201, answer.text
    return answer.json()


def confirmed(world: World, language: str = "id", **more: object) -> str:
    """File a complaint and open the link of the mail."""
    made = filed(world, language, **more)
    text = to(world, str(more.get("mail", "sari@example.org"))).get_content()
    secret = re.search(r"secret=(\S+)", text)
    assert secret is not None, text
    answer = world.stranger("POST", f"/v1/complaints/{made['ticket']}/confirmation", {"secret": secret[1]})
    assert answer.status_code == 200, answer.text
    return str(made["ticket"])


def case_of(world: World, ticket: str) -> str:
    with world.service.database.begin() as rows:
        subjects = tables.complaint_subjects.c
        return str(rows.scalar(sa.select(subjects.case_id).where(subjects.complaint == ticket)))


def does(world: World, path: str, body: object, who: str = "reviewer", status: int = 200) -> Json:
    answer = world.people[who]("POST", path, body)
    assert answer.status_code == status, answer.text
    return answer.json()


def seen(world: World, ticket: str, language: str = "id") -> Json:
    return world.stranger("GET", f"/v1/complaints/{ticket}", headers={"accept-language": language}).json()


def test_a_complaint_waits_until_its_address_is_confirmed(world: World) -> None:
    made = filed(world)
    assert re.fullmatch(r"[2-9A-Z]{4}(-[2-9A-Z]{4}){2}", made["ticket"])
    assert (made["state"], made["confirmed"], made["due_at"]) == ("received", False, None)
    assert world.people["reviewer"]("GET", "/v1/cases?kind=complaint").json()["cases"] == []
    mail = to(world, "sari@example.org")
    assert mail["Subject"] == f"Konfirmasi pengaduan Anda {made['ticket']}"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert parsedate_to_datetime(mail["Date"]).year >= 2026
    wrong = world.stranger("POST", f"/v1/complaints/{made['ticket']}/confirmation", {"secret": "cc_wrong"})
    assert wrong.status_code == 404
    ticket = confirmed(world, mail="budi@example.org")
    shown = seen(world, ticket.lower().replace("-", " "))
    assert (shown["ticket"], shown["confirmed"]) == (ticket, True)
    assert instant(shown["due_at"]) == world.time.now + DAY
    assert "Permenkominfo" in shown["subjects"][0]["legal_basis"]
    assert shown["offices"][0]["name"].startswith("Aduan Konten")
    assert "sari" not in str(shown)
    assert TEXT not in str(shown)


def test_a_case_goes_from_received_to_decided_and_both_sides_learn_why_in_their_language(world: World) -> None:
    ticket = confirmed(world)
    received = to(world, "sari@example.org").get_content()
    assert "janji kami sendiri" in received
    assert "our own promise" not in received
    assert "at any time" not in received
    case = case_of(world, ticket)
    does(world, f"/v1/cases/{case}/verification", WHY)
    assert seen(world, ticket)["state"] == "verified"
    decision = {"outcome": "acted", "reason": "It asks for money in advance.",
                "reasons": {"id": "Akun itu meminta uang muka."}, "action": {"kind": "suspension", "for": "48h"},
                "to_account": {"en": "You asked people for money in advance.",
                               "id": "Anda meminta uang muka."}}  # fmt: skip
    done = does(world, f"/v1/cases/{case}/decision", decision)
    assert done["told"] == 1
    shown = seen(world, ticket)
    assert (shown["state"], shown["subjects"][0]["outcome"]) == ("decided", "acted")
    assert shown["subjects"][0]["reason"] == "Akun itu meminta uang muka."
    mail = to(world, "sari@example.org")
    assert "Akun itu meminta uang muka." in mail.get_content()
    standing = world.standing("undian", **{"accept-language": "id"})
    assert standing["standing"] == "suspended"
    (sanction,) = standing["sanctions"]
    assert sanction["reason"] == "Anda meminta uang muka."
    holder = world.holder("undian")
    (notice,) = holder("GET", "/v1/accounts/undian/notices?language=en").json()["notices"]
    assert "money in advance" in notice["text"]
    assert "sari" not in str(notice)
    appeal = holder("POST", f"/v1/sanctions/{sanction['sanction_id']}/appeals", {"text": "I sold real tickets."})
    assert appeal.status_code == 201, appeal.text
    own = world.people["reviewer"]("POST", f"/v1/appeals/{appeal.json()['appeal_id']}/outcome", UPHELD)
    assert own.json()["code"] == "not-yours", "whoever decided about the complaint does not hear the appeal"
    undone = does(world, f"/v1/appeals/{appeal.json()['appeal_id']}/outcome", {"outcome": "reversed", **WHY}, "admin")
    assert undone["siblings"] == []
    assert world.standing("undian")["standing"] == "clear"
    again = world.people["reviewer"]("POST", f"/v1/cases/{case}/decision", decision)
    assert again.json()["code"] == "not-now"


def test_the_statement_for_the_database_names_the_complaint_and_is_valid(world: World) -> None:
    for outcome, subject in (("acted", "one"), ("acted", "two")):
        ticket = confirmed(world, mail=f"{subject}@example.org", subjects=[{"kind": "account", "value": subject}])
        does(
            world,
            f"/v1/cases/{case_of(world, ticket)}/decision",
            {"outcome": outcome, "reason": "A fraud.", "action": {"kind": "ban"}, "to_account": {"en": "A fraud."}},
        )
    stated = world.people["auditor"]("GET", "/v1/statements?by=people").json()["statements"]
    assert len(stated) == 2
    for one in stated:
        assert faults(one) == []
        assert (one["source_type"], one["category"]) == ("SOURCE_ARTICLE_16", "STATEMENT_CATEGORY_SCAMS_AND_FRAUD")
        assert one["automated_decision"] == "AUTOMATED_DECISION_NOT_AUTOMATED"
        assert one["decision_ground"] == "DECISION_GROUND_ILLEGAL_CONTENT"


def test_thousands_about_one_account_are_one_case_and_each_is_told(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "AN_HOUR", 10_000)
    first = confirmed(world, mail="f0@example.org")
    case = case_of(world, first)
    for number in range(1, 60):
        flagged = {"mail": f"f{number}@example.org", "category": "scam"}
        ticket = confirmed(world, "it" if number % 2 else "en", **flagged)
        assert case_of(world, ticket) == case
    (row,) = world.people["reviewer"]("GET", "/v1/cases?kind=complaint").json()["cases"]
    whole = world.people["reviewer"]("GET", f"/v1/cases/{case}").json()
    assert (whole["filed"], len(whole["complaints"])) == (60, 50)
    joined = to(world, "f1@example.org")
    assert "Altri hanno segnalato la stessa cosa" in joined.get_content()
    before = len(mails(world))
    done = does(world, f"/v1/cases/{case}/decision", {"outcome": "dismissed", "reason": "A real raffle."})
    assert done["told"] == 60
    assert len(mails(world)) == before + 60
    assert row["appeal_id"] == case
    after = case_of(world, confirmed(world, mail="late@example.org"))
    assert after != case


def test_a_stricter_law_brings_the_deadline_of_a_case_forward(world: World) -> None:
    case = case_of(world, confirmed(world, mail="a@example.org", country="BR", category="impersonation"))
    assert world.people["reviewer"]("GET", f"/v1/cases/{case}").json()["due_at"] == show_instant(
        world.time.now + 7 * DAY
    )
    confirmed(world, mail="b@example.org", country="IN", category="impersonation")
    shown = world.people["reviewer"]("GET", f"/v1/cases/{case}").json()
    assert shown["due_at"] == show_instant(world.time.now + 2 * HOUR)
    assert "rule 3(2)(b)" in shown["legal_basis"]


def test_a_reminder_comes_in_time_and_a_breach_is_shown(world: World) -> None:
    case = case_of(world, confirmed(world, country="IN", category="intimate_imagery"))
    world.later(HOUR - 1)
    assert told(world, "case.due") == []
    world.later(1)
    assert [one["case_id"] for one in told(world, "case.due")] == [case]
    world.later(HOUR + 1)
    world.later(HOUR)
    assert [one["case_id"] for one in told(world, "case.late")] == [case]
    shown = world.people["reviewer"]("GET", f"/v1/cases/{case}").json()
    assert shown["late_at"] is not None
    assert [step["what"] for step in shown["timeline"]] == ["opened", "reminded", "late"]


def told(world: World, kind: str) -> list[Json]:
    with world.service.database.begin() as rows:
        return list(rows.scalars(sa.select(tables.outbox.c.data).where(tables.outbox.c.kind == kind)))


def test_a_referral_has_its_receipt_and_says_where_people_can_turn(world: World) -> None:
    ticket = confirmed(world)
    case = case_of(world, ticket)
    sent = {"recipient": "Patroli Siber", "country": "ID", "law": "UU ITE 27", **WHY}
    made = does(world, f"/v1/cases/{case}/referrals", sent, status=201)
    shown = seen(world, ticket)
    assert shown["state"] == "referred"
    assert shown["referrals"] == [{"recipient": "Patroli Siber", "law": "UU ITE 27", "receipt": False,
                                   "at": show_instant(world.time.now)}]  # fmt: skip
    text = to(world, "sari@example.org").get_content()
    assert "Patroli Siber" in text
    assert "https://aduankonten.id" in text
    does(world, f"/v1/referrals/{made['referral_id']}/receipt", {"receipt": "LP/123/2026"})
    assert seen(world, ticket)["referrals"][0]["receipt"] is True
    twice = world.people["reviewer"]("POST", f"/v1/referrals/{made['referral_id']}/receipt", {"receipt": "x"})
    assert twice.json()["code"] == "not-now"
    does(world, f"/v1/cases/{case}/decision", {"outcome": "dismissed", "reason": "They found nothing."})
    assert seen(world, ticket)["state"] == "decided"


@pytest.mark.parametrize("category", ["threat_to_life", "child_safety"])
def test_the_fast_lane_counts_at_once_keeps_the_data_and_shows_nothing_without_need(
    world: World, category: str
) -> None:
    world.breaks("danger")
    made = filed(world, category=category, mail="", subjects=[{"kind": "account", "value": "danger"}])
    case = case_of(world, made["ticket"])
    assert instant(made["due_at"]) == world.time.now + HOUR
    assert [one["category"] for one in told(world, "case.urgent")] == [category]
    shown = world.people["reviewer"]("GET", f"/v1/cases/{case}").json()
    assert shown["veiled"] is True
    assert TEXT not in str(shown)
    refused = world.people["admin"]("POST", "/v1/accounts/danger/erase", {"reason": "They asked."})
    assert refused.json()["code"] == "not-now"
    assert case in refused.json()["detail"]
    assert world.people["analyst"]("POST", f"/v1/cases/{case}/texts", WHY).status_code == 403
    assert TEXT in str(does(world, f"/v1/cases/{case}/texts", {"reason": "I decide it."}))
    rows = world.people["auditor"]("GET", "/v1/ledger").json()["rows"]
    assert [row["by"] for row in rows if row["what"] == "complaint read"] == ["operator:the-reviewer"]
    other = confirmed(world, subjects=[{"kind": "account", "value": "danger"}])
    assert case_of(world, other) != case


def test_a_file_is_evidence_but_never_of_child_abuse(world: World) -> None:
    png = b64encode(b"\x89PNG\r\n\x1a\n" + bytes(50)).decode()
    files = [{"name": "a.png", "media_type": "image/png", "content": png}]
    refused = world.stranger("POST", "/v1/complaints", body(category="child_safety", files=files))
    assert (refused.status_code, refused.json()["code"]) == (415, "not-readable")
    ticket = confirmed(world, files=files)
    case = world.people["reviewer"]("GET", f"/v1/cases/{case_of(world, ticket)}").json()
    (file,) = case["complaints"][0]["files"]
    content = world.people["reviewer"]("GET", f"/v1/attachments/{file['attachment_id']}").json()
    assert content["content"] == png


@pytest.mark.parametrize(
    ("more", "status"),
    [({"category": "nonsense"}, 400), ({"text": "x"}, 400), ({"text": "x" * 5_000}, 413), ({"subjects": []}, 400),
     ({"subjects": [{"kind": "link", "value": "ftp://x"}]}, 400), ({"mail": "nobody"}, 400), ({"mail": ""}, 400),
     ({"good_faith": False}, 400), ({"country": "Indonesia"}, 400),
     ({"subjects": [{"kind": "account", "value": f"a{n}"} for n in range(21)]}, 413),
     ({"files": [{"name": "a", "media_type": "image/png", "content": "%"}]}, 400)],
)  # fmt: skip
def test_what_is_no_complaint_is_refused(world: World, more: Json, status: int) -> None:
    answer = world.stranger("POST", "/v1/complaints", body(**more))
    assert answer.status_code == status, answer.text
    assert mails(world) == []


def test_nobody_is_flooded_with_mails_and_nobody_floods(world: World) -> None:
    for _ in range(5):
        filed(world)
    answer = world.stranger("POST", "/v1/complaints", body())
    assert (answer.status_code, answer.json()["code"]) == (429, "too-often")
    answers = [world.stranger("POST", "/v1/complaints", body(mail=f"m{number}@example.org")) for number in range(20)]
    last = answers[-1]
    assert last.status_code == 429
    assert int(last.headers["retry-after"]) > 0
    world.later(8 * DAY)
    world.service._tidied = 0
    world.settle()
    with world.service.database.begin() as rows:
        assert rows.scalar(sa.select(sa.func.count()).select_from(tables.complaints)) == 0


@pytest.mark.parametrize("mail", ["mailer-daemon@example.org", "no-reply@example.org", "POSTMASTER@example.org"])
def test_a_program_is_not_written_to(world: World, mail: str) -> None:
    filed(world, mail=mail)
    assert mails(world) == []


def unfounded(world: World, number: int) -> str:
    subjects = [{"kind": "account", "value": f"neighbour-{number}"}]
    case = case_of(world, confirmed(world, "it", mail="rosa@example.org", subjects=subjects, country="IT"))
    does(world, f"/v1/cases/{case}/decision", {"outcome": "unfounded", "reason": "Nothing of it is true."})
    whole = world.people["reviewer"]("GET", f"/v1/cases/{case}").json()
    return str(whole["complaints"][0]["filer"])


def test_the_handling_of_unfounded_complaints_is_suspended_only_after_a_warning(world: World) -> None:
    filer = unfounded(world, 0)
    reviewer, path = world.people["reviewer"], f"/v1/filers/{filer}"
    assert reviewer("POST", f"{path}/warning", WHY).json()["code"] == "not-now"
    for number in (1, 2):
        world.later(HOUR)
        assert unfounded(world, number) == filer
    week = {"for": "7d", **WHY}
    assert reviewer("POST", f"{path}/suspension", week).json()["code"] == "not-now"
    does(world, f"{path}/warning", WHY, status=201)
    assert to(world, "rosa@example.org")["Subject"] == "Un avvertimento sulle tue segnalazioni"
    assert reviewer("POST", f"{path}/suspension", week).json()["code"] == "not-now"
    world.later(HOUR)
    unfounded(world, 3)
    assert reviewer("POST", f"{path}/suspension", {**week, "for": "31d"}).json()["code"] == "bad-argument"
    does(world, f"{path}/suspension", week, status=201)
    shown = reviewer("GET", path).json()
    assert (shown["decided"], shown["unfounded"], [one["what"] for one in shown["entries"]]) == (
        4, 4, ["warned", "suspended"])  # fmt: skip
    ticket = confirmed(world, "it", mail="rosa@example.org", country="IT")
    assert (seen(world, ticket)["handled"], seen(world, ticket)["state"]) == (False, "closed")
    assert case_of(world, ticket) == "None"
    urgent = filed(world, category="threat_to_life", mail="rosa@example.org")
    assert case_of(world, urgent["ticket"]) != "None"
    assert world.standing("rosa@example.org")["standing"] == "clear"
    assert reviewer("DELETE", f"{path}/suspension").json()["code"] == "not-yours"
    assert world.people["admin"]("DELETE", f"{path}/suspension").status_code == 200
    assert seen(world, confirmed(world, "it", mail="rosa@example.org", country="IT"))["handled"] is True


def test_a_trusted_flagger_comes_first_and_its_precision_is_shown(world: World) -> None:
    made = does(world, "/v1/authorities", {"name": "Safer Net", "kind": "trusted_flagger", "country": "IT",
                                           "key": True}, "admin", 201)  # fmt: skip
    key = {"Authorization": f"Bearer {made['key']}"}
    for number, outcome in enumerate(["acted", "acted", "dismissed"]):
        subjects = [{"kind": "link", "value": f"https://example.org/{number}"}]
        answer = world.stranger("POST", "/v1/complaints", body(subjects=subjects, country="IT"), headers=key)
        assert answer.status_code == 201, answer.text
        assert instant(answer.json()["due_at"]) == world.time.now + DAY
        case = case_of(world, answer.json()["ticket"])
        does(world, f"/v1/cases/{case}/decision", {"outcome": outcome, "reason": "Seen."})
    (shown,) = world.people["analyst"]("GET", "/v1/authorities").json()["authorities"]
    assert (shown["looked_at"], round(shown["precision"], 2)) == (3, 0.67)
    assert shown["low"] < 0.67 < shown["high"]
    assert world.stranger("POST", "/v1/orders", {}, headers=key).status_code == 403
    assert world.people["admin"]("DELETE", f"/v1/authorities/{made['authority_id']}").status_code == 200
    assert world.stranger("POST", "/v1/complaints", body(), headers=key).json()["confirm_by"] is not None


def test_several_subjects_are_several_cases_and_the_least_of_them_counts(world: World) -> None:
    subjects = [{"kind": "account", "value": "one"}, {"kind": "group", "value": "grup arisan"},
                {"kind": "link", "value": "https://example.org/पृष्ठ"}]  # fmt: skip
    ticket = confirmed(world, subjects=subjects)
    with world.service.database.begin() as rows:
        column = tables.complaint_subjects.c
        cases = list(rows.scalars(sa.select(column.case_id).where(column.complaint == ticket)))
    assert len(set(cases)) == 3
    for number, case in enumerate(cases):
        assert seen(world, ticket)["state"] == "received"
        does(world, f"/v1/cases/{case}/decision", {"outcome": "dismissed", "reason": f"Number {number}."})
    assert seen(world, ticket)["state"] == "decided"
    world.later(190 * DAY)
    world.service._tidied = 0
    world.settle()
    assert seen(world, ticket)["state"] == "closed"
    world.later(190 * DAY)
    world.service._tidied = 0
    world.settle()
    with world.service.database.begin() as rows:
        row = rows.execute(sa.select(tables.complaints)).one()
        assert (row.mail, row.text) == ("", "")


def test_an_erased_account_is_named_nowhere_in_complaints(world: World) -> None:
    world.breaks("undian")
    ticket = confirmed(world, text="The account undian sells false tickets to everybody.")
    assert world.people["admin"]("POST", "/v1/accounts/undian/erase", {"reason": "They asked."}).status_code == 200
    with world.service.database.begin() as rows:
        for table in (tables.complaints, tables.complaint_subjects, tables.cases, tables.mails, tables.case_rows):
            assert (
                "undian"
                not in msgspec.json.encode([list(map(str, row)) for row in rows.execute(sa.select(table))]).decode()
            )
    assert seen(world, ticket)["state"] == "received"


def test_the_monthly_report_has_rows_of_complaints_without_small_counts(world: World) -> None:
    for number in range(6):
        ticket = confirmed(world, mail=f"r{number}@example.org", subjects=[{"kind": "account", "value": f"a{number}"}])
        does(world, f"/v1/cases/{case_of(world, ticket)}/decision", {"outcome": "dismissed", "reason": "No."})
    month = show_instant(world.time.now)[:7]
    report = world.stranger("GET", f"/v1/transparency/{month}").json()
    assert (report["complaints"]["filed"], report["complaints"]["by_category"]) == (6, {"scam": 6})
    assert report["complaints"]["cases"]["dismissed"] == 6
    assert report["orders"]["received"] == 0
    csv = world.stranger("GET", f"/v1/transparency/{month}.csv").text
    assert "complaints.cases.median_hours" in csv


def test_what_a_country_asks_is_public(world: World) -> None:
    shown = world.stranger("GET", "/v1/jurisdictions?country=IN").json()
    orders = [one for one in shown["deadlines"] if one["trigger"] == "order"]
    assert (orders[0]["limit"], orders[0]["source"]) == ("3h", "G.S.R. 120(E) of 10 February 2026")
    assert any("1930" in office["name"] for office in shown["offices"])
    assert world.stranger("GET", "/v1/jurisdictions?country=XX").status_code == 400


def test_without_a_mail_server_a_complaint_counts_at_once(small: World) -> None:
    made = filed(small)
    assert (made["confirmed"], made["confirm_by"]) == (True, None)
    assert case_of(small, made["ticket"]) != "None"


@pytest.fixture
def either(tmp_path: Path, url: str) -> Iterator[World]:
    """A service that can mail, over each kind of database."""
    time = Time()
    mail = {"smtp": "smtp://127.0.0.1:1", "smtp_from": "desk@service.example.org", "public_url": BASE}
    service = begun(settings_for(tmp_path / "data", database=url, **mail), time)
    service.outgoing.postman.stop()
    try:
        with client_of(service, *PAGES) as client:
            yield World(service, client, time)
    finally:
        service.stop()


def test_on_either_database_it_takes_the_same_way(either: World) -> None:
    world = either
    ticket = confirmed(world)
    assert case_of(world, confirmed(world, mail="budi@example.org")) == case_of(world, ticket)
    case = case_of(world, ticket)
    does(world, f"/v1/cases/{case}/verification", WHY)
    sent = {"recipient": "Patroli Siber", "country": "ID", "law": "UU ITE", **WHY}
    made = does(world, f"/v1/cases/{case}/referrals", sent, status=201)
    does(world, f"/v1/referrals/{made['referral_id']}/receipt", {"receipt": "1"})
    does(world, f"/v1/cases/{case}/decision", {"outcome": "acted", "reason": "A fraud.", "action": {"kind": "ban"},
                                               "to_account": {"id": "Penipuan."}})  # fmt: skip
    assert seen(world, ticket)["state"] == "decided"
    whole = world.people["reviewer"]("GET", f"/v1/cases/{case}").json()
    assert (whole["filed"], whole["reasons"], len(whole["referrals"])) == (2, {"en": "A fraud."}, 1)
    filer = whole["complaints"][0]["filer"]
    assert world.people["reviewer"]("GET", f"/v1/filers/{filer}").json()["decided"] == 1
    assert len(world.people["auditor"]("GET", "/v1/statements?by=people").json()["statements"]) == 1
    order = {"country": "ID", "kind": "preservation", "legal_basis": "a law", "from": show_instant(world.time.now),
             "authority": "Komdigi", "accounts": ["undian"], **WHY}  # fmt: skip
    made = world.people["admin"]("POST", "/v1/orders", order).json()
    moved = {"state": "complied", **WHY}
    assert world.people["admin"]("POST", f"/v1/orders/{made['order']}/state", moved).status_code == 200
    assert world.stranger("GET", "/v1/orders/requests").json()["requests"][0]["number"] == "<5"
    month = show_instant(world.time.now)[:7]
    assert world.stranger("GET", f"/v1/transparency/{month}").json()["complaints"]["filed"] == "<5"
    world.later(400 * DAY)
    world.service._tidied = 0
    world.settle()
    assert seen(world, ticket)["state"] == "closed"


@pytest.mark.parametrize(
    ("given", "pointer", "says"),
    [
        ({"category": "scma"}, "/category", "did you mean `scam`?"),
        ({"subjects": [{"kind": "acount", "value": "a"}]}, "/subjects/0/kind", "did you mean `account`?"),
        ({"subjects": [{"kind": "account"}]}, "/subjects/0/value", "required"),
        ({"text": "too short"}, "/text", "20 letters"),
        ({"text": "x" * 4_001}, "/text", "4,000"),
        ({"subjects": [{"kind": "link", "value": "ftp://x"}]}, "/subjects", "https://"),
        ({"mail": "nobody"}, "/mail", "no e-mail address"),
        ({"good_faith": False}, "/good_faith", "true and complete"),
    ],
)
def test_a_complaint_that_cannot_be_filed_is_told_where_it_fails_and_what_would_be_right(
    world: World, given: dict[str, object], pointer: str, says: str
) -> None:
    refused = world.client.post("/v1/complaints", json=body(**given)).json()
    assert refused["pointer"] == pointer
    assert says in refused["detail"]


def test_a_few_chinese_characters_say_enough(world: World) -> None:
    assert world.client.post("/v1/complaints", json=body(text="他骗了我妈妈的钱")).status_code == 201
