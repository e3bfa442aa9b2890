"""What people decide without a rule: it is shown, appealed, taken back and kept over a restart like any decision."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.api.test_complaints import body, case_of, does, filed
from tests.api.world import Time, World, begun, client_of, settings_for

from cartellino.console.pages import PAGES as CONSOLE
from cartellino.holder.pages import PAGES as HOLDER
from cartellino.status.app import PAGES as STATUS
from cartellino.vocabulary.times import DAY, HOUR

Json = Any


def sanctioned(world: World, kind: str = "suspension") -> str:
    """Let a complaint lead to a sanction; return the id of the decision."""
    lasting = {} if kind in ("warning", "ban") else {"for": "48h"}
    scope = {"scope": ["new_chats"]} if kind == "restriction" else {}
    case = case_of(world, filed(world)["ticket"])
    done = does(world, f"/v1/cases/{case}/decision", {
        "outcome": "acted", "reason": "A fraud.", "action": {"kind": kind, **lasting, **scope},
        "to_account": {"id": "Anda menawarkan undian palsu."}})  # fmt: skip
    return str(done["sanction_id"]).replace("s_", "d_", 1)


def test_a_restart_changes_nothing_of_it(tmp_path: Path) -> None:
    time, settings = Time(), settings_for(tmp_path / "data")
    service = begun(settings, time)
    with client_of(service) as client:
        world = World(service, client, time)
        world.breaks("undian", others=3)
        decision = sanctioned(world)
        before = world.standing("undian")
        record = world.key("GET", f"/v1/decisions/{decision}").json()
    service.stop()
    service = begun(settings, time)
    try:
        with client_of(service) as client:
            again = World(service, client, time)
            assert again.standing("undian") == before
            assert before["sanctions"][0]["reason"] == "Anda menawarkan undian palsu."
            assert again.key("GET", f"/v1/decisions/{decision}").json() == record
            again.later(2 * DAY)
            assert again.standing("undian")["standing"] == "clear"
    finally:
        service.stop()


@pytest.mark.parametrize("kind", ["warning", "restriction", "suspension", "ban"])
def test_its_pages_can_be_opened(tmp_path: Path, kind: str) -> None:
    time = Time()
    service = begun(settings_for(tmp_path / "data"), time)
    try:
        with client_of(service, *CONSOLE, *HOLDER, *STATUS) as client:
            world = World(service, client, time)
            decision = sanctioned(world, kind)
            reviewer = world.people["reviewer"]
            for path in (f"/console/decisions/{decision}", f"/console/decisions/{decision}/week", "/console",
                         "/console/account?account=undian", "/console/cases?kind=complaint&status=closed",
                         "/console/cases?kind=all"):  # fmt: skip
                assert reviewer("GET", path).status_code == 200, path
            assert world.key("GET", f"/v1/decisions/{decision}").status_code == 200
            token = world.key("POST", "/v1/holders", {"account": "undian", "link": True}).json()["token"]
            client.post("/account/enter", data={"token": token})
            for path in ("/account", "/account/recover", "/account/why", "/account/guide", "/transparency"):
                page = client.get(path, headers={"accept-language": "id"})
                assert page.status_code == 200, path
            assert "undian palsu" in client.get("/account", headers={"accept-language": "id"}).text
    finally:
        service.stop()


def test_the_end_of_a_service_can_be_appealed(small: World) -> None:
    about = {"account": "shop", "clause": "Business terms 3.1", "reason": "Campaigns without consent."}
    assert small.people["reviewer"]("POST", "/v1/terminations", about).status_code == 201
    small.later(8 * DAY)
    (sanction,) = small.standing("shop")["sanctions"]
    assert sanction["reason"] == "Campaigns without consent."
    appeal = small.holder("shop")("POST", f"/v1/sanctions/{sanction['sanction_id']}/appeals", {"text": "They agreed."})
    assert appeal.status_code == 201, appeal.text
    path, outcome = f"/v1/appeals/{appeal.json()['appeal_id']}/outcome", {"outcome": "reversed", "reason": "True."}
    assert small.people["reviewer"]("POST", path, outcome).json()["code"] == "not-yours", "who announced it"
    done = does(small, path, outcome, "admin")
    assert done["siblings"] == []
    assert small.standing("shop")["standing"] == "clear"


def test_two_decisions_about_one_account_stand_beside_each_other(small: World) -> None:
    first = sanctioned(small, "restriction")
    small.later(HOUR)
    second = sanctioned(small, "suspension")
    assert first != second
    assert len(small.standing("undian")["sanctions"]) == 2
    own = small.holder("undian")("GET", "/v1/accounts/undian/export")
    assert own.status_code == 200, own.text
    assert [case["kind"] for case in own.json()["cases"]] == []
    assert "sari@example.org" not in own.text
    assert str(body()["text"]) not in own.text
    whole = small.people["admin"]("GET", "/v1/accounts/undian/export").json()
    assert {case["kind"] for case in whole["cases"]} == {"complaint"}
