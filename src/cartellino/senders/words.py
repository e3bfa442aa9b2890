"""Words by which people stop or resume what a business sends, in many languages, read from `data/words.yaml`.

A word counts when it is all that somebody wrote. "No, stop by at five" stops nothing.

>>> word_of("STOP!"), word_of("Berhenti 🙏"), word_of("please stop"), word_of("Non scrivetemi più.")
('stop', 'stop', 'stop', 'stop_everything')
>>> word_of("STOP STOP!!!"), word_of("S.T.O.P."), word_of("un-subscribe"), word_of("stop, please, thanks")
('stop', 'stop', 'stop', 'stop')
>>> word_of("stop by at five"), word_of("start"), word_of("")
(None, 'resume', None)
"""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import Literal, TypeAlias, get_args

import msgspec
import yaml

from cartellino.senders.shipped import text_of

Word: TypeAlias = Literal["stop", "stop_everything", "resume"]

LONGEST = 60
"""Longer texts are sentences."""

_POLITE = (
    *("please", "pls", "thanks", "thank you", "per favore", "grazie", "tolong", "mohon", "terima kasih"),
    *("por favor", "s il vous plait", "bitte", "danke"),
)
"""What people put before or after a word."""


@cache
def words() -> dict[str, Word]:
    """Return what each word means, in the form of `plain`."""
    return read_words(text_of("words"))


def read_words(text: str) -> dict[str, Word]:
    """Read words from YAML: `stop`, `stop_everything` and `resume`, each with lists by language.

    Raises `msgspec.ValidationError`; a word that stands under two meanings raises `ValueError`.
    """
    listed_by_meaning = msgspec.convert(yaml.safe_load(text), type=dict[Word, dict[str, list[str]]])
    meaning: dict[str, Word] = {}
    for kind in get_args(Word):
        for said in (said for listed in listed_by_meaning.get(kind, {}).values() for said in listed):
            if meaning.setdefault(plain(said), kind) != kind:
                raise ValueError(f"`{said}` cannot mean both `{meaning[plain(said)]}` and `{kind}`")
    return meaning


def word_of(text: str) -> Word | None:
    """Return what a message means if it is nothing but such a word; else `None`."""
    if len(text) > LONGEST:
        return None
    said, before = plain(text), ""
    while said != before:
        before = said
        for polite in _POLITE:
            said = said.removeprefix(f"{polite} ").removesuffix(f" {polite}")
    parts = said.split()
    together = "".join(parts)  # s.t.o.p, un-subscribe
    if len(set(parts)) == 1:
        said = parts[0]  # stop stop stop
    return words().get(said) or words().get(together)


def plain(text: str) -> str:
    """Return a text in small letters, without accents, punctuation, symbols and repeated spaces."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(" " if unicodedata.category(sign)[0] in "PSZC" else sign for sign in parts
                   if not unicodedata.category(sign).startswith("M") or sign > "\u036f")  # fmt: skip
    return " ".join(kept.split())
