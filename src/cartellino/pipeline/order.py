"""Wishes: what reaches the sequencer, in the order of the log.

Rules wish, one place acts (law 2). Beside what rules find there is one thing more that an event can lead to: a number
that went back to the carrier takes its marks with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cartellino.enforcement.acts import ReleaseNumber
from cartellino.events.logged import events_of
from cartellino.kernel.finding import Finding
from cartellino.vocabulary.actors import LOG

Wish = Finding | ReleaseNumber


def in_order(wishes: Iterable[Wish]) -> list[Wish]:
    """Return wishes in the order of the log; a number is released before what its event leads to."""
    return sorted(wishes, key=_place)


def grouped(wishes: Sequence[Wish]) -> list[ReleaseNumber | list[Finding]]:
    """Put the findings of one event together: the worst of them is decided first."""
    groups: list[ReleaseNumber | list[Finding]] = []
    for wish in wishes:
        last = groups[-1] if groups else None
        if isinstance(wish, ReleaseNumber):
            groups.append(wish)
        elif isinstance(last, list) and last[0].sequence == wish.sequence:
            last.append(wish)
        else:
            groups.append([wish])
    return groups


def released(batch: pa.RecordBatch, first: int) -> list[ReleaseNumber]:
    """Return the numbers that went back to the carrier: whoever gets them next is somebody else."""
    rows = np.flatnonzero(pc.equal(batch.column("kind"), "number_released").to_numpy(zero_copy_only=False))
    releases = []
    for row in rows.tolist():
        (event,) = events_of(batch.slice(row, 1))
        why, account = "the number was released", event.account if event.number is None else ""
        releases.append(ReleaseNumber(first + row, event.time, LOG, why, event.service, event.number or "", account))
    return releases


def _place(wish: Wish) -> tuple[int, bool]:
    return (wish.after, False) if isinstance(wish, ReleaseNumber) else (wish.sequence, True)
