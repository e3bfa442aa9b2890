"""Instants and durations.

An instant is the number of milliseconds since 1970-01-01T00:00:00Z, and a duration a number of milliseconds. Both are
integers, since the same events must lead to exactly the same decisions, without rounding.

>>> duration("24h"), show_duration(86_400_000), show_duration(90_000)
(86400000, '24h', '90s')
>>> show_instant(instant("2026-11-22T10:00:00+01:00"))
'2026-11-22T09:00:00.000Z'
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

Instant = int
Duration = int

SECOND: Duration = 1_000
MINUTE: Duration = 60 * SECOND
HOUR: Duration = 60 * MINUTE
DAY: Duration = 24 * HOUR

EARLIEST: Instant = 0
LATEST: Instant = 253_402_300_799_999
"""9999-12-31T23:59:59.999Z, the last instant that RFC 3339 can express."""

_UNITS = {"ms": 1, "s": SECOND, "m": MINUTE, "min": MINUTE, "h": HOUR, "d": DAY}
_DURATION = re.compile(r"(\d{1,9})\s*(ms|s|min|m|h|d)")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_RFC3339 = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:)(\d\d)(?:\.(\d+))?(?: ?([Zz]|UTC|[+-]\d\d(?::?[0-5]\d)?))?", re.ASCII
)
"""RFC 3339, and also the offsets that databases write: `+00`, `+0000` and `UTC`, optionally after a space."""


def duration(text: str) -> Duration:
    """Parse a duration such as `15s`, `5m`, `5min`, `24h` or `7d`.

    Raises `ValueError`, whose message lists the accepted forms.
    """
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        raise ValueError(
            f"`{text}` is not a duration; write a whole number with s, m, h or d, such as 15s, 5m, 24h, 7d"
        )
    return int(match[1]) * _UNITS[match[2]]


def show_duration(value: Duration) -> str:
    """Return a duration as text with the largest unit that needs no fraction, but below three days in hours."""
    for unit, size, least in (("d", DAY, 3), ("h", HOUR, 1), ("m", MINUTE, 2), ("s", SECOND, 1)):
        if value % size == 0 and value >= least * size:
            return f"{value // size}{unit}"
    return f"{value}ms" if value else "0s"


def rough_duration(value: Duration) -> str:
    """Return a duration as text with its two largest units.

    >>> rough_duration(147_317_920), rough_duration(900)
    ('1d 16h', '0s')
    """
    parts = []
    for unit, size in (("d", DAY), ("h", HOUR), ("m", MINUTE), ("s", SECOND)):
        count, value = divmod(value, size)
        parts += [f"{count}{unit}"] if count else []
    return " ".join(parts[:2]) or "0s"


def rounded_up(value: int, step: Duration) -> int:
    """Return the least multiple of `step` that is not below `value`.

    >>> rounded_up(60_001, MINUTE), rounded_up(60_000, MINUTE)
    (120000, 60000)
    """
    return -(-value // step) * step


def instant(text: str, *, assume_utc: bool = False) -> Instant:
    """Parse an RFC 3339 instant.

    Digits beyond the millisecond are truncated, and a leap second becomes the last millisecond before it. The offset
    may also be written as databases do: `+00`, `+0000`, ` UTC`. With `assume_utc`, a text without an offset is in UTC;
    else it raises `ValueError`, as does any other text.

    >>> show_instant(instant("2016-12-31T23:59:60Z")), instant("1970-01-01 00:00:01", assume_utc=True)
    ('2016-12-31T23:59:59.999Z', 1000)
    """
    match = _RFC3339.fullmatch(text)
    if match is None or not (match[5] or assume_utc):
        raise ValueError(f"`{text[:40]}` is not an RFC 3339 instant such as 2026-11-22T10:00:00Z")
    date, minute, second, fraction, offset = match.groups()
    seconds = "59.999" if second == "60" else f"{second}.{(fraction or '')[:3]:0<3}"
    zone = "Z" if offset in (None, "Z", "z", "UTC") else f"{offset[:3]}:{offset[3:].removeprefix(':') or '00'}"
    return since_epoch(datetime.fromisoformat(f"{date}T{minute}{seconds}{zone}"))


def since_epoch(moment: datetime) -> Instant:
    """Return an aware `datetime` as milliseconds since 1970, truncated."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def show_instant(value: Instant) -> str:
    """Return an instant as RFC 3339 in UTC, with milliseconds."""
    moment = _EPOCH + timedelta(milliseconds=value)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{value % 1000:03d}Z"
