"""The check-up of senders: every question comes, leads on by every choice, and can be answered anew."""

from __future__ import annotations

import re
from html import unescape

from tests.api.world import World

from cartellino.senders.checkup import choices_of
from cartellino.senders.checkup_texts import CHECKUP_TITLE, QUESTIONS, RISKS


def links(page: str) -> list[str]:
    return [unescape(path) for path in re.findall(r'href="(/senders/check-up[^"]*)"', page)]


def test_every_question_leads_on_by_every_choice(world: World) -> None:
    path = "/senders/check-up"
    for question, text in QUESTIONS.items():
        page = world.client.get(path).text
        assert f'<h2 id="question">{text}</h2>' in page
        onward = [link for link in links(page) if re.search(rf"[?&]{question}=", link)]
        assert len(onward) == len(choices_of(question)) + 1
        assert {world.client.get(link.partition("#")[0]).status_code for link in onward} == {200}
        path = onward[-1].partition("#")[0]
    assert RISKS["unknown"] in world.client.get(path).text


def test_an_answer_can_be_changed_and_the_others_stay(world: World) -> None:
    page = world.client.get("/senders/check-up?state=fine&tool=api&consent=bought").text
    (again,) = [link for link in links(page) if "tool=" not in link and "consent=" in link]
    changed = world.client.get(again.partition("#")[0]).text
    assert f'<h2 id="question">{QUESTIONS["tool"]}</h2>' in changed
    assert "I got the list from somebody else" in changed


def test_what_is_not_an_answer_is_left_out(world: World) -> None:
    page = world.client.get("/senders/check-up?state=<script>&tool=api&done=1").text
    assert "<script>" not in page.replace('<script src="/static/', "")
    assert world.client.get("/senders/check-up/file?consent=bought").headers["cache-control"] == "no-store"
    assert CHECKUP_TITLE in world.client.get("/senders/check-up/file?x=y").text
