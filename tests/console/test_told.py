"""What the console says is true: figures agree with what they lead to, and colours with what they mean."""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient
from tests.api.world import POLICY, Time, World, begun, client_of, settings_for
from tests.console.test_pages import sign_in, world

from cartellino.commands import blind_review
from cartellino.console.pages import PAGES
from cartellino.vocabulary.actors import operator
from cartellino.vocabulary.times import HOUR, MINUTE
from cartellino.web.pages import static

__all__ = ["world"]


def appealed(world: World, account: str, outcome: str = "") -> None:
    (sanction,) = world.standing(account)["sanctions"]
    filed = world.key("POST", f"/v1/sanctions/{sanction['sanction_id']}/appeals", {"text": "Please."}).json()
    if outcome:
        body = {"outcome": outcome, "reason": "So it is."}
        world.people["reviewer"]("POST", f"/v1/appeals/{filed['appeal_id']}/outcome", body)


def waiting(page: str) -> dict[str, int]:
    """Return the table of what waits for people: the name of each row, and its number."""
    row = r'<th scope="row"[^>]*>(?:<a href="[^"]+">)?([^<]+)(?:</a>)?</th><td class="number">(\d+)'
    return {name: int(count) for name, count in re.findall(row, page)}


def test_every_number_that_waits_is_that_of_the_list_it_leads_to(world: World) -> None:
    names = ["a", "b", "c"]
    world.breaks(*names)
    appealed(world, "a", "reversed")  # what is alike is opened again: siblings
    appealed(world, "b")
    world.send([
        {"id": f"r{n}", "time": world.time.now - 9 + n, "kind": "reported", "account": "d", "peer": f"teller{n}"}
        for n in range(3)
    ])  # fmt: skip
    sign_in(world, "analyst")
    page = world.client.get("/console").text
    shown = waiting(page)
    for name, kind in (("Open appeals", "appeal"), ("Open reviews", "review"), ("Open siblings", "sibling")):
        rows = world.client.get(f"/console/cases?kind={kind}").text.count("data-row")
        assert shown[name] == rows, name
    assert shown["Open siblings"] > 0
    assert shown["Open reviews"] == 1


def test_the_looks_that_wait_are_those_of_who_asks(world: World) -> None:
    world.breaks("a", "b")
    for one in world.key("GET", "/v1/decisions").json()["decisions"]:
        golden = lambda unit, one=one: blind_review.make_golden(unit, one["decision_id"], right=True, why="Surely.")  # noqa: E731
        world.service.writer.do(golden, operator("the-auditor")).result(20)
    sign_in(world, "reviewer")
    asked = world.client.get("/console/looks").text
    assert "2 wait." in asked
    assert waiting(world.client.get("/console").text)["Blind looks"] == 2


@pytest.mark.parametrize("path", ["/console/policies/spam/bulk/did", "/console/policies/figures"])
def test_few_looks_say_nothing_about_how_often_a_rule_is_right(world: World, path: str) -> None:
    world.breaks("a")
    appealed(world, "a", "upheld")
    sign_in(world, "analyst")
    page = world.client.get(path).text
    assert "1 looked at are too few to say" in page
    assert "100 %" not in page


def test_enough_looks_say_how_often_a_rule_is_right(world: World) -> None:
    names = [f"a{n:02}" for n in range(12)]
    world.breaks(*names)
    for number, name in enumerate(names):
        appealed(world, name, "reversed" if number < 3 else "upheld")
    sign_in(world, "analyst")
    assert "75 % (75 to 75) from 12 looked at" in world.client.get("/console/policies/figures").text


def slider(world: World, value: int) -> str:
    """Return what the slider says at a value, once the log was read."""
    path = f"/console/policies/spam/bulk/try/outcome?parameter=strangers&value={value}"
    return until(world, path, "Accounts found")


def until(world: World, path: str, says: str) -> str:
    """Return a part of a page once it says something."""
    for _ in range(200):
        page = str(world.client.get(path).text)
        if says in page:
            return page
    raise AssertionError(f"{path} never says {says}")


def badges(page: str, side: str) -> dict[str, tuple[str, str]]:
    """Return the colour and the word beside each account of a side."""
    part = page.split(f"<h3>{side}")[1].split("</div>")[0]
    found = re.findall(r">(\w+)</a> <span class=\"badge (\w+)\">(\w+)<", part)
    return {account: (colour, word) for account, colour, word in found}


def test_the_colour_at_an_account_says_whether_the_change_is_good(world: World) -> None:
    world.breaks("abusive", "honest", others=12)
    appealed(world, "abusive", "upheld")
    appealed(world, "honest", "reversed")
    sign_in(world, "analyst")
    gone = slider(world, 20)
    assert badges(gone, "Found no more") == {"abusive": ("red", "abusive"), "honest": ("green", "honest")}


def test_the_lines_of_the_slider_have_the_colours_of_what_they_mean(world: World) -> None:
    world.breaks("a", others=12)
    sign_in(world, "analyst")
    slider(world, 9)
    page = world.client.get("/console/policies/spam/bulk/try?parameter=strangers").text
    (data,) = re.findall(r'<script type="application/json">(.*?)</script>', page)
    means = {line["label"]: line["means"] for line in json.loads(data)["lines"]}
    assert means == {"accounts found": "", "abusive, as people found": "right", "honest, as people found": "wrong"}


def test_the_slider_and_the_rehearsal_say_what_each_of_them_counts(world: World) -> None:
    world.breaks("a", others=12)
    csrf = sign_in(world, "policy-admin")
    page = slider(world, 20)
    assert "Found no more: 1" in page
    assert "alone" in page
    form = {"csrf": csrf, "parameter": "strangers", "value": "20", "reason": "Too strict."}
    proposal = str(world.client.post("/console/policies/spam/bulk/parameter", data=form).url)
    rehearsal = until(world, f"{proposal}/rehearsal", "Sanctioned no more")
    assert "All rules, ladders and modes run together here." in rehearsal


def test_what_was_typed_stays_when_the_slider_moves(world: World) -> None:
    world.breaks("a", others=12)
    sign_in(world, "policy-admin")
    slider(world, 9)
    page = world.client.get("/console/policies/spam/bulk/try?parameter=strangers").text
    inside = page.split('<div id="outcome">')[1].split('name="reason"')[0]
    assert inside.count("<div") == inside.count("</div>") - 1, "the reason stands outside of what is exchanged"
    path = "/console/policies/spam/bulk/try/outcome?parameter=strangers&value=12"
    moved = world.client.get(path, headers={"HX-Request": "true"}).text
    assert 'name="reason"' not in moved
    assert re.search(r'id="proposed" hx-swap-oob="true">.*value="12.0".*Propose 12<', moved)


@pytest.mark.parametrize(
    ("path", "says", "not_says"),
    [
        ("/console/now", ["Healthy", "Queue", "UTC"], ["Waiting to be taken", "well<"]),
        ("/console/policies/spam/bulk", ["Try another value", "No changes yet."], ["another strangers", "As it"]),
        ("/console/policies/spam/bulk/try?parameter=strangers", ["Threshold “strangers”"], ["strangers of spam/bulk"]),
        ("/console/operators", ["Deactivate the-analyst", "Create key"], ["Make it", "End the-analyst"]),
        ("/console/edit?file=p.yaml", ["If somebody else changes this file meanwhile"], ["hidden copy"]),
        ("/console/account?account=nobody", ["no record"], ["card green", "Still works"]),
    ],
)  # fmt: skip
def test_pages_say_it_as_people_would(world: World, path: str, says: list[str], not_says: list[str]) -> None:
    sign_in(world, "admin")
    page = unescape(world.client.get(path).text)
    assert [one for one in says if one not in page] == []
    assert [one for one in not_says if one in page] == []


def test_a_case_says_until_when_it_holds_now(world: World) -> None:
    for number in range(3):
        world.breaks("a", first=100 * number)
        world.later(49 * 3_600_000)
    sanction = world.standing("a")["sanctions"][-1]["sanction_id"]
    world.key("POST", f"/v1/sanctions/{sanction}/appeals", {"text": "Please."})
    sign_in(world, "reviewer")
    (path,) = re.findall(r'href="(/console/cases/c_[0-9a-f]+)"', world.client.get("/console/cases").text)
    assert "End in … (currently permanent)" in world.client.get(path).text
    page = world.client.get("/console/account?account=a").text
    assert "permanent" in page
    assert "Next strike" not in page, "nothing follows a ban"


@pytest.mark.parametrize(
    ("path", "status", "title"),
    [
        ("/console/operators", 403, "You don't have permission"),
        ("/console/cases/c_none", 404, "There is no such thing"),
    ],
)
def test_a_refusal_has_the_title_of_what_it_is(world: World, path: str, status: int, title: str) -> None:
    sign_in(world, "analyst")
    answer = world.client.get(path)
    assert (answer.status_code, f"<h1>{title}</h1>" in unescape(answer.text)) == (status, True)


def test_a_fault_has_its_message_where_it_can_wrap_and_its_excerpt_where_it_cannot(world: World) -> None:
    csrf = sign_in(world, "policy-admin")
    text = POLICY.replace("when: strangers >", "when: strangars >")
    page = world.client.post("/console/edit/check?file=p.yaml", data={"csrf": csrf, "text": text}).text
    excerpt = re.findall(r"<pre[^>]*>(.*?)</pre>", page, re.S)[0]
    assert "strangars &gt;" in excerpt
    assert "^^^" in excerpt
    assert "error[" not in excerpt
    assert "hint" not in excerpt
    assert re.search(r'<p class="code">error\[unknown-name\]', page)
    assert re.search(r'<p class="code">= hint: did you mean', page)


SHARE = POLICY.replace("signals:\n", """signals:
  answered: share(distinct(reply_received.peer), of=distinct(message_sent.peer), at_least=5, over="1h")
""", 1).replace('param("strangers", 9)', 'param("strangers", 9) and answered < 0.2')  # fmt: skip


def test_shares_are_written_in_percent(tmp_path: Path) -> None:
    time = Time()
    service = begun(settings_for(tmp_path / "data"), time, SHARE)
    try:
        client: TestClient[Any]
        with client_of(service, static, *PAGES) as client:
            world = World(service, client, time)
            for at, kind in ((time.now - 3 * HOUR, "connected"), (time.now - MINUTE - 1, "reply_received")):
                world.send([{"id": kind, "time": at, "kind": kind, "account": "a", "peer": "p0"}])
            world.breaks("a")
            appealed(world, "a")
            sign_in(world, "reviewer")
            (decision,) = world.key("GET", "/v1/decisions").json()["decisions"]
            (case,) = re.findall(r'href="(/console/cases/c_[0-9a-f]+)"', client.get("/console/cases").text)
            for path in (f"/console/decisions/{decision['decision_id']}", case):
                page = client.get(path).text
                assert "20 %" in page, "the threshold"
                assert "0.2<" not in page
    finally:
        service.stop()
