"""What a template's words may be faulted for: how they are set, where links lead, goods that the platform restricts.

Only the names of faults leave this module, in a fixed order; the text does not. A fault refuses nothing.

>>> faults_of([{"type": "BODY", "text": "BUY BITCOIN NOW AND GET RICH!!! https://bit.ly/x"}], "marketing")
('capitals', 'marks', 'short_link', 'no_way_out', 'goods:real_fake_currency', 'goods:scam')
>>> faults_of([{"type": "BODY", "text": "Your order {{1}} is on its way."}], "utility")
()
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import msgspec
import yaml

from cartellino.notices.marking import N_
from cartellino.senders.facts import Category
from cartellino.senders.shipped import Sourced, text_of
from cartellino.senders.words import plain, words

GOODS = "goods:"
"""Faults that begin so name goods."""

LONGEST = 20_000
"""So many characters of a template are looked at; the platform's own limits lie far below."""

_PLACE = re.compile(r"\{\{[^{}]{0,200}\}\}")
_LINK = re.compile(r"(?:https?://|www\.)([^\s/?#)\]>\"']{1,253})", re.IGNORECASE)
_BARE = re.compile(r"(?<![\w.@-])((?:[a-z0-9-]{1,63}\.){1,4}[a-z]{2,24})(?=/)", re.IGNORECASE)
_CAPITALS = re.compile(r"\b[^\W\d_a-z]{3,40}\b")
_QUOTED = re.compile(r"[\"'“”„«‘*]([^\"'“”„«»‘’*]{2,40})[\"'“”»’*]")
_TEXTS = ("HEADER", "BODY", "FOOTER")


class Shape(Sourced, frozen=True, kw_only=True):
    """How a text may be set."""

    letters: int
    capitals: float
    marks: int
    emoji: int
    empty_lines: int
    words_per_placeholder: int


class Links(Sourced, frozen=True, kw_only=True):
    """Hosts of links that are faulted."""

    shorteners: frozenset[str]
    of_the_platform: frozenset[str]


class Goods(Sourced, frozen=True, kw_only=True):
    """Words of goods, by their name and by language."""

    names: dict[str, dict[str, list[str]]]


class Contents(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What texts are faulted for."""

    shape: Shape
    links: Links
    goods: Goods


@cache
def contents() -> Contents:
    """Return the file as shipped or changed."""
    return read_contents(text_of("contents"))


def read_contents(text: str) -> Contents:
    """Read the file.

    Raises `msgspec.ValidationError`, which says what is wrong and where.
    """
    return msgspec.convert(yaml.safe_load(text), type=Contents)


FAULTS: Mapping[str, str] = {
    "capitals": N_("it shouts in capitals"),
    "marks": N_("it has rows of exclamation or question marks"),
    "emoji": N_("it has many emoji"),
    "empty_lines": N_("it has rows of empty lines"),
    "placeholders_together": N_("placeholders stand side by side"),
    "placeholder_at_edge": N_("it begins or ends with a placeholder"),
    "hardly_words": N_("it is little more than placeholders"),
    "short_link": N_("a shortened link hides where it leads"),
    "link_to_whatsapp": N_("it links to WhatsApp itself"),
    "no_way_out": N_("it advertises and does not say how to stop it"),
    "goods": N_("it names goods that the platform restricts"),
}
"""By fault, what is wrong."""


def said(fault: str) -> str:
    """Return what is wrong, in English; of goods, which."""
    if fault.startswith(GOODS):
        return f"{FAULTS['goods']} ({fault.removeprefix(GOODS).replace('_', ' ')})"
    return FAULTS.get(fault, fault)


def faults_of(components: Sequence[Any], category: Category | None) -> tuple[str, ...]:
    """Return the names of the faults of a template, as the platform lists its components."""
    parts = [part for part in components if isinstance(part, Mapping)]
    texts = [str(part.get("text") or "")[:LONGEST] for part in parts if str(part.get("type", "")).upper() in _TEXTS]
    body = next((str(p.get("text") or "")[:LONGEST] for p in parts if str(p.get("type", "")).upper() == "BODY"), "")
    buttons = list(_buttons(parts))
    whole = "\n".join(texts)
    if not whole.strip():
        return ()
    faults = [*_set(whole), *_placed(body), *_linked(whole, buttons)]
    if category == "marketing" and not _has_way_out(parts, buttons, body):
        faults.append("no_way_out")
    return (*faults, *sorted(GOODS + name for name in _goods(plain(_PLACE.sub(" ", whole)))))


def _buttons(parts: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for part in parts:
        listed = part.get("buttons")
        yield from (button for button in listed if isinstance(button, Mapping)) if isinstance(listed, list) else ()


def _set(text: str) -> Iterator[str]:
    bounds = contents().shape
    letters = [sign for sign in _PLACE.sub("", _LINK.sub("", text)) if sign.isalpha() and sign.upper() != sign.lower()]
    if len(letters) >= bounds.letters and sum(sign.isupper() for sign in letters) > bounds.capitals * len(letters):
        yield "capitals"
    if re.search(rf"[!?¡¿]{{{bounds.marks},}}", re.sub(r"[ \t]", "", text)):
        yield "marks"
    if sum(unicodedata.category(sign) == "So" for sign in text) > bounds.emoji:
        yield "emoji"
    if re.search(rf"(?:\r?\n[ \t]*){{{bounds.empty_lines + 2},}}", text):
        yield "empty_lines"


def _placed(body: str) -> Iterator[str]:
    text, places = body.strip(), _PLACE.findall(body)
    if not places:
        return
    if re.search(r"\}\}\s*\{\{", text):
        yield "placeholders_together"
    if text.startswith("{{") or text.rstrip(" .!?").endswith("}}"):
        yield "placeholder_at_edge"
    if len(re.findall(r"\w+", _PLACE.sub(" ", text))) < contents().shape.words_per_placeholder * len(places):
        yield "hardly_words"


def _linked(text: str, buttons: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    addresses = "\n".join([text, *(str(button.get("url") or "")[:2_000] for button in buttons)])
    hosts = {host.lower().removeprefix("www.").partition(":")[0].rpartition("@")[2].strip(".")
             for host in (*_LINK.findall(addresses), *_BARE.findall(addresses))}  # fmt: skip
    links = contents().links
    if hosts & links.shorteners:
        yield "short_link"
    if hosts & links.of_the_platform:
        yield "link_to_whatsapp"


def _has_way_out(parts: Iterable[Mapping[str, Any]], buttons: Iterable[Mapping[str, Any]], body: str) -> bool:
    """Say whether footer, buttons or a word that stands out in the body name a word by which people stop."""
    footers = [str(part.get("text") or "") for part in parts if str(part.get("type", "")).upper() == "FOOTER"]
    standing_out = [*_CAPITALS.findall(body), *_QUOTED.findall(body)]
    offered = (*footers, *(str(button.get("text") or "") for button in buttons), *standing_out)
    told = f" {' '.join(plain(part) for part in offered)} "
    return any(f" {word} " in told for word, meaning in words().items() if meaning != "resume")


def _goods(text: str) -> set[str]:
    """Return the names of the goods that a text names, as whole words."""
    padded = f" {text} "
    return {name for name, listed in _plain_goods().items() if any(f" {word} " in padded for word in listed)}


@cache
def _plain_goods() -> Mapping[str, frozenset[str]]:
    return {name: frozenset(plain(word) for listed in by_language.values() for word in listed)
            for name, by_language in contents().goods.names.items()}  # fmt: skip


def forget() -> None:
    """Read the file anew at the next question."""
    contents.cache_clear()
    _plain_goods.cache_clear()
