"""The holder's pages without JavaScript: the card, the appeal, the code, the guide, the report."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from tests.api.world import World
from tests.marked import marked, said

from cartellino.holder import texts
from cartellino.service.service import catalogues
from cartellino.vocabulary.times import DAY

CATALOGUES = catalogues()


def enter(world: World, account: str) -> str:
    token = world.key("POST", "/v1/holders", {"account": account}).json()["token"]
    answer = world.client.post("/account/enter", data={"token": token})
    assert answer.status_code == 200, answer.text
    return str(answer.text)


def hidden(page: str, name: str) -> str:
    (found,) = set(re.findall(rf'name="{name}" value="([^"]+)"', page))
    return str(found)


@pytest.mark.parametrize("language", sorted(CATALOGUES))
def test_every_text_is_translated_with_its_placeholders(language: str) -> None:
    catalogue = CATALOGUES[language]
    for text in (*marked(texts), *said("cartellino.web", "cartellino.holder")):
        assert catalogue.get(text), f"no {language} for {text!r}"
        assert set(re.findall(r"\{\w+\}", catalogue[text])) == set(re.findall(r"\{\w+\}", text))


def test_a_holder_appeals_in_indonesian(world: World) -> None:
    world.breaks("a")
    enter(world, "a")
    page = world.client.get("/account?language=id").text
    assert 'class="card yellow"' in page
    assert "Kartu kuning" in page
    assert "Anda menulis kepada terlalu banyak orang" in page
    form = {"csrf": hidden(page, "csrf"), "sanction": hidden(page, "sanction"), "text": "Mereka <b>teman</b> saya."}
    after = world.client.post("/account/appeal", data=form).text
    assert "Mereka &lt;b&gt;teman&lt;/b&gt; saya." in after
    assert "Kami telah menerimanya." in after
    assert 'name="sanction"' not in after
    (appeal,) = world.key("GET", "/v1/accounts/a/appeals").json()["appeals"]
    body = {"outcome": "reversed", "reason": "Betul, mereka teman."}
    world.people["reviewer"]("POST", f"/v1/appeals/{appeal['appeal_id']}/outcome", body)
    done = world.client.get("/account").text
    assert 'class="card green"' in done
    assert "Kami keliru dan telah memulihkan akun Anda." in done


def test_a_banned_holder_enters_by_a_code(world: World) -> None:
    for number in range(3):
        world.breaks("a", first=100 * number)
        world.later(3 * DAY)
    world.takes_codes()
    asked = world.client.post("/account/code", data={"account": "a"}).text
    (action,) = re.findall(r'action="(/account/code/[^"]+)"', asked)
    code = world.code_of("a")
    assert world.client.post(action, data={"code": "1"}).status_code == 403
    page = world.client.post(action, data={"code": code}).text
    assert 'class="card red"' in page
    assert "Ask for a review" in page
    assert world.client.post(action, data={"code": code}).status_code == 403


def test_a_form_of_another_site_is_not_taken(world: World) -> None:
    world.breaks("a")
    page = enter(world, "a")
    form = {"csrf": "0" * 64, "sanction": hidden(page, "sanction"), "text": "Not mine."}
    world.client.post("/account/appeal", data=form)
    assert world.key("GET", "/v1/accounts/a/appeals").json()["appeals"] == []


def test_nobody_appeals_for_somebody_else(world: World) -> None:
    world.breaks("a", "b")
    (theirs,) = world.standing("b")["sanctions"]
    page = enter(world, "a")
    form = {"csrf": hidden(page, "csrf"), "sanction": theirs["sanction_id"], "text": "Not mine."}
    assert world.client.post("/account/appeal", data=form).status_code == 409
    assert world.key("GET", "/v1/accounts/b/appeals").json()["appeals"] == []


@pytest.mark.parametrize(
    "path",
    [
        "/account",
        "/account/check",
        "/account/guide",
        "/account/why",
        "/account/problem",
        "/account/problem?sent=again",
        "/transparency",
        "/transparency/2026-11",
        "/senders/check-up",
        "/senders/check-up?state=fine&tool=api&consent=bought",
        "/senders/check-up?state=fine&tool=unofficial&consent=skip&done=1",
        "/senders/guide",
        "/senders/ai",
    ],
)
@pytest.mark.parametrize("language", ["en", *sorted(CATALOGUES)])
def test_every_page_is_well_formed_and_strict(world: World, path: str, language: str) -> None:
    answer = world.client.get(f"{path}{'&' if '?' in path else '?'}language={language}")
    assert answer.status_code == 200
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]
    text = re.sub(r"<(meta|link|input)([^>]*)>", r"<\1\2/>", answer.text.removeprefix("<!doctype html>"))
    text = text.replace(" defer", ' defer=""').replace(" required", ' required=""').replace("&nbsp;", " ")
    tree = ElementTree.fromstring(text)
    assert tree.get("lang") == language
    assert len(tree.findall(".//h1")) == 1
    assert not [one for one in tree.iter() if one.get("style") or any(name.startswith("on") for name in one.attrib)]
    labelled = {one.get("for") for one in tree.iter("label")}
    fields = [one for one in tree.iter() if one.tag in ("input", "textarea") and one.get("type") != "hidden"]
    assert all(one.get("id") in labelled for one in fields)


def test_a_code_is_checked_by_anybody(world: World) -> None:
    world.breaks("a")
    code = world.key("GET", "/v1/accounts/a/notices").json()["notices"][0]["code_to_check"]
    assert "Yes, this code is ours" in world.client.get(f"/account/check?code={code.lower()}").text
    assert "No, we do not know this code" in world.client.get("/account/check?code=ABCD-EFGH-JKLM").text
    assert "SCRI-PT" in world.client.get("/account/check?code=<script>").text
    assert "<SCRIPT>" not in world.client.get("/account/check?code=<script>").text


def test_the_stylesheet_is_served_and_nothing_else(world: World) -> None:
    assert world.client.get("/static/style.css").headers["content-type"].startswith("text/css")
    for path in ("/static/..%2fpages.py", "/static/pages.py", "/static/none.css"):
        assert world.client.get(path).status_code == 404


CLAUSES = {"en": "Terms 4.2: no bulk", "it": "Termini 4.2: nessun messaggio", "id": "Ketentuan 4.2: tanpa pesan"}


@pytest.mark.parametrize("language", CLAUSES)
def test_the_clause_is_said_in_the_readers_language_wherever_it_stands(world: World, language: str) -> None:
    world.breaks("a")
    enter(world, "a")
    for path in ("/account", "/account/guide"):
        page = world.client.get(f"{path}?language={language}").text
        assert [one for one, clause in CLAUSES.items() if clause in page] == [language], path
    (sanction,) = world.standing("a", **{"accept-language": language})["sanctions"]
    assert sanction["reason"]
    notice = world.key("GET", f"/v1/accounts/a/notices?language={language}").json()["notices"][0]
    assert notice["clause"].startswith(CLAUSES[language])
    world.breaks("nearly", others=9)
    sent = {"kind": "message_sent", "account": "nearly", "peer": "p99", "known": False}
    checked = world.key("POST", f"/v1/check?language={language}", sent).json()
    assert [one[: len(CLAUSES[language])] for one in checked["clauses"]] == [CLAUSES[language]]
