"""Words in each language: gettext catalogues. English is the key; a text that is not translated stays English.

>>> words = Words({"it": {"Warning": "Avviso"}})
>>> words.choose("de;q=0.9, it-CH;q=0.8, en;q=0.1"), words.say("it", "Warning"), words.say("id", "Warning")
('it', 'Avviso', 'Warning')
"""

from __future__ import annotations

from collections.abc import Mapping

from babel import negotiate_locale


class Words:
    """Catalogues by language: the English text, and what it is there."""

    def __init__(self, catalogues: Mapping[str, Mapping[str, str]]) -> None:
        """`catalogues` has every language but English."""
        self._catalogues = dict(catalogues)

    @property
    def languages(self) -> tuple[str, ...]:
        """All of them, English first."""
        return ("en", *sorted(self._catalogues))

    def say(self, language: str, text: str, **values: object) -> str:
        """Say a text, with its `{placeholders}` filled."""
        return self._catalogues.get(language, {}).get(text, text).format(**values)

    def choose(self, accepted: str) -> str:
        """Choose the language by an `Accept-Language` header; English where nothing fits."""
        ranked = sorted(_ranked(accepted), key=lambda one: -one[1])
        wanted = [tag for tag, weight in ranked if weight > 0]
        found = negotiate_locale([*wanted, *(one.partition("-")[0] for one in wanted)], self.languages, sep="-")
        return found.lower() if found else "en"


def _ranked(accepted: str) -> list[tuple[str, float]]:
    found = []
    for part in accepted[:500].split(","):
        tag, _, weight = part.strip().partition(";q=")
        try:
            found.append((tag.strip(), float(weight) if weight else 1.0))
        except ValueError:
            found.append((tag.strip(), 0.0))
    return [one for one in found if one[0] and one[0] != "*"]
