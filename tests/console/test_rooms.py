"""The other rooms of the console: blind looks, operators and keys, the ledger, files, the pattern page, the queue."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from html import unescape
from importlib.resources import files

import pytest
from tests.api.world import NOW, World
from tests.console.test_pages import sign_in, world

from cartellino.storage import tables
from cartellino.vocabulary.times import show_instant
from cartellino.web.limits import Limits

__all__ = ["world"]

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 32


def decided(world: World, account: str = "a") -> str:
    world.breaks(account)
    found = world.key("GET", f"/v1/decisions?account={account}").json()["decisions"]
    return str(found[0]["decision_id"])


def test_golden_decisions_are_mixed_in_and_tell_how_well_somebody_looks(world: World) -> None:
    decision = decided(world)
    csrf = sign_in(world, "auditor")
    form = {"csrf": csrf, "right": "yes", "reason": "Beyond doubt."}
    page = world.client.post(f"/console/decisions/{decision}/golden", data=form).text
    assert "Golden: right" in page
    csrf = sign_in(world, "reviewer")
    asked = world.client.get("/console/looks").text
    assert f'action="/console/looks/{decision}"' in asked
    assert "olden" not in asked
    assert "Strike" not in asked
    world.client.post(f"/console/looks/{decision}", data={"csrf": csrf, "outcome": "wrong"})
    assert "Nothing waits for a blind look" in world.client.get("/console/looks").text
    sign_in(world, "admin")
    assert "0.0 % (0.0 to 79.3) of 1" in world.client.get("/console/operators").text


def test_the_audit_is_answered_once_and_counts(world: World) -> None:
    decision = decided(world)
    drawn = {"decision_id": decision, "rule_version": "v", "rule": "spam/bulk", "cluster": "c", "drawn_at": NOW,
             "right": None, "judged_at": None, "judged_by": None}  # fmt: skip
    with world.service.database.begin_writing() as rows:
        rows.execute(tables.audits.insert().values(**drawn))
    csrf = sign_in(world, "reviewer")
    world.client.post(f"/console/looks/{decision}", data={"csrf": csrf, "outcome": "right"})
    again = world.client.post(f"/console/looks/{decision}", data={"csrf": csrf, "outcome": "wrong"})
    assert again.status_code == 409
    with world.service.database.begin() as rows:
        held = rows.execute(tables.audits.select()).one()
    assert (held.right, held.judged_by) == (True, "operator:ms-reviewer")


def test_operators_and_keys_are_made_and_ended(world: World) -> None:
    csrf = sign_in(world, "admin")
    made = {"csrf": csrf, "name": "rita", "role": "reviewer", "password": "a long password"}
    assert "rita" in world.client.post("/console/operators", data=made).text
    short = world.client.post("/console/operators", data={**made, "name": "rob", "password": "short"})
    assert (short.status_code, "at least" in short.text) == (400, True)
    page = world.client.post("/console/keys", data={"csrf": csrf, "holder": "bridge", "scope-events": "yes"}).text
    (key,) = re.findall(r"(ck_[\w-]+)", page)
    event = b'{"id":"e","time":"2026-11-20T10:00:00Z","kind":"read","account":"a"}\n'
    sent = world.client.post("/v1/events", content=event, headers={"Authorization": f"Bearer {key}"})
    assert sent.status_code == 200
    (path,) = re.findall(r'action="(/console/keys/[^"]+/end)"[^\0]*?the key of bridge', page)[-1:]
    world.client.post(path.rpartition('action="')[2], data={"csrf": csrf})
    world.client.post("/console/operators/rita/end", data={"csrf": csrf})
    assert "deactivated" in world.client.get("/console/operators").text
    sign_in(world, "auditor")
    ledger = world.client.get("/console/ledger").text
    assert "operator ended" in ledger
    assert "key made" in ledger


def test_nobody_changes_or_ends_themselves(world: World) -> None:
    csrf = sign_in(world, "admin")
    assert world.client.post("/console/operators/ms-admin/end", data={"csrf": csrf}).status_code == 409
    form = {"csrf": csrf, "name": "ms-admin", "role": "analyst"}
    assert world.client.post("/console/operators", data=form).status_code == 409


def test_pictures_are_veiled_and_everything_else_is_only_kept(world: World) -> None:
    world.breaks("a")
    (sanction,) = world.standing("a")["sanctions"]
    sent = [
        {"name": "proof.png", "media_type": "image/png", "content": b64encode(PNG).decode()},
        {"name": "note.txt", "media_type": "text/plain", "content": b64encode(b"<script>").decode()},
    ]
    body = {"text": "See.", "files": sent}
    case = world.key("POST", f"/v1/sanctions/{sanction['sanction_id']}/appeals", body).json()["appeal_id"]
    sign_in(world, "reviewer")
    page = world.client.get(f"/console/cases/{case}").text
    assert 'class="veiled"' in page
    paths = re.findall(r'(?:src|href)="(/console/files/[^"]+)"', page)
    picture, text = (world.client.get(one) for one in paths)
    assert picture.headers["content-type"] == "image/png"
    assert "sandbox" in picture.headers["content-security-policy"]
    assert text.headers["content-type"] == "application/octet-stream"
    assert text.headers["content-disposition"].startswith("attachment")


def test_what_somebody_reviewed_somebody_else_decides(world: World) -> None:
    people = [
        {"id": f"r{n}", "time": "2026-11-18T11:05:00Z", "kind": "reported", "account": "a", "peer": f"p{n}"}
        for n in range(4)
    ]
    world.time.now = 1_795_000_000_000
    for one in people:
        one["time"] = "2026-11-18T10:40:00Z"
    world.send(people)
    csrf = sign_in(world, "reviewer")
    queue = world.client.get("/console/cases?kind=review").text
    (path,) = re.findall(r'href="(/console/cases/c_[^"]+)"', queue)
    world.client.post(path, data={"csrf": csrf, "outcome": "restriction", "reason": "It is so."})
    (sanction,) = world.standing("a")["sanctions"]
    appeal = world.key("POST", f"/v1/sanctions/{sanction['sanction_id']}/appeals", {"text": "No."}).json()["appeal_id"]
    page = world.client.get(f"/console/cases/{appeal}").text
    assert "You took part in this decision" in page
    assert "<textarea" not in page


def test_an_appeal_is_shortened(world: World) -> None:
    world.breaks("a")
    (sanction,) = world.standing("a")["sanctions"]
    case = world.key("POST", f"/v1/sanctions/{sanction['sanction_id']}/appeals", {"text": "Please."}).json()[
        "appeal_id"
    ]
    csrf = sign_in(world, "reviewer")
    form = {"csrf": csrf, "outcome": "shortened", "sooner": "1h", "reason": "It was little."}
    assert "shortened" in world.client.post(f"/console/cases/{case}", data=form).text
    assert world.standing("a")["sanctions"][0]["ends_at"] < sanction["ends_at"]


def test_a_sanction_is_lifted_and_shortened_by_hand(world: World) -> None:
    world.breaks("a")
    csrf = sign_in(world, "reviewer")
    (path,) = re.findall(
        r'action="(/console/account/sanctions/[^"]+)"', world.client.get("/console/account?account=a").text
    )
    form = {"csrf": csrf, "what": "shorten", "sooner": "6h", "reason": "Enough."}
    assert world.client.post(path.replace("&amp;", "&"), data=form).status_code == 200
    world.client.post(path.replace("&amp;", "&"), data={**form, "what": "lift"})
    assert world.standing("a")["standing"] == "clear"


def test_lists_go_on_where_they_ended(world: World) -> None:
    world.breaks(*[f"a{n:02}" for n in range(20)])
    world.later(25 * 3_600_000)
    world.breaks(*[f"b{n:02}" for n in range(20)])
    world.later(25 * 3_600_000)
    world.breaks(*[f"c{n:02}" for n in range(20)])
    sign_in(world, "auditor")
    first = world.client.get("/console/decisions").text
    (path,) = re.findall(r'href="(\?[^"]*before=[^"]+)"', first)
    second = world.client.get("/console/decisions" + path.replace("&amp;", "&")).text
    accounts = [re.findall(r"/console/account\?account=(\w+)&", page) for page in (first, second)]
    assert len(accounts[0]) == 50
    assert len(set(accounts[0]) | set(accounts[1])) == 60
    ledger = world.client.get("/console/ledger").text
    assert re.search(r"before=\d+", ledger)


def test_errors_are_pages_too(world: World) -> None:
    sign_in(world, "analyst")
    for path, status in (
        ("/console/cases/c_none", 404), ("/console/decisions/d_none", 404), ("/console/policies/no/rule", 404),
        ("/console/policies/spam/bulk/try?parameter=no", 404), ("/console/proposals/p_none", 404),
        ("/console/edit?file=no.yaml", 404), ("/console/policies/spam/bulk/try?parameter=strangers&value=x", 400),
    ):  # fmt: skip
        answer = world.client.get(path)
        assert (answer.status_code, 'role="alert"' in answer.text) == (status, True), path
        part = world.client.get(path, headers={"HX-Request": "true"})
        assert "<html" not in part.text


def test_htmx_is_sent_to_sign_in_as_well(world: World) -> None:
    answer = world.client.get("/console/now", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["hx-redirect"]) == (401, "/console/sign-in")


@pytest.mark.parametrize("name", ["htmx.js", "uplot.js", "uplot.css"])
def test_what_others_wrote_is_as_it_was_published(world: World, name: str) -> None:
    folder = files("cartellino.web") / "static" / "vendor"
    digest = sha256((folder / name).read_bytes()).hexdigest()
    assert f"| {name} |" in (folder / "README.md").read_text()
    assert digest in (folder / "README.md").read_text()
    assert (folder / f"{name.partition('.')[0]}.LICENSE").is_file()
    assert world.client.get(f"/static/{name}").content == (folder / name).read_bytes()


@pytest.mark.parametrize("name", ["a/b", "@sari:example.org", "a b&c=d", "ž<i>"])
def test_an_account_may_be_called_anything(world: World, name: str) -> None:
    world.breaks(name)
    sign_in(world, "reviewer")
    page = world.client.get("/console/decisions").text
    (path,) = set(re.findall(r'href="(/console/account\?[^"]+)"', page))
    shown = world.client.get(unescape(path))
    assert shown.status_code == 200
    assert "spam/bulk" in shown.text
    signals = re.findall(r'hx-get="([^"]+signals[^"]+)"', shown.text)[0]
    assert "strangers" in world.client.get(unescape(signals)).text


def test_linked_accounts_and_those_of_one_campaign_are_drawn(world: World) -> None:
    shared = [
        {"id": f"{account}-{n}", "time": show_instant(world.time.now - 60_000 + n), "kind": "message_sent",
         "account": account, "peer": f"p{n}", "known": False, "device": "one phone"}
        for account in ("a", "b") for n in range(10)
    ]  # fmt: skip
    world.send(shared)
    link = {"accounts": [{"account": "a"}, {"account": "c"}], "why": "One number."}
    assert world.people["admin"]("POST", "/v1/links", link).status_code == 200
    sign_in(world, "analyst")
    page = world.client.get("/console/account?account=a").text
    assert page.count("<circle") == 3
    assert re.findall(r">(\w)</a>: (one \w+[^<]*)<", page) == [("b", "one device or address"), ("c", "one person")]
    assert page.count("stroke-dasharray") == 1


def test_a_reload_makes_no_second_key(world: World) -> None:
    csrf = sign_in(world, "admin")
    made = world.client.post("/console/keys", data={"csrf": csrf, "holder": "bridge", "scope-events": "yes"})
    assert "ck_" in made.text
    again = world.client.get(str(made.url))
    assert "ck_" not in again.text
    assert again.text.count("the key of bridge") == 1


def test_an_operator_is_not_changed_by_accident(world: World) -> None:
    csrf = sign_in(world, "admin")
    made = {"csrf": csrf, "name": "rita", "role": "reviewer", "password": "a long password"}
    world.client.post("/console/operators", data=made)
    again = world.client.post("/console/operators", data={**made, "role": "analyst"})
    assert (again.status_code, "There is an operator of that name already" in again.text) == (409, True)
    changed = world.client.post("/console/operators", data={**made, "role": "analyst", "known": "yes"})
    assert re.search(r">rita</th><td>analyst", changed.text)


def test_an_account_whose_next_step_is_a_ban_opens(world: World) -> None:
    for number in range(2):
        world.breaks("a", first=100 * number)
        world.later(49 * 3_600_000)
    sign_in(world, "analyst")
    assert "Next strike: ban" in world.client.get("/console/account?account=a").text
    for one in world.key("GET", "/v1/decisions?account=a").json()["decisions"]:
        assert world.client.get(f"/console/decisions/{one['decision_id']}").status_code == 200


def test_what_was_written_about_a_case_is_not_lost(world: World) -> None:
    world.breaks("a")
    (sanction,) = world.standing("a")["sanctions"]
    case = world.key("POST", f"/v1/sanctions/{sanction['sanction_id']}/appeals", {"text": "Please."}).json()[
        "appeal_id"
    ]
    csrf = sign_in(world, "reviewer")
    form = {"csrf": csrf, "outcome": "shortened", "sooner": "99d", "reason": "A long thought <b>."}
    page = world.client.post(f"/console/cases/{case}", data=form)
    assert page.status_code == 400
    assert "A long thought &lt;b&gt;." in page.text
    assert re.search(r'value="shortened" required checked', page.text)
    world.client.post(f"/console/cases/{case}", data={**form, "outcome": "upheld"})
    late = world.client.post(f"/console/cases/{case}", data={**form, "outcome": "reversed"})
    assert (late.status_code, "closed" in late.text, "upheld" in late.text) == (409, True, True)
    decided = world.client.get("/console/cases?kind=appeal&status=closed").text
    assert case in decided
    assert "upheld" in decided


def test_ends_are_offered_only_where_they_are_earlier(world: World) -> None:
    world.breaks("a")
    (sanction,) = world.standing("a")["sanctions"]
    case = world.key("POST", f"/v1/sanctions/{sanction['sanction_id']}/appeals", {"text": "Please."}).json()[
        "appeal_id"
    ]
    sign_in(world, "reviewer")
    assert re.findall(r"<option>(\w+)</option>", world.client.get(f"/console/cases/{case}").text) == ["1h", "6h"]
    world.later(23 * 3_600_000 + 60_000)
    page = world.client.get(f"/console/cases/{case}").text
    assert 'value="shortened"' not in page


def test_a_browser_that_is_lost_gets_a_page_and_a_program_a_problem(world: World) -> None:
    page = world.client.get("/nothing", headers={"Accept": "text/html"})
    assert (page.status_code, "There is no such page" in page.text) == (404, True)
    assert world.client.get("/nothing").headers["content-type"] == "application/problem+json"
    assert world.client.get("/v1/nothing", headers={"Accept": "text/html"}).json()["code"] == "not-found"


def test_a_golden_look_is_answered_once_in_the_same_words_as_any(world: World) -> None:
    decision = decided(world)
    csrf = sign_in(world, "auditor")
    form = {"csrf": csrf, "right": "yes", "reason": "Beyond doubt."}
    world.client.post(f"/console/decisions/{decision}/golden", data=form)
    csrf = sign_in(world, "reviewer")
    answers = [
        world.client.post(f"/console/looks/{decision}", data={"csrf": csrf, "outcome": "right"}) for _ in range(2)
    ]
    assert [one.status_code for one in answers] == [200, 409]
    assert "Somebody has looked at it already" in answers[1].text


def test_what_was_not_ended_is_not_in_the_ledger(world: World) -> None:
    csrf = sign_in(world, "admin")
    assert world.client.post("/console/keys/k_none/end", data={"csrf": csrf}).status_code == 404
    assert "key ended" not in world.client.get("/console/ledger").text


def test_the_browser_and_programs_share_their_tries(world: World) -> None:
    world.client.app.state.limits = Limits(lambda: 0.0)
    wrong = {"name": "mallory", "password": "no"}
    for _ in range(5):
        assert world.client.post("/console/sign-in", data=wrong).status_code == 401
        assert world.client.post("/v1/session", json=wrong).status_code == 401
    assert world.client.post("/console/sign-in", data=wrong).status_code == 429
    assert world.client.post("/v1/session", json=wrong).status_code == 429
