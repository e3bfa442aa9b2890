"""The recovery assistant: never a confession or a denial against the answer; chances from our own appeals alone."""

from __future__ import annotations

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.api.world import POLICY, World
from tests.holder.test_pages import enter, hidden

from cartellino.holder.drafts import Answer, Said, draft
from cartellino.holder.texts import CAUSE_WORDS, HAPPENED, KINDS_SAID, MINE, TAKEN_OVER
from cartellino.notices.words import Words
from cartellino.queries.recovery_odds import chances
from cartellino.service.service import catalogues
from cartellino.vocabulary.times import show_instant

WORDS = Words(catalogues())
ANSWERS: tuple[Answer, ...] = ("yes", "no", "unsure")


def sentence(words: Words, language: str, answer: str, cause: str) -> str:
    text = (TAKEN_OVER if cause == "takeover" else HAPPENED)[answer]
    return words.say(language, text, cause=words.say(language, MINE[cause]))


@given(
    st.sampled_from(WORDS.languages), st.sampled_from(ANSWERS), st.sampled_from(sorted(CAUSE_WORDS)),
    st.sampled_from(sorted(KINDS_SAID)), st.sampled_from(["", "{mine}"]), st.booleans(),
)  # fmt: skip
def test_a_draft_says_what_was_answered_and_never_the_opposite(
    language: str, answer: Answer, cause: str, kind: str, evidence: str, known: bool
) -> None:
    said = Said(kind, 101 if known else 0, "today" if known else "", cause, answer, ("{step}",), evidence)
    text = draft(said, WORDS, language)
    assert sentence(WORDS, language, answer, cause) in text
    for other in set(ANSWERS) - {answer}:
        assert sentence(WORDS, language, other, cause) not in text
    assert ("101" in text, "{mine}" in text) == (known, bool(evidence))
    assert ("{step}" in text) == (answer != "no"), "who did nothing has nothing to mend"


@pytest.mark.parametrize("answer", ANSWERS)
def test_the_assistant_leads_from_the_screen_to_a_draft(world: World, answer: str) -> None:
    page = world.client.get("/account/recover").text
    assert "What does your screen say?" in page
    page = world.client.get("/account/recover?screen=banned").text
    assert "most likely about" in page
    page = world.client.get("/account/recover?screen=banned&cause=client").text
    assert "Nobody can guarantee" in page
    assert "Too few people" in page
    form = {"screen": "banned", "cause": "client", "happened": answer, "done-0": "yes", "evidence": "My <b>shop</b>."}
    text = unescape(world.client.post("/account/recover", data=form).text)
    assert sentence(WORDS, "en", answer, "client") in text
    assert ("I have logged out of the unofficial app" in text) == (answer != "no")
    assert "I have installed the official app" not in text
    assert "My <b>shop</b>." in text
    assert "<b>shop</b>" not in world.client.post("/account/recover", data=form).text


def test_no_notice_is_no_ban(world: World) -> None:
    assert "Then it is no ban" in world.client.get("/account/recover?screen=none").text


def test_whoever_has_entered_is_asked_less_and_sends_it_from_there(world: World) -> None:
    world.breaks("a")
    enter(world, "a")
    page = world.client.get("/account/recover").text
    assert "That is what our own notice says." in page
    asked = world.client.get("/account/recover?screen=limited&cause=messages").text
    form = {"screen": "limited", "cause": "messages", "happened": "no", "evidence": "Parents of my pupils."}
    form["csrf"] = hidden(asked, "csrf")
    page = world.client.post("/account/recover", data=form).text
    (text,) = re.findall(r'<textarea id="draft"[^>]*>\s*(.*?)</textarea>', page, re.S)
    assert "code 101" in text
    sent = {"csrf": hidden(page, "csrf"), "sanction": hidden(page, "sanction"), "text": unescape(text)}
    world.client.post("/account/appeal", data=sent)
    (appeal,) = world.key("GET", "/v1/accounts/a/appeals").json()["appeals"]
    assert "did not happen" in appeal["text"]
    after = world.client.post("/account/recover", data=form).text
    assert "You have asked for a review of this already" in after
    assert ">Send</button>" not in after


def test_who_sees_something_else_says_so(world: World) -> None:
    world.breaks("a")
    enter(world, "a")
    assert "What does your screen say?" in world.client.get("/account/recover?other=true").text
    assert "Somebody else may be using" not in world.client.get("/account/recover?screen=challenged").text
    assert (
        "Reason given: somebody else who used the account."
        in world.client.get("/account/recover?screen=challenged").text
    )


def test_what_was_written_is_not_lost_when_the_visit_is_over(world: World) -> None:
    world.breaks("a")
    enter(world, "a")
    page = world.client.get("/account").text
    sent = {"csrf": hidden(page, "csrf"), "sanction": hidden(page, "sanction"), "text": "My long story."}
    world.client.cookies.clear()
    answer = world.client.post("/account/appeal", data=sent)
    assert (answer.status_code, "My long story." in answer.text) == (403, True)


def test_a_draft_of_somebody_who_has_not_signed_in_goes_in_with_them(world: World) -> None:
    world.breaks("a")
    world.takes_codes()
    form = {"screen": "limited", "cause": "messages", "happened": "no", "evidence": "Parents of my pupils."}
    page = world.client.post("/account/recover", data=form).text
    assert "Sign in and send it" in page
    shut = world.client.post("/account/appeal", data={"text": "My draft.", "csrf": hidden(page, "csrf")})
    assert (shut.status_code, "My draft." in shut.text) == (403, True)
    asked = world.client.post("/account/code", data={"account": "a", "text": "My draft.", "sanction": ""}).text
    (action,) = re.findall(r'action="(/account/code/[^"]+)"', asked)
    card = world.client.post(action, data={"code": world.code_of("a"), "text": "My draft.", "sanction": ""}).text
    assert re.search(r'<textarea id="t-1"[^>]*>\s*My draft\.</textarea>', card)


def test_what_is_refused_is_said_in_the_readers_language(world: World) -> None:
    world.breaks("a")
    enter(world, "a")
    page = world.client.get("/account?language=id").text
    sent = {"csrf": hidden(page, "csrf"), "sanction": hidden(page, "sanction"), "text": "Tolong."}
    world.client.post("/account/appeal", data=sent)
    again = world.client.post("/account/appeal", data=sent)
    assert (again.status_code, "sudah diminta" in again.text) == (409, True)


@pytest.mark.parametrize("form", ["{}-{}-{}", "{}{}{}", " {} {} {} ", "{}–{}–{}"])
def test_a_code_is_known_however_it_is_typed(world: World, form: str) -> None:
    world.breaks("a")
    code = world.key("GET", "/v1/accounts/a/notices").json()["notices"][0]["code_to_check"]
    typed = form.format(*code.split("-")).lower()
    page = world.client.get("/account/check", params={"code": typed}).text
    assert "Yes, this code is ours" in page


def test_a_draft_is_kept_as_a_file(world: World) -> None:
    answer = world.client.post("/account/recover/file", data={"text": "Please <look>."})
    assert answer.text == "Please <look>."
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["content-type"].startswith("text/plain")


def test_an_answer_that_is_none_asks_again(world: World) -> None:
    answer = world.client.post("/account/recover", data={"screen": "banned", "cause": "client", "happened": "maybe"})
    assert answer.status_code == 400
    assert "What does your screen say?" in answer.text


def test_chances_are_the_restored_share_by_card_and_offence(world: World) -> None:
    names = [f"a{n}" for n in range(6)]
    world.breaks(*names)
    for number, one in enumerate(names):
        (sanction,) = world.standing(one)["sanctions"]
        filed = world.key("POST", f"/v1/sanctions/{sanction['sanction_id']}/appeals", {"text": "No."}).json()
        body = {"outcome": "reversed" if number < 2 else "upheld", "reason": "So it is."}
        world.people["reviewer"]("POST", f"/v1/appeals/{filed['appeal_id']}/outcome", body)
    with world.service.database.begin() as rows:
        found = chances(rows)
    assert {key: (one.hits, one.of) for key, one in found.items()} == {("yellow", 1): (2, 6), ("yellow", 0): (2, 6)}
    page = world.client.get("/account/recover?screen=limited&cause=messages").text
    assert "Of 6 people who asked about such a card, their first one, 2 got it back or shortened: 33%" in page
    assert "Too few people" in world.client.get("/account/recover?screen=banned&cause=messages").text


GUIDED = POLICY.replace("discloses: general", "discloses: full").replace(
    'strangers: distinct(message_sent.peer, where=not known, over="1h")',
    'strangers: unanswered(message_sent, where=not known, over="24h")',
)


def test_the_guide_shows_ones_own_number_where_the_rule_discloses_it(world: World) -> None:
    made = {"texts": [{"name": "p.yaml", "text": GUIDED}], "reason": "To see one's number."}
    assert world.two_change("/v1/policies", made).status_code == 202
    for _ in range(100):
        world.settle()
        if not world.service.writer.is_succeeding:
            break
    sent = [
        {"id": f"e{n}", "time": show_instant(world.time.now - 60_000 + n), "kind": "message_sent", "account": "a",
         "peer": f"p{n}", "known": False, "account_since": show_instant(world.time.now - 60_000)}
        for n in range(7)
    ]  # fmt: skip
    world.send(sent)
    assert "of 9" not in world.client.get("/account/guide").text
    enter(world, "a")
    page = world.client.get("/account/guide?language=en").text
    assert "People you wrote to who did not know you and have not answered" in page
    assert "7 of 9" in page
    world.later(25 * 3_600_000)
    enter(world, "a")
    assert "0 of 9" in world.client.get("/account/guide?language=en").text


def test_the_guide_shows_no_number_of_a_rule_that_does_not_disclose_it(world: World) -> None:
    world.breaks("a", others=7)
    enter(world, "a")
    page = world.client.get("/account/guide").text
    assert "<meter" not in page
    assert " of 9" not in page
