"""Validates rows: a row becomes an event, or the list of its faults with column, expected value and given value.

This defines what a valid event is, whatever the format. All faults of a row are reported, not only the first.

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
"""Most own columns of the operator in one row."""


MOST_COLUMNS = 2 * (len(COLUMNS) + HIGHEST_OWN)
"""Most columns of a row for which each faulty one is reported."""


class Fault(msgspec.Struct, frozen=True):
    """Why a row is refused: a stable code, the column, what was expected, and what was given instead."""

    code: str
    column: str
    expected: str
    got: str


class Timestamp(int):
    """Milliseconds since 1970 from a value with a known unit, such as an Arrow timestamp; a plain number may be in any
    unit."""


def validate(row: Mapping[str, object]) -> Event | tuple[Fault, ...]:
    """Return a row as an event, or all its faults.

    Null and NaN are the same as a missing value: unknown. The index of a data frame is ignored.
    """
    given = {name: value for name, value in row.items() if not is_missing(value) and not is_index(name)}
    if len(given) > MOST_COLUMNS:
        return (Fault("too-many-columns", "", f"at most {MOST_COLUMNS} columns", str(len(given))),)
    faults = [missing(column) for column in COLUMNS.values() if column.required and column.name not in given]
    values: dict[str, Scalar] = {}
    own: dict[str, Scalar] = {}
    for name, value in given.items():
        read = _own(name, value) if name.startswith(OWN_PREFIX) else _column(name, value)
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


def is_missing(value: object) -> bool:
    """Return whether a value is null or NaN, which data frames write where they have no value."""
    return value is None or (isinstance(value, float) and isnan(value))


def missing(column: Column) -> Fault:
    """Return the fault of a required column that is missing."""
    return Fault("missing", column.name, column.expected, "nothing")


def shown(value: object) -> str:
    """Return a value as text for a refusal, shortened, so that refusals cannot be used to fill a disk."""
    try:
        text = value if isinstance(value, str) else repr(value)
    except (RecursionError, ValueError):
        text = f"a {type(value).__name__} that is too large to be shown"
    text = text.encode("utf-8", "backslashreplace").decode() or "an empty string"
    return text if len(text) <= 60 else f"{text[:57]}... ({len(text)} characters)"


def _column(name: str, value: object) -> Scalar | Fault:
    column = COLUMNS.get(name)
    if column is None:
        return Fault("unknown-column", name[:LONGEST_NAME], _nearest_column(name[:LONGEST_NAME]), shown(value))
    return read_value(column, value)


def read_value(column: Column, value: object) -> Scalar | Fault:
    """Return a value as its column stores it, or what was expected."""
    read = _READ[column.type](column, value)
    return Fault("wrong-type", column.name, _expected(column, value), shown(value)) if read is None else read


def _expected(column: Column, value: object) -> str:
    """Return a description of the allowed values, with a hint if a number seems to be an instant in another unit."""
    number = _number(value)
    if column.type == "bool" and number in (0, 1):
        return f"true or false (write `{'true' if number else 'false'}` for {shown(value)})"
    if column.type == "instant" and isinstance(value, str) and _QUOTED.fullmatch(value):
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
"""Upper bounds, ascending, each with the hint for a number below it (and not below the one before); `None`: no hint."""


@lru_cache(1_024)
def _nearest_column(name: str) -> str:
    """Suggest a column; cached, since the same mistake usually occurs in every row of a file."""
    return did_you_mean(name, COLUMNS)


@lru_cache(1_024)
def _nearest_kind(name: str) -> str:
    return did_you_mean(name, KINDS)


def _text(column: Column, value: object) -> str | None:
    if not isinstance(value, str):
        return None
    if column.values:
        return value if value in column.values else None
    if column.name == "region":
        return value if is_region(value) else None
    if column.name == "image_hash":
        return value.lower() if len(value) == 64 and _is_hex(value) else None
    return value if 1 <= len(value) <= (column.most or LONGEST_NAME) and _is_unicode(value) else None


def _is_hex(text: str) -> bool:
    return all(digit in "0123456789abcdefABCDEF" for digit in text)


def _is_unicode(text: str) -> bool:
    return text.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in text)


def _whole(column: Column, value: object) -> int | None:
    number = _number(value)
    return number if number is not None and 0 <= number <= (column.most or LARGEST) else None


def _number(value: object) -> int | None:
    """Return a whole number of any type: data frames write 5.0 in columns with missing values, databases decimals.

    >>> _number(5.0), _number(Decimal("5")), _number(5.5), _number(True)
    (5, 5, None, None)
    """
    if isinstance(value, Decimal):
        return (
            int(value) if value.is_finite() and value.adjusted() < 40 and value == value.to_integral_value() else None
        )
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _real(_: Column, value: object) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value) else None


def _flag(_: Column, value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _instant(_: Column, value: object) -> int | None:
    least = EARLIEST
    try:
        if isinstance(value, str):
            number: int | None = instant(value, assume_utc=True)
        elif isinstance(value, datetime):
            number = since_epoch(value if value.tzinfo is not None else value.replace(tzinfo=UTC))
        elif isinstance(value, Timestamp):
            number = int(value)
        else:
            number, least = _number(value), FEWEST_MILLISECONDS
    except ValueError:
        return None
    return number if number is not None and least <= number <= LATEST else None


_READ = {"text": _text, "int": _whole, "float": _real, "bool": _flag, "instant": _instant}


def _own(name: str, value: object) -> Scalar | Fault:
    expected = "a string, a whole number, a finite number, true or false"
    if len(name) > LONGEST_NAME or not name.isidentifier():
        return Fault("wrong-name", name[:LONGEST_NAME], "letters, digits and _ after x_", shown(name))
    if isinstance(value, Decimal):
        value = _number(value) if _number(value) is not None else float(value)
    if isinstance(value, str) and len(value) <= LONGEST_NAME and _is_unicode(value):
        return value
    if isinstance(value, bool) or (isinstance(value, int) and abs(value) <= LARGEST):
        return value
    return value if isinstance(value, float) and isfinite(value) else Fault("wrong-type", name, expected, shown(value))


def _contradictions(values: Mapping[str, Scalar]) -> list[Fault]:
    """Return the faults that depend on `kind`: that it is unknown, or that it does not have this `reason`."""
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
