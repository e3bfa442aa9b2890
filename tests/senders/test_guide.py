"""The guide has every rule once, with its source, its sentence in every language, and the sender's own number."""

from __future__ import annotations

import re

import pytest
from tests.marked import marked
from tests.senders.shop import NOON, campaign, shop

from cartellino.notices.words import Words
from cartellino.senders import checkup_texts, guide_texts, recovery_texts
from cartellino.senders.guide import CHAPTERS, entries, own_entries
from cartellino.senders.rules import BY_NAME
from cartellino.service.service import catalogues
from cartellino.vocabulary.times import DAY

WORDS = Words(catalogues())


def test_every_rule_is_in_one_chapter_with_its_texts() -> None:
    named = [rule for rules in CHAPTERS.values() for rule in rules]
    assert sorted(named) == sorted(BY_NAME)
    assert set(guide_texts.GUIDE) == set(guide_texts.RULE_NAMES) == set(BY_NAME)
    assert set(CHAPTERS) == set(guide_texts.CHAPTERS)


@pytest.mark.parametrize("language", WORDS.languages)
def test_every_sentence_can_be_said_with_the_numbers_of_the_data(language: str) -> None:
    for chapter in CHAPTERS:
        for entry in entries(chapter):
            said = WORDS.say(language, guide_texts.GUIDE[entry.rule], **entry.holes)
            assert "{" not in said
            assert all(value in said for value in entry.holes.values())


def test_every_number_of_the_guide_says_where_it_comes_from() -> None:
    assert {
        entry.rule for chapter in CHAPTERS for entry in entries(chapter) if entry.holes and not entry.source
    } == set()


def test_a_senders_own_numbers_stand_beside_the_rules() -> None:
    state = shop()
    campaign(state, 200, NOON - DAY, agreed=0, answered=1, stopped=20)
    own = {
        entry.rule: entry.own for chapter in CHAPTERS for entry in own_entries(chapter, state, state.number("1"), NOON)
    }
    consent, reciprocity, tier = own["consent"], own["reciprocity"], own["tier"]
    assert consent is not None
    assert (consent.is_well, consent.limit) == (False, "above 90 %")
    assert reciprocity is not None
    assert reciprocity.value.startswith("0.5 %")
    assert tier is not None
    assert tier.limit == "250"
    assert own["reserve"] is not None
    assert own["reserve"].limit == "250", "nobody sent codes or orders"


@pytest.mark.parametrize("language", WORDS.languages[1:])
def test_every_text_is_translated_with_its_placeholders(language: str) -> None:
    for texts in (recovery_texts, checkup_texts, guide_texts):
        for text in marked(texts):
            said = WORDS.say(language, text, **{hole: f"{{{hole}}}" for hole in re.findall(r"\{(\w+)\}", text)})
            assert set(re.findall(r"\{\w+\}", said)) == set(re.findall(r"\{\w+\}", text))
            assert said != text or text in ("No", "likely")
