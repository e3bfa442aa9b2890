"""Orders of authorities: entered, put in force by a person, told to those concerned, and public as far as they are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.api.test_availability import judged, outage, stored
from tests.api.world import Time, World, begun, client_of, settings_for

from cartellino.vocabulary.times import DAY, HOUR, show_instant

Json = Any


def ordered(world: World, **more: object) -> dict[str, object]:
    return {"country": "ID", "features": ["media_up", "media_down"], "authority": "Ministry of Communications",
            "legal_basis": "Decree 5/2020", "from": show_instant(world.time.now - HOUR),
            "to": show_instant(world.time.now + 3 * DAY), "reason": "It came by courier.", **more}  # fmt: skip


def entered(world: World, **more: object) -> str:
    answer = world.people["admin"]("POST", "/v1/orders", ordered(world, **more))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["order"])


def became(world: World, order: str, state: str) -> Json:
    body = {"state": state, "reason": "Our lawyers looked at it."}
    answer = world.people["admin"]("POST", f"/v1/orders/{order}/state", body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def ledger(world: World, **headers: str) -> Json:
    return world.stranger("GET", "/v1/orders", headers=headers).json()


def test_an_order_says_nothing_until_a_person_has_put_it_in_force(small: World) -> None:
    order = entered(small)
    assert ledger(small)["orders"] == []
    assert small.stranger("GET", f"/v1/orders/{order}").status_code == 404
    assert stored(small) == []
    assert became(small, order, "in_force")["holds"] is True
    (public,) = ledger(small)["orders"]
    assert (public["order"], public["authority"], public["state"]) == (order, "Ministry of Communications", "in_force")
    assert "reason" not in str(public)
    assert public["concerns"] == {"everybody_in": "ID"}
    assert small.stranger("GET", f"/v1/orders/{order}").json() == public


def test_every_change_of_an_order_is_a_row_of_the_ledger(small: World) -> None:
    order = entered(small)
    for state in ("in_force", "stayed", "in_force", "ended"):
        became(small, order, state)
    rows = small.people["admin"]("GET", "/v1/ledger").json()["rows"]
    about = [row["what"] for row in rows if row["subject"] == order]
    assert about == ["order received", "order in force", "order stayed", "order in force", "order ended"]
    body = {"state": "in_force", "reason": "Again."}
    assert small.people["admin"]("POST", f"/v1/orders/{order}/state", body).json()["code"] == "not-now"
    assert small.people["admin"]("POST", "/v1/orders/o_0/state", body).status_code == 404


@pytest.mark.parametrize("who", ["reviewer", "policy-admin", "analyst", "auditor"])
def test_nobody_forges_an_order(small: World, who: str) -> None:
    order = entered(small)
    change = {"state": "in_force", "reason": "Trust me."}
    for caller in (small.people[who], small.key, small.holder("a")):
        assert caller("POST", "/v1/orders", ordered(small)).status_code == 403
        assert caller("POST", f"/v1/orders/{order}/state", change).status_code == 403
    assert small.stranger("POST", "/v1/orders", ordered(small)).status_code == 401
    assert ledger(small)["orders"] == []


@pytest.mark.parametrize(
    ("more", "pointer"),
    [({"country": "UK"}, "/country"), ({"features": ["teleport"]}, "/features"), ({"from": "soon"}, "/from"),
     ({"to": "2020-01-01T00:00:00Z"}, "/to"), ({"to": "never"}, "/to"), ({"visibility": "secret"}, None),
     ({"features": []}, None), ({"authority": ""}, None), ({"accounts": ["a"] * 10_001}, None)],
)  # fmt: skip
def test_an_order_that_is_none_is_refused(small: World, more: Json, pointer: str | None) -> None:
    answer = small.people["admin"]("POST", "/v1/orders", ordered(small, **more))
    assert answer.status_code == 400, answer.text
    assert pointer is None or answer.json()["pointer"] == pointer


WORDS = {"en": "Ministry of Communications has ordered us to limit this for you: sending photos and videos",
         "it": "Ministry of Communications ci ha ordinato di limitare per te",
         "id": "memerintahkan kami membatasi"}  # fmt: skip


@pytest.mark.parametrize("language", WORDS)
def test_the_notice_is_in_the_language_that_is_asked_for(small: World, language: str) -> None:
    became(small, entered(small), "in_force")
    (public,) = ledger(small, **{"accept-language": language})["orders"]
    assert WORDS[language] in public["notice"]["text"]
    assert "Decree 5/2020" in public["notice"]["text"]


def test_what_is_not_public_is_not_told(small: World) -> None:
    became(small, entered(small, visibility="outline"), "in_force")
    became(small, entered(small, visibility="counted"), "in_force")
    found = ledger(small)
    (public,) = found["orders"]
    assert found["not_public"] == "<5"
    assert (public["authority"], public["legal_basis"], public["features"]) == (None, None, ["media_up", "media_down"])
    assert "Ministry" not in str(found)
    assert "Decree" not in str(found)
    assert public["notice"]["text"].startswith("A public authority has ordered us")
    assert [row for row in stored(small) if row.country == "ID"] == []
    everything = small.people["admin"]("GET", "/v1/orders").json()["orders"]
    assert [one["authority"] for one in everything] == ["Ministry of Communications"] * 2


def test_accounts_that_an_order_names_are_told_of_it_and_of_its_end(small: World) -> None:
    order = entered(small, accounts=["a", "b"])
    became(small, order, "in_force")
    (public,) = ledger(small)["orders"]
    assert public["concerns"] == {"accounts": "<5"}
    became(small, order, "ended")
    for who, language, words in (("a", "en", "has ordered us"), ("b", "it", "ci ha ordinato")):
        notices = small.holder(who)("GET", f"/v1/accounts/{who}/notices?language={language}").json()["notices"]
        assert {notice["shape"] for notice in notices} == {"ordered", "order_over"}
        assert any(words in notice["what"] for notice in notices)
    assert small.holder("c")("GET", "/v1/accounts/c/notices").json()["notices"] == []
    erased = small.people["admin"]("POST", "/v1/accounts/a/erase", {"reason": "asked"})
    assert erased.status_code == 200
    (_, kept) = small.people["admin"]("GET", f"/v1/orders/{order}").json()["accounts"]
    assert kept == "b"
    assert "a" not in small.people["admin"]("GET", f"/v1/orders/{order}").json()["accounts"]


def test_an_order_in_force_names_the_authority_and_one_that_is_stayed_does_not(small: World) -> None:
    order = entered(small, features=["sending"])
    became(small, order, "in_force")
    outage(small, failure="connection_reset")
    told = small.holder("a")("GET", "/v1/diagnosis?country=ID").json()
    assert "Ministry of Communications has announced it" in told["sentence"]
    (cause,) = [one for one in told["causes"] if one["grade"] != "ruled_out"]
    assert (cause["kind"], cause["grade"]) in {("restriction", "confirmed"), ("block", "confirmed")}
    became(small, order, "stayed")
    judged(small)
    told = small.holder("a")("GET", "/v1/diagnosis?country=ID").json()
    assert "Ministry" not in str(told)


# Orders by key and by mail


def registered(world: World, kind: str = "ministry", **more: object) -> Json:
    about = {"name": "Komdigi", "kind": kind, "country": "ID", "domains": ["komdigi.go.id"], "key": True, **more}
    answer = world.people["admin"]("POST", "/v1/authorities", about)
    assert answer.status_code == 201, answer.text
    return answer.json()


def removal(world: World, **more: object) -> dict[str, object]:
    return {"country": "ID", "kind": "removal", "legal_basis": "Permenkominfo 5/2020", "reason": "A lottery.",
            "from": show_instant(world.time.now), "accounts": ["undian", "arisan"], "urgent": True,
            "category": "scam", "addresses": ["https://example.org/undian"], **more}  # fmt: skip


def by_key(world: World, key: str, method: str, path: str, body: object = None) -> Json:
    return world.stranger(method, path, body, headers={"Authorization": f"Bearer {key}"})


def moved(world: World, named: str, state: str, status: int = 200, **more: object) -> Json:
    body = {"state": state, "reason": "Our lawyers looked at it.", **more}
    answer = world.people["admin"]("POST", f"/v1/orders/{named}/state", body)
    assert answer.status_code == status, answer.text
    return answer.json()


def case_of(world: World, shown: Json) -> Json:
    return world.people["reviewer"]("GET", f"/v1/cases/{shown['case_id']}").json()


def test_an_order_by_key_waits_for_a_person_and_is_due_in_four_hours(small: World) -> None:
    key = registered(small)["key"]
    answer = by_key(small, key, "POST", "/v1/orders", removal(small))
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert (made["authority"], made["timeline"][-1]["state"]) == ("Komdigi", "received")
    assert "by" not in made["timeline"][0] or made["proof"] == "key"
    case = case_of(small, made)
    assert case["due_at"] == show_instant(small.time.now + 4 * HOUR)
    assert (case["kind"], case["order_id"]) == ("order", made["order"])
    assert "14(3)" in case["legal_basis"]
    assert moved(small, made["order"], "complied", 409)["code"] == "not-now"
    small.later(2 * HOUR)
    assert [step["what"] for step in case_of(small, made)["timeline"]] == ["opened", "reminded"]
    moved(small, made["order"], "verified")
    done = moved(small, made["order"], "partly_refused", refused=["arisan"],
                 action={"kind": "restriction", "scope": ["new_chats"], "for": "24h"})  # fmt: skip
    assert done["refused"] == ["arisan"]
    assert small.standing("undian")["standing"] == "limited"
    assert small.standing("arisan")["standing"] == "clear"
    notices = small.holder("undian")("GET", "/v1/accounts/undian/notices").json()["notices"]
    assert "Komdigi" in notices[0]["text"]
    (sanction,) = small.standing("undian")["sanctions"]
    assert sanction["reason"] == "Komdigi", "what was said to the authority is not for the account"
    appeal = small.holder("undian")(
        "POST", f"/v1/sanctions/{sanction['sanction_id']}/appeals", {"text": "It is legal."}
    )
    assert appeal.status_code == 201
    assert case_of(small, made)["outcome"] == "partly_refused"
    own = by_key(small, key, "GET", f"/v1/orders/{made['order']}").json()
    assert (own["state"], own["refused"]) == ("partly_refused", ["arisan"])
    assert "the-admin" not in str(own)
    assert small.stranger("GET", f"/v1/orders/{made['order']}").status_code == 404


def test_a_stay_takes_back_what_was_done_and_stops_the_deadline(small: World) -> None:
    order = entered(small, **{**removal(small), "features": [], "to": None, "authority": "A court"})
    moved(small, order, "stayed")
    made = small.people["admin"]("GET", f"/v1/orders/{order}").json()
    assert case_of(small, made)["status"] == "closed"
    small.later(10 * HOUR)
    moved(small, order, "verified")
    assert case_of(small, made)["due_at"] == show_instant(small.time.now + 4 * HOUR)
    moved(small, order, "complied", action={"kind": "suspension", "for": "48h"})
    assert small.standing("undian")["standing"] == "suspended"
    moved(small, order, "stayed")
    assert small.standing("undian")["standing"] == "clear"
    moved(small, order, "complied", action={"kind": "suspension", "for": "48h"})
    assert small.standing("undian")["standing"] == "suspended"
    moved(small, order, "withdrawn")
    assert small.standing("undian")["standing"] == "clear"


@pytest.mark.parametrize("state", ["refused", "forged", "withdrawn"])
def test_a_refusal_a_forgery_and_a_withdrawal_change_nothing_for_accounts(small: World, state: str) -> None:
    key = registered(small)["key"]
    made = by_key(small, key, "POST", "/v1/orders", removal(small)).json()
    moved(small, made["order"], state)
    assert case_of(small, made)["outcome"] == state
    assert small.standing("undian")["standing"] == "clear"
    assert small.holder("undian")("GET", "/v1/accounts/undian/notices").json()["notices"] == []
    moved(small, made["order"], "complied", 409)
    moved(small, made["order"], "closed")


def test_preservation_holds_the_data_and_an_erasure_waits(small: World) -> None:
    small.breaks("undian")
    order = entered(small, kind="preservation", features=[], accounts=["undian"], to=None)
    assert small.people["admin"]("POST", "/v1/accounts/none/erase", {"reason": "Asked."}).status_code == 404
    moved(small, order, "complied")
    refused = small.people["admin"]("POST", "/v1/accounts/undian/erase", {"reason": "Asked."})
    assert (refused.json()["code"], order in refused.json()["detail"]) == ("not-now", True)
    assert small.people["admin"]("DELETE", "/v1/accounts/undian/hold").status_code == 200
    assert small.people["admin"]("POST", "/v1/accounts/undian/erase", {"reason": "Asked."}).status_code == 200


@pytest.mark.parametrize(
    "more",
    [{"kind": "removal", "accounts": [], "addresses": []}, {"kind": "information", "accounts": []}, {"country": "IN"},
     {"features": ["calls"]}, {"answer_to": "nobody"}, {"category": "fun"}, {"kind": "other"},
     {"addresses": ["x" * 2_049]}],
)  # fmt: skip
def test_an_order_by_key_that_lacks_something_is_refused(small: World, more: Json) -> None:
    key = registered(small)["key"]
    assert by_key(small, key, "POST", "/v1/orders", removal(small, **more)).status_code == 400


@pytest.mark.parametrize("domains", [["gmail.com"], ["nonsense"], ["a b.example"], ["x.example"] * 21])
def test_a_domain_that_shows_nobody_is_not_registered(small: World, domains: list[str]) -> None:
    about = {"name": "A", "kind": "police", "country": "ID", "domains": domains}
    assert small.people["admin"]("POST", "/v1/authorities", about).status_code == 400
    assert small.people["reviewer"]("POST", "/v1/authorities", about).status_code == 403


def test_the_table_of_requests_hides_small_counts(small: World) -> None:
    key = registered(small)["key"]
    for number in range(6):
        made = by_key(small, key, "POST", "/v1/orders", removal(small, accounts=[f"a{number}"], addresses=[])).json()
        moved(small, made["order"], "verified")
        moved(small, made["order"], "complied" if number else "refused")
        small.later(HOUR)
    entered(small, kind="information", features=[], accounts=["undian"], to=None)
    table = small.stranger("GET", "/v1/orders/requests").json()["requests"]
    by_kind = {row["kind"]: row for row in table}
    assert (by_kind["removal"]["number"], by_kind["removal"]["complied"], by_kind["removal"]["refused"]) == (
        6, "5+", "<5") or by_kind["removal"]["number"] == "5+"  # fmt: skip
    assert by_kind["removal"]["median_hours"] == 0.0
    assert (by_kind["information"]["number"], by_kind["information"]["complied"]) == ("<5", "<5")
    assert by_kind["information"]["authority"] is None, "nobody has looked at it yet: it may be forged"
    assert by_kind["information"]["median_hours"] is None
    assert "undian" not in str(table)
    assert small.stranger("GET", "/v1/orders/requests?month=2001-01").json()["requests"] == []
    assert small.stranger("GET", "/v1/orders").json()["orders"] == []


GOOD = "mx.example.net; dmarc=pass header.from=komdigi.go.id"
MAIL = """From: Kantor <kantor@komdigi.go.id>
To: desk@service.example.org
Subject: Perintah penghapusan konten
Authentication-Results: {results}
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=x

--x
Content-Type: text/plain; charset=utf-8

Harap hapus https://example.org/undian segera.

--x
Content-Type: application/pdf
Content-Disposition: attachment; filename="surat.pdf"
Content-Transfer-Encoding: base64

JVBERi0xLjQK

--x
Content-Type: application/x-msdownload
Content-Disposition: attachment; filename="virus.exe"
Content-Transfer-Encoding: base64

TVqQAAMA

--x--
"""


def mailed(world: World, results: str = GOOD) -> Json:
    raw = MAIL.format(results=results)
    answer = world.key("POST", "/v1/mail", raw.encode(), headers={"content-type": "message/rfc822"})
    assert answer.status_code in (200, 201), answer.text
    return answer.json()


def test_an_order_by_mail_of_a_registered_domain_is_read_by_a_person(served: World) -> None:
    registered(served, key=False)
    made = mailed(served)
    assert (made["proof"], made["files"]) == ("mail", 1)
    assert mailed(served) == {"order": made["order"], "repeated": True}
    shown = served.people["admin"]("GET", f"/v1/orders/{made['order']}").json()
    assert (shown["kind"], shown["addresses"], shown["proof"]) == ("other", ["https://example.org/undian"], "mail")
    assert "complied" not in shown["following"]
    moved(served, made["order"], "verified")
    assert moved(served, made["order"], "complied", 409)["code"] == "not-now"


def test_a_person_says_what_a_mail_orders_and_its_deadline_follows(served: World) -> None:
    registered(served, key=False)
    made = mailed(served)
    as_read = {**removal(served), "authority": "Komdigi", "addresses": ["https://example.org/undian"]}
    shown = moved(served, made["order"], "verified", order=as_read)
    assert (shown["kind"], shown["accounts"], shown["proof"]) == ("removal", ["undian", "arisan"], "mail")
    assert case_of(served, shown)["due_at"] == show_instant(served.time.now + 4 * HOUR)
    moved(served, made["order"], "complied", action={"kind": "suspension", "for": "48h"})
    assert served.standing("arisan")["standing"] == "suspended"


@pytest.mark.parametrize(
    "results",
    ["mx.example.net; dmarc=fail header.from=komdigi.go.id", "evil.example; dmarc=pass header.from=komdigi.go.id",
     "mx.example.net; dmarc=pass header.from=evil.example"],
)  # fmt: skip
def test_a_forged_mail_is_kept_as_such_and_cannot_flood(served: World, results: str) -> None:
    registered(served, key=False)
    made = mailed(served, results)
    assert made["proof"] == "failed"
    shown = served.people["admin"]("GET", f"/v1/orders/{made['order']}").json()
    assert "forged" in shown["following"]
    moved(served, made["order"], "forged")
    for number in range(20):
        raw = MAIL.format(results=results).replace("segera", f"segera {number}")
        served.key("POST", "/v1/mail", raw.encode(), headers={"content-type": "message/rfc822"})
    raw = MAIL.format(results=results).replace("segera", "sekarang")
    last = served.key("POST", "/v1/mail", raw.encode(), headers={"content-type": "message/rfc822"})
    assert last.json()["code"] == "not-now"
    assert mailed(served)["proof"] == "mail"


def test_a_mail_of_a_program_files_no_order(served: World) -> None:
    registered(served, key=False)
    raw = MAIL.format(results=GOOD).replace("MIME-Version", "Auto-Submitted: auto-replied\nMIME-Version")
    answer = served.key("POST", "/v1/mail", raw.encode(), headers={"content-type": "message/rfc822"})
    assert answer.json()["appeal_id"] is None
    assert served.people["admin"]("GET", "/v1/orders").json()["orders"] == []


def test_a_trusted_flagger_may_write_but_only_from_its_domain(served: World) -> None:
    registered(served, "trusted_flagger", key=False)
    assert mailed(served)["state"] == "received"
    assert mailed(served, "evil.example; dmarc=pass header.from=komdigi.go.id")["ticket"] is None
    (case,) = served.people["reviewer"]("GET", "/v1/cases?kind=complaint").json()["cases"]
    assert case["due_at"] == show_instant(served.time.now + DAY)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[World]:
    """A service whose own mail server has a name."""
    time = Time()
    service = begun(settings_for(tmp_path / "data", mail_server="mx.example.net"), time)
    try:
        with client_of(service) as client:
            yield World(service, client, time)
    finally:
        service.stop()
