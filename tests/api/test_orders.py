"""Orders of authorities: entered, put in force by a person, told to those concerned, and public as far as they are."""

from __future__ import annotations

from typing import Any

import pytest
from tests.api.test_availability import judged, outage, stored
from tests.api.world import World

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
