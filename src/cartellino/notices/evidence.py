"""The evidence of a diagnosis in words: each fact a sentence, in the language of whoever asks.

What would tell more than is public stays unsaid: of a change of ours that there was one, not which.

>>> from cartellino.availability.evidence import Evidence
>>> facts = [Evidence("reports", "failing", {"countries": ["ID", "MY"], "features": ["sending"]})]
>>> evidence(facts, Words({}), "en")
['More people than usual report it: sending messages (Indonesia and Malaysia).']
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from babel import Locale
from babel.lists import format_list

from cartellino.availability.evidence import Evidence
from cartellino.notices import diagnosis_texts as texts
from cartellino.notices.words import Words

_MOST_NAMED = 5


def evidence(facts: Iterable[Evidence], words: Words, language: str) -> list[str]:
    """Return what the facts say, each sentence once, in their order."""
    said = (_sentence(fact, words, language) for fact in facts)
    return list(dict.fromkeys(sentence for sentence in said if sentence))


def _sentence(fact: Evidence, words: Words, language: str) -> str:
    text = texts.FACT.get((fact.source, fact.code))
    if text is None:
        return str(fact.values.get("reason", ""))  # of a sanction: its own reason, which the policy says
    return words.say(language, text, **_values(fact.values, words, language))


def _values(values: Mapping[str, Any], words: Words, language: str) -> dict[str, str]:
    locale = Locale.parse(language, sep="-")
    countries = [str(locale.territories.get(code, code)) for code in values.get("countries", ())]
    places = words.say(language, texts.SEVERAL) if len(countries) > _MOST_NAMED else _listed(countries, locale)
    features = [words.say(language, texts.FEATURE[name]) for name in values.get("features", ())]
    plain = {name: str(values.get(name, "")) for name in ("network", "client", "authority", "source")}
    return {**plain, "places": places, "features": _listed(features, locale),
            "networks": _listed([str(name) for name in values.get("networks", ())], locale)}  # fmt: skip


def _listed(names: list[str], locale: Locale) -> str:
    return str(format_list(names, locale=locale))
