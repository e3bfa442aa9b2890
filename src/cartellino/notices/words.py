"""Translations from gettext catalogues. English texts are the keys; a text without a translation stays English.

Language tags are those of BCP 47, parsed by Babel. `Accept-Language` is evaluated as in RFC 9110 (section 12.5.4), and
ranges are matched by lookup (RFC 4647, section 3.4).

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
"""Maximum length of a header or tag that is read, in characters."""

_RANGE = re.compile(
    r"([A-Za-z0-9_-]{1,60}|\*)(?:\s*;\s*q\s*=\s*([01](?:\.[0-9]*)?|\.[0-9]+))?", re.ASCII | re.IGNORECASE
)


class Words:
    """The catalogues by language, each a mapping from English texts to translations."""

    def __init__(self, catalogues: Mapping[str, Mapping[str, str]]) -> None:
        """`catalogues` has all languages except English, which needs none."""
        self._catalogues = dict(catalogues)
        self._locales = {language: _locale(language) for language in self.languages}

    @property
    def languages(self) -> tuple[str, ...]:
        """All languages, English first."""
        return ("en", *sorted(self._catalogues))

    def say(self, language: str, text: str, **values: object) -> str:
        """Return the translation of a text, with its `{placeholders}` filled."""
        return self._catalogues.get(language, {}).get(text, text).format(**values)

    def own_name(self, language: str) -> str:
        """Return the name of a language in that language, from its catalogue or else from Babel.

        >>> Words({"id": {OWN_NAME: "Bahasa Indonesia"}, "de": {}}).own_name("id"), Words({"de": {}}).own_name("de")
        ('Bahasa Indonesia', 'Deutsch')
        """
        if language == "en":
            return OWN_NAME
        locale = self._locales.get(language)
        known = locale.get_display_name() if locale is not None else None
        return self._catalogues.get(language, {}).get(OWN_NAME) or (known or language).capitalize()

    def named(self, tag: str) -> str | None:
        """Return the available language that a tag such as `it-CH` or `IT` names; `None` if there is none."""
        wanted = _locale(tag[:LONGEST])
        if wanted is None:
            return None
        same = [language for language, locale in self._locales.items() if locale == wanted]
        akin = [language for language, locale in self._locales.items() if locale and locale.language == wanted.language]
        return next(iter(same + akin), None)

    def choose(self, accepted: str) -> str:
        """Choose a language by an `Accept-Language` header; English if none fits."""
        weights = _weights(accepted[:LONGEST])
        refused = {self.named(tag) for tag, weight in weights.items() if not weight}
        acceptable = [language for language in self.languages if language not in refused]
        for tag, weight in sorted(weights.items(), key=lambda item: -item[1]):
            language = next(iter(acceptable), None) if tag == "*" else self.named(tag)
            if weight and language is not None and language not in refused:
                return language
        return next(iter(acceptable), "en")


def _weights(accepted: str) -> dict[str, float]:
    """Return the language ranges of a header with their weights; parts that are not valid are ignored."""
    weights: dict[str, float] = {}
    for part in accepted.split(","):
        match = _RANGE.fullmatch(part.strip())
        if match is not None:
            weights.setdefault(match[1], min(1.0, float(match[2] or 1)))
    return weights


@lru_cache(1_024)
def _locale(tag: str) -> Locale | None:
    """Return the locale of a tag, without trailing subtags that Babel does not know; `None` if it knows none.

    Deprecated codes are replaced by their successors (`in` by `id`).
    """
    parts = tag.replace("_", "-").split("-")
    for length in range(min(len(parts), 8), 0, -1):
        try:
            return Locale.parse("-".join(parts[:length]), sep="-")
        except (ValueError, UnknownLocaleError):
            continue
    return None
