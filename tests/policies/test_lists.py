# ruff: noqa: RUF001 - letters that look alike are what some of these tests are about
from __future__ import annotations

import csv
import random
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartellino.policies.lists import MATCHINGS, Matching, TermList, skeleton

FINGERPRINT = "f8f8f0cce0f4a84f0e370a22028f67f0b36e2ed596623e1d33e6b39c4e9c9b22"


def flipped(fingerprint: str, bits: int) -> str:
    """A fingerprint with so many of its bits changed."""
    mask = sum(1 << place for place in random.Random(bits).sample(range(256), bits))
    return f"{int(fingerprint, 16) ^ mask:064x}"


def matches(matching: Matching, entry: str, value: str) -> bool:
    return TermList("l", matching, (entry,)).matches(value)


@pytest.mark.parametrize("value", ["Casino", "CASINO", "casino"])
def test_exact_is_the_entry_whatever_its_case(value: str) -> None:
    assert matches("exact", "Casino", value)
    assert not matches("exact", "Casino", value + " ")
    assert not matches("exact", "Casino", "x" + value)


def test_exact_knows_the_cases_of_all_alphabets() -> None:
    assert matches("exact", "straße", "STRASSE")
    assert matches("exact", "ΣΊΣΥΦΟΣ", "σίσυφος")


IN_WORDS = [
    "casino",
    "Best CASINO in town",
    "casino!",
    "(casino)",
    "free_casino",
    "a\ncasino\tb",
    "ｃａｓｉｎｏ",
    "𝐜𝐚𝐬𝐢𝐧𝐨",
]


@pytest.mark.parametrize("value", IN_WORDS)
def test_words_match_whole_words_in_any_shape_of_letter(value: str) -> None:
    assert matches("words", "Casino", value)


@pytest.mark.parametrize("value", ["casinos", "occasion", "cas ino", "", "cásino", "c4sino"])
def test_words_match_no_part_of_a_word(value: str) -> None:
    assert not matches("words", "casino", value)


def test_an_entry_of_several_words_matches_them_in_a_row() -> None:
    assert matches("words", "free money", "get FREE,  money now")
    assert not matches("words", "free money", "free of money")
    assert not matches("words", "free money", "money free")


def test_an_entry_of_signs_alone_and_an_empty_list_match_nothing() -> None:
    assert not matches("words", "!!!", "!!! what !!!")
    assert not matches("words", "", "anything")
    for matching in MATCHINGS:
        assert not TermList("l", matching, ()).matches("anything")


def test_an_entry_is_no_pattern() -> None:
    assert not matches("words", "a.c", "abc")
    assert matches("words", "a.c", "a c")


LOOKING_LIKE_SUPPORT_TEAM = {
    "as it is": "Support Team",
    "in capitals": "SUPPORT TEAM",
    "Cyrillic": "Ѕuррогt Теаm",
    "Cyrillic in capitals": "ЅUРРОRТ ТЕАМ",
    "Greek": "Suρροrt Τeαm",
    "fullwidth": "Ｓｕｐｐｏｒｔ　Ｔｅａｍ",
    "fullwidth in capitals": "ＳＵＰＰＯＲＴ ＴＥＡＭ",
    "mathematical bold": "𝐒𝐮𝐩𝐩𝐨𝐫𝐭 𝐓𝐞𝐚𝐦",
    "mathematical fraktur": "𝔖𝔲𝔭𝔭𝔬𝔯𝔱 𝔗𝔢𝔞𝔪",
    "mathematical double-struck": "𝕊𝕦𝕡𝕡𝕠𝕣𝕥 𝕋𝕖𝕒𝕞",
    "mathematical sans-serif": "𝙎𝙪𝙥𝙥𝙤𝙧𝙩 𝙏𝙚𝙖𝙢",
    "circled": "Ⓢⓤⓟⓟⓞⓡⓣ Ⓣⓔⓐⓜ",
    "a digit for a letter": "Supp0rt Team",
    "a zero-width space": "Sup\u200bport Team",
    "a zero-width joiner": "Su\u200dpport Team",
    "a word joiner": "Support\u2060 Team",
    "a soft hyphen": "Sup\u00adport Team",
    "marks of direction": "\u202eSupport Team\u202c",
    "accents": "Śuppört Tèam",
    "struck through": "S\u0336u\u0336p\u0336p\u0336ort Team",
    "underscores": "support_team",
    "signs around it": "★ Support Team ★",
    "other spaces": "Support\u00a0\u2003Team",
    "r and n for m": "Support Tearn",
}


@pytest.mark.parametrize("value", LOOKING_LIKE_SUPPORT_TEAM.values(), ids=LOOKING_LIKE_SUPPORT_TEAM)
def test_a_lookalike_matches(value: str) -> None:
    assert matches("lookalike", "Support Team", value)
    assert matches("lookalike", value, "Support Team")


@pytest.mark.parametrize(
    "value", ["Sport Team", "Support", "Support Teams", "Supporters", "Team Support", "", "サポート"]
)
def test_what_looks_different_does_not_match(value: str) -> None:
    assert not matches("lookalike", "Support Team", value)


@pytest.mark.parametrize("value", ["PayPaI", "PayPa1", "PayPa|", "PAYPAL", "РауРаl", "paypaι", "ρayρal"])
def test_i_l_1_and_a_bar_are_taken_for_one_another(value: str) -> None:
    assert matches("lookalike", "PayPal", value)


@pytest.mark.parametrize("value", ["ADMIN", "admin", "Adm1n", "аdmіn", "АDMІN", "Adrnin", "admın"])
def test_case_does_not_count_also_where_capitals_look_like_other_letters(value: str) -> None:
    assert matches("lookalike", "Admin", value)


@given(st.text(max_size=20))
def test_a_text_looks_like_itself_in_every_case_and_shape(text: str) -> None:
    assert matches("lookalike", text, text)
    assert skeleton(text.casefold()) == skeleton(text.casefold().casefold())
    assert matches("lookalike", text, unicodedata.normalize("NFD", text))


@given(st.text(st.characters(max_codepoint=0x7F), max_size=20))
def test_case_never_counts_in_ascii(text: str) -> None:
    assert skeleton(text) == skeleton(text.upper()) == skeleton(text.lower())


@pytest.mark.parametrize("bits", [0, 1, 31, 128, 256])
def test_a_fingerprint_is_near_up_to_so_many_bits_and_no_further(bits: int) -> None:
    held = TermList("l", "pdq", ("0" * 64, FINGERPRINT.upper()))
    assert held.near(flipped(FINGERPRINT, bits), bits)
    if bits:
        assert not TermList("l", "pdq", (FINGERPRINT,)).near(flipped(FINGERPRINT, bits), bits - 1)
    assert not TermList("l", "pdq", (FINGERPRINT,)).near(flipped(FINGERPRINT, 32), 31)
    assert not TermList("l", "pdq", ()).near(FINGERPRINT, 256)


def read_hashes(path: Path) -> list[str]:
    return [line.split(",")[0].strip().rjust(64, "0") for line in path.read_text().splitlines() if line.strip()]


@pytest.mark.data
def test_each_needle_of_threatexchange_is_found_as_by_counting_bits(data: Path) -> None:
    folder = data / "pdq" / "reg-test-input"
    needles, haystack = (read_hashes(folder / f"{name}.txt") for name in ("needles", "haystack"))
    assert (len(needles), len(haystack)) == (100, 1_350)
    held = TermList("haystack", "pdq", tuple(haystack))
    bits = [[int(digit) for digit in f"{int(one, 16):0256b}"] for one in haystack]
    for needle in needles[:10]:
        asked = [int(digit) for digit in f"{int(needle, 16):0256b}"]
        nearest = min(sum(map(int.__ne__, asked, one)) for one in bits)
        assert held.near(needle, nearest)
        assert not (nearest and held.near(needle, nearest - 1))


def expected_hashes(data: Path) -> dict[str, str]:
    """PDQ of the reference photos, by ThreatExchange's WebAssembly build."""
    with (data / "pdq" / "expected_wasm.csv").open(newline="", encoding="utf-8") as file:
        rows = [(row["FilePath"].partition("/data/")[2], row["Hash"]) for row in csv.DictReader(file)]
    return {image: held for image, held in rows if image}


@pytest.mark.data
def test_edits_of_a_photo_are_near_it_and_other_photos_are_not(data: Path) -> None:
    expected = expected_hashes(data)
    edits = [held for image, held in expected.items() if image.startswith("bridge-mods/")]
    others = [held for image, held in expected.items() if "labelme" in image or image.endswith(("c.png", "wee.jpg"))]
    assert (len(edits), len(others)) == (12, 2)
    original = TermList("l", "pdq", (expected["bridge-mods/aaa-orig.jpg"],))
    assert all(original.near(one, 31) for one in edits)
    assert not all(original.near(one, 8) for one in edits)
    assert not any(original.near(one, 31) for one in others)


@pytest.mark.data
def test_two_implementations_of_pdq_agree_within_the_bits_that_may_differ(data: Path) -> None:
    with (data / "pdq" / "expected_python.csv").open(newline="", encoding="utf-8") as file:
        python = {row["image"]: row["pdq_hash"] for row in csv.DictReader(file)}
    shared = expected_hashes(data).keys() & python.keys()
    assert len(shared) >= 4
    for image in shared:
        assert TermList("l", "pdq", (python[image],)).near(expected_hashes(data)[image], 31), image


ACCENTED = ("Café Zürich", "Đà Nẵng", "가나다", "Å", "ǰ", "ΐ", "ﬁancé")
"""Also letters that come apart when they are folded in case, and Hangul."""


@pytest.mark.parametrize("matching", ["exact", "words", "lookalike"])
@pytest.mark.parametrize("text", ACCENTED)
def test_a_text_matches_however_its_accents_are_encoded(matching: Matching, text: str) -> None:
    forms = {unicodedata.normalize(form, text) for form in ("NFC", "NFD")} | {text}
    forms |= {form.upper() for form in forms}
    for entry in forms:
        for value in forms:
            assert TermList("l", matching, (entry,)).matches(value), (ascii(entry), ascii(value))
    assert not TermList("l", matching, (text,)).matches(text + "x")
