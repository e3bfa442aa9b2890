"""Every route as every caller: what the table of permissions says, and nothing else."""

from __future__ import annotations

import pytest
from tests.api.world import World

from cartellino.api.app import ROUTES
from cartellino.service.access import PERMISSIONS, ROLES, SCOPES

_OPEN = [
    (method, path, route.opt["may"])
    for route in ROUTES
    for path in sorted(route.paths)
    for method in sorted(route.http_methods - {"OPTIONS", "HEAD"})
]
_FILLED = {
    "{account:str}": "a", "{sanction:str}": "s_1", "{appeal:str}": "c_1", "{decision:str}": "d_1", "{case:str}": "c_1",
    "{notice:str}": "n_1", "{code:str}": "ABCD", "{proof:str}": "p_1", "{webhook:str}": "w_1", "{delivery:int}": "1",
    "{incident:str}": "i_1", "{month:str}": "2026-11", "{name:str}": "nobody", "{key:str}": "k_1",
}  # fmt: skip
_STREAMS = "/v1/stream"


def filled(path: str) -> str:
    for hole, name in _FILLED.items():
        path = path.replace(hole, name)
    return path


def test_every_route_names_a_permission() -> None:
    assert {may for _, _, may in _OPEN} <= PERMISSIONS.keys()
    assert len(_OPEN) >= 45


def refused(world: World, who: str, method: str, path: str) -> bool:
    """Say whether a caller is refused for who they are; a body that does not fit is refused for what it is."""
    callers = {"stranger": world.stranger, "holder": world.holder("a"), **world.people}
    caller = callers[who] if who in callers else world.key_with(who)
    answer = caller(method, filled(path), {} if method == "POST" else None)
    assert answer.status_code < 500, answer.text
    return bool(answer.status_code == 401 or (answer.status_code == 403 and answer.json()["code"] == "not-allowed"))


@pytest.mark.parametrize("who", ["stranger", "holder", *ROLES])
def test_people_and_strangers(small: World, who: str) -> None:
    for method, path, may in _OPEN:
        needed = PERMISSIONS[may]
        if path in (_STREAMS, "/metrics") or (method, path) in (("DELETE", "/v1/session"), ("POST", "/v1/session")):
            continue
        if path.startswith("/v1/proofs/"):  # a wrong code is refused to everybody
            continue
        expected = needed.public or (who == "holder" and needed.holder) or who in needed.roles
        assert refused(small, who, method, path) is not expected, (who, method, path)


@pytest.mark.parametrize("scope", sorted(SCOPES))
def test_keys(small: World, scope: str) -> None:
    for method, path, may in _OPEN:
        needed = PERMISSIONS[may]
        if path == _STREAMS or path.startswith("/v1/proofs/") or path == "/v1/session":
            continue
        assert refused(small, scope, method, path) is not (needed.public or needed.scope == scope), (method, path)


def test_a_holder_sees_only_their_own(small: World) -> None:
    small.breaks("a", "b")
    holder = small.holder("a")
    assert holder("GET", "/v1/accounts/a/standing").status_code == 200
    assert holder("GET", "/v1/accounts/b/standing").status_code == 404
    assert holder("GET", "/v1/accounts/a/standing?service=other").status_code == 404
    assert holder("GET", "/v1/accounts/b/notices").status_code == 404
    theirs = small.key("GET", "/v1/accounts/b/notices").json()["notices"][0]["notice_id"]
    assert holder("GET", f"/v1/notices/{theirs}").status_code == 404
    (sanction,) = small.standing("b")["sanctions"]
    path = f"/v1/sanctions/{sanction['sanction_id']}/appeals"
    assert holder("POST", path, {"text": "Not mine."}).status_code == 404
    appeal = small.key("POST", path, {"text": "Mine."}).json()["appeal_id"]
    assert holder("GET", f"/v1/appeals/{appeal}").status_code == 404
    assert small.holder("b")("GET", f"/v1/appeals/{appeal}").status_code == 200


def test_a_banned_account_reaches_help(small: World) -> None:
    for number in range(3):
        small.breaks("a", first=100 * number)
        small.later(3 * 86_400_000)
    assert small.standing("a")["standing"] == "banned"
    holder = small.holder("a")
    assert holder("GET", "/v1/accounts/a/standing").json()["still_works"] == ["appeal", "export"]
    (sanction,) = holder("GET", "/v1/accounts/a/standing").json()["sanctions"]
    assert holder("POST", sanction["appeal"], {"text": "Please look again."}).status_code == 201


def test_a_key_that_was_ended_opens_nothing(small: World) -> None:
    made = small.people["admin"]("POST", "/v1/keys", {"holder": "x", "scopes": ["standing"]}).json()
    caller = type(small.key)(small.client, made["key"])
    assert caller("GET", "/v1/accounts/a/standing").status_code == 200
    (listed,) = [k for k in small.people["admin"]("GET", "/v1/keys").json()["keys"] if k["holder"] == "x"]
    assert small.people["admin"]("DELETE", f"/v1/keys/{listed['key_id']}").status_code == 200
    assert caller("GET", "/v1/accounts/a/standing").status_code == 401


def test_a_session_needs_its_second_token(small: World) -> None:
    body = {"name": "ada", "role": "admin", "password": "a long enough password"}
    assert small.people["admin"]("POST", "/v1/operators", body).status_code == 201
    wrong = small.stranger("POST", "/v1/session", {"name": "ada", "password": "another password"})
    assert (wrong.status_code, wrong.json()["code"]) == (401, "not-signed-in")
    signed = small.stranger("POST", "/v1/session", {"name": "ada", "password": "a long enough password"})
    assert "HttpOnly" in signed.headers["set-cookie"]
    assert small.client.get("/v1/me").json()["name"] == "ada"
    made = {"holder": "y", "scopes": ["standing"]}
    assert small.client.post("/v1/keys", json=made).status_code == 403
    token = {"x-csrf-token": signed.json()["csrf_token"]}
    assert small.client.post("/v1/keys", json=made, headers=token).status_code == 201
    assert small.client.delete("/v1/session", headers=token).status_code == 200
    assert small.client.get("/v1/me").status_code == 401


def test_a_one_time_code_opens_one_account_once(small: World) -> None:
    small.takes_codes()
    asked = small.stranger("POST", "/v1/proofs", {"account": "a"}).json()
    code = small.code_of("a")
    path = f"/v1/proofs/{asked['proof_id']}"
    assert small.stranger("POST", path, {"code": "000000" if code != "000000" else "1"}).status_code == 403
    token = small.stranger("POST", path, {"code": code}).json()["token"]
    assert small.stranger("POST", path, {"code": code}).status_code == 403
    mine = type(small.key)(small.client, token)
    assert mine("GET", "/v1/accounts/a/standing").status_code == 200
    assert mine("GET", "/v1/accounts/b/standing").status_code == 404
