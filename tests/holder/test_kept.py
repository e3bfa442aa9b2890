"""What somebody typed survives: the end of their visit, the sign-in that follows, wrong codes, and a refusal."""

from __future__ import annotations

import re
from html import unescape

import pytest
from tests.api.world import World
from tests.holder.test_pages import enter, hidden

STORY = "My long story,\nwith a second line & <signs>."


def fields(page: str) -> dict[str, str]:
    """Return the text and sanction that a form takes along."""
    texts = re.findall(r'<textarea id="kept" name="text"[^>]*>\n(.*?)</textarea>', page, re.S)
    return {"text": unescape(texts[0]) if texts else "", "sanction": hidden(page, "sanction") if texts else ""}


def written(world: World, account: str = "a") -> dict[str, str]:
    """Let somebody open their page and write, and their visit end; return the form that they send then."""
    world.takes_codes()
    world.breaks(account)
    page = enter(world, account)
    world.client.cookies.clear()
    return {"csrf": hidden(page, "csrf"), "sanction": hidden(page, "sanction"), "text": STORY}


def test_what_was_typed_is_in_the_form_again_after_signing_in(world: World) -> None:
    form = written(world)
    asked = world.client.post("/account/appeal", data=form)
    assert asked.status_code == 403
    assert "signed out before this was sent" in asked.text
    assert fields(asked.text) == {"text": STORY, "sanction": form["sanction"]}
    sent = world.client.post("/account/code", data={"account": "a", **fields(asked.text)})
    (action,) = re.findall(r'action="(/account/code/[^"]+)"', sent.text)
    wrong = world.client.post(action, data={"code": "1", **fields(sent.text)})
    assert (wrong.status_code, fields(wrong.text)["text"]) == (403, STORY)
    card = world.client.post(action, data={"code": world.code_of("a"), **fields(wrong.text)})
    assert card.status_code == 200
    (text,) = re.findall(r'<textarea id="t-1"[^>]*>\n(.*?)</textarea>', card.text, re.S)
    assert unescape(text) == STORY
    done = {"csrf": hidden(card.text, "csrf"), "sanction": hidden(card.text, "sanction"), "text": unescape(text)}
    world.client.post("/account/appeal", data=done)
    (filed,) = world.key("GET", "/v1/accounts/a/appeals").json()["appeals"]
    assert filed["text"] == STORY


def test_it_is_kept_while_an_account_is_mistyped_and_codes_are_too_many(world: World) -> None:
    form = written(world)
    kept = {"text": STORY, "sanction": form["sanction"]}
    mistyped = world.client.post("/account/code", data={"account": "", **kept})
    assert (mistyped.status_code, fields(mistyped.text)["text"]) == (400, STORY)
    world.client.app.state.limits.wait = lambda name, *_: 7 if "code" in name else 0
    shut = world.client.post("/account/code", data={"account": "a", **kept})
    assert fields(shut.text)["text"] == STORY


def test_what_is_refused_is_given_back(world: World) -> None:
    form = written(world)
    page = enter(world, "a")
    form["csrf"] = hidden(page, "csrf")
    long = world.client.post("/account/appeal", data={**form, "text": "x" * 4_001})
    assert (long.status_code, "The text is too long." in long.text) == (409, True)
    assert "x" * 4_001 in long.text
    world.client.post("/account/appeal", data=form)
    again = world.client.post("/account/appeal", data={**form, "text": "One more thing."})
    assert again.status_code == 409
    assert "stays here to be copied" in again.text
    assert "One more thing." in again.text


def test_who_signs_in_as_somebody_else_has_their_text_in_the_form_that_is_there(world: World) -> None:
    form = written(world)
    world.breaks("b")
    kept = {"text": STORY, "sanction": form["sanction"]}
    sent = world.client.post("/account/code", data={"account": "b", **kept})
    (action,) = re.findall(r'action="(/account/code/[^"]+)"', sent.text)
    card = world.client.post(action, data={"code": world.code_of("b"), **kept}).text
    (theirs,) = world.standing("b")["sanctions"]
    assert hidden(card, "sanction") == theirs["sanction_id"]
    assert "My long story" in card


@pytest.mark.parametrize(("site", "kept"), [("same-origin", True), ("cross-site", False), ("same-site", False)])
def test_nothing_is_kept_of_what_another_site_sends(world: World, site: str, kept: bool) -> None:
    form = {"text": STORY, "sanction": "s_1", "csrf": ""}
    answer = world.client.post("/account/appeal", data=form, headers={"Sec-Fetch-Site": site})
    assert (answer.status_code, "My long story" in answer.text) == (403, kept)
