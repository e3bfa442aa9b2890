"""Webhooks of the platform that wait to be passed on to the business."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import sqlalchemy as sa

from cartellino.storage import tables
from cartellino.storage.database import Rows
from cartellino.vocabulary.times import DAY, Instant

LONGEST = 7 * DAY
"""How long a webhook is kept, as long as the platform itself would repeat it."""

_TABLE = tables.webhook_copies


class Copy(NamedTuple):
    """A webhook that waits: its bytes, and the headers that go with them."""

    number: int
    body: bytes
    headers: Mapping[str, str]
    tries: int


def keep(rows: Rows, body: bytes, headers: Mapping[str, str], now: Instant) -> None:
    """Keep a webhook, and delete those that waited for too long."""
    rows.execute(sa.insert(_TABLE).values(at=now, next_at=now, tries=0, body=body, headers=dict(headers)))
    rows.execute(sa.delete(_TABLE).where(_TABLE.c.at < now - LONGEST))


def count(rows: Rows) -> int:
    """Return how many wait."""
    return rows.scalar(sa.select(sa.func.count()).select_from(_TABLE)) or 0


def oldest(rows: Rows, now: Instant, most: int) -> list[Copy]:
    """Return the oldest that are not put off, in order."""
    query = sa.select(_TABLE.c.number, _TABLE.c.body, _TABLE.c.headers, _TABLE.c.tries).where(_TABLE.c.next_at <= now)
    found = rows.execute(query.order_by(_TABLE.c.number).limit(most))
    return [Copy(row.number, row.body, row.headers, row.tries) for row in found]


def put_off(rows: Rows, copy: Copy, until: Instant) -> None:
    """Count a try that failed; the others do not wait for this one until then."""
    rows.execute(sa.update(_TABLE).where(_TABLE.c.number == copy.number).values(tries=copy.tries + 1, next_at=until))


def remove(rows: Rows, copy: Copy) -> None:
    """Delete one that was passed on."""
    rows.execute(sa.delete(_TABLE).where(_TABLE.c.number == copy.number))
