"""Every cause at every grade and every state of an account can be said in every language, and accuses nobody."""

from __future__ import annotations

from typing import get_args

import pytest

from cartellino.availability.evidence import CAUSES, GRADES, Cause, Evidence, Grade, Kind
from cartellino.availability.features import FEATURES
from cartellino.notices.diagnosis import About, say
from cartellino.notices.diagnosis_texts import AccountState
from cartellino.notices.words import Words
from cartellino.service.service import catalogues
from cartellino.vocabulary.times import instant

WORDS = Words(catalogues())
STATES: tuple[AccountState, ...] = get_args(AccountState)
SAID = Evidence("announcement", "announced", {"authority": "Kominfo", "source": "https://example.org/x", "id": "a"})


def cause_of(kind: Kind, grade: Grade, place: str = "ID", *evidence: Evidence) -> Cause:
    return Cause(kind, grade, place, FEATURES, 0, evidence)


@pytest.mark.parametrize("language", WORDS.languages)
@pytest.mark.parametrize("kind", CAUSES)
def test_every_cause_at_every_grade_has_a_sentence_of_its_own(kind: Kind, language: str) -> None:
    sentences = set()
    for grade in GRADES:
        said = say(About("clear", place="ID", level="danger"), [cause_of(kind, grade)], WORDS, language)
        assert said.sentence
        assert said.next_step
        assert "{" not in said.sentence + said.next_step
        sentences.add(said.sentence)
    assert len(sentences) == len(GRADES)


@pytest.mark.parametrize("language", WORDS.languages)
@pytest.mark.parametrize("state", STATES)
def test_the_account_is_told_whatever_the_service_does(state: AccountState, language: str) -> None:
    about = About(state, ("new_chats",), instant("2026-11-28T10:00:00Z"), "ID", "danger")
    alone, both = (say(about, causes, WORDS, language).sentence for causes in ([], [cause_of("outage", "likely")]))
    shared = [one == other for one, other in zip(alone, both, strict=False)].index(False)
    assert alone[:shared].rstrip().endswith(".")
    assert ("2026" in both) is (state in ("banned", "suspended", "limited"))
    endless = say(about._replace(ends_at=None), [], WORDS, language).sentence
    assert "2026" not in endless


@pytest.mark.parametrize("language", WORDS.languages)
@pytest.mark.parametrize("kind", ["restriction", "block"])
def test_nobody_is_named_who_has_not_announced_it(kind: Kind, language: str) -> None:
    about = About("clear", place="ID", level="danger")
    for grade in GRADES:
        silent = say(about, [cause_of(kind, grade)], WORDS, language).sentence.lower()
        assert not any(word in silent for word in ("government", "govern", "pemerintah", "ministr", "kominfo"))
    told = say(about, [cause_of(kind, "confirmed", "ID", SAID)], WORDS, language).sentence
    assert "Kominfo" in told
    assert "https://example.org/x" in told


def test_what_is_ruled_out_is_not_what_is_told_first() -> None:
    causes = [cause_of("outage", "ruled_out", "world"), cause_of("network", "possible", "ID/AS7713")]
    said = say(About("clear", place="ID", level="warning"), causes, WORDS, "en")
    assert "(Indonesia, AS7713)" in said.sentence
    assert "Wi-Fi" in said.next_step


@pytest.mark.parametrize(
    ("place", "level", "words"),
    [(None, "unknown", "in which country"), ("BR", "none", "no fault"), ("BR", "unknown", "we do not know")],
)
def test_without_a_cause_it_is_said_what_is_known(place: str | None, level: str, words: str) -> None:
    assert words in say(About("clear", place=place, level=level), [], WORDS, "en").sentence


def test_places_have_the_names_of_the_language() -> None:
    many = ",".join(["BR", "ID", "IT", "MY", "SG", "US"])
    for place, language, name in [("world", "id", "banyak negara"), ("ID,US", "it", "Indonesia e Stati Uniti"),
                                  (many, "en", "several countries")]:  # fmt: skip
        said = say(About("clear", place="ID"), [cause_of("outage", "likely", place)], WORDS, language)
        assert f"({name})" in said.sentence
