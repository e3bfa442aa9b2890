"""Accounts may be called anything: over every route their names can be asked for, in the path or as a parameter."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from tests.api.process import Process
from tests.api.world import POLICY, Caller, World, client_of
from tests.console.test_pages import sign_in

from cartellino.api.app import ROUTES
from cartellino.console.pages import PAGES
from cartellino.vocabulary.times import MINUTE, show_instant
from cartellino.web.pages import static

NAMES = (
    "@user:server/with/slash", "aGVsbG8/d29ybGQ+Zm9v/YmFy==", "50%2Foff", "a b+c&d=e?f#g", "élodie/ürü", ".hidden",
    "..", "x" * 128, "/", "a/standing", "erase",
)  # fmt: skip
ROUTES_OF_ACCOUNTS = sorted({path for route in ROUTES for path in route.paths if "{account:str}" in path})


def asked(path: str, name: str, form: str) -> str:
    """Fill a route with a name: in the path, or beside it."""
    if form == "path":
        return path.replace("{account:str}", quote(name, safe=""))
    return f"{path.replace('/{account:str}', '')}?account={quote(name, safe='')}"


def test_every_route_about_an_account_has_its_twin() -> None:
    paths = {path for route in ROUTES for path in route.paths}
    assert len(ROUTES_OF_ACCOUNTS) >= 6
    assert {path.replace("/{account:str}", "") for path in ROUTES_OF_ACCOUNTS} <= paths


def breaks(world: World) -> None:
    """Let everybody break the policy; the ids of events are shorter than some names."""
    world.time.now += MINUTE
    world.send([
        {"id": f"{number}-{n}", "time": show_instant(world.time.now - MINUTE + n), "kind": "message_sent",
         "account": name, "peer": f"p{n}", "known": False} for number, name in enumerate(NAMES) for n in range(10)
    ])  # fmt: skip


@pytest.mark.parametrize("form", ["path", "query"])
def test_any_name_over_every_route(small: World, form: str) -> None:
    breaks(small)
    for name in NAMES:
        # Clients take dots out of a path (RFC 3986, 5.2.4), and the client of these tests decodes a `%` twice.
        if form == "query" or (name != ".." and "%" not in name):
            is_served(small, name, form)


def is_served(world: World, name: str, form: str) -> None:
    """Ask every route about an account of that name, and then erase it."""
    admin, holder = world.people["admin"], world.holder(name)

    def get(caller: Caller, what: str) -> dict[str, Any]:
        answer = caller("GET", asked(f"/v1/accounts/{{account:str}}/{what}", name, form))
        assert answer.status_code == 200, (name, answer.text)
        found: dict[str, Any] = answer.json()
        return found

    for caller in (admin, holder):
        standing = get(caller, "standing")
        assert (standing["account"], standing["standing"]) == (name, "limited")
        assert len(get(caller, "notices")["notices"]) == 1
        assert get(caller, "appeals") == {"appeals": []}
        assert len(get(caller, "export")["events"]) == 10
    found = world.key("GET", f"/v1/decisions?account={quote(name, safe='')}").json()["decisions"]
    assert [one["account"] for one in found] == [name]
    hold, erase = (asked(f"/v1/accounts/{{account:str}}/{one}", name, form) for one in ("hold", "erase"))
    assert admin("POST", hold, {"reason": "A court."}).status_code == 200
    assert admin("DELETE", hold).json() == {"ended": True}
    assert admin("POST", erase, {"reason": "Asked."}).status_code == 200
    assert get(admin, "standing")["standing"] == "clear"


def test_a_holder_cannot_ask_for_another_by_adding_a_name(small: World) -> None:
    small.breaks("a/b", "c")
    holder = small.holder("c")
    assert holder("GET", "/v1/accounts/standing?account=a/b").status_code == 404
    assert holder("GET", "/v1/accounts/a%2Fb/standing?account=c").status_code == 404
    assert holder("GET", "/v1/accounts/c/standing?account=a/b").json()["account"] == "c"


@pytest.mark.parametrize("path", ["/v1/accounts/standing", "/v1/accounts/standing?account=",
                                  f"/v1/accounts/standing?account={'x' * 129}"])  # fmt: skip
def test_a_missing_or_impossible_name_is_told(small: World, path: str) -> None:
    assert small.key("GET", path).status_code in (400, 404)


def test_pages_ask_by_name(small: World) -> None:
    with client_of(small.service, static, *PAGES) as client:
        world = World(small.service, client, small.time)
        name = "@user:server/with/slash"
        world.breaks(name)
        sign_in(world, "reviewer")
        page = client.get(f"/console/account?account={quote(name, safe='')}")
        assert page.status_code == 200
        assert name in page.text


def test_a_real_server_hands_encoded_slashes_on(tmp_path: Path) -> None:
    policies = tmp_path / "p.yaml"
    policies.write_text(POLICY)
    process = Process(tmp_path / "data", policies)
    process.start()
    try:
        for name in ("@user:server/with/slash", "a+b/c%d", "50%2Foff", "élodie/ürü"):
            answer = process.client.get(f"/v1/accounts/{quote(name, safe='')}/standing")
            assert (answer.status_code, answer.json()["account"]) == (200, name)
    finally:
        process.stop()
