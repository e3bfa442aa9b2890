"""Quiet hours by the person's own clock.

>>> from cartellino.vocabulary.times import instant, show_instant
>>> show_instant(quiet_until(instant("2026-11-28T05:00:00Z"), "IT", None))
'2026-11-28T07:00:00.000Z'
>>> quiet_until(instant("2026-11-28T11:00:00Z"), "IT", None) is None
True
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel.core import get_global

from cartellino.senders.practice import QuietHours, practice
from cartellino.vocabulary.times import Instant, since_epoch

_MOST_STEPS = 48
"""Countries of eleven zones have some hours in which it is day in all of them."""


@cache
def zones_of(country: str | None, zone: str | None) -> tuple[ZoneInfo, ...]:
    """Return the zone, or else those of the country; none where neither is known."""
    named: Sequence[str] = [zone] if zone else get_global("territory_zones").get(country or "", [])
    zones = []
    for name in named:
        try:
            zones.append(ZoneInfo(name))
        except (ZoneInfoNotFoundError, ValueError, OSError):
            continue
    return tuple(zones) if zones or not zone else zones_of(country, None)


def is_zone(name: str) -> bool:
    """Say whether a time zone of that name exists."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def quiet_until(now: Instant, country: str | None, zone: str | None) -> Instant | None:
    """Return when the quiet hours end everywhere the person may be; `None` outside of them, or where nobody knows."""
    hours, zones, moment = practice().quiet_hours, zones_of(country, zone), datetime.fromtimestamp(now / 1000, UTC)
    for _ in range(_MOST_STEPS):
        ends = [end for end in (_end(moment.astimezone(zone), hours) for zone in zones) if end is not None]
        if not ends:
            break
        moment = max(ends)
    at = since_epoch(moment)
    return None if at <= now else at


def _end(local: datetime, hours: QuietHours) -> datetime | None:
    if hours.end <= local.hour < hours.begin:
        return None
    day = local + timedelta(days=1) if local.hour >= hours.begin else local
    return day.replace(hour=hours.end, minute=0, second=0, microsecond=0).astimezone(UTC)
