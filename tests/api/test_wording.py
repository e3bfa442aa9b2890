"""A decision explains itself for ever: its rule, its ladder and their texts go, and everybody reads what was read."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.api.world import POLICY, Caller, Time, World, begun, client_of, settings_for

from cartellino.holder.pages import PAGES
from cartellino.web.pages import static

LANGUAGES = ("en", "it", "id")
REASONS = {
    "en": "You wrote to too many people who do not know you.",
    "it": "Hai scritto a troppe persone che non ti conoscono.",
    "id": "Anda menulis kepada terlalu banyak orang yang tidak mengenal Anda.",
}
CLAUSES = {
    "en": "Terms 4.2: no bulk or unsolicited messaging",
    "it": "Termini 4.2: nessun messaggio in massa o indesiderato",
    "id": "Ketentuan 4.2: tanpa pesan massal atau yang tidak diminta",
}
OTHERS = """
policy: quiet
languages: [en, it, id]
clause: {en: "c", it: "c", id: "c"}
observes: [message_sent]
rules:
  storm: {when: 'count(message_sent, over="1h") > 5000', code: 7, ladder: storm, reason: {en: "x", it: "x", id: "x"}}
ladders: {storm: [warning]}
"""
RENAMED = (
    POLICY.replace("  bulk:\n", "  many:\n").replace("code: 101", "code: 999").replace("ladder: spam", "ladder: steps")
)
RENAMED = (
    RENAMED.replace("  spam: {shared", "  steps: {shared").replace("Terms 4.2", "Terms 9").replace("You wrote", "Thou")
)
REWORDED = (
    POLICY.replace("You wrote to", "Ye wrote to").replace("Hai scritto", "Scrivesti").replace("Terms 4.2", "Terms 9")
)
REWORDED = REWORDED.replace("Anda menulis", "Kamu menulis").replace("discloses: general", "discloses: sealed")

Change = dict[str, str]


def read(world: World) -> dict[str, Any]:
    """Return what everybody reads of the decision on `a`, in every language."""
    (decided,) = world.people["analyst"]("GET", "/v1/decisions?account=a").json()["decisions"]
    identity = decided["decision_id"]
    statements = world.people["analyst"]("GET", "/v1/statements").json()["statements"]
    shown: dict[str, Any] = {
        "decision": world.people["analyst"]("GET", f"/v1/decisions/{identity}").json()["wording"],
        "statement": [one for one in statements if one["puid"] == identity],
        "export": world.holder("a")("GET", "/v1/accounts/a/export").json()["decisions"][0]["record"]["wording"],
    }
    for language in LANGUAGES:
        asked = {"Accept-Language": language}
        standing = world.standing("a", **asked)
        shown[f"standing {language}"] = [standing["sanctions"], standing["next_step"]]
        shown[f"notices {language}"] = world.key("GET", "/v1/accounts/a/notices", headers=asked).json()["notices"]
        shown[f"page {language}"] = page(world, language)
    return shown


def page(world: World, language: str) -> str:
    world.client.cookies.clear()
    token = world.key("POST", "/v1/holders", {"account": "a"}).json()["token"]
    world.client.post("/account/enter", data={"token": token})
    text = str(world.client.get(f"/account?language={language}").text)
    main = text[text.index("<main") : text.index("</main>")]
    return re.sub(r'name="csrf" value="[^"]*"', "", main)


def must_be_told(shown: dict[str, Any]) -> None:
    for language, reason in REASONS.items():
        (sanction,), step = shown[f"standing {language}"]
        assert (sanction["code"], sanction["reason"]) == (101, reason)
        assert step == {"kind": "suspension", "for": "48h"}
        assert reason in shown[f"notices {language}"][0]["why"]
        assert shown[f"notices {language}"][0]["clause"] == CLAUSES[language]
        assert reason in shown[f"page {language}"]
        assert CLAUSES[language] in shown[f"page {language}"]
    assert shown["decision"] == {"clause": CLAUSES, "reason": REASONS, "discloses": "general", "reported": False}
    assert shown["export"] == {"clause": CLAUSES, "reason": REASONS}
    (statement,) = shown["statement"]
    assert CLAUSES["en"] in str(statement)
    assert REASONS["en"] in str(statement)


@pytest.fixture
def again(tmp_path: Path, time: Time) -> Callable[[Callable[[World], None]], None]:
    """Run a service on one folder, again and again."""

    def run(use: Callable[[World], None]) -> None:
        service = begun(settings_for(tmp_path / "data"), time)
        try:
            with client_of(service, static, *PAGES) as client:
                use(World(service, client, time))
        finally:
            service.stop()

    return run


@pytest.mark.parametrize("policy", [OTHERS, RENAMED, REWORDED], ids=["removed", "renamed", "reworded and sealed"])
def test_a_person_reads_the_same_words_whatever_becomes_of_the_rule(
    again: Callable[[Callable[[World], None]], None], policy: str
) -> None:
    kept: list[dict[str, Any]] = []

    def first(world: World) -> None:
        world.breaks("a")
        kept.append(read(world))
        must_be_told(kept[0])
        body = {"texts": [{"name": "p.yaml", "text": policy}], "reason": "Other words."}
        assert world.two_change("/v1/policies", body).status_code in (200, 202)
        world.settle()
        assert read(world) == kept[0]

    again(first)
    for _ in range(2):
        again(lambda world: kept.append(read(world)))
    assert kept[1] == kept[0]
    assert kept[2] == kept[0]


def test_what_a_rule_that_is_gone_had_asked_for_is_told_in_its_words(small: World) -> None:
    """A person decides a review, and a wish is released, after the policies have let go of their rules."""
    small.send([
        {"id": f"r{n}", "time": small.time.now - 9 + n, "kind": "reported", "account": "a", "peer": f"teller{n}"}
        for n in range(3)
    ])  # fmt: skip
    small.two_change("/v1/policies", {"texts": [{"name": "p.yaml", "text": OTHERS}], "reason": "Other words."})
    small.settle()
    (case,) = small.people["reviewer"]("GET", "/v1/cases?kind=review").json()["cases"]
    body = {"action": {"kind": "warning"}, "reason": "Looked at it."}
    done = small.people["reviewer"]("POST", f"/v1/cases/{case['appeal_id']}/outcome", body)
    assert done.status_code == 200, done.text
    (sanction,) = small.standing("a", **{"Accept-Language": "it"})["sanctions"]
    assert (sanction["code"], sanction["reason"]) == (501, "Più persone ti hanno segnalato.")
    (notice,) = notices(small.key, "it")
    assert "Più persone ti hanno segnalato." in notice["why"]


def notices(caller: Caller, language: str) -> list[dict[str, Any]]:
    asked = {"Accept-Language": language}
    found: list[dict[str, Any]] = caller("GET", "/v1/accounts/a/notices", headers=asked).json()["notices"]
    return [one for one in found if one["sanction_id"]]
