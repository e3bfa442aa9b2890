"""The operators' pages: signing in, the queue, deciding, evidence, policies, what is held."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.api.world import NOW, Time, World, begun, client_of, settings_for

from cartellino.console.pages import PAGES
from cartellino.service import credentials
from cartellino.vocabulary.times import HOUR, show_instant
from cartellino.web.pages import static

PASSWORD = "a password of the tests"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    time = Time()
    service = begun(settings_for(tmp_path / "data"), time)
    try:
        with client_of(service, static, *PAGES) as client:
            yield World(service, client, time)
    finally:
        service.stop()


def sign_in(world: World, role: str) -> str:
    """Sign in as somebody with a role, and return the token for forms."""
    with world.service.database.begin_writing() as rows:
        credentials.make_operator(rows, f"ms-{role}", role, NOW, PASSWORD)
    page = world.client.post("/console/sign-in", data={"name": f"ms-{role}", "password": PASSWORD})
    assert page.status_code == 200, page.text
    return str(re.findall(r'name="csrf" value="([^"]+)"', page.text)[0])


PATHS = [
    "/console",
    "/console/cases",
    "/console/held",
    "/console/incidents",
    "/console/policies",
    "/console/decisions",
    "/console/account?account=a",
    "/console/account/signals?account=a",
    "/console/policies/spam/bulk",
    "/console/policies/spam/bulk/try?parameter=strangers",
    "/console/policies/figures",
    "/console/edit?file=p.yaml",
    "/console/proposals",
    "/console/now",
    "/console/lately",
    "/console/patterns",
]
OTHERS = [("/console/looks", "reviewer"), ("/console/operators", "admin"), ("/console/ledger", "auditor")]


@pytest.mark.parametrize("path", PATHS)
def test_strangers_are_sent_to_sign_in(world: World, path: str) -> None:
    answer = world.client.get(path, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/sign-in")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("filled", [False, True], ids=["empty", "filled"])
def test_every_page_shows_without_and_with_something_in_it(world: World, path: str, filled: bool) -> None:
    if filled:
        world.breaks("a", "<script>alert(1)</script>")
    sign_in(world, "analyst")
    answer = world.client.get(path)
    assert answer.status_code == 200, answer.text
    assert len(re.findall(r"<h1>", answer.text)) == 1
    assert "<script>alert" not in answer.text
    assert "script-src 'self'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(("path", "role"), OTHERS)
def test_a_page_for_some_roles_is_shut_for_others(world: World, path: str, role: str) -> None:
    world.breaks("a")
    sign_in(world, "policy-admin")
    shut = world.client.get(path)
    assert (shut.status_code, "You are policy-admin" in shut.text or "you are policy-admin" in shut.text) == (403, True)
    sign_in(world, role)
    assert world.client.get(path).status_code == 200


def test_wrong_passwords_open_nothing_and_are_counted(world: World) -> None:
    sign_in(world, "analyst")
    world.client.cookies.clear()
    codes: list[int] = []
    while len(codes) < 100 and 429 not in codes:  # more on a machine so slow that some are forgiven meanwhile
        codes.append(world.client.post("/console/sign-in", data={"name": "ms-analyst", "password": "no"}).status_code)
    assert set(codes[:-1]) == {401}
    assert codes[-1] == 429
    assert world.client.get("/console", follow_redirects=False).status_code == 303


def test_a_reviewer_reverses_from_the_queue(world: World) -> None:
    world.breaks("a")
    (sanction,) = world.standing("a")["sanctions"]
    world.key("POST", f"/v1/sanctions/{sanction['sanction_id']}/appeals", {"text": "They <i>know</i> me."})
    csrf = sign_in(world, "reviewer")
    queue = world.client.get("/console/cases?kind=appeal").text
    assert "They &lt;i&gt;know&lt;/i&gt; me." in queue
    (path,) = re.findall(r'href="(/console/cases/c_[0-9a-f]+)"', queue)
    page = world.client.get(path).text
    assert "strangers" in page
    assert "Threshold" in page
    done = world.client.post(path, data={"csrf": csrf, "outcome": "reversed", "reason": "They know each other."})
    assert done.status_code == 200, done.text
    assert world.standing("a")["standing"] == "clear"
    assert "reversed" in world.client.get(path).text


def test_an_analyst_decides_nothing_and_no_form_works_without_its_token(world: World) -> None:
    world.breaks("a")
    (sanction,) = world.standing("a")["sanctions"]
    appeal = world.key("POST", f"/v1/sanctions/{sanction['sanction_id']}/appeals", {"text": "Please."}).json()[
        "appeal_id"
    ]
    form = {"outcome": "reversed", "reason": "Because."}
    csrf = sign_in(world, "analyst")
    assert world.client.post(f"/console/cases/{appeal}", data={**form, "csrf": csrf}).status_code == 403
    mode = {"csrf": csrf, "mode": "off", "reason": "Because."}
    assert world.client.post("/console/policies/spam/bulk/mode", data=mode).status_code == 403
    world.client.cookies.clear()
    sign_in(world, "reviewer")
    assert world.client.post(f"/console/cases/{appeal}", data={**form, "csrf": "0" * 64}).status_code == 403
    assert world.standing("a")["standing"] == "limited"


def test_a_decision_is_explained(world: World) -> None:
    world.breaks("a")
    sign_in(world, "analyst")
    (decision,) = world.key("GET", "/v1/decisions").json()["decisions"]
    assert world.client.get(f"/console/decisions/{decision['decision_id']}").status_code == 200
    page = world.client.get(f"/console/decisions/{decision['decision_id']}/parts").text
    assert "It would not have happened with strangers" in page
    assert "Every part of the rule" in page
    assert len(re.findall(r"message_sent p\d", page)) == 10


def test_a_rule_goes_back_to_shadow_at_once(world: World) -> None:
    csrf = sign_in(world, "policy-admin")
    form = {"csrf": csrf, "mode": "shadow", "reason": "It errs."}
    world.client.post("/console/policies/spam/bulk/mode", data=form)
    assert "spam/bulk is shadow: It errs." in world.client.get("/console/policies").text
    world.breaks("a")
    assert world.standing("a")["standing"] == "clear"


def test_what_is_held_is_released_from_the_page(world: World) -> None:
    world.breaks(*[f"a{n}" for n in range(23)])
    csrf = sign_in(world, "policy-admin")
    assert "3 wait" in world.client.get("/console/held").text
    world.client.post(
        "/console/held", data={"csrf": csrf, "rule": "spam/bulk", "reason": "All spam.", "what": "release"}
    )
    assert "nothing waits" in world.client.get("/console/held").text


def test_after_a_false_wave_the_page_shows_who_was_hit_and_one_press_makes_it_good(world: World) -> None:
    """The rule was ours to blame: all that it decided meanwhile is listed, and one press lifts, corrects and tells."""
    begun = show_instant(world.time.now - HOUR)
    opened = world.key("POST", "/v1/incidents", {"features": ["sending"], "starts_at": begun, "reason": "It fails."})
    path = f"/console/incidents/{opened.json()['incident']}"
    world.breaks("a", "<script>alert(1)</script>")
    csrf = sign_in(world, "policy-admin")
    assert path in world.client.get("/console/incidents").text
    assert "Nobody." in world.client.get(path).text
    page = world.client.get(f"{path}?rule=spam/bulk").text
    assert "Make good for all 2" in page
    assert "<script>alert" not in page
    empty = world.client.post(f"{path}/undo", data={"csrf": csrf, "rule": "spam/bulk", "reason": ""})
    assert (empty.status_code, world.standing("a")["standing"]) == (400, "limited")
    world.client.post(f"{path}/undo", data={"csrf": csrf, "rule": "spam/bulk", "reason": "Our fault, not yours."})
    world.settle()
    assert world.standing("a")["standing"] == "clear"
    assert "Nobody." in world.client.get(f"{path}?rule=spam/bulk").text
    notices = world.key("GET", "/v1/accounts/a/notices?language=en").json()["notices"]
    assert any("Our fault, not yours." in str(one) and "wrongly" in str(one) for one in notices), notices


def test_a_line_of_an_incident_is_written_on_its_page(world: World) -> None:
    opened = world.key("POST", "/v1/incidents", {"features": ["calls"], "countries": ["ID"], "reason": "It fails."})
    path = f"/console/incidents/{opened.json()['incident']}"
    csrf = sign_in(world, "policy-admin")
    form = {"csrf": csrf, "state": "identified", "cause": "regional_outage", "reason": "A cable <b>broke</b>."}
    assert world.client.post(path, data=form).status_code == 200
    page = world.client.get(path).text
    assert "A cable &lt;b&gt;broke&lt;/b&gt;." in page
    assert "not public" in page  # the box was not ticked
    assert "confirmed" in page
    assert world.client.post(path, data={**form, "state": "post_mortem"}).status_code == 409
    assert world.client.post(path, data={**form, "state": "nonsense"}).status_code == 400
    assert world.client.get("/console/incidents/i_0").status_code == 404


def test_who_may_only_read_sees_an_incident_and_no_form(world: World) -> None:
    opened = world.key("POST", "/v1/incidents", {"features": ["calls"], "reason": "It fails."})
    path = f"/console/incidents/{opened.json()['incident']}"
    csrf = sign_in(world, "analyst")
    page = world.client.get(path)
    assert (page.status_code, "Add to the timeline" in page.text) == (200, False)
    assert world.client.post(path, data={"csrf": csrf, "reason": "I may not."}).status_code == 403
    assert world.client.post(f"{path}/undo", data={"csrf": csrf, "reason": "I may not."}).status_code == 403


def test_signing_out_ends_the_session(world: World) -> None:
    csrf = sign_in(world, "analyst")
    cookie = dict(world.client.cookies)
    world.client.post("/console/leave", data={"csrf": csrf})
    world.client.cookies.update(cookie)
    assert world.client.get("/console", follow_redirects=False).status_code == 303
