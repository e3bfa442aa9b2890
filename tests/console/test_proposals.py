"""Policies changed in the browser: tried, written, proposed by one, agreed to by another, rolled back, undone."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import msgspec
import pytest
from tests.api.world import POLICY, Time, World, begun, client_of, settings_for
from tests.console.test_pages import sign_in, world

from cartellino.console.pages import PAGES
from cartellino.vocabulary.times import MINUTE
from cartellino.web.pages import static

__all__ = ["world"]

OUTCOME = "/console/policies/spam/bulk/try/outcome?parameter=strangers"
PART = {"HX-Request": "true"}


def proposed(world: World, value: str = "4", reason: str = "Too many got through.") -> str:
    """Propose another threshold as a policy-admin, and return where the proposal is."""
    csrf = sign_in(world, "policy-admin")
    form = {"csrf": csrf, "parameter": "strangers", "value": value, "reason": reason}
    made = world.client.post("/console/policies/spam/bulk/parameter", data=form, follow_redirects=False)
    assert made.status_code == 303, made.text
    return str(made.headers["location"])


def patiently(world: World, path: str, until: str) -> str:
    page = ""
    for _ in range(100):
        page = str(world.client.get(path, headers=PART).text)
        if until in page:
            return page
        time.sleep(0.1)
    raise AssertionError(page)


def test_the_slider_says_who_would_be_found_and_who_is_right(world: World) -> None:
    world.breaks("a")
    world.breaks("few", others=6)
    sign_in(world, "analyst")
    now = patiently(world, OUTCOME, "Accounts found")
    assert re.findall(r"Newly found: (\d+)", now) == ["0"]
    tighter = world.client.get(f"{OUTCOME}&value=5", headers=PART).text
    assert re.findall(r"Newly found: (\d+)", tighter) == ["1"]
    assert "/console/account?account=few" in tighter
    looser = world.client.get(f"{OUTCOME}&value=20", headers=PART).text
    assert re.findall(r"Found no more: (\d+)", looser) == ["1"]
    assert "nobody has looked" in looser


def test_an_analyst_looks_and_proposes_nothing(world: World) -> None:
    world.breaks("a")
    sign_in(world, "analyst")
    patiently(world, OUTCOME, "Accounts found")
    assert "Propose" not in world.client.get(f"{OUTCOME}&value=5", headers=PART).text
    sign_in(world, "policy-admin")
    assert "Propose 5" in world.client.get(f"{OUTCOME}&value=5", headers=PART).text


def test_what_people_found_stands_beside_the_accounts(world: World) -> None:
    world.breaks("a")
    (sanction,) = world.standing("a")["sanctions"]
    appeal = world.key("POST", f"/v1/sanctions/{sanction['sanction_id']}/appeals", {"text": "Please."}).json()
    csrf = sign_in(world, "reviewer")
    form = {"csrf": csrf, "outcome": "reversed", "reason": "They know each other."}
    world.client.post(f"/console/cases/{appeal['appeal_id']}", data=form)
    page = patiently(world, f"{OUTCOME}&value=9", "Accounts found")
    assert re.findall(r"Honest</p><p class=\"until number\">(\d+)", page) == ["1"]


def test_another_person_agrees_and_only_then_it_decides(world: World) -> None:
    path = proposed(world)
    identity = path.rpartition("/")[2]
    csrf = sign_in(world, "policy-admin")
    own = world.client.post(path, data={"csrf": csrf, "what": "agree", "reason": "I like it."})
    assert (own.status_code, "somebody else has to agree" in own.text) == (403, True)
    world.breaks("a", others=6)
    assert world.standing("a")["standing"] == "clear"
    csrf = sign_in(world, "admin")
    assert "Newly sanctioned" in patiently(world, f"/console/proposals/{identity}/rehearsal", "Newly sanctioned")
    agreed = world.client.post(path, data={"csrf": csrf, "what": "agree", "reason": "It holds."})
    assert "agreed" in agreed.text
    world.breaks("b", others=6)
    assert world.standing("b")["standing"] == "limited"
    again = world.client.post(path, data={"csrf": csrf, "what": "agree", "reason": "Once more."})
    assert again.status_code == 409


def test_an_erased_account_is_gone_from_rehearsals(world: World) -> None:
    world.breaks("forget-me", others=6)
    path = proposed(world)
    assert "forget-me" in patiently(world, f"{path}/rehearsal", "Newly sanctioned")
    world.key("POST", "/v1/accounts/forget-me/erase", {"reason": "She asked."})
    page = world.client.get(f"{path}/rehearsal", headers=PART).text
    assert "Newly sanctioned" in page
    assert "forget-me" not in page


def test_a_rollback_takes_one_click_and_one_person(world: World) -> None:
    path = proposed(world)
    csrf = sign_in(world, "admin")
    world.client.post(path, data={"csrf": csrf, "what": "agree", "reason": "It holds."})
    before = world.service.writer.live.policies.parameters["strangers"]
    world.client.post("/console/policies/rollback", data={"csrf": csrf})
    after = world.service.writer.live.policies.parameters
    assert (before, after.get("strangers", 9)) == (4, 9)
    world.breaks("a", others=6)
    assert world.standing("a")["standing"] == "clear"
    assert "rolled back" in world.client.get("/console/policies").text
    again = world.client.post("/console/policies/rollback", data={"csrf": csrf})
    assert (again.status_code, "nothing to go back to" in again.text) == (409, True)
    history = world.client.get("/console/policies").text
    assert (
        history.index("rolled back") < history.index("the parameter strangers is 4") < history.index("the first start")
    )


def test_an_empty_text_switches_nothing_off(world: World) -> None:
    csrf = sign_in(world, "policy-admin")
    form = {"csrf": csrf, "text": " ", "before": POLICY, "reason": "A slip."}
    answer = world.client.post("/console/edit?file=p.yaml", data=form)
    assert (answer.status_code, "The text is empty" in answer.text) == (400, True)


def test_a_proposal_names_the_rules_that_would_be_no_more(world: World) -> None:
    csrf = sign_in(world, "policy-admin")
    start, end = POLICY.index("  reported:"), POLICY.index("ladders:")
    form = {"csrf": csrf, "text": POLICY[:start] + POLICY[end:], "before": POLICY, "reason": "Not needed."}
    page = world.client.post("/console/edit?file=p.yaml", data=form)
    assert "These rules would be no more: spam/reported." in page.text


def test_with_nothing_before_there_is_nothing_to_go_back_to(world: World) -> None:
    csrf = sign_in(world, "admin")
    answer = world.client.post("/console/policies/rollback", data={"csrf": csrf})
    assert (answer.status_code, "nothing to go back to" in answer.text) == (409, True)


def test_refused_and_withdrawn_proposals_never_decide(world: World) -> None:
    path = proposed(world)
    csrf = sign_in(world, "policy-admin")
    page = world.client.post(path, data={"csrf": csrf, "what": "refuse", "reason": "A slip of mine."}).text
    assert "withdrawn" in page
    csrf = sign_in(world, "admin")
    assert world.client.post(path, data={"csrf": csrf, "what": "agree", "reason": "Late."}).status_code == 409


def test_wider_modes_wait_and_narrower_do_not(world: World) -> None:
    csrf = sign_in(world, "policy-admin")
    path = "/console/policies/spam/bulk/mode"
    world.client.post(path, data={"csrf": csrf, "mode": "canary", "share": "10", "reason": "Careful."})
    assert world.service.writer.live.policies.rule("spam/bulk").mode.show() == "canary 0.1"  # type: ignore[union-attr]
    wider = world.client.post(path, data={"csrf": csrf, "mode": "live", "reason": "Good."}, follow_redirects=False)
    assert wider.headers["location"].startswith("/console/proposals/p_")
    assert world.service.writer.live.policies.rule("spam/bulk").mode.kind == "canary"  # type: ignore[union-attr]


def test_the_checker_speaks_while_one_types(world: World) -> None:
    csrf = sign_in(world, "policy-admin")
    broken = POLICY.replace("strangers > param", "stranger > param")
    page = world.client.post("/console/edit/check?file=p.yaml", data={"csrf": csrf, "text": broken}, headers=PART)
    assert page.status_code == 200
    assert "unknown-" in page.text
    assert "^^^^" in page.text
    assert "<html" not in page.text
    form = {"csrf": csrf, "text": POLICY.replace("\n", "\r\n")}
    right = world.client.post("/console/edit/check?file=p.yaml", data=form, headers=PART)
    assert "no faults" in right.text


def test_a_text_with_faults_is_not_lost_and_not_proposed(world: World) -> None:
    csrf = sign_in(world, "policy-admin")
    form = {"csrf": csrf, "text": POLICY + "\n<oops", "before": POLICY, "reason": "A try."}
    page = world.client.post("/console/edit?file=p.yaml", data=form)
    assert page.status_code == 422
    assert "&lt;oops" in page.text
    assert "error[" in page.text


def test_a_text_is_proposed_with_its_difference(world: World) -> None:
    csrf = sign_in(world, "policy-admin")
    held = POLICY.replace('over="1h"', 'over="6h"')
    form = {"csrf": csrf, "text": held.replace("\n", "\r\n"), "before": POLICY, "reason": "Longer."}
    page = world.client.post("/console/edit?file=p.yaml", data=form)
    assert page.status_code == 200, page.text
    assert re.search(r"\n\+.*6h", page.text)
    path = str(page.url.path)
    csrf = sign_in(world, "admin")
    world.client.post(path, data={"csrf": csrf, "what": "agree", "reason": "Yes."})
    for _ in range(50):
        if not world.service.writer.is_succeeding:
            break
        time.sleep(0.1)
        world.settle()
    world.breaks("a", others=5)
    world.time.now += 90 * MINUTE
    world.breaks("a", first=5, others=6)
    assert world.standing("a")["standing"] == "limited"


def test_nobody_writes_over_what_another_changed(world: World) -> None:
    csrf = sign_in(world, "policy-admin")
    form = {"csrf": csrf, "text": POLICY.replace("101", "102"), "before": POLICY + "# more", "reason": "A try."}
    answer = world.client.post("/console/edit?file=p.yaml", data=form)
    assert (answer.status_code, "changed by somebody else" in answer.text) == (409, True)


def test_what_a_version_did_is_undone(world: World) -> None:
    world.breaks("a", "b")
    csrf = sign_in(world, "policy-admin")
    page = patiently(world, "/console/policies/spam/bulk/did", "In force")
    (version,) = re.findall(r'name="rule_version" value="([^"]+)"', page)
    form = {"csrf": csrf, "rule_version": version, "rule": "spam/bulk", "reason": "It took families for spam."}
    done = world.client.post("/console/policies/undo", data=form)
    assert "2 sanctions were taken back" in done.text
    assert world.standing("a")["standing"] == world.standing("b")["standing"] == "clear"
    after = patiently(world, "/console/policies/spam/bulk/did", "In force")
    assert "2 of them taken back" in after
    assert "Undo what this version did" not in after


@pytest.mark.parametrize("value", ["nan", "-1", "1e300", "x", ""])
def test_a_threshold_is_a_number(world: World, value: str) -> None:
    csrf = sign_in(world, "policy-admin")
    form = {"csrf": csrf, "parameter": "strangers", "value": value, "reason": "A try."}
    assert world.client.post("/console/policies/spam/bulk/parameter", data=form).status_code == 400


def test_through_the_interface_a_second_person_is_asked_for_where_it_is_always(world: World) -> None:
    world.service.settings = msgspec.structs.replace(world.service.settings, second_person="always")
    maker, checker = world.people["policy-admin"], world.people["admin"]
    text = POLICY.replace("101", "102")
    body = {"texts": [{"name": "p.yaml", "text": text}], "reason": "Another code."}
    made = maker("POST", "/v1/policies", body).json()
    assert made["in_force"] is False
    path = f"/v1/proposals/{made['proposal_id']}"
    assert maker("POST", path, {"agree": True, "reason": "Mine."}).status_code == 403
    assert checker("POST", path, {"agree": True, "reason": "Right."}).json()["in_force"] is True
    assert world.service.writer.live.policies.rules[0].code == 102
    assert maker("POST", "/v1/policies/rollback", {"reason": "Back."}).json() == {"in_force": True}
    assert world.service.writer.live.policies.rules[0].code == 101
    (held,) = maker("GET", "/v1/proposals").json()["proposals"]
    assert (held["state"], held["settled_by"]) == ("agreed", "operator:the-admin")


EXAMPLES = POLICY.replace("    reason:\n", """    examples:
      fires: [{name: ten, events: [{kind: message_sent, peer: "p{n}", known: false, repeat: 10}]}]
      stays_silent: [{name: nine, events: [{kind: message_sent, peer: "p{n}", known: false, repeat: 9}]}]
    reason:
""", 1)  # fmt: skip


def adopted(world: World, path: str, what: str = "agree") -> None:
    """Let an admin agree to a proposal, and wait until it decides."""
    csrf = sign_in(world, "admin")
    before = world.service.writer.live.policies.version
    answer = world.client.post(path, data={"csrf": csrf, "what": what, "reason": "So be it."})
    assert answer.status_code == 200, answer.text
    for _ in range(200):
        world.settle()
        if world.service.writer.live.policies.version != before:
            return
        time.sleep(0.05)
    raise AssertionError("it never decided")


@pytest.fixture
def exampled(tmp_path: Path) -> Iterator[World]:
    """A world whose policy has examples at its own threshold."""
    time = Time()
    service = begun(settings_for(tmp_path / "data"), time, EXAMPLES)
    try:
        with client_of(service, static, *PAGES) as client:
            yield World(service, client, time)
    finally:
        service.stop()


def edited(world: World, text: str) -> tuple[int, str, str]:
    """Propose a file as a policy-admin; return the status, where it is, and what the page says."""
    csrf = sign_in(world, "policy-admin")
    page = world.client.get("/console/edit?file=p.yaml").text
    before = unescape(re.findall(r'<textarea name="before"[^>]*>\n(.*?)</textarea>', page, re.S)[0])
    form = {"csrf": csrf, "text": text, "before": before, "reason": "A better word."}
    made = world.client.post("/console/edit?file=p.yaml", data=form, follow_redirects=False)
    return made.status_code, str(made.headers.get("location", "")), made.text


def test_a_file_can_be_changed_after_its_threshold_was(exampled: World) -> None:
    adopted(exampled, proposed(exampled, "12"))
    sign_in(exampled, "policy-admin")
    page = exampled.client.get("/console/edit?file=p.yaml").text
    assert "<strong>strangers</strong> = 12" in page
    status, _, text = edited(exampled, EXAMPLES + "# a comment\n")
    assert (status, "nothing would change" in text) == (409, True)
    status, path, text = edited(exampled, EXAMPLES.replace("You wrote to too many", "You have written to too many"))
    assert status == 303, text
    adopted(exampled, path)
    exampled.breaks("a", others=11)
    assert exampled.standing("a")["standing"] == "clear", "the threshold that was set stays"
    exampled.breaks("b", others=13)
    assert exampled.standing("b")["standing"] == "limited"


def test_an_example_that_fails_at_the_values_of_the_file_is_a_fault_still(exampled: World) -> None:
    status, _, text = edited(exampled, EXAMPLES.replace("repeat: 10}", "repeat: 5}"))
    assert (status, "failed-example" in text) == (422, True)


def test_a_number_that_is_written_into_a_file_holds(exampled: World) -> None:
    adopted(exampled, proposed(exampled, "12"))
    changed = EXAMPLES.replace('param("strangers", 9)', 'param("strangers", 7)').replace("repeat: 9}", "repeat: 7}")
    status, path, text = edited(exampled, changed)
    assert status == 303, text
    adopted(exampled, path)
    exampled.breaks("a", others=8)
    assert exampled.standing("a")["standing"] == "limited"
    assert "In force beside the file" not in exampled.client.get("/console/edit?file=p.yaml").text


def test_what_was_set_for_a_rule_keeps_nobody_from_taking_the_rule_out(exampled: World) -> None:
    adopted(exampled, proposed(exampled, "12"))
    csrf = sign_in(exampled, "policy-admin")
    form = {"csrf": csrf, "mode": "shadow", "reason": "It errs."}
    exampled.client.post("/console/policies/spam/bulk/mode", data=form)
    renamed = EXAMPLES.replace("  bulk:\n", "  many:\n").replace('param("strangers", 9)', 'param("others", 9)')
    status, path, text = edited(exampled, renamed)
    assert status == 303, text
    adopted(exampled, path)
    exampled.breaks("a")
    assert exampled.standing("a")["standing"] == "limited"


def test_a_program_hands_in_files_with_other_parameters_than_their_examples(world: World) -> None:
    made = {"texts": [{"name": "p.yaml", "text": EXAMPLES}], "parameters": {"strangers": 30}, "reason": "Milder."}
    assert world.two_change("/v1/policies", made).status_code == 202
