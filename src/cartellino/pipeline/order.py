"""Wishes: what reaches the sequencer, in the order of the log.

Rules only express wishes; the sequencer alone acts on them (law 2). A wish is a finding of a rule, or the release of a
phone number that went back to the carrier, which clears the marks of that number.
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
    """Sort wishes in the order of the log; at the same event, releases come before findings."""
    return sorted(wishes, key=_place)


def grouped(wishes: Sequence[Wish]) -> list[ReleaseNumber | list[Finding]]:
    """Group the findings of each event, since the sequencer decides on the severest of them first."""
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
    """Return the releases of phone numbers in a batch whose first event has the number `first`.

    The next holder of such a number is another person.
    """
    rows = np.flatnonzero(pc.equal(batch.column("kind"), "number_released").to_numpy(zero_copy_only=False))
    releases = []
    for row in rows.tolist():
        (event,) = events_of(batch.slice(row, 1))
        why, account = "the number was released", event.account if event.number is None else ""
        releases.append(ReleaseNumber(first + row, event.time, LOG, why, event.service, event.number or "", account))
    return releases


def _place(wish: Wish) -> tuple[int, bool]:
    return (wish.after, False) if isinstance(wish, ReleaseNumber) else (wish.sequence, True)
