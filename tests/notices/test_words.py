"""Every text of every notice in every language, with its placeholders; and what a notice may say."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import get_args
from zoneinfo import ZoneInfo, available_timezones

import pytest
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st
from tests.marked import marked, said

from cartellino.holder import texts as pages
from cartellino.notices import diagnosis_texts, filing_texts, status_mail_texts, texts, words
from cartellino.notices.compose import compose, zone_name
from cartellino.notices.facts import Facts, Number, Shape
from cartellino.notices.words import Words
from cartellino.policies.ladder import SCOPES
from cartellino.policies.packs import pack
from cartellino.senders import checkup_texts, guide_texts, recovery_texts, wording
from cartellino.senders.pillars import texts as pillar_texts
from cartellino.service.service import catalogues
from cartellino.status import complaint_texts
from cartellino.status import texts as status
from cartellino.vocabulary.languages import OURS
from cartellino.vocabulary.times import DAY, HOUR, MINUTE, instant

CATALOGUES = catalogues()
WORDS = Words(CATALOGUES)
LANGUAGES = WORDS.languages
TWO = Words({one: CATALOGUES[one] for one in ("it", "id")})
"""Languages to choose from, whichever are added."""
SHAPES: tuple[Shape, ...] = get_args(Shape)
NOW = instant("2026-11-24T12:00:00Z")


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("in-ID,in;q=0.9,en;q=0.8", "id"),
        ("it; q=0.9, en; q=0.1", "it"),
        ("en; q = 0.1 , it ;q=0.9", "it"),
        ("it;Q=0.9,en;q=0.95", "en"),
        ("IT-ch", "it"),
        ("it_IT", "it"),
        ("id-Latn-ID-u-ca-buddhist", "id"),
        ("it-IT-x-private, en;q=0.1", "it"),
        ("de-CH, it-CH;q=0.9, en;q=0.1", "it"),
        ("de, fr;q=0.9", "en"),
        ("iw, ji;q=0.9, in;q=0.1", "id"),
        ("*", "en"),
        ("en;q=0, *", "id"),
        ("en;q=0", "id"),
        ("*;q=0.1, it;q=0.5", "it"),
        ("it;q=0, en;q=0.1", "en"),
        ("it;q=0.000", "en"),
        ("it;q=nan, id;q=1e3, en;q=0.1", "en"),
        ("it;q=", "en"),
        ("it;level=1, id;q=0.1", "id"),
        (",,;q=1, ;, it", "it"),
        ("it;q=.5", "it"),
        ("it;q=0.1234567, id;q=0.1", "it"),
        ("", "en"),
        ("x-klingon, i-default, 419, -, it-", "it"),
        ("\u0131t, it\x00", "en"),
    ],
)
def test_a_header_chooses_the_language_that_its_reader_wants_most(header: str, language: str) -> None:
    assert TWO.choose(header) == language


@given(st.text("itdenq=0.19;, *-_\t", max_size=40) | st.text(max_size=20))
def test_any_header_chooses_one_of_our_languages(header: str) -> None:
    assert TWO.choose(header) in TWO.languages
    assert TWO.named(header) in (None, *TWO.languages)


@pytest.mark.parametrize(
    ("tag", "language"), [("IT", "it"), ("id-ID", "id"), ("in", "id"), ("en_GB", "en"), ("fr", None), ("", None)]
)
def test_a_tag_names_a_language_however_it_is_written(tag: str, language: str | None) -> None:
    assert TWO.named(tag) == language


def test_a_language_of_a_region_is_found_by_its_tag_and_by_its_language() -> None:
    words = Words({"pt_BR": {}, "pt": {}, "zh_Hant": {}})
    assert [words.named(one) for one in ("pt-BR", "pt-PT", "PT", "zh-TW", "zh-hant")] == [
        *("pt_BR", "pt", "pt", "zh_Hant", "zh_Hant")
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_offset_of_every_time_zone_is_right(language: str) -> None:
    for zone in map(ZoneInfo, sorted(available_timezones())):
        for at in (datetime(2026, 1, 15, 12, tzinfo=zone), datetime(2026, 7, 15, 12, tzinfo=zone)):
            told = zone_name(at, language)
            if told[0].isalpha():
                continue
            sign = {"+": 1, "-": -1}[told[0]]
            assert sign * timedelta(hours=int(told[1:3]), minutes=int(told[3:5])) == at.utcoffset(), zone
            assert len(told) == 5


def test_zones_with_half_hours_west_are_told_by_their_offset() -> None:
    facts = Facts(shape="suspended", at=NOW, ends_at=NOW + DAY)
    for zone, offset in (("America/St_Johns", "08:30 -0330"), ("Pacific/Marquesas", "02:30 -0930")):
        assert offset in compose(facts, WORDS, "en", NOW, ZoneInfo(zone)).until


@pytest.mark.parametrize("language", LANGUAGES)
def test_nobody_is_told_an_end_before_it_comes(language: str) -> None:
    """What is told is never earlier than what holds, neither the minute nor what is left."""
    for ends_at in (NOW + 1, NOW + MINUTE, NOW + MINUTE + 1, NOW + 24_123, NOW + HOUR + 24_000, NOW + 2 * DAY - 1):
        facts = Facts(shape="limited", at=NOW, ends_at=ends_at)
        until = compose(facts, WORDS, language, NOW).until
        hour, minute = map(int, re.findall(r"(\d\d)[:.](\d\d)", until)[0])
        told = NOW - NOW % DAY + hour * HOUR + minute * MINUTE
        assert (told - ends_at) % DAY < MINUTE, until
    assert "13:15 UTC" in compose(Facts(shape="limited", at=0, ends_at=NOW + HOUR + 864_000), WORDS, "en", NOW).until
    assert "(24 hours left)" in compose(Facts(shape="limited", at=0, ends_at=NOW + DAY - 1), WORDS, "en", NOW).until
    assert (
        "ended on 24 November 2026 at 11:59"
        in compose(Facts(shape="limited", at=0, ends_at=NOW - 1), WORDS, "en", NOW).until
    )


NOTICES = set(marked(texts, diagnosis_texts, status_mail_texts, filing_texts))
PAGES = {*marked(pages, status, complaint_texts), *said("cartellino.web", "cartellino.holder", "cartellino.status")}
SENDERS = set(marked(checkup_texts, guide_texts, recovery_texts, pillar_texts, wording))


def holes(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


def test_the_languages_are_there() -> None:
    assert set(LANGUAGES) == set(OURS)


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_every_text_is_translated_with_its_placeholders(language: str) -> None:
    catalogue = CATALOGUES[language]
    for text in NOTICES:
        assert catalogue.get(text), f"no {language} for {text!r}"
        assert holes(catalogue[text]) == holes(text), (text, catalogue[text])
        assert catalogue[text] != text or not text.strip("{}"), f"{text!r} is left in English"


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_no_translation_is_left_over(language: str) -> None:
    assert set(CATALOGUES[language]) == NOTICES | PAGES | SENDERS


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_what_several_catalogues_say_they_say_alike(language: str) -> None:
    """They are read one after the other, and one text has one translation."""
    said: dict[str, set[str]] = {}
    for file in sorted(Path(words.__file__).parents[1].glob(f"*/locale/{language}/LC_MESSAGES/*.po")):
        with file.open("rb") as lines:
            for message in read_po(lines, locale=language):
                said.setdefault(str(message.id), set()).add(str(message.string))
    assert len(said) > 100
    assert {text: strings for text, strings in said.items() if len(strings) > 1} == {}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_can_be_said(shape: Shape, language: str) -> None:
    facts = Facts(
        shape=shape, at=NOW, code=101, scope=("new_chats",), ends_at=NOW + DAY, still_works=("reply", "appeal"),
        next_kind="suspension", next_lasts=2 * DAY, said="A word.", topic="acted", reason={"en": "R."},
    )  # fmt: skip
    said = compose(facts, WORDS, language, NOW)
    assert said.title
    assert said.what
    assert "{" not in said.text()
    assert "}" not in said.text()


@pytest.mark.parametrize("scope", sorted(SCOPES))
def test_every_ability_has_a_word(scope: str) -> None:
    assert scope in texts.ABILITIES


def test_every_file_of_the_pack_declares_every_language() -> None:
    for text in pack("messenger"):
        if "rules:" in text.content:
            declared = re.search(r"^languages: \[(.+)\]$", text.content, re.M)
            assert declared is not None, text.name
            assert set(declared[1].split(", ")) == set(LANGUAGES), text.name


def test_times_are_local_and_count_down() -> None:
    facts = Facts(shape="suspended", at=NOW, ends_at=NOW + 30 * HOUR)
    said = compose(facts, WORDS, "it", NOW, ZoneInfo("Europe/Rome"))
    assert said.until == "fino al 25 novembre 2026 alle 19:00 CET (ancora 30 ore)"
    assert compose(facts, WORDS, "id", NOW + 29 * HOUR).until.endswith("(tersisa 1 jam)")
    assert compose(facts, WORDS, "en", NOW + 31 * HOUR).until.startswith("It ended on 25 November 2026")


def test_a_sealed_rule_says_only_its_clause() -> None:
    said = compose(Facts(shape="banned", at=NOW, clause="Terms 4", reason={}), WORDS, "en", NOW)
    assert said.clause == "Terms 4"
    assert said.why.startswith(texts.SEALED)


def test_a_clause_is_said_in_the_readers_language_and_in_english_where_nobody_wrote_it() -> None:
    facts = Facts(shape="banned", at=NOW, clause={"en": "Terms 4", "it": "Termini 4"}, reason={})
    assert [compose(facts, WORDS, one, NOW).clause for one in ("en", "it", "id")] == ["Terms 4", "Termini 4", "Terms 4"]


def test_numbers_are_told_only_where_there_are_any() -> None:
    number = Number("broadcasts_24h", 31.0, 30.0, "24h")
    assert compose(Facts(shape="warned", at=NOW, numbers=(number,)), WORDS, "en", NOW).numbers
    assert compose(Facts(shape="warned", at=NOW), WORDS, "en", NOW).numbers == []


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "x: 10 (limit 9.5, within 1h)"), ("it", "x: 10 (limite 9,5 in 1h)"), ("id", "x: 10 (batas 9,5, dalam 1h)")],
)
def test_whole_numbers_are_written_without_decimals(language: str, said: str) -> None:
    number = Number("x", 10.0, 9.5, "1h")
    assert compose(Facts(shape="warned", at=NOW, numbers=(number,)), WORDS, language, NOW).numbers == [said]


@pytest.mark.parametrize(
    ("language", "suspension", "ban"),
    [("en", "suspen", "ban"), ("it", "sospe", "blocc"), ("id", "nangguhan", "blokir")],
)
@pytest.mark.parametrize("shape", ["lifted", "shortened", "reversed", "milder"])
def test_a_suspension_or_a_ban_is_called_so_when_it_is_gone_or_milder(
    shape: Shape, language: str, suspension: str, ban: str
) -> None:
    for topic, word in (("suspension", suspension), ("ban", ban)):
        for remains in ((), ("warning",)):
            said = compose(Facts(shape=shape, at=NOW, topic=topic, remains=remains), WORDS, language, NOW)
            assert word in f"{said.title} {said.what}"
            assert "limit" not in f"{said.title} {said.what}".lower().replace("limita", "")
            assert "embatasan" not in f"{said.title} {said.what}"
    plain = compose(Facts(shape=shape, at=NOW, topic="restriction"), WORDS, "en", NOW)
    assert shape == "milder" or "limit" in f"{plain.title} {plain.what}"


def test_an_unofficial_client_is_told_what_to_do() -> None:
    said = compose(Facts(shape="suspended", at=NOW, cause="client", ends_at=NOW + DAY), WORDS, "en", NOW)
    assert len(said.to_do) == 4
    assert "48 hours" in said.to_do[2]


@pytest.mark.parametrize(
    ("accepted", "language"),
    [("", "en"), ("id-ID,id;q=0.9,en;q=0.8", "id"), ("it", "it"), ("fr, de;q=0.5", "en"), ("en;q=0.1, it;q=0.9", "it"),
     ("*", "en"), ("id;q=x", "en"), (";;,,=", "en"), ("x" * 10_000, "en")],
)  # fmt: skip
def test_the_language_is_chosen(accepted: str, language: str) -> None:
    assert TWO.choose(accepted) == language
