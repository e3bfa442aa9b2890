"""Codes as people type them: of notices (`ABCD-EFGH-JKMN`) and one-time codes (`123456`).

People leave hyphens out, put in spaces or long dashes, write small letters, add a full stop, copy a code that was
broken over a line or quoted, and type on keyboards with digits of their own. None of that makes a code wrong. The
letters of a notice's code are chosen so that none looks like another, so there is nothing to be guessed: a code with
`O`, `0`, `I`, `1` or `L` is no code. Among the digits of a one-time code, `O` can only be `0`, `I` and `l` only `1`.

>>> read_code(" abcd efgh–jkmn. "), read_code("ABCD-EFGH"), read_digits("12 34-5O")
('ABCD-EFGH-JKMN', None, '123450')
>>> codes_in("My code is ABCD-EFGH-\\n> JKMN. Thank you!")
['ABCD-EFGH-JKMN']
"""

from __future__ import annotations

import re
import unicodedata

LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Without those that look alike."""

LENGTH, GROUP = 12, 4
"""Letters of a notice's code, and of each of its groups."""

LONGEST_TYPED = 200
"""Characters of what somebody types into a field for a code; more is none."""

LONGEST_TEXT = 200_000
"""Characters of a text in which codes are looked for."""

MOST = 100
"""Codes that are found in one text."""

_WORD = re.compile(r"[^\W_]+")
_GAP = 12
"""Characters that may stand between two parts of a code: a dash, the end of a line, the marks of a quotation."""

_DIGITS = str.maketrans({"O": "0", "I": "1", "L": "1", "|": "1"})


def read_code(typed: str) -> str | None:
    """Return the notice's code that somebody typed, in the form in which it is kept; `None` if it is none."""
    letters = "".join(_WORD.findall(_plain(typed[:LONGEST_TYPED])))
    if _is_code(letters):
        return _shaped(letters)
    codes = codes_in(typed[:LONGEST_TYPED])
    return codes[0] if len(codes) == 1 else None


def read_digits(typed: str) -> str:
    """Return the one-time code that somebody typed; what is none, with its spaces and dashes taken out."""
    return "".join(re.findall(r"[^\W_]|\|", _plain(typed[:LONGEST_TYPED]))).translate(_DIGITS)


def codes_in(text: str) -> list[str]:
    """Return what in a text may be a notice's code, whatever stands between its letters: the surest first.

    Any twelve fitting letters in whole words may be one, so that more than codes is found: whoever asks looks it up.
    """
    plain = _plain(text[:LONGEST_TEXT])
    words = list(_WORD.finditer(plain))
    candidates = [candidate for at in range(len(words)) if (candidate := _from(words[at : at + LENGTH], plain))]
    sure = [code for code, is_sure in candidates if is_sure]
    return list(dict.fromkeys([*sure, *(code for code, _ in candidates)]))[:MOST]


def _from(words: list[re.Match[str]], text: str) -> tuple[str, bool] | None:
    """Return the code that begins with the first of some words, and whether it is written as we write it."""
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
    """Return what somebody typed in the shape of a code, whether or not it is one, to show it to them again."""
    return _shaped("".join(re.findall(r"[A-Z0-9]", _plain(typed[:LONGEST_TYPED]))))


def _is_code(letters: str) -> bool:
    return len(letters) == LENGTH and set(letters) <= set(LETTERS)


def _shaped(letters: str) -> str:
    return "-".join(letters[at : at + GROUP] for at in range(0, len(letters), GROUP))


def _plain(text: str) -> str:
    """Return capital letters and digits of ASCII as far as there are any, without what nobody sees."""
    folded = unicodedata.normalize("NFKC", text).upper()
    seen = (letter for letter in folded if unicodedata.category(letter) != "Cf")
    return "".join(str(unicodedata.digit(letter)) if letter.isdecimal() else letter for letter in seen)
