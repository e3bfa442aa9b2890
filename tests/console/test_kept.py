"""What an operator typed survives the end of a session, the sign-in that follows, and refusals; so does the way."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import pytest
from tests.api.world import World
from tests.console.test_pages import PASSWORD, sign_in, world

from cartellino.vocabulary.times import HOUR

__all__ = ["world"]

STORY = "A long thought\nin two lines & <signs>."
WHY = {"reason": STORY}

FORMS: dict[str, tuple[str, dict[str, str]]] = {
    "a case": ("/console/cases/{case}", {"outcome": "reversed", **WHY}),
    "a lift": ("/console/account/sanctions/{sanction}?account=a&service=main", {"what": "lift", **WHY}),
    "a golden decision": ("/console/decisions/{decision}/golden", {"right": "yes", **WHY}),
    "a look": ("/console/looks/{decision}", {"outcome": "right"}),
    "a threshold": ("/console/policies/spam/bulk/parameter", {"parameter": "strangers", "value": "12", **WHY}),
    "a mode": ("/console/policies/spam/bulk/mode", {"mode": "shadow", **WHY}),
    "a policy": ("/console/edit?file=p.yaml", {"text": STORY, "before": STORY, "reason": "It errs."}),
    "a rollback": ("/console/policies/rollback", WHY),
    "what is held": ("/console/held", {"rule": "spam/bulk", "what": "release", **WHY}),
    "an operator": ("/console/operators", {"name": "rita", "role": "reviewer", "password": "a long password"}),
    "a key": ("/console/keys", {"holder": "bridge", "scope-events": "yes"}),
}


def filled(world: World) -> dict[str, str]:
    """Let there be a decision with a case, and return the names in the addresses."""
    world.breaks("a")
    (sanction,) = world.standing("a")["sanctions"]
    filed = world.key("POST", f"/v1/sanctions/{sanction['sanction_id']}/appeals", {"text": "Please."}).json()
    (decision,) = world.key("GET", "/v1/decisions").json()["decisions"]
    return {"case": filed["appeal_id"], "sanction": sanction["sanction_id"], "decision": decision["decision_id"]}


def fields(page: str, prefix: str = "") -> dict[str, str]:
    """Return what a page keeps of a form."""
    found = re.findall(rf'<textarea[^>]*name="{re.escape(prefix)}([\w-]+)"[^>]*>\n(.*?)</textarea>', page, re.S)
    return {name: unescape(text) for name, text in found}


def hidden(page: str) -> dict[str, str]:
    return {name: unescape(text) for name, text in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page)}


def action(page: str) -> str:
    (found,) = [
        unescape(one) for one in re.findall(r'<form method="post" action="([^"]+)"', page) if "leave" not in one
    ]
    return found


@pytest.mark.parametrize("name", FORMS)
def test_a_form_goes_along_with_the_sign_in_and_is_sent_by_who_has_signed_in(world: World, name: str) -> None:
    named = filled(world)
    path, form = FORMS[name][0].format(**named), FORMS[name][1]
    csrf = sign_in(world, "admin")
    world.later(13 * HOUR)  # longer than a session
    shut = world.client.post(path, data={"csrf": csrf, **form})
    typed = {key: text for key, text in form.items() if key != "password"}
    assert (shut.status_code, fields(shut.text, "kept.")) == (401, typed)
    assert "a long password" not in shut.text
    back = {**hidden(shut.text), **{f"kept.{key}": text for key, text in typed.items()}}
    wrong = world.client.post("/console/sign-in", data={**back, "name": "ms-admin", "password": "no"})
    assert (wrong.status_code, fields(wrong.text, "kept.")) == (401, typed)
    again = world.client.post("/console/sign-in", data={**back, "name": "ms-admin", "password": PASSWORD})
    assert (again.status_code, fields(again.text)) == (200, typed)
    assert action(again.text) == path
    sent = world.client.post(path, data={**form, "csrf": hidden(again.text)["csrf"]})
    assert sent.status_code != 403, "the token is that of the new session"


def test_what_was_sent_again_is_done(world: World) -> None:
    named = filled(world)
    csrf = sign_in(world, "reviewer")
    world.client.cookies.delete("cartellino_session")
    path, form = f"/console/cases/{named['case']}", {"csrf": csrf, "outcome": "reversed", **WHY}
    shut = world.client.post(path, data=form).text
    back = {**hidden(shut), **{f"kept.{key}": text for key, text in fields(shut, "kept.").items()}}
    again = world.client.post("/console/sign-in", data={**back, "name": "ms-reviewer", "password": PASSWORD}).text
    done = world.client.post(action(again), data={**hidden(again), **fields(again)})
    assert "reversed" in done.text
    assert world.standing("a")["standing"] == "clear"


@pytest.mark.parametrize("refuse", ["an old token", "a reason that is too short"])
@pytest.mark.parametrize("name", ["a lift", "a golden decision", "a threshold", "a mode", "what is held"])
def test_a_form_that_is_refused_stands_below_what_is_wrong(world: World, name: str, refuse: str) -> None:
    path, form = FORMS[name][0].format(**filled(world)), FORMS[name][1]
    csrf = sign_in(world, "admin")
    changes: dict[str, Callable[[], dict[str, str]]] = {
        "an old token": lambda: {"csrf": "0" * 64},
        "a reason that is too short": lambda: {"csrf": csrf, "reason": "ab"},
    }
    sent = {**form, **changes[refuse]()}
    page = world.client.post(path, data=sent)
    assert page.status_code in (400, 403)
    assert 'role="alert"' in page.text
    assert fields(page.text) == {key: text for key, text in sent.items() if key != "csrf"}
    assert action(page.text) == path
    assert hidden(page.text)["csrf"] == csrf


def test_nothing_is_kept_of_what_another_site_sends(world: World) -> None:
    csrf = sign_in(world, "admin")
    from_elsewhere = {"Sec-Fetch-Site": "cross-site"}
    page = world.client.post("/console/policies/rollback", data={"csrf": "0", **WHY}, headers=from_elsewhere)
    assert (page.status_code, "A long thought" in page.text) == (403, False)
    world.client.cookies.clear()
    page = world.client.post("/console/policies/rollback", data={"csrf": csrf, **WHY}, headers=from_elsewhere)
    assert "A long thought" not in page.text


def test_who_signs_in_comes_where_they_wanted_to_go(world: World) -> None:
    named = filled(world)
    sign_in(world, "reviewer")
    for path in (f"/console/cases/{named['case']}", "/console/account?account=a&service=main"):
        world.client.cookies.delete("cartellino_session")
        page = world.client.get(path)
        assert "Sign in" in page.text
        form = {**hidden(page.text), "name": "ms-reviewer", "password": PASSWORD}
        gone = world.client.post("/console/sign-in", data=form, follow_redirects=False)
        assert (gone.status_code, gone.headers["location"]) == (303, path)


@pytest.mark.parametrize(
    "path", ["//evil.example/console", "https://evil.example/console", "/console/../account", "/account", "/console\\x"]
)
def test_nobody_is_led_away_from_the_console(world: World, path: str) -> None:
    sign_in(world, "analyst")
    form = {"following": path, "name": "ms-analyst", "password": PASSWORD}
    gone = world.client.post("/console/sign-in", data=form, follow_redirects=False)
    assert gone.headers["location"] == "/console"
    kept = {"to": path, "kept.reason": STORY, "name": "ms-analyst", "password": PASSWORD}
    assert world.client.post("/console/sign-in", data=kept, follow_redirects=False).status_code == 303


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/console/edit/check?file=p.yaml"),
        ("GET", "/console/policies/spam/bulk/try/outcome?parameter=strangers"),
        ("GET", "/console/proposals/p_1/rehearsal"),
    ],
)
def test_a_page_on_which_somebody_types_is_not_left_when_the_session_is_over(
    world: World, method: str, path: str
) -> None:
    data = {"text": STORY} if method == "POST" else None
    answer = world.client.request(method, path, data=data, headers={"HX-Request": "true"})
    assert answer.status_code == 401
    assert "hx-redirect" not in answer.headers
    assert "What you typed stays here" in answer.text


def test_a_part_leads_to_the_sign_in_and_back_to_its_page(world: World) -> None:
    sign_in(world, "analyst")
    world.client.cookies.delete("cartellino_session")
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/console?tour=again"}
    answer = world.client.get("/console/now", headers=headers)
    assert answer.headers["hx-redirect"] == "/console/sign-in"
    page = world.client.get("/console/sign-in").text
    assert hidden(page)["following"] == "/console?tour=again"
