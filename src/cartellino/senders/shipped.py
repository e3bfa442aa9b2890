"""The data files of the rules: as shipped, or as somebody changed them for this installation."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from importlib.resources import files

import msgspec

NAMES = ("platform", "errors", "practice", "ai_policy", "words", "causes", "contents")
"""The files, without their ending `.yaml`."""

_changed: dict[str, str] = {}


class Sourced(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of a file that says where its numbers come from, and of which day they are."""

    source: str
    date: date


def text_of(name: str) -> str:
    """Return the text of a file: the changed one, if there is one."""
    return (
        _changed[name]
        if name in _changed
        else (files("cartellino.senders") / "data" / f"{name}.yaml").read_text("utf-8")
    )


def change(texts: Mapping[str, str]) -> None:
    """Let these texts stand for the shipped ones, once, before anything is read."""
    _changed.clear()
    _changed.update(texts)
