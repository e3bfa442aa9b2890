"""Every fact that a diagnosis can rest on is a sentence in every language, and none says more than is public."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import cartellino
from cartellino.availability.evidence import Evidence
from cartellino.notices.diagnosis_texts import FACT
from cartellino.notices.evidence import evidence
from cartellino.notices.words import Words
from cartellino.service.service import catalogues

WORDS = Words(catalogues())
SOURCE = Path(cartellino.__file__).parent
VALUES = {
    "countries": ["ID", "MY"], "features": ["sending", "calls"], "network": "AS7713", "networks": ["AS1", "AS2"],
    "client": "2.19", "authority": "Kominfo", "source": "its page", "summary": "edge v7 of Tuesday", "id": "c_1",
    "component": "edge",
}  # fmt: skip


def codes() -> set[tuple[str, str]]:
    """Return every source and code that the code says; those of account.py are not asked by anything yet."""
    files = [*SOURCE.glob("availability/*.py"), *SOURCE.glob("service/*.py")]
    texts = "".join(file.read_text("utf-8") for file in files if file.name != "account.py")
    return set(re.findall(r'Evidence\(\s*"(\w+)", "(\w+)"', texts))


def test_every_fact_has_its_sentence() -> None:
    assert len(codes()) > 20
    assert codes() - FACT.keys() == set()


@pytest.mark.parametrize("language", WORDS.languages)
@pytest.mark.parametrize("fact", FACT)
def test_a_fact_is_said_whole_and_never_names_what_we_changed(fact: tuple[str, str], language: str) -> None:
    (said,) = evidence([Evidence(*fact, VALUES)], WORDS, language)
    assert "{" not in said
    assert not re.search(r"edge|c_1", said)


def test_a_sanction_says_its_own_reason_and_what_is_said_twice_is_said_once() -> None:
    facts = [Evidence("standing", "ban", {"reason": "You wrote to many."})] * 2
    assert evidence(facts, WORDS, "id") == ["You wrote to many."]
    assert evidence([Evidence("standing", "ban", {})], WORDS, "id") == []


def test_many_countries_are_not_listed() -> None:
    many = Evidence("reports", "failing", {"countries": ["ID", "MY", "US", "BR", "IT", "FR"], "features": ["voice"]})
    assert evidence([many], WORDS, "en") == ["More people than usual report it: voice messages (several countries)."]
