"""Words in each language: gettext catalogues. English is the key; a text that is not translated stays English.

Tags of languages are those of BCP 47, read by Babel; a header is chosen from as RFC 9110 (12.5.4) and RFC 4647 (lookup)
have it.

>>> words = Words({"it": {"Warning": "Avviso"}, "id": {}})
>>> words.choose("de;q=0.9, it-CH; q=0.8, en;q=0.1"), words.say("it", "Warning"), words.say("id", "Warning")
('it', 'Avviso', 'Warning')
>>> words.named("IT"), words.named("in-ID"), words.named("id_ID"), words.named("fr")
('it', 'id', 'id', None)
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from babel import Locale, UnknownLocaleError

from cartellino.notices.texts import OWN_NAME

LONGEST = 1_000
"""Letters of a header that are looked at."""

_RANGE = re.compile(
    r"([A-Za-z0-9_-]{1,60}|\*)(?:\s*;\s*q\s*=\s*([01](?:\.[0-9]*)?|\.[0-9]+))?", re.ASCII | re.IGNORECASE
)


class Words:
    """Catalogues by language: the English text, and what it is there."""

    def __init__(self, catalogues: Mapping[str, Mapping[str, str]]) -> None:
        """`catalogues` has every language but English."""
        self._catalogues = dict(catalogues)
        self._locales = {language: _locale(language) for language in self.languages}

    @property
    def languages(self) -> tuple[str, ...]:
        """All of them, English first."""
        return ("en", *sorted(self._catalogues))

    def say(self, language: str, text: str, **values: object) -> str:
        """Say a text, with its `{placeholders}` filled."""
        return self._catalogues.get(language, {}).get(text, text).format(**values)

    def own_name(self, language: str) -> str:
        """Return what a language is called by those who speak it: its catalogue says so, else Babel knows.

        >>> Words({"id": {OWN_NAME: "Bahasa Indonesia"}, "de": {}}).own_name("id"), Words({"de": {}}).own_name("de")
        ('Bahasa Indonesia', 'Deutsch')
        """
        if language == "en":
            return OWN_NAME
        locale = self._locales.get(language)
        known = locale.get_display_name() if locale is not None else None
        return self._catalogues.get(language, {}).get(OWN_NAME) or (known or language).capitalize()

    def named(self, tag: str) -> str | None:
        """Return the language that a tag such as `it-CH` or `IT` names, `None` where it is none of ours."""
        wanted = _locale(tag[:LONGEST])
        if wanted is None:
            return None
        same = [language for language, locale in self._locales.items() if locale == wanted]
        akin = [language for language, locale in self._locales.items() if locale and locale.language == wanted.language]
        return next(iter(same + akin), None)

    def choose(self, accepted: str) -> str:
        """Choose the language by an `Accept-Language` header; English where nothing fits."""
        weights = _weights(accepted[:LONGEST])
        refused = {self.named(tag) for tag, weight in weights.items() if not weight}
        acceptable = [language for language in self.languages if language not in refused]
        for tag, weight in sorted(weights.items(), key=lambda item: -item[1]):
            language = next(iter(acceptable), None) if tag == "*" else self.named(tag)
            if weight and language is not None and language not in refused:
                return language
        return next(iter(acceptable), "en")


def _weights(accepted: str) -> dict[str, float]:
    """Return the ranges of a header with their weights; what is none is passed over."""
    weights: dict[str, float] = {}
    for part in accepted.split(","):
        match = _RANGE.fullmatch(part.strip())
        if match is not None:
            weights.setdefault(match[1], min(1.0, float(match[2] or 1)))
    return weights


@lru_cache(1_024)
def _locale(tag: str) -> Locale | None:
    """Return what a tag means, without the subtags at its end that mean nothing to Babel; old codes as today's."""
    parts = tag.replace("_", "-").split("-")
    for length in range(min(len(parts), 8), 0, -1):
        try:
            return Locale.parse("-".join(parts[:length]), sep="-")
        except (ValueError, UnknownLocaleError):
            continue
    return None
