"""People who sign in: nobody locks somebody else out, what is ended is over everywhere, and the ledger knows of it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import sqlalchemy as sa
from litestar.testing import TestClient
from tests.api.world import NOW, Addressed, Caller, Time, World, begun, settings_for

from cartellino.api.app import application
from cartellino.cli import main
from cartellino.service import credentials
from cartellino.service.service import Service
from cartellino.storage import tables
from cartellino.vocabulary.refusals import BadArgument
from cartellino.vocabulary.times import DAY, MINUTE
from cartellino.web.limits import Limits

PASSWORD = "a long enough password"
HOME, ELSEWHERE = "192.0.2.1", "198.51.100.9"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A world where tries come back only when a test says so."""
    time = Time()
    service = begun(settings_for(tmp_path / "data"), time)
    inner = application(service)
    inner.state.limits = Limits(lambda: 0.0)
    app: Any = Addressed(inner)
    try:
        with TestClient(app) as client:
            world = World(service, client, time)
            people(world, ada="admin", rita="reviewer")
            yield world
    finally:
        service.stop()


def people(world: World, **roles: str) -> None:
    with world.service.database.begin_writing() as rows:
        for name, role in roles.items():
            credentials.make_operator(rows, name, role, NOW, PASSWORD)


def sign_in(world: World, name: str, password: str = PASSWORD, address: str = HOME, cookie: str = "") -> Any:  # noqa: ANN401
    """Sign in with a browser that knows nothing but the cookie."""
    world.client.cookies.clear()
    headers = {"x-from": address} | ({"cookie": cookie} if cookie else {})
    return world.client.post("/v1/session", json={"name": name, "password": password}, headers=headers)


def session(world: World, name: str, password: str = PASSWORD) -> dict[str, str]:
    """Sign in, and return the headers of what is asked in that session."""
    answer = sign_in(world, name, password)
    assert answer.status_code == 200, answer.text
    cookie = f"cartellino_session={answer.cookies['cartellino_session']}"
    world.client.cookies.clear()
    return {"cookie": cookie, "x-csrf-token": answer.json()["csrf_token"]}


def me(world: World, headers: dict[str, str]) -> int:
    return int(world.client.get("/v1/me", headers=headers).status_code)


def ledger(world: World) -> list[tuple[str, str, str, str]]:
    world.settle()
    rows = world.people["auditor"]("GET", "/v1/ledger").json()["rows"]
    return [(one["by"], one["what"], one["subject"], one["reason"] or one["to"]) for one in rows]


# Nobody is locked out


def test_wrong_tries_from_elsewhere_lock_nobody_out(world: World) -> None:
    assert sign_in(world, "ada").status_code == 200
    answers = [sign_in(world, "ada", "wrong", ELSEWHERE).status_code for _ in range(15)]
    assert answers[:10] == [401] * 10
    assert set(answers[11:]) == {429}
    assert sign_in(world, "ada", address="192.0.2.200").status_code == 200, "somebody new is let in as well"


def test_even_many_networks_cannot_lock_out_who_was_here_before(world: World) -> None:
    browser = f"cartellino_browser={sign_in(world, 'ada').cookies['cartellino_browser']}"
    for number in range(99):
        assert sign_in(world, "ada", "wrong", f"203.0.113.{number}").status_code == 401
    assert sign_in(world, "ada", "wrong", "192.0.2.200").status_code == 429
    assert sign_in(world, "ada").status_code == 200, "from a network where she signed in before"
    assert sign_in(world, "ada", address="192.0.2.200", cookie=browser).status_code == 200, "with her own browser"
    assert sign_in(world, "rita", address="192.0.2.200", cookie=browser).status_code == 200, "others are not touched"


def test_a_shared_address_does_not_lock_out_a_browser_that_was_here_before(world: World) -> None:
    browser = f"cartellino_browser={sign_in(world, 'ada').cookies['cartellino_browser']}"
    for _ in range(12):
        sign_in(world, "ada", "wrong")
    assert sign_in(world, "ada").status_code == 429
    assert sign_in(world, "ada", cookie=browser).status_code == 200
    rita = [sign_in(world, "rita", "wrong", ELSEWHERE, browser).status_code for _ in range(12)]
    assert rita[-1] == 429, "the browser is known for its own name only"
    forged = browser[:-4] + ("0000" if browser[-4:] != "0000" else "1111")
    assert sign_in(world, "ada", cookie=forged).status_code == 429


def test_passwords_are_checked_one_at_a_time_and_few_wait(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    running, most = [0], [0]

    def slow(hashed: str | None, password: str) -> bool:
        running[0] += 1
        most[0] = max(most[0], running[0])
        world.service.writer._stopping.wait(0.02)
        running[0] -= 1
        return False

    monkeypatch.setattr("cartellino.web.sessions.credentials.is_password", slow)

    def one(number: int) -> int:
        headers = {"x-from": f"203.0.113.{number}"}
        body = {"name": f"somebody {number}", "password": "wrong"}
        return int(world.client.post("/v1/session", json=body, headers=headers).status_code)

    with ThreadPoolExecutor(40) as pool:
        answers = list(pool.map(one, range(60)))
    assert most == [1]
    assert set(answers) <= {401, 429}
    assert answers.count(401) >= 20


def test_a_password_that_was_changed_while_it_was_checked_opens_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = credentials.is_password

    def meanwhile(hashed: str | None, password: str) -> bool:
        with world.service.database.begin_writing() as rows:
            credentials.make_operator(rows, "ada", "admin", NOW, "another long password", "someone")
        return right(hashed, password)

    monkeypatch.setattr("cartellino.web.sessions.credentials.is_password", meanwhile)
    assert sign_in(world, "ada").status_code == 401


# What is ended is over


@pytest.mark.parametrize(
    "change",
    [
        {"name": "rita", "role": "reviewer", "password": "quite another password"},
        {"name": "rita", "role": "analyst"},
        None,
    ],
)
def test_a_changed_or_ended_operator_is_out_everywhere(world: World, change: dict[str, str] | None) -> None:
    theirs = session(world, "rita")
    made = world.client.post("/v1/me/tokens", json={"days": 1}, headers=theirs).json()["token"]
    token = {"authorization": f"Bearer {made}"}
    assert (me(world, theirs), me(world, token)) == (200, 200)
    admin = world.people["admin"]
    answer = admin("POST", "/v1/operators", change) if change else admin("DELETE", "/v1/operators/rita")
    assert answer.is_success, answer.text
    assert (me(world, theirs), me(world, token)) == (401, 401)


def test_a_stream_ends_with_the_token_that_opened_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cartellino.api.decisions.STILL", 0.1)
    reader = doors(world, "rita")[1]
    listening = Thread(target=lambda: reader("GET", "/v1/stream"), daemon=True)
    listening.start()
    listening.join(1)
    assert listening.is_alive()
    assert world.people["admin"]("DELETE", "/v1/operators/rita").status_code == 200
    listening.join(20)
    assert not listening.is_alive()


def test_what_changes_nothing_ends_nothing(world: World) -> None:
    theirs = session(world, "rita")
    assert world.people["admin"]("POST", "/v1/operators", {"name": "rita", "role": "reviewer"}).status_code == 201
    assert me(world, theirs) == 200


def test_the_command_line_ends_sessions_too_and_is_in_the_ledger(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    theirs = session(world, "rita")
    monkeypatch.setattr("cartellino.cli.operators._password", lambda: "set on the machine")
    data = str(world.service.settings.folder)
    assert main.main(["operators", "create", "rita", "--role", "reviewer", "--password", "--data", data]) == 0
    world.service.credentials.forget()  # as it does by itself within five seconds
    assert me(world, theirs) == 401
    assert sign_in(world, "rita", "set on the machine").status_code == 200
    assert ("command line", "operator is reviewer, password set", "operator:rita", "") in [
        (by, what, subject, why.partition("(")[0].strip()) for by, what, subject, why in ledger(world)
    ]


def test_one_changes_ones_own_password_and_goes_on(world: World) -> None:
    before, other = session(world, "rita"), session(world, "rita")
    body = {"old": PASSWORD, "new": "quite another password"}
    assert world.client.post("/v1/me/password", json={**body, "old": "wrong"}, headers=before).status_code == 403
    assert world.client.post("/v1/me/password", json={**body, "new": "short"}, headers=before).status_code == 400
    changed = world.client.post("/v1/me/password", json=body, headers=before)
    assert changed.status_code == 200, changed.text
    fresh = {"cookie": f"cartellino_session={changed.cookies['cartellino_session']}"}
    world.client.cookies.clear()
    assert [me(world, one) for one in (before, other, fresh)] == [401, 401, 200]
    assert (sign_in(world, "rita").status_code, sign_in(world, "rita", body["new"]).status_code) == (401, 200)
    assert "password changed" in [what for _, what, _, _ in ledger(world)]


def test_one_lists_and_ends_ones_own_tokens(world: World) -> None:
    rita = session(world, "rita")
    made = world.client.post("/v1/me/tokens", json={"days": 1}, headers=rita).json()["token"]
    (mine,) = world.client.get("/v1/me/tokens", headers=rita).json()["tokens"]
    assert made not in str(mine)
    path = f"/v1/me/tokens/{mine['token_id']}"
    ada = session(world, "ada")
    assert world.client.delete(path, headers=ada).status_code == 404, "somebody else's is none of one's own"
    assert world.client.delete(path, headers=rita).status_code == 200
    assert me(world, {"authorization": f"Bearer {made}"}) == 401
    assert world.client.get("/v1/me/tokens", headers=rita).json()["tokens"] == []


# The ledger


def test_signing_in_and_out_are_rows_and_name_no_address(world: World) -> None:
    headers = session(world, "rita")
    assert world.client.delete("/v1/session", headers=headers).status_code == 200
    rows = [one for one in ledger(world) if one[2] == "operator:rita"]
    assert [(by, what) for by, what, _, _ in rows] == [
        ("operator:rita", "signed in"), ("operator:rita", "signed out"),
    ]  # fmt: skip
    assert rows[0][3].startswith("from n_")
    assert HOME not in str(ledger(world))


def test_a_flood_of_failures_is_a_row_for_each_name_and_ten_minutes(world: World) -> None:
    for number in range(30):
        sign_in(world, "ada", "wrong", f"203.0.113.{number}")
        sign_in(world, f"hunter{number}", "wrong", f"203.0.113.{number}")
        world.settle()

    def failed() -> list[tuple[str, str]]:
        return [(subject, why) for _, what, subject, why in ledger(world) if what == "sign-ins failed"]

    assert [subject for subject, _ in failed()] == ["operator:ada", "unknown names"]
    world.time.now += 11 * MINUTE
    assert sorted(failed()[2:])[0][1].startswith("29 times, from n_")
    assert "and 26 more" in failed()[2][1]
    assert "hunter" not in str(ledger(world)), "it may be a password in the wrong field"


def test_what_was_done_while_the_writer_could_not_work_is_recorded_later(world: World) -> None:
    writer = world.service.writer
    writer.status.halts("the disk is full")
    answer = world.people["admin"]("POST", "/v1/keys", {"holder": "late", "scopes": ["standing"]})
    assert answer.status_code == 201, "the key is shown: nobody could see it later"
    assert sign_in(world, "rita").status_code == 200
    writer.status.takes()
    assert [(what, subject.partition(":")[0]) for _, what, subject, _ in ledger(world)][-2:] == [
        ("key made", "key"), ("signed in", "operator"),
    ]  # fmt: skip
    with world.service.database.begin() as rows:
        assert rows.execute(sa.select(tables.pending_acts)).all() == []


# Keys


@pytest.mark.parametrize("key", ["short", "a" * 15, "with spaces in it all", "naïve-but-quite-long-key"])
def test_a_bootstrap_key_that_can_be_guessed_is_refused_at_the_start(tmp_path: Path, key: str) -> None:
    with pytest.raises(BadArgument, match="at least 16"):
        Service(settings_for(tmp_path / "data", bootstrap_key=key))
    assert not (tmp_path / "data").exists()


# A second person


WIDER = {"rule": "spam/bulk", "mode": "live", "reason": "It is good."}
NARROWER = {"rule": "spam/bulk", "mode": "canary", "share": 0.1, "reason": "Careful."}


def mode(world: World) -> str:
    rule = world.service.writer.live.policies.rule("spam/bulk")
    assert rule is not None
    return rule.mode.show()


def doors(world: World, name: str) -> list[Caller]:
    """Return the two doors of a person: a session and a token."""
    by_session = Caller(world.client)
    by_session.headers = session(world, name)
    with world.service.database.begin_writing() as rows:
        return [by_session, Caller(world.client, credentials.make_token(rows, name, NOW))]


def test_what_widens_waits_by_session_and_by_token_and_nobody_agrees_with_themselves(world: World) -> None:
    people(world, paul="policy-admin")
    for first, second in (doors(world, "paul"), doors(world, "paul")[::-1]):
        assert first("POST", "/v1/policies/modes", NARROWER).json()["in_force"] is True
        assert mode(world) == "canary 0.1"
        made = first("POST", "/v1/policies/modes", WIDER).json()
        assert made["in_force"] is False
        for door in (first, second):
            own = door("POST", f"/v1/proposals/{made['proposal_id']}", {"agree": True, "reason": "Mine."})
            assert (own.status_code, own.json()["code"]) == (403, "not-yours")
        assert mode(world) == "canary 0.1"
        agreed = world.people["admin"]("POST", f"/v1/proposals/{made['proposal_id']}", {"agree": True, "reason": "Ok."})
        assert agreed.json()["in_force"] is True
        assert mode(world) == "live"


@pytest.mark.parametrize(
    ("before", "after", "at_once"),
    [
        ({"mode": "live", "hold_out": 0.5}, {"mode": "canary", "share": 1.0}, False),
        ({"mode": "canary", "share": 0.2}, {"mode": "canary", "share": 0.4, "hold_out": 0.6}, False),
        ({"mode": "canary", "share": 0.2}, {"mode": "canary", "share": 0.1}, True),
        ({"mode": "canary", "share": 0.2}, {"mode": "live", "hold_out": 0.9}, True),
        ({"mode": "shadow"}, {"mode": "canary", "share": 0.01}, False),
    ],
)
def test_a_mode_narrows_where_no_account_feels_it_that_did_not(
    world: World, before: dict[str, Any], after: dict[str, Any], at_once: bool
) -> None:
    change = {"rule": "spam/bulk", "reason": "A step."}
    key, paul = world.key, world.people["policy-admin"]
    assert key("POST", "/v1/policies/modes", {**change, **before}).json()["in_force"] is True
    assert paul("POST", "/v1/policies/modes", {**change, **after}).json()["in_force"] is at_once


def test_going_back_over_a_narrowing_widens_and_waits(world: World) -> None:
    paul = world.people["policy-admin"]
    assert paul("POST", "/v1/policies/modes", {**WIDER, "mode": "shadow"}).json()["in_force"] is True
    back = paul("POST", "/v1/policies/rollback", {"reason": "Alone."})
    assert (back.status_code, back.json()["code"]) == (409, "not-now")
    assert mode(world) == "shadow"
    world.two_change("/v1/policies/modes", {**WIDER, "mode": "canary", "share": 0.5})
    assert mode(world) == "canary 0.5"
    assert paul("POST", "/v1/policies/rollback", {"reason": "A mistake."}).json() == {"in_force": True}
    assert mode(world) == "shadow"


def test_all_files_wait_when_a_person_hands_them_in(world: World) -> None:
    texts = [{"name": "p.yaml", "text": world.service.writer.versions.version(_version(world)).texts[0].content + "\n"}]
    body = {"texts": texts, "parameters": {"strangers": 1}, "reason": "Lower."}
    made = world.people["admin"]("POST", "/v1/policies", body).json()
    assert (made["in_force"], made["proposal_id"][:2]) == (False, "p_")
    assert world.service.writer.live.policies.parameters["strangers"] == 9
    assert world.key("POST", "/v1/policies", body).json()["in_force"] is True, "a machine key needs nobody"


def _version(world: World) -> str:
    return world.service.writer.live.policies.version


def test_nobody_makes_a_key_that_may_do_alone_what_they_may_not(world: World) -> None:
    admin, body = world.people["admin"], {"holder": "mine", "scopes": ["policies", "standing"]}
    assert admin("POST", "/v1/keys", body).json()["code"] == "not-yours"
    assert admin("POST", "/v1/keys", {**body, "scopes": ["standing"]}).status_code == 201
    made = world.people["policy-admin"]("POST", "/v1/policies/modes", NARROWER)
    assert made.status_code == 202
    waiting = world.people["policy-admin"]("POST", "/v1/policies/modes", WIDER).json()["proposal_id"]
    agreed = world.key_with("policies")("POST", f"/v1/proposals/{waiting}", {"agree": True, "reason": "A machine."})
    assert agreed.status_code == 403, "a machine is no second person"


def test_whoever_sets_a_password_counts_as_that_person_for_a_day(world: World) -> None:
    admin = world.people["admin"]
    for puppet in ("eve", "eva"):
        made = {"name": puppet, "role": "policy-admin", "password": PASSWORD}
        assert admin("POST", "/v1/operators", made).status_code == 201
    eve, eva = doors(world, "eve")[1], doors(world, "eva")[1]
    eve("POST", "/v1/policies/modes", NARROWER)

    def agrees(maker: Caller, checker: Caller) -> Any:  # noqa: ANN401
        proposal = maker("POST", "/v1/policies/modes", WIDER).json()["proposal_id"]
        return checker("POST", f"/v1/proposals/{proposal}", {"agree": True, "reason": "So be it."})

    for maker, checker in ((admin, eve), (eve, admin), (eve, eva)):
        refused = agrees(maker, checker)
        assert (refused.status_code, refused.json()["code"]) == (403, "not-yours")
    assert agrees(eve, world.people["policy-admin"]).status_code == 202
    eve("POST", "/v1/policies/modes", NARROWER)
    world.time.now += DAY + MINUTE
    assert agrees(admin, eve).status_code == 202


def test_a_puppet_that_sets_itself_anew_is_still_a_puppet(world: World) -> None:
    admin = world.people["admin"]
    body = {"role": "admin", "password": PASSWORD}
    assert admin("POST", "/v1/operators", {"name": "sock", **body}).status_code == 201
    for maker, made in (("sock", "sock"), ("sock", "second sock"), ("second sock", "sock")):
        assert doors(world, maker)[1]("POST", "/v1/operators", {"name": made, **body}).status_code == 201
    sock = doors(world, "sock")[1]
    sock("POST", "/v1/policies/modes", NARROWER)
    proposal = admin("POST", "/v1/policies/modes", WIDER).json()["proposal_id"]
    refused = sock("POST", f"/v1/proposals/{proposal}", {"agree": True, "reason": "So be it."})
    assert (refused.status_code, refused.json()["code"]) == (403, "not-yours")


def test_a_password_is_hashed_at_the_cost_that_rfc_9106_recommends_for_little_memory() -> None:
    script = "from cartellino.service import credentials; print(credentials._hashed('a long enough password'))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
