"""Reads fields of webhooks, whatever their type: the platform writes instants as numbers, digits and texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from cartellino.service.pseudonyms import Pseudonyms
from cartellino.vocabulary.times import DAY, LATEST, Instant, instant

_HIGHEST_CODE = 999_999_999
_AS_MILLISECONDS = 100_000_000_000
"""Larger numbers are milliseconds already."""


class Update(msgspec.Struct, frozen=True):
    """One change of a webhook: its field, its value, the account it is about, and when it was told."""

    field: str
    value: Mapping[str, Any]
    account: str
    at: Instant
    received_at: Instant
    names: Pseudonyms

    @property
    def metadata(self) -> Mapping[str, Any]:
        """Which number of the business it is about."""
        inside = self.value.get("metadata")
        return inside if isinstance(inside, Mapping) else {}

    @property
    def number(self) -> str | None:
        """The id of the number."""
        return text_of(self.metadata, "phone_number_id") or text_of(self.value, "phone_number_id")

    @property
    def size(self) -> int:
        """How many updates it is: messages, statuses and preferences count each."""
        listed = ("messages", "statuses", "user_preferences", "calls", "message_echoes")
        return max(1, sum(len(items(self.value, name)) for name in listed))


def items(inside: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """Return the objects of a list; an object that stands alone counts as a list of one."""
    value = inside.get(name)
    if isinstance(value, Mapping):
        return [value]
    if not isinstance(value, Sequence) or isinstance(value, str):
        return []
    return [item for item in value if isinstance(item, Mapping)]


def text_of(inside: object, name: str) -> str | None:
    """Return a text or a number as text; `None` where there is none."""
    value = inside.get(name) if isinstance(inside, Mapping) else None
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        return None
    return str(value)[:512]


def code_of(written: object) -> int | None:
    """Return the code of an error, as a number or its digits; `None` for what no error of the platform has."""
    if isinstance(written, str) and written.isascii() and written.isdigit() and len(written) < 10:
        return int(written)
    if isinstance(written, bool) or not isinstance(written, int):
        return None
    return written if abs(written) <= _HIGHEST_CODE else None


def at_of(written: object, otherwise: Instant) -> Instant:
    """Return an instant, whichever way it is written, and `otherwise` where it cannot be read or is a day ahead."""
    read = read_instant(written)
    return otherwise if read is None or read > otherwise + DAY else read


def read_instant(written: object) -> Instant | None:
    """Return an instant written in seconds, milliseconds, digits or RFC 3339."""
    if isinstance(written, str):
        text = written.strip()
        if text.isascii() and text.isdigit() and len(text) < 20:
            return read_instant(int(text))
        try:
            return instant(text, assume_utc=True)
        except (ValueError, OverflowError):
            return None
    if isinstance(written, bool) or not isinstance(written, int | float) or not 0 < written < LATEST:
        return None
    return int(written) if written >= _AS_MILLISECONDS else int(written * 1_000)
