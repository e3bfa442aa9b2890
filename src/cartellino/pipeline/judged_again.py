"""Feeds a stretch of the log to the kernel again, as when its events came."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

import numpy as np
import pyarrow as pa

from cartellino.enforcement.decision import Decision
from cartellino.events.logged import LOGGED
from cartellino.pipeline.history_import import are_past
from cartellino.pipeline.route import Route


def learn_again(route: Route, batch: pa.RecordBatch) -> None:
    """Let the kernel count events that were decided on already."""
    events = batch.select(LOGGED.names)
    if are_past(batch.column("source"))[0]:
        route.observe(events)
    else:
        route.learn(events)


def judge_again(route: Route, batch: pa.RecordBatch) -> Sequence[Decision]:
    """Judge events and decide on them as when they came; nothing is decided on an imported past."""
    events = batch.select(LOGGED.names)
    if not are_past(batch.column("source"))[0]:
        return route.judge(events)
    route.observe(events)
    return ()


def unbroken(batches: Iterable[pa.RecordBatch]) -> Iterator[tuple[int, pa.RecordBatch]]:
    """Split batches at gaps in the numbers, which retention leaves, and where an imported past begins or ends.

    Yields each part with the number of its first event.
    """
    for batch in batches:
        numbers = batch.column("sequence").to_numpy()
        changes = (np.diff(numbers) != 1) | np.diff(are_past(batch.column("source")))
        cuts = [0, *(np.flatnonzero(changes) + 1).tolist(), len(numbers)]
        for begin, end in pairwise(cuts):
            if end > begin:
                yield int(numbers[begin]), batch.slice(begin, end - begin)
