"""The tables that a community can keep: limits, errors, practice, AI policy, words. Shipped ones, or an operator's own.

>>> "tiers:" in text_of("platform.yaml"), NAMES[0]
(True, 'platform.yaml')
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from typing import Protocol, TypeVar

NAMES = ("platform.yaml", "errors.yaml", "practice.yaml", "ai_policy.yaml", "words.yaml", "causes.yaml")
"""The tables by the names of their files."""

_own: dict[str, str] = {}


class _Cached(Protocol):
    """A reader whose result is kept."""

    def cache_clear(self) -> None:
        """Forget the result."""


Cached = TypeVar("Cached", bound=_Cached)
_readers: list[_Cached] = []


def text_of(name: str) -> str:
    """Return the text of a table: the operator's own, else the shipped one."""
    return _own.get(name) or (files("cartellino.senders") / "data" / name).read_text("utf-8")


def kept(reader: Cached) -> Cached:
    """Register a cached reader of a table, so that it reads anew when the table is replaced."""
    _readers.append(reader)
    return reader


def use(texts: Mapping[str, str]) -> None:
    """Use an operator's own tables from now on, and the shipped ones for all others; once, when the process starts.

    They were checked before (`checking.check`). Raises `KeyError` for a name that is no table's.
    """
    if unknown := [name for name in texts if name not in NAMES]:
        raise KeyError(unknown[0])
    _own.clear()
    _own.update(texts)
    for reader in _readers:
        reader.cache_clear()
