"""A row from outside becomes an event, or the list of its faults: column, what was expected, what came.

Everything that comes from outside passes here, whatever its format. A row is judged whole: all its faults are told.

>>> validate({"id": "e1", "time": "2026-11-22T10:00:00Z", "kind": "read", "account": "a1", "known": 1})
(Fault(code='wrong-type', column='known', expected='true or false', got='1'),)
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from math import isfinite

import msgspec

from cartellino.events.columns import (
    CHECK_REASONS,
    COLUMNS,
    LARGEST,
    LONGEST_NAME,
    OWN_PREFIX,
    REPORT_REASONS,
    Column,
    is_region,
)
from cartellino.events.event import Event, Scalar
from cartellino.events.kinds import KINDS
from cartellino.vocabulary.diagnostics import did_you_mean
from cartellino.vocabulary.times import EARLIEST, LATEST, instant, since_epoch

HIGHEST_OWN = 64
"""How many of the operator's own columns one row may hold."""


MOST_COLUMNS = 2 * (len(COLUMNS) + HIGHEST_OWN)
"""Columns up to which each one that is wrong is named."""


class Fault(msgspec.Struct, frozen=True):
    """Why a row is refused: a stable code, the column, what was expected and what came instead."""

    code: str
    column: str
    expected: str
    got: str


def validate(row: Mapping[str, object]) -> Event | tuple[Fault, ...]:
    """Make an event of a row, or say everything that is wrong with it. Null is the same as missing: unknown."""
    given = {name: held for name, held in row.items() if held is not None}
    if len(given) > MOST_COLUMNS:
        return (Fault("too-many-columns", "", f"at most {MOST_COLUMNS} columns", str(len(given))),)
    faults = [missing(column) for column in COLUMNS.values() if column.required and column.name not in given]
    values: dict[str, Scalar] = {}
    own: dict[str, Scalar] = {}
    for name, held in given.items():
        read = _own(name, held) if name.startswith(OWN_PREFIX) else _column(name, held)
        if isinstance(read, Fault):
            faults.append(read)
        elif name.startswith(OWN_PREFIX):
            own[name] = read
        else:
            values[name] = read
    if len(own) > HIGHEST_OWN:
        faults.append(Fault("too-many-columns", OWN_PREFIX, f"at most {HIGHEST_OWN} own columns", str(len(own))))
    faults += _contradictions(values)
    return tuple(faults) if faults else msgspec.convert({**values, "own": own}, Event)


def missing(column: Column) -> Fault:
    """Build the fault of a required column that is not there."""
    return Fault("missing", column.name, column.expected, "nothing")


def shown(held: object) -> str:
    """Write a value for a refusal, shortened: a refusal must not be a way to fill a disk."""
    try:
        text = held if isinstance(held, str) else repr(held)
    except (RecursionError, ValueError):
        text = f"a {type(held).__name__} that is too large to be shown"
    text = text.encode("utf-8", "backslashreplace").decode() or "an empty string"
    return text if len(text) <= 60 else f"{text[:57]}... ({len(text)} characters)"


def _column(name: str, held: object) -> Scalar | Fault:
    column = COLUMNS.get(name)
    if column is None:
        return Fault("unknown-column", name[:LONGEST_NAME], _nearest_column(name[:LONGEST_NAME]), shown(held))
    read = _READ[column.type](column, held)
    return Fault("wrong-type", name, column.expected, shown(held)) if read is None else read


@lru_cache(1_024)
def _nearest_column(name: str) -> str:
    """Suggest a column; the same mistake comes in every row of a file."""
    return did_you_mean(name, COLUMNS)


@lru_cache(1_024)
def _nearest_kind(name: str) -> str:
    return did_you_mean(name, KINDS)


def _text(column: Column, held: object) -> str | None:
    if not isinstance(held, str):
        return None
    if column.values:
        return held if held in column.values else None
    if column.name == "region":
        return held if is_region(held) else None
    if column.name == "image_hash":
        return held.lower() if len(held) == 64 and _is_hex(held) else None
    return held if 1 <= len(held) <= (column.most or LONGEST_NAME) and _is_unicode(held) else None


def _is_hex(held: str) -> bool:
    return all(digit in "0123456789abcdefABCDEF" for digit in held)


def _is_unicode(held: str) -> bool:
    return held.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in held)


def _whole(column: Column, held: object) -> int | None:
    if isinstance(held, bool) or not isinstance(held, int):
        return None
    return held if 0 <= held <= (column.most or LARGEST) else None


def _real(_: Column, held: object) -> float | None:
    return held if isinstance(held, int | float) and not isinstance(held, bool) and isfinite(held) else None


def _flag(_: Column, held: object) -> bool | None:
    return held if isinstance(held, bool) else None


def _instant(_: Column, held: object) -> int | None:
    try:
        if isinstance(held, str):
            held = instant(held)
        elif isinstance(held, datetime) and held.tzinfo is not None:
            held = since_epoch(held)
    except ValueError:
        return None
    return held if isinstance(held, int) and not isinstance(held, bool) and EARLIEST <= held <= LATEST else None


_READ = {"text": _text, "int": _whole, "float": _real, "bool": _flag, "instant": _instant}


def _own(name: str, held: object) -> Scalar | Fault:
    expected = "a string, a whole number, a finite number, true or false"
    if len(name) > LONGEST_NAME or not name.isidentifier():
        return Fault("wrong-name", name[:LONGEST_NAME], "letters, digits and _ after x_", shown(name))
    if isinstance(held, str) and len(held) <= LONGEST_NAME and _is_unicode(held):
        return held
    if isinstance(held, bool) or (isinstance(held, int) and abs(held) <= LARGEST):
        return held
    return held if isinstance(held, float) and isfinite(held) else Fault("wrong-type", name, expected, shown(held))


def _contradictions(values: Mapping[str, Scalar]) -> list[Fault]:
    """List the faults that no column shows alone: an unknown kind, a reason that the kind does not have."""
    kind, reason = values.get("kind"), values.get("reason")
    if kind is None:
        return []
    if kind not in KINDS:
        return [Fault("unknown-kind", "kind", _nearest_kind(str(kind)[:LONGEST_NAME]), shown(kind))]
    reasons = REASONS_OF.get(str(kind))
    if reason is not None and reasons is not None and reason not in reasons:
        return [Fault("wrong-type", "reason", "one of " + ", ".join(f"`{known}`" for known in reasons), shown(reason))]
    return []


REASONS_OF = {"reported": REPORT_REASONS, "report_withdrawn": REPORT_REASONS, "number_checked": CHECK_REASONS}
