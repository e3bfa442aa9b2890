"""Says levers and preventions, in English where they are found and in any language where they are shown.

>>> Saying("answer.late", {"people": 2, "left": 1}).said
'2 people still without an answer, 1 of them for more than a day: answer them first.'
>>> Saying("record_proof", {"many": 1_400, "then": 0.5}).said
'If the 1,400 agreements without a proof had one, 50 % would be proven.'
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

import msgspec
from babel.numbers import format_decimal, format_percent

from cartellino.notices.words import Words
from cartellino.senders.pillars.texts import LEVERS, MANY, ONE, PREVENTED, PREVENTED_ELSE, QUALITIES
from cartellino.senders.wording import FAULTS

Hole: TypeAlias = int | float | str
"""A number is written as one, a fraction (`float`) as a percentage, a text as it is."""

_WORDS: Mapping[str, str] = {**QUALITIES, **FAULTS}
_ENGLISH = Words({})


def percent(value: float) -> str:
    """Return a share in English.

    >>> percent(0.0312), percent(1.0)
    ('3.1 %', '100 %')
    """
    return f"{100 * value:.3g} %" if value >= 0.1 or not value else f"{100 * value:.2g} %"


class Saying(msgspec.Struct, frozen=True):
    """A sentence by the name of its text, with the values of its holes."""

    name: str
    holes: Mapping[str, Hole]

    @property
    def said(self) -> str:
        """In English."""
        return self._filled(_ENGLISH, "en", percent, lambda count: f"{count:,}")

    def say(self, words: Words, language: str) -> str:
        """In a language, with its way to write numbers."""
        if language == "en":
            return self.said
        return self._filled(
            words, language,
            lambda share: str(format_percent(share, "#,##0.#%", locale=language)),
            lambda count: str(format_decimal(count, locale=language)),
        )  # fmt: skip

    def _filled(
        self, words: Words, language: str, percentage: Callable[[float], str], number: Callable[[int], str]
    ) -> str:
        values = {}
        for name, value in self.holes.items():
            if isinstance(value, float):
                values[name] = percentage(value)
            elif isinstance(value, str):
                values[name] = words.say(language, _WORDS[value]) if value in _WORDS else value
            elif name in ONE:
                values[name] = words.say(language, ONE[name] if value == 1 else MANY[name], many=number(value))
            else:
                values[name] = number(value)
        text = LEVERS.get(self.name) or PREVENTED.get(self.name, PREVENTED_ELSE)
        return words.say(language, text, **values)
