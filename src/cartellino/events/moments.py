"""Parses a whole column of RFC 3339 instants: texts of the same length form a table of letters, read column by column.

Whatever it parses, `vocabulary.times.instant` parses as well (with `assume_utc`), and as the same instant; it may parse
fewer texts, never more.

>>> read(pa.array(["1970-01-01T00:00:01.5Z", "1970-01-01T01:00:02+01:00", "yesterday"]))
(array([1500, 2000,    0]), array([ True,  True, False]))
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cartellino.events.logged import letters, offsets

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Letters = npt.NDArray[np.uint8]
"""The letters of texts of the same length, one byte each: row i has the i-th letter of every text."""

_OFFSETS = (len("+01:00"), len("+0100"), len("+01"))
_SHORTEST, _LONGEST = len("2026-11-22T10:00:00"), len("2026-11-22T10:00:00.123456789+01:00")
_SECONDS = len("2026-11-22T10:00:00")
_DIGITS = [place for place in range(_SECONDS) if place not in (4, 7, 10, 13, 16)]


def read(column: pa.Array) -> tuple[Ints, Mask]:
    """Return milliseconds since 1970 for a string column, and a mask of the rows that were parsed (others are 0)."""
    milliseconds, sure = np.zeros(len(column), np.int64), np.zeros(len(column), np.bool_)
    begins = offsets(column).astype(np.int64) if len(column) else np.zeros(1, np.int64)
    lengths = np.diff(begins)
    for length in np.flatnonzero(np.bincount(lengths.clip(0, _LONGEST + 1))[: _LONGEST + 1]):
        if length >= _SHORTEST:
            rows = np.flatnonzero(lengths == length)
            milliseconds[rows], sure[rows] = _equally_long(letters(column), begins[rows] - begins[0], int(length))
    return milliseconds * sure, sure


def _equally_long(written: Letters, begins: Ints, length: int) -> tuple[Ints, Mask]:
    table = np.ascontiguousarray(written[begins[:, None] + np.arange(length)].T)
    in_utc = (table[-1] | 0x20) == ord("z")
    parts, rest = [(in_utc, length - 1)], ~in_utc
    for size in _OFFSETS:
        zoned = ((table[-size] == ord("+")) | (table[-size] == ord("-"))) & rest
        parts.append((zoned, length - size))
        rest &= ~zoned
    parts.append((rest, length))
    for those, zone in parts:
        if those.all():
            return _moments(table, zone)
    milliseconds, sure = np.zeros(len(begins), np.int64), np.zeros(len(begins), np.bool_)
    for those, zone in parts:
        milliseconds[those], sure[those] = _moments(np.ascontiguousarray(table[:, those]), zone)
    return milliseconds, sure


def _moments(table: Letters, zone: int) -> tuple[Ints, Mask]:
    """Parse texts whose offset from UTC begins at the letter `zone`."""
    if zone != _SECONDS and zone < _SECONDS + 2:
        return _none(table)
    sure = np.logical_and.reduce(table[_DIGITS] - ord("0") <= 9)
    sure &= (table[[4, 7]] == ord("-")).all(0) & (table[[13, 16]] == ord(":")).all(0)
    sure &= ((table[10] | 0x20) == ord("t")) | (table[10] == ord(" "))
    days, dated = _days(_number(table[0:4]), _number(table[5:7]), _number(table[8:10]))
    hour, minute, second = (_number(table[place : place + 2]) for place in (11, 14, 17))
    sure &= dated & (hour < 24) & (minute < 60) & (second < 60)
    thousandths, fractional = _fraction(table[_SECONDS:zone])
    east, zoned = _offset(table[zone:])
    seconds = days * 86_400 + (hour * 60 + minute - east) * 60 + second
    return seconds * 1_000 + thousandths, sure & fractional & zoned


def _none(table: Letters) -> tuple[Ints, Mask]:
    return np.zeros(table.shape[1], np.int64), np.zeros(table.shape[1], np.bool_)


def _number(digits: Letters) -> npt.NDArray[np.int32]:
    """Return the number in each column of digits; columns with other letters give arbitrary numbers."""
    number = np.zeros(digits.shape[1], np.int32)
    for row in digits:
        number = number * 10 + (row - np.uint8(ord("0")))
    return number


def _days(year: npt.NDArray[Any], month: npt.NDArray[Any], day: npt.NDArray[Any]) -> tuple[Ints, Mask]:
    """Return days since 1970, and a mask of the dates that exist; each distinct date is computed once, since a column
    usually has few."""
    dates, place = np.unique((year * 256 + month) * 256 + day, return_inverse=True)
    months = ((dates >> 16) - 1970) * 12 + ((dates >> 8) & 255) - 1
    year_and_month = (dates >= 1 << 16) & (((dates >> 8) & 255) >= 1) & (((dates >> 8) & 255) <= 12)
    first = months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    after = (months + 1).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    days = first + (dates & 255) - 1
    real = year_and_month & (days >= first) & (days < after)
    return days[place], real[place]


def _fraction(digits: Letters) -> tuple[npt.NDArray[np.int32] | int, Mask | bool]:
    """Parse a fraction such as `.123456789` as whole thousandths, truncated; an empty one is 0."""
    if not len(digits):
        return 0, True
    sure = (digits[0] == ord(".")) & np.logical_and.reduce(digits[1:] - np.uint8(ord("0")) <= 9)
    shown = digits[1:4]
    return _number(shown) * np.int32(10 ** (3 - len(shown))), sure


def _offset(zone: Letters) -> tuple[npt.NDArray[Any] | int, Mask | bool]:
    """Parse `Z`, `+01:00`, `+0100` or `+01` as minutes east of UTC; an empty offset is UTC as well."""
    if len(zone) <= 1:
        return 0, True
    digits = [place for place in range(1, len(zone)) if len(zone) != len("+01:00") or place != 3]
    hour, minute = _number(zone[digits[:2]]), _number(zone[digits[2:]])
    sure = np.logical_and.reduce(zone[digits] - np.uint8(ord("0")) <= 9) & (hour < 24) & (minute < 60)
    sure &= (zone[0] == ord("+")) | (zone[0] == ord("-"))
    if len(digits) == len(zone) - 2:
        sure &= zone[3] == ord(":")
    return np.where(zone[0] == ord("-"), -1, 1) * (hour * 60 + minute), sure
