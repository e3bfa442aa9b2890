"""A row from outside becomes an event, or the list of its faults: column, what was expected, what came.

Everything that comes from outside passes here, whatever its format. A row is judged whole: all its faults are told.

>>> validate({"id": "e1", "time": "2026-11-22T10:00:00Z", "kind": "read", "account": "a1", "known": 1})
(Fault(code='wrong-type', column='known', expected='true or false (write `true` for 1)', got='1'),)
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from math import isfinite, isnan

import msgspec

from cartellino.events.columns import (
    CHECK_REASONS,
    COLUMNS,
    FEWEST_MILLISECONDS,
    LARGEST,
    LONGEST_NAME,
    OWN_PREFIX,
    REPORT_REASONS,
    Column,
    is_index,
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


class Timestamp(int):
    """Milliseconds since 1970 that came as an instant, as in Arrow; a plain number may be in any unit."""


def validate(row: Mapping[str, object]) -> Event | tuple[Fault, ...]:
    """Make an event of a row, or say everything that is wrong with it.

    Null and NaN are the same as missing: unknown. The index of a data frame is passed over.
    """
    given = {name: held for name, held in row.items() if not is_missing(held) and not is_index(name)}
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


def is_missing(held: object) -> bool:
    """Say whether a value says nothing: data frames write NaN where they have no value."""
    return held is None or (isinstance(held, float) and isnan(held))


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
    return Fault("wrong-type", name, _expected(column, held), shown(held)) if read is None else read


def _expected(column: Column, held: object) -> str:
    """Say what a value has to be, and which unit a number is in that is no instant in milliseconds."""
    number = _number(held)
    if column.type == "bool" and number in (0, 1):
        return f"true or false (write `{'true' if number else 'false'}` for {shown(held)})"
    if column.type == "instant" and isinstance(held, str) and _QUOTED.fullmatch(held):
        return f"{column.expected} (a number stands without quotes)"
    if column.type != "instant" or number is None or number < 0:
        return column.expected
    unit = next((unit for below, unit in _UNITS if number < below), None)
    return f"whole milliseconds since 1970 ({unit})" if unit else column.expected


_QUOTED = re.compile(r"\s*[0-9]{9,20}\s*")
_UNITS = (
    (FEWEST_MILLISECONDS, "this number seems to be in seconds: multiply it by 1,000"),
    (LATEST + 1, None),
    (10**17, "this number seems to be in microseconds: divide it by 1,000"),
    (10**20, "this number seems to be in nanoseconds: divide it by 1,000,000"),
)
"""What a number means that is smaller than this and not smaller than the one before."""


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
    number = _number(held)
    return number if number is not None and 0 <= number <= (column.most or LARGEST) else None


def _number(held: object) -> int | None:
    """Return a whole number, however it is written: data frames write 5.0 where a column has gaps, databases decimals.

    >>> _number(5.0), _number(Decimal("5")), _number(5.5), _number(True)
    (5, 5, None, None)
    """
    if isinstance(held, Decimal):
        return int(held) if held.is_finite() and held.adjusted() < 40 and held == held.to_integral_value() else None
    if isinstance(held, float):
        return int(held) if held.is_integer() else None
    return held if isinstance(held, int) and not isinstance(held, bool) else None


def _real(_: Column, held: object) -> float | None:
    return held if isinstance(held, int | float) and not isinstance(held, bool) and isfinite(held) else None


def _flag(_: Column, held: object) -> bool | None:
    return held if isinstance(held, bool) else None


def _instant(_: Column, held: object) -> int | None:
    least = EARLIEST
    try:
        if isinstance(held, str):
            number: int | None = instant(held, assume_utc=True)
        elif isinstance(held, datetime):
            number = since_epoch(held if held.tzinfo is not None else held.replace(tzinfo=UTC))
        elif isinstance(held, Timestamp):
            number = int(held)
        else:
            number, least = _number(held), FEWEST_MILLISECONDS
    except ValueError:
        return None
    return number if number is not None and least <= number <= LATEST else None


_READ = {"text": _text, "int": _whole, "float": _real, "bool": _flag, "instant": _instant}


def _own(name: str, held: object) -> Scalar | Fault:
    expected = "a string, a whole number, a finite number, true or false"
    if len(name) > LONGEST_NAME or not name.isidentifier():
        return Fault("wrong-name", name[:LONGEST_NAME], "letters, digits and _ after x_", shown(name))
    if isinstance(held, Decimal):
        held = _number(held) if _number(held) is not None else float(held)
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
