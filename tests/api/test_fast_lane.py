"""What counts at once cannot be used to veil, to flood, to hold data for ever, or against somebody else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.api.test_complaints import BASE, TEXT, WHY, case_of, does, filed, mails, told
from tests.api.world import Time, World, begun, client_of, settings_for

from cartellino.api import complaints as limits
from cartellino.commands.complaints import MOST_ALARMS, MOST_UNCONFIRMED
from cartellino.vocabulary.times import DAY, HOUR, instant

Json = Any


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setattr(limits, "AN_HOUR", 1_000)
    mail = {"smtp": "smtp://127.0.0.1:1", "smtp_from": "desk@service.example.org", "public_url": BASE}
    time = Time()
    service = begun(settings_for(tmp_path / "data", **mail), time)
    service.outgoing.postman.stop()
    try:
        with client_of(service) as client:
            yield World(service, client, time)
    finally:
        service.stop()


def alarmed(world: World, account: str, **more: object) -> str:
    """File a complaint that counts at once, and return its case."""
    about: Json = {
        "category": "threat_to_life",
        "mail": "",
        "subjects": [{"kind": "account", "value": account}],
        **more,
    }
    return case_of(world, filed(world, **about)["ticket"])


def erased(world: World, account: str) -> int:
    answer = world.people["admin"]("POST", f"/v1/accounts/{account}/erase", {"reason": "They asked."})
    return int(answer.status_code)


def test_what_is_no_emergency_is_moved_shown_and_no_longer_held(world: World) -> None:
    world.breaks("joke")
    case = alarmed(world, "joke")
    assert erased(world, "joke") == 409
    moved = {"category": "harassment", "reason": "It is an insult."}
    does(world, f"/v1/cases/{case}/category", moved, who="analyst", status=403)
    done = does(world, f"/v1/cases/{case}/category", moved)
    assert instant(done["due_at"]) == world.time.now + DAY, "the deadline of Indonesia, from when it came"
    shown = world.people["reviewer"]("GET", f"/v1/cases/{case}").json()
    assert (shown["veiled"], shown["topic"], TEXT in str(shown)) == (False, "harassment", True)
    does(world, f"/v1/cases/{case}/category", moved, status=409)
    assert erased(world, "joke") in (200, 202)


def test_what_turns_out_to_be_an_emergency_comes_first(world: World) -> None:
    world.breaks("danger")
    case = alarmed(world, "danger", category="harassment", mail="sari@example.org")
    assert case == "None", "it is not confirmed yet"
    case = alarmed(world, "danger", category="child_safety")
    does(world, f"/v1/cases/{case}/category", {"category": "threat_to_life", **WHY})
    shown = world.people["reviewer"]("GET", f"/v1/cases/{case}").json()
    assert (shown["veiled"], instant(shown["due_at"])) == (True, world.time.now + HOUR)
    assert erased(world, "danger") == 409


@pytest.mark.parametrize(
    ("outcome", "status"), [("dismissed", (200, 202)), ("unfounded", (200, 202)), ("acted", (409,))]
)
def test_a_hold_ends_with_a_case_in_which_nothing_was_found(world: World, outcome: str, status: Json) -> None:
    world.breaks("kept")
    case = alarmed(world, "kept")
    does(world, f"/v1/cases/{case}/decision", {"outcome": outcome, "reason": "We looked."})
    assert erased(world, "kept") in status


def test_what_an_order_holds_stays_held(world: World) -> None:
    world.breaks("both")
    case = alarmed(world, "both")
    order = {"country": "IT", "legal_basis": "a law", "from": "2026-01-01T00:00:00Z", "authority": "Procura",
             "kind": "preservation", "accounts": ["both"], **WHY}  # fmt: skip
    made = does(world, "/v1/orders", order, who="admin", status=201)
    does(world, f"/v1/orders/{made['order']}/state", {"state": "complied", **WHY}, who="admin")
    does(world, f"/v1/cases/{case}/decision", {"outcome": "dismissed", "reason": "We looked."})
    assert erased(world, "both") == 409


def test_a_flood_is_in_the_queue_but_wakes_nobody_for_ever(world: World) -> None:
    for number in range(MOST_ALARMS + 5):
        alarmed(world, f"victim-{number}")
    sent = told(world, "case.urgent")
    assert [one["is_last"] for one in sent] == [False] * (MOST_ALARMS - 1) + [True]
    world.time.now += HOUR + 1
    alarmed(world, "after")
    assert len(told(world, "case.urgent")) == MOST_ALARMS + 1
    subjects = [{"kind": "account", "value": f"many-{number}"} for number in range(20)]
    filed(world, category="threat_to_life", mail="", subjects=subjects)
    assert len(told(world, "case.urgent")) == MOST_ALARMS + 1 + MOST_ALARMS - 1


def test_nobody_is_flooded_or_blamed_under_an_address_that_nobody_confirmed(world: World) -> None:
    cases = [alarmed(world, f"v{number}", mail="victim@example.org") for number in range(MOST_UNCONFIRMED + 5)]
    assert sum(mail["To"] == "victim@example.org" for mail in mails(world)) == MOST_UNCONFIRMED
    for case in cases:
        does(world, f"/v1/cases/{case}/decision", {"outcome": "unfounded", "reason": "Nothing of it is true."})
    assert sum(mail["To"] == "victim@example.org" for mail in mails(world)) == 2 * MOST_UNCONFIRMED
    shown = world.people["reviewer"]("GET", f"/v1/cases/{cases[0]}").json()
    record = world.people["reviewer"]("GET", f"/v1/filers/{shown['complaints'][0]['filer']}").json()
    assert (record["decided"], record["unfounded"]) == (0, 0)
    assert filed(world, mail="victim@example.org")["state"] == "received"
