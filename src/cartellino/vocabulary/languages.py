"""Texts for people, by language: English always, and every other in which somebody has written them.

>>> chosen({"en": "Terms 4", "it": "Termini 4"}, "it"), chosen({"en": "Terms 4"}, "id"), chosen({}, "en")
('Termini 4', 'Terms 4', '')
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

LANGUAGES: Mapping[str, str] = MappingProxyType({"en": "English", "it": "Italian", "id": "Indonesian"})
"""The languages of the people this is for, with their names; a catalogue in `locale` adds one."""

Texts = Mapping[str, str]


def chosen(texts: Texts, language: str) -> str:
    """Return a text in a language, in English where nobody has written it; nothing where there is none at all."""
    return texts.get(language) or texts.get("en", "")
