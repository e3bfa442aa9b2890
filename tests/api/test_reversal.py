"""Decisions are taken back with all that followed: the person's others for the same cause, linked accounts, outages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from tests.api.test_reliability import eventually
from tests.api.world import POLICY, Json, Time, World, begun, client_of, settings_for
from tests.console.test_pages import sign_in

from cartellino.commands import reversal
from cartellino.console.pages import PAGES as CONSOLE
from cartellino.holder.pages import PAGES as HOLDER
from cartellino.queries import ledger
from cartellino.storage import tables
from cartellino.vocabulary.times import DAY, HOUR, MINUTE, show_instant
from cartellino.web.pages import static

WRONG = {"reason": "All of them knew her."}
LADDER = "{shared: true, rungs: [{restriction: [new_chats], for: 24h}, {suspension: 48h}, ban]}"
LONG = (
    "{shared: true, rungs: [warning, {restriction: [new_chats], for: 24h}, {suspension: 48h}, {suspension: 72h}, ban]}"
)
HEAVY = """
  heavy:
    when: count(message_sent, over="1h") > 14
    code: 102
    ladder: spam
    rung: 3
    reason: {en: "Heavy.", it: "Pesante.", id: "Berat."}
  storm:
    when: count(connected, over="1h") > 9
    code: 103
    ladder: spam
    reason: {en: "Storm.", it: "Tempesta.", id: "Badai."}
  reported:
"""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A world whose ladder is long, with its pages."""
    text = POLICY.replace(LADDER, LONG).replace("\n  reported:\n", HEAVY, 1)
    text = text.replace("observes: [message_sent,", "observes: [connected, message_sent,")
    assert text.count("heavy") == 1
    assert LONG in text
    time = Time()
    service = begun(settings_for(tmp_path / "data"), time, text)
    try:
        with client_of(service, static, *HOLDER, *CONSOLE) as client:
            yield World(service, client, time)
    finally:
        service.stop()


def struck(world: World, account: str, times: int = 3) -> list[str]:
    """Let an account strike again and again, each time when the last is over; return the decisions."""
    for number in range(times):
        if number:
            world.later(4 * DAY)
        world.breaks(account, first=1_000 * number)
    return [str(one["decision_id"]) for one in decided(world, account)]


def decided(world: World, account: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = world.people["analyst"]("GET", f"/v1/decisions?account={account}").json()["decisions"]
    return found


def alike(world: World, decision: str) -> list[str]:
    return [one["decision_id"] for one in world.people["analyst"]("GET", f"/v1/decisions/{decision}").json()["alike"]]


def appealed(world: World, sanction: str) -> str:
    filed = world.key("POST", f"/v1/sanctions/{sanction}/appeals", {"text": "They know me."})
    assert filed.status_code == 201, filed.text
    return str(filed.json()["appeal_id"])


def sanction_of(decision: str) -> str:
    return decision.replace("d_", "s_")


def outcome(world: World, appeal: str, **more: object) -> Json:
    body = {"outcome": "reversed", **WRONG, **more}
    return world.people["reviewer"]("POST", f"/v1/appeals/{appeal}/outcome", body)


def shapes(world: World, account: str) -> list[tuple[str, str]]:
    """Return shape and next step of the notices, the latest first."""
    told = world.key("GET", f"/v1/accounts/{account}/notices").json()["notices"]
    return [(one["shape"], one["next_time"]) for one in told if one["shape"] != "appeal_received"]


def holds(world: World) -> None:
    with world.service.database.begin() as rows:
        assert ledger.verified(rows).broken is None


def acts(world: World) -> int:
    with world.service.database.begin() as rows:
        return rows.scalar(sa.select(sa.func.count()).select_from(tables.acts)) or 0


def test_a_reversal_offers_the_others_and_what_is_ticked_goes_with_it(world: World) -> None:
    first, second, third = struck(world, "a")
    assert world.standing("a")["next_step"] == {"kind": "suspension", "for": "3d"}
    assert alike(world, third) == [second, first]
    appeal = appealed(world, sanction_of(third))
    offered = world.people["reviewer"]("GET", f"/v1/appeals/{appeal}").json()["alike"]
    assert [one["decision_id"] for one in offered] == [second, first]
    (queued,) = world.people["reviewer"]("GET", "/v1/cases").json()["cases"]
    assert queued["alike"] == offered
    assert "alike" not in world.holder("a")("GET", f"/v1/appeals/{appeal}").json()
    done = outcome(world, appeal, also=[first, first])
    assert done.status_code == 200, done.text
    assert done.json()["also"] == [first]
    assert "alike" not in world.people["reviewer"]("GET", f"/v1/appeals/{appeal}").json()  # it is closed
    after = world.standing("a")
    assert (after["standing"], after["next_step"]) == ("warned", {"kind": "restriction", "for": "24h"})
    assert alike(world, third) == [second]
    assert alike(world, first) == [second]
    reversed_ones = [step for shape, step in shapes(world, "a") if shape == "reversed"]
    assert len(reversed_ones) == 1  # however many were taken back
    assert all("24 hours" in step or "1 day" in step for step in reversed_ones)
    holds(world)


def test_the_page_tells_what_comes_next_after_a_reversal(world: World) -> None:
    """The sanction that stays was told with a step that does not come any more."""
    struck(world, "a", times=1)
    world.later(4 * DAY)
    world.breaks("a", first=5_000)
    assert "Jika terjadi lagi: penangguhan" in page(world, "a")
    first = decided(world, "a")[0]["decision_id"]
    done = world.people["reviewer"]("POST", f"/v1/decisions/{first}/overturn", WRONG)
    assert done.status_code == 200, done.text
    assert world.standing("a")["next_step"] == {"kind": "restriction", "for": "24h"}
    shown = page(world, "a")
    assert "penangguhan" not in shown
    assert "Jika terjadi lagi:" in shown


def page(world: World, account: str) -> str:
    world.client.cookies.clear()
    token = world.key("POST", "/v1/holders", {"account": account}).json()["token"]
    world.client.post("/account/enter", data={"token": token})
    text = str(world.client.get("/account?language=id").text)
    return text[text.index("<main") : text.index("</main>")]


def test_only_what_is_offered_can_be_ticked_and_nothing_is_done_by_halves(world: World) -> None:
    first, second, third = struck(world, "a")
    (other,) = struck(world, "b", times=1)
    appeal, before = appealed(world, sanction_of(third)), acts(world)
    for also, status in (([other], 400), ([first, "d_0"], 400), ([third], 400)):
        assert outcome(world, appeal, also=also).status_code == status
    assert outcome(world, appeal, outcome="upheld", also=[first]).status_code == 409
    assert acts(world) == before
    assert world.standing("a")["standing"] == "suspended"
    assert outcome(world, appeal, also=[second, first, second]).status_code == 200
    assert (world.standing("a")["standing"], world.standing("a")["next_step"]) == ("clear", None)


def test_what_is_ticked_is_taken_back_in_one_transaction(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Something fails when the first is done and the second is not: neither was taken back."""
    first, second = struck(world, "a", times=2)
    stood, before, calls = world.standing("a"), acts(world), iter((None, OSError("cut off")))

    def fails(*_: object, **__: object) -> None:
        if (error := next(calls)) is not None:
            raise error

    with monkeypatch.context() as broken:
        broken.setattr(reversal, "learn_outcome", fails)
        done = world.people["reviewer"]("POST", f"/v1/decisions/{second}/overturn", {**WRONG, "also": [first]})
        assert done.status_code == 500
    eventually(lambda: world.service.writer.status.reason == "")
    assert acts(world) == before
    assert {**world.standing("a"), "as_of": ""} == {**stood, "as_of": ""}
    done = world.people["reviewer"]("POST", f"/v1/decisions/{second}/overturn", {**WRONG, "also": [first]})
    assert done.status_code == 200, done.text
    assert world.standing("a")["standing"] == "clear"


def test_nobody_takes_back_together_what_they_had_a_part_in(world: World) -> None:
    struck(world, "a", times=2)
    first, second = (one["decision_id"] for one in decided(world, "a"))
    world.later(4 * DAY)
    world.breaks("a", first=9_000)
    third = decided(world, "a")[2]["decision_id"]
    shorter = {"ends_at": show_instant(world.time.now + HOUR), "reason": "Half of it."}
    assert world.people["admin"]("POST", f"/v1/sanctions/{sanction_of(third)}/shorten", shorter).status_code == 200
    done = world.people["admin"]("POST", f"/v1/decisions/{first}/overturn", {**WRONG, "also": [third]})
    assert (done.status_code, done.json()["code"]) == (403, "not-yours")
    assert alike(world, second) == [third, first]
    done = world.people["reviewer"]("POST", f"/v1/decisions/{first}/overturn", {**WRONG, "also": [third]})
    assert done.status_code == 200, done.text
    assert world.standing("a")["next_step"] == {"kind": "restriction", "for": "24h"}


def test_a_decision_is_taken_back_once_and_closes_what_is_open_about_it(world: World) -> None:
    (first,) = struck(world, "a", times=1)
    appeal = appealed(world, sanction_of(first))
    assert world.people["analyst"]("POST", f"/v1/decisions/{first}/overturn", WRONG).status_code == 403
    assert world.people["reviewer"]("POST", f"/v1/decisions/{first}/overturn", {"reason": "x"}).status_code == 400
    assert world.people["reviewer"]("POST", "/v1/decisions/d_0/overturn", WRONG).status_code == 404
    assert world.people["reviewer"]("POST", f"/v1/decisions/{first}/overturn", WRONG).status_code == 200
    case = world.people["reviewer"]("GET", f"/v1/appeals/{appeal}").json()
    assert (case["status"], case["outcome"]) == ("closed", "reversed")
    assert [step["what"] for step in case["timeline"]] == ["opened", "reversed"]
    again = world.people["reviewer"]("POST", f"/v1/decisions/{first}/overturn", WRONG)
    assert (again.status_code, again.json()["code"]) == (409, "not-now")
    assert outcome(world, appeal).status_code == 409
    assert alike(world, first) == []


def test_the_milder_decision_that_holds_again_is_told(world: World) -> None:
    world.breaks("a")
    world.later(4 * DAY)
    world.breaks("a", first=2_000)
    assert world.standing("a")["standing"] == "limited"
    world.time.now += MINUTE
    world.breaks("a", first=3_000, others=5)
    _, heavy = world.standing("a")["sanctions"]
    assert (heavy["kind"], heavy["code"]) == ("suspension", 102)
    assert until(world, "limited").startswith("Another decision took its place on")
    assert "provvedimento è stato sostituito" in until(world, "limited", "it")
    assert "digantikan oleh keputusan lain" in until(world, "limited", "id")
    assert outcome(world, appealed(world, heavy["sanction_id"])).status_code == 200
    assert [one["kind"] for one in world.standing("a")["sanctions"]] == ["warning", "restriction"]
    assert {shape for shape, _ in shapes(world, "a")} == {"restored", "reversed", "warned", "limited", "suspended"}
    told = world.key("GET", "/v1/accounts/a/notices", headers={"Accept-Language": "it"}).json()["notices"]
    (restored,) = [one for one in told if one["shape"] == "restored"]
    assert "left)" in until(world, "limited")
    assert until(world, "suspended").startswith("It was taken back")
    assert restored["title"] == "Torna a valere una decisione precedente"
    with world.service.database.begin() as rows:
        sent = rows.scalars(sa.select(tables.outbox.c.kind)).all()
    assert sent.count("sanction.restored") == 1


def until(world: World, shape: str, language: str = "en") -> str:
    told = world.key("GET", f"/v1/accounts/a/notices?language={language}").json()["notices"]
    return next(str(one["until"]) for one in told if one["shape"] == shape)


def test_a_linked_account_is_offered_and_told(world: World) -> None:
    accounts = [{"account": "a"}, {"account": "b"}]
    world.people["admin"]("POST", "/v1/links", {"accounts": accounts})
    struck(world, "a", times=1)
    world.later(4 * DAY)
    world.breaks("b")
    first, later = decided(world, "a")[0]["decision_id"], decided(world, "b")[0]["decision_id"]
    assert world.standing("b")["standing"] == "limited"
    assert alike(world, first) == [later]
    assert world.people["reviewer"]("POST", f"/v1/decisions/{first}/overturn", WRONG).status_code == 200
    assert world.standing("b")["standing"] == "warned"
    for account in "ab":
        told = sorted(shape for shape, _ in shapes(world, account))
        assert told == ["limited", "milder", "reversed", "warned"], account


def test_what_is_over_is_repaired_without_a_word_of_it(world: World) -> None:
    first, second = struck(world, "a", times=2)
    world.later(35 * DAY)
    assert world.standing("a")["standing"] == "clear"
    assert world.people["reviewer"]("POST", f"/v1/decisions/{first}/overturn", WRONG).status_code == 200
    assert world.standing("a")["next_step"] == {"kind": "restriction", "for": "24h"}
    assert [shape for shape, _ in shapes(world, "a")] == ["reversed", "limited", "warned"]
    assert alike(world, first) == [second]


def test_a_reviewer_ticks_in_the_console(world: World) -> None:
    first, second, third = struck(world, "a")
    appeal = appealed(world, sanction_of(third))
    csrf = sign_in(world, "reviewer")
    shown = world.client.get(f"/console/cases/{appeal}").text
    assert re.findall(r'name="also-(d_\w+)"', shown) == [second, first]
    form = {"csrf": csrf, "outcome": "reversed", "reason": WRONG["reason"], f"also-{second}": "yes"}
    done = world.client.post(f"/console/cases/{appeal}", data=form)
    assert done.status_code == 200, done.text
    assert world.standing("a")["next_step"] == {"kind": "restriction", "for": "24h"}
    shown = world.client.get(f"/console/decisions/{first}").text
    assert "Take it back" in shown
    assert "also-" not in shown
    form = {"csrf": csrf, "reason": WRONG["reason"]}
    shown = world.client.post(f"/console/decisions/{first}/overturn", data=form).text
    assert "Take it back" not in shown
    assert world.standing("a")["next_step"] is None


def storm(world: World, account: str, since: int) -> None:
    world.send([
        {"id": f"{account}-{n}", "time": show_instant(since + n), "kind": "connected", "account": account}
        for n in range(10)
    ])  # fmt: skip


def test_an_outage_that_is_declared_late_offers_what_it_would_have_excused(world: World) -> None:
    storm(world, "before", world.time.now - 50_000)
    world.later(2 * HOUR)
    began = world.time.now - MINUTE
    for account in ("a", "b", "c"):
        storm(world, account, began + 1)
    world.breaks("spammer")
    world.people["reviewer"]("POST", f"/v1/decisions/{decided(world, 'c')[0]['decision_id']}/overturn", WRONG)
    assert world.standing("a")["standing"] == "warned"
    body = {"kinds": ["connected"], "reason": "A retry storm.", "starts_at": show_instant(began)}
    opened = world.people["policy-admin"]("POST", "/v1/incidents", body).json()
    assert opened["excused"] == 2
    path = f"/v1/incidents/{opened['incident']}"
    listed = world.people["analyst"]("GET", f"{path}/excused").json()["decisions"]
    assert {one["account"] for one in listed} == {"a", "b"}
    assert world.key("POST", f"{path}/undo", WRONG).status_code == 403
    spammer = decided(world, "spammer")[0]["decision_id"]
    wrong = {**WRONG, "decisions": [spammer]}
    assert world.people["policy-admin"]("POST", f"{path}/undo", wrong).status_code == 400
    some = {**WRONG, "decisions": [listed[0]["decision_id"]]}
    assert world.people["policy-admin"]("POST", f"{path}/undo", some).json()["undone"] == some["decisions"]
    done = world.people["policy-admin"]("POST", f"{path}/undo", WRONG)
    assert done.json()["undone"] == [listed[1]["decision_id"]]
    stand = {name: world.standing(name)["standing"] for name in ("a", "b", "c", "before", "spammer")}
    assert stand == {"a": "clear", "b": "clear", "c": "clear", "before": "warned", "spammer": "warned"}
    assert world.people["policy-admin"]("POST", f"{path}/close", WRONG).status_code == 200
    assert world.people["policy-admin"]("POST", f"{path}/close", WRONG).status_code == 409
    assert world.people["policy-admin"]("POST", "/v1/incidents/i_0/undo", WRONG).status_code == 404
    holds(world)
