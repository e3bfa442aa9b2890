"""The pages of business senders: state, recovery, dossier, rules, declarations, reviews, consents."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.api.world import NOW, Time, World, begun, client_of, settings_for
from tests.senders.shop import offer

from cartellino.console.pages import PAGES
from cartellino.queries import ledger
from cartellino.queries.mails import due
from cartellino.senders import facts
from cartellino.senders.ai_policy import ai_policy
from cartellino.senders.facts import Restriction
from cartellino.service import credentials
from cartellino.vocabulary.times import DAY, HOUR, show_instant
from cartellino.web.pages import static

PASSWORD = "a password of the tests"
NUMBER = "/console/senders/1"
PATHS = [
    "/console/senders", NUMBER, f"{NUMBER}/recovery", f"{NUMBER}/recovery?language=id&list=1", f"{NUMBER}/guide",
    f"{NUMBER}/check-up", f"{NUMBER}/dossier", "/console/senders/ai", "/console/senders/ai/1",
    "/console/senders/consents", f"{NUMBER}/campaign", f"{NUMBER}/pillars",
]  # fmt: skip
EVIL = "<script>alert(1)</script>"


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
    with world.service.database.begin_writing() as rows:
        credentials.make_operator(rows, f"ms-{role}", role, NOW, PASSWORD)
    page = world.client.post("/console/sign-in", data={"name": f"ms-{role}", "password": PASSWORD})
    return str(re.findall(r'name="csrf" value="([^"]+)"', page.text)[0])


def record(world: World, *known: facts.Fact) -> None:
    world.service.senders.record(*known).result(20)


def begin(world: World, *, restricted: bool = True) -> None:
    now = world.service.senders.now()
    record(world, facts.NumberSeen(at=now - 90 * DAY, number="1", account="w", display=f"+39 06 {EVIL}"))
    for n in range(40):
        message = offer(f"p:{n}", EVIL)
        record(world, facts.Asked(at=now - DAY + n, attempt=f"a{n}", message=message),
               facts.Accepted(at=now - DAY + n, attempt=f"a{n}", message_id=f"w{n}"))  # fmt: skip
    if restricted:
        kind = Restriction("RESTRICTED_BIZ_INITIATED_MESSAGING", now + DAY, EVIL)
        record(world, facts.Restricted(at=now, account="w", restrictions=(kind,)))


def test_every_page_shows_with_a_number_in_trouble_and_strangers_see_nothing_of_it(world: World) -> None:
    begin(world)
    for path in PATHS:
        answer = world.client.get(path, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, "/console/sign-in"), path
    sign_in(world, "analyst")
    for path in PATHS:
        answer = world.client.get(path)
        assert answer.status_code == 200, answer.text
        assert len(re.findall(r"<h1>", answer.text)) == 1, path
        assert "<script>alert" not in answer.text, path
        assert "script-src 'self'" in answer.headers["content-security-policy"], path


def test_the_pages_show_without_any_number(world: World) -> None:
    sign_in(world, "analyst")
    for path in ("/console/senders", "/console/senders/ai"):
        assert world.client.get(path).status_code == 200
    for path in (NUMBER, f"{NUMBER}/dossier.json", "/console/senders/ai/1"):
        assert world.client.get(path).status_code == 404


def test_a_restriction_is_told_with_its_end_and_what_still_works(world: World) -> None:
    begin(world)
    record(world, facts.TemplateRead(at=world.time.now, account="w", template="spring_sale", language="en",
                                     faults=("capitals", "goods:alcohol")))  # fmt: skip
    sign_in(world, "analyst")
    page = world.client.get(NUMBER).text
    assert "Its words: it shouts in capitals; it names goods that the platform restricts (alcohol)." in page
    assert "You cannot write to people first" in page
    assert re.search(r'data-left="\d+"', page)
    assert "Still works: answers to people who wrote within the last 24 hours" in page
    recovery = world.client.get(f"{NUMBER}/recovery").text
    assert "whose agreement you can show would have prevented it" in recovery
    assert 'lang="it"' in world.client.get(f"{NUMBER}/recovery?language=it").text


def test_the_pillars_say_what_would_raise_them_and_what_was_foretold(world: World) -> None:
    begin(world)
    world.time.now += 9 * DAY
    sign_in(world, "analyst")
    page = world.client.get(f"{NUMBER}/pillars").text
    assert "What would raise it" in page
    assert "40 people without agreement on record" in page
    assert "of 4</strong> intervals of 95 % held what came" in page
    assert "rested on assumptions" in page
    assert page.count("<h3>") == 5
    assert world.client.get("/console/senders/2/pillars").status_code == 404


def test_the_dossier_can_be_taken_along_as_json(world: World) -> None:
    begin(world)
    sign_in(world, "analyst")
    answer = world.client.get(f"{NUMBER}/dossier.json")
    assert answer.headers["content-disposition"] == 'attachment; filename="dossier-1.json"'
    made = answer.json()
    assert (made["state"], made["offence"], made["figures"]["sent"]) == ("restricted", 1, 40)


def test_programs_get_the_dossier_with_the_request_in_their_language(world: World) -> None:
    begin(world)
    made = world.key("GET", "/v1/senders/1/dossier?language=id").json()
    assert made["restrictions"][0]["stopped"] == "business_initiated"
    assert made["request"].startswith("Kami meminta peninjauan")
    assert world.key("GET", "/v1/senders/2/dossier").status_code == 404
    assert world.key_with("events")("GET", "/v1/senders/1/dossier").status_code == 403


def rows_of(world: World, what: str) -> list[Any]:
    world.service.writer.do(lambda unit: None).result(20)
    with world.service.database.begin() as rows:
        return [row for row in ledger.rows_after(rows, 0, 1_000) if row.what == what]


def test_a_rule_is_set_by_those_who_may_and_leaves_a_row(world: World) -> None:
    begin(world)
    csrf = sign_in(world, "policy-admin")
    form = {"csrf": csrf, "rule": "consent", "mode": "observe"}
    answer = world.client.post(f"{NUMBER}/rules", data=form, follow_redirects=False)
    assert (answer.status_code, world.service.senders.mode_of("consent")) == (303, "observe")
    assert [row.subject for row in rows_of(world, "sender rule is observe")] == ["consent"]
    assert world.client.post(f"{NUMBER}/rules", data={**form, "mode": "later"}).status_code == 400
    csrf = sign_in(world, "analyst")
    assert world.client.post(f"{NUMBER}/rules", data={**form, "csrf": csrf}).status_code == 403


def test_a_person_decides_on_a_use_of_ai_and_the_sender_gets_a_notice_and_a_grace(world: World) -> None:
    begin(world, restricted=False)
    csrf = sign_in(world, "policy-admin")
    declared = {"csrf": csrf, "ai": "primary", "escalation": "hotline", "mail": " shop@example.org ", "language": "it"}
    wrong = world.client.post(f"{NUMBER}/declaration", data={**declared, "mail": "shop at example"})
    assert (wrong.status_code, "is no mail address" in wrong.text) == (400, True)
    assert world.client.post(f"{NUMBER}/declaration", data=declared, follow_redirects=False).status_code == 303
    assert world.service.senders.state.number("1").declared is not None
    assert ">not allowed<" in world.client.get("/console/senders/ai").text
    decision = {"csrf": csrf, "outcome": "not_allowed", "reason": "It answers anything."}
    assert world.client.post("/console/senders/ai/1", data=decision).status_code == 403
    csrf = sign_in(world, "reviewer")
    page = world.client.post("/console/senders/ai/1", data={**decision, "csrf": csrf}).text
    assert "Nothing is blocked before" in page
    assert "Mailed to" in page
    with world.service.database.begin() as rows:
        (mail,) = due(rows, world.time.now, 10)
    assert (mail.target, mail.language) == ("shop@example.org", "it")
    assert mail.data["subject"].endswith(": uso dell'IA")
    assert any("It answers anything." in line for line in mail.data["lines"])
    assert "Tidak ada yang diblokir sebelum" in page
    reviewed = world.service.senders.state.number("1").ai_reviewed
    assert reviewed is not None
    assert reviewed.blocks_from == reviewed.at + ai_policy().review.grace
    assert [row.reason for row in rows_of(world, "use of AI not allowed")] == ["It answers anything."]
    assert (
        world.client.post("/console/senders/ai/1", data={**decision, "csrf": csrf, "outcome": "x"}).status_code == 400
    )


def test_the_senders_answer_brings_the_number_back_into_the_queue(world: World) -> None:
    begin(world, restricted=False)
    csrf = sign_in(world, "admin")
    decision = {"csrf": csrf, "outcome": "not_allowed", "reason": "It answers anything."}
    world.client.post("/console/senders/ai/1", data=decision)
    assert "Nobody has to look at anything" in world.client.get("/console/senders/ai").text
    world.time.now += HOUR
    world.client.post("/console/senders/ai/1/answer", data={"csrf": csrf, "reason": "It sells trips only."})
    assert "answered" in world.client.get("/console/senders/ai").text
    assert "It sells trips only." in world.client.get("/console/senders/ai/1").text


def test_the_end_of_the_service_is_announced_thirty_days_before(world: World) -> None:
    begin(world, restricted=False)
    csrf = sign_in(world, "reviewer")
    form = {"csrf": csrf, "region": "EU", "reason": "It went on after the grace."}
    answer = world.client.post("/console/senders/ai/1/end", data=form, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/account?account=1")
    (notice,) = world.key("GET", "/v1/accounts/1/notices").json()["notices"]
    assert "before we end our service" in notice["title"]


def test_a_consent_is_looked_up_by_number_and_stands_in_no_address(world: World) -> None:
    begin(world)
    row = {"to": "+39 333 123 4567", "source": "web shop", "wording": "Yes, offers", "proof": "form 7"}
    assert world.key("POST", "/v1/senders/consents", {"consents": [row]}).json()["written"] == 1
    csrf = sign_in(world, "analyst")
    page = world.client.post("/console/senders/consents", data={"csrf": csrf, "to": "0039 333 1234567"}).text
    assert "Marketing: agreed" in page
    assert "web shop" in page
    assert "form 7" in page
    nobody = world.client.post("/console/senders/consents", data={"csrf": csrf, "to": "+39 333 999 9999"}).text
    assert "Nobody is known under this name" in nobody
    wrong = world.client.post("/console/senders/consents", data={"csrf": csrf, "to": "hello"}).text
    assert "Write a phone number with its country code" in wrong


def test_bypassing_all_rules_is_shown_until_it_ends(world: World) -> None:
    begin(world)
    csrf = sign_in(world, "admin")
    page = world.client.post("/console/senders/bypass", data={"csrf": csrf, "on": "yes"}).text
    assert "All rules are passed over." in page
    page = world.client.post("/console/senders/bypass", data={"csrf": csrf, "on": "no"}).text
    assert "All rules are passed over." not in page


AUDIENCE = "to\n+39 333 123 4567\n+39 333 999 9999\nhello\n+39 333 123 4567\n"


def test_an_audience_is_sorted_and_planned_and_nothing_is_sent(world: World) -> None:
    begin(world, restricted=False)
    row = {"to": "+39 333 123 4567", "source": "web shop"}
    world.key("POST", "/v1/senders/consents", {"consents": [row]})
    csrf = sign_in(world, "analyst")
    sent = world.service.senders.state.number("1").days.on(world.service.senders.now()).sent
    starts = show_instant(world.service.senders.now() + DAY)[:11] + "11:00"
    form = {"csrf": csrf, "template": "spring_sale", "category": "marketing", "language": "en", "starts_at": starts}
    page = world.client.post(f"{NUMBER}/campaign", data={**form, "audience": AUDIENCE}).text
    assert (
        "<strong>1</strong> of 4 may be written to at once, <strong>0</strong> not yet, <strong>3</strong> never"
        in page
    )
    assert "Consent: No agreement of the person" in page
    assert "Stands in the audience before" in page
    assert 'class="on"' in page
    assert world.service.senders.state.number("1").days.on(world.service.senders.now()).sent == sent
    for wrong in ({"audience": ""}, {"audience": "name\nAnna\n"}, {"category": "x"}, {"template": " "},
                  {"starts_at": "soon"}):  # fmt: skip
        answer = world.client.post(f"{NUMBER}/campaign", data={**form, "audience": AUDIENCE, **wrong})
        assert answer.status_code == 400
        assert 'role="alert"' in answer.text
    many = "".join(f"+39333{n:07}\n" for n in range(5_001))
    files = {"file": ("people.csv", AUDIENCE.encode(), "text/csv")}
    by_file = world.client.post(f"{NUMBER}/campaign", data={**form, "audience": "+1 no number"}, files=files).text
    assert by_file[by_file.index('aria-label="The audience"') : by_file.index("<section><h2>Ask again")] in page
    assert "audience is empty" in world.client.post(f"{NUMBER}/campaign", data=form, files={"file": ("", b"")}).text
    assert "takes larger audiences" in world.client.post(f"{NUMBER}/campaign", data={**form, "audience": many}).text
