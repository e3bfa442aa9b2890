"""Reads codes as people type them: of notices (`ABCD-EFGH-JKMN`) and one-time codes (`123456`).

People leave out hyphens, add spaces, long dashes or a full stop, use lower case, copy a code that is broken over a line
or quoted, and type the digits of other scripts. All of this is accepted. The alphabet of notice codes has no letters
that look alike, so nothing is guessed there: a code with `O`, `0`, `I`, `1` or `L` is not valid. In a one-time code,
which has only digits, `O` is read as `0`, and `I` and `l` as `1`.

>>> read_code(" abcd efgh–jkmn. "), read_code("ABCD-EFGH"), read_digits("12 34-5O")
('ABCD-EFGH-JKMN', None, '123450')
>>> codes_in("My code is ABCD-EFGH-\\n> JKMN. Thank you!")
['ABCD-EFGH-JKMN']
"""

from __future__ import annotations

import re
import unicodedata

LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""The alphabet of notice codes, without letters that look alike."""

LENGTH, GROUP = 12, 4
"""Number of letters in a notice code, and in each of its groups."""

LONGEST_TYPED = 200
"""Maximum length of a typed code, in characters; the rest is ignored."""

LONGEST_TEXT = 200_000
"""Maximum length of a text that is searched for codes, in characters; the rest is ignored."""

MOST = 100
"""Maximum number of codes that are returned for a text."""

_WORD = re.compile(r"[^\W_]+")
_GAP = 12
"""Maximum number of characters between two parts of a code, such as a dash, a line break or quotation marks."""

_DIGITS = str.maketrans({"O": "0", "I": "1", "L": "1", "|": "1"})


def read_code(typed: str) -> str | None:
    """Return the notice code in a typed text, in its stored form; `None` if there is none, or more than one."""
    letters = "".join(_WORD.findall(_plain(typed[:LONGEST_TYPED])))
    if _is_code(letters):
        return _shaped(letters)
    codes = codes_in(typed[:LONGEST_TYPED])
    return codes[0] if len(codes) == 1 else None


def read_digits(typed: str) -> str:
    """Return a typed one-time code as digits, without spaces and dashes; other text loses these, too."""
    return "".join(re.findall(r"[^\W_]|\|", _plain(typed[:LONGEST_TYPED]))).translate(_DIGITS)


def codes_in(text: str) -> list[str]:
    """Return all strings in a text that may be notice codes, those in the written form `ABCD-EFGH-JKMN` first.

    Any whole words that add up to twelve letters of the alphabet qualify, so that some results are no codes: the caller
    must look them up.
    """
    plain = _plain(text[:LONGEST_TEXT])
    words = list(_WORD.finditer(plain))
    candidates = [candidate for at in range(len(words)) if (candidate := _from(words[at : at + LENGTH], plain))]
    sure = [code for code, is_sure in candidates if is_sure]
    return list(dict.fromkeys([*sure, *(code for code, _ in candidates)]))[:MOST]


def _from(words: list[re.Match[str]], text: str) -> tuple[str, bool] | None:
    """Return the code that begins with the first word, and whether it is in the written form; `None` if none does."""
    letters = ""
    for number, word in enumerate(words):
        if number and word.start() - words[number - 1].end() > _GAP:
            return None
        letters += word[0]
        if len(letters) >= LENGTH:
            written = text[words[0].start() : word.end()]
            return (_shaped(letters), written == _shaped(letters)) if _is_code(letters) else None
        if not set(word[0]) <= set(LETTERS):
            return None
    return None


def shaped(typed: str) -> str:
    """Return a typed text in groups like a code, whether or not it is one, to show it again."""
    return _shaped("".join(re.findall(r"[A-Z0-9]", _plain(typed[:LONGEST_TYPED]))))


def _is_code(letters: str) -> bool:
    return len(letters) == LENGTH and set(letters) <= set(LETTERS)


def _shaped(letters: str) -> str:
    return "-".join(letters[at : at + GROUP] for at in range(0, len(letters), GROUP))


def _plain(text: str) -> str:
    """Return a text in upper case, with compatible forms (NFKC) and all digits as ASCII, without format characters."""
    folded = unicodedata.normalize("NFKC", text).upper()
    seen = (letter for letter in folded if unicodedata.category(letter) != "Cf")
    return "".join(str(unicodedata.digit(letter)) if letter.isdecimal() else letter for letter in seen)
