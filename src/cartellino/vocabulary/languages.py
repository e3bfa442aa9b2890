"""Texts for people, by language: always in English, and in any other language for which there is a translation.

>>> chosen({"en": "Terms 4", "it": "Termini 4"}, "it"), chosen({"en": "Terms 4"}, "id"), chosen({}, "en")
('Termini 4', 'Terms 4', '')
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from babel import Locale, localedata

_TAG = re.compile(r"[a-z]{2,3}(-[A-Z]{2})?")

Texts = Mapping[str, str]

OURS = ("en", "it", "id")
"""The languages of the product itself, in which the policy checker requires texts if a file declares no languages."""


def is_language(tag: str) -> bool:
    """Return whether a tag such as `it` or `pt-BR` names a known language.

    >>> is_language("it"), is_language("pt-BR"), is_language("xx"), is_language("IT"), is_language("")
    (True, True, False, False, False)
    """
    return _TAG.fullmatch(tag) is not None and localedata.exists(tag.replace("-", "_"))


def name_of(tag: str) -> str:
    """Return the English name of a language.

    >>> name_of("id")
    'Indonesian'
    """
    return Locale.parse(tag, sep="-").get_display_name("en") or tag


def chosen(texts: Texts, language: str) -> str:
    """Return the text in a language, else in English, else an empty text."""
    return texts.get(language) or texts.get("en", "")
