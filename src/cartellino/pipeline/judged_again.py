"""A stretch of the log is judged or learnt again, as when its events came."""

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
    """Let the kernel see events of the log again; whatever followed from them has been decided."""
    events = batch.select(LOGGED.names)
    if are_past(batch.column("source"))[0]:
        route.observe(events)
    else:
        route.learn(events)


def judge_again(route: Route, batch: pa.RecordBatch) -> Sequence[Decision]:
    """Judge events of the log as when they came: on a service's past nothing is decided."""
    events = batch.select(LOGGED.names)
    if not are_past(batch.column("source"))[0]:
        return route.judge(events)
    route.observe(events)
    return ()


def unbroken(batches: Iterable[pa.RecordBatch]) -> Iterator[tuple[int, pa.RecordBatch]]:
    """Cut batches where retention has left a gap between the numbers, and where a past begins or ends; yield each part
    with its first number.
    """
    for batch in batches:
        numbers = batch.column("sequence").to_numpy()
        changes = (np.diff(numbers) != 1) | np.diff(are_past(batch.column("source")))
        cuts = [0, *(np.flatnonzero(changes) + 1).tolist(), len(numbers)]
        for begin, end in pairwise(cuts):
            if end > begin:
                yield int(numbers[begin]), batch.slice(begin, end - begin)
