"""Lists of the operator, and the four ways in which a value can match one.

- `exact`: the value equals an entry, ignoring case and whether accents are precomposed or combining.
- `words`: an entry occurs as whole words, after compatibility normalisation (NFKC) and case folding.
- `lookalike`: the value looks like an entry: their skeletons by Unicode's confusables (UTS #39) are equal, ignoring
  case and compatibility forms.
- `pdq`: fingerprints of photos; `near(...)` compares how many of the 256 bits differ (ThreatExchange uses 31).

>>> TermList("names", "lookalike", ("Support Team",)).matches("Ѕuррогt Tеam")
True
>>> [TermList("terms", "words", (entry,)).matches("Best CASINO in town") for entry in ("casino", "sino")]
[True, False]
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Literal

Matching = Literal["exact", "words", "lookalike", "pdq"]
MATCHINGS: tuple[Matching, ...] = ("exact", "words", "lookalike", "pdq")

_SPACES = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class TermList:
    """A named list of entries, and how values are matched with them."""

    name: str
    matching: Matching
    entries: tuple[str, ...]

    def matches(self, value: str) -> bool:
        """Return whether a value matches an entry."""
        if self.matching == "words":
            return self._pattern is not None and self._pattern.search(_words(value)) is not None
        return _FOLD[self.matching](value) in self._folded

    def near(self, fingerprint: str, bits: int) -> bool:
        """Return whether an entry differs from a PDQ fingerprint (64 hex digits) in at most `bits` bits."""
        wanted = int(fingerprint, 16)
        return any((wanted ^ entry).bit_count() <= bits for entry in self._fingerprints)

    @cached_property
    def _folded(self) -> frozenset[str]:
        return frozenset(_FOLD[self.matching](entry) for entry in self.entries)

    @cached_property
    def _fingerprints(self) -> tuple[int, ...]:
        return tuple(int(entry, 16) for entry in self.entries)

    @cached_property
    def _pattern(self) -> re.Pattern[str] | None:
        words = [_words(entry).strip() for entry in self.entries]
        alternatives = "|".join(re.escape(word) for word in sorted(filter(None, words)))
        return re.compile(f" (?:{alternatives}) ") if alternatives else None


@lru_cache(maxsize=65_536)
def skeleton(text: str) -> str:
    """Return the case-folded skeleton of a text (UTS #39), which replaces each letter by the prototype it looks like.

    The text is normalised to NFKD instead of NFD, since compatibility forms (fullwidth, mathematical, circled) look
    like the plain letters. Case is folded before and after, since capital and small letters have different prototypes.
    """
    once = _prototypes(unicodedata.normalize("NFKD", text))
    twice = _prototypes(unicodedata.normalize("NFKD", once.casefold())).casefold()
    return _squeezed(twice).replace("rn", "m")


def _prototypes(text: str) -> str:
    return "".join(_prototype(letter) for letter in text if unicodedata.category(letter) not in ("Cf", "Mn"))


@lru_cache(maxsize=4_096)
def _prototype(letter: str) -> str:
    """Return the ASCII letter that a letter can be mistaken for, else the letter itself."""
    if letter.isascii():
        return _ASCII.get(letter, letter)
    from confusable_homoglyphs import confusables  # it reads a large table, and imports a client of HTTP

    confusable = confusables.is_confusable(letter, greedy=True)
    looks = [homoglyph["c"] for homoglyph in confusable[0]["homoglyphs"]] if confusable else []
    plain = sorted(look for look in looks if look.isascii() and look.isalnum())
    return _ASCII.get(plain[0], plain[0]) if plain else letter


_ASCII = {"0": "o", "1": "l", "I": "l", "i": "l", "|": "l"}
"""ASCII characters that UTS #39 treats as confusable (besides `rn` and `m`); `i` is added, since case is ignored."""


def _caseless(text: str) -> str:
    """Return the form by which texts are compared: canonical caseless matching (Unicode Standard, D145)."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", text).casefold())


def _squeezed(text: str) -> str:
    return _SPACES.sub(" ", text).strip()


def _words(text: str) -> str:
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKD", text).casefold())
    return f" {_squeezed(folded)} "


_FOLD: dict[Matching, Callable[[str], str]] = {"exact": _caseless, "lookalike": skeleton, "pdq": str.lower}
