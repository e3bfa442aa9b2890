"""Imports the past of a source: events in any order, which are sorted by time before they enter the log.

Live events are at most a minute out of order (`events.intake`), and their ids are remembered for as long. The past may
come in any order, within a stated amount of memory. All its ids are remembered, so that an event that is sent again
counts as a retry however late it comes, and only events of the future are refused for their time.

In a service the past feeds signals, and nothing is decided on it. It is logged under a source of its own
(`source_of_past`), by which a restart recognises it. No sender can have that name, as names never contain U+0000.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from cartellino.events.batches import ROWS, Chunk
from cartellino.kernel.arrays import Array
from cartellino.kernel.columns import integers
from cartellino.pipeline.intake import Arrivals
from cartellino.pipeline.route import Route, Step
from cartellino.vocabulary.refusals import BadArgument
from cartellino.vocabulary.times import Instant

MEMORY = 2 << 30
"""At most so many bytes of columns are gathered by default."""

ADMITTED = 1 << 62
"""No limit, for a past that was limited when it was read already: what was acknowledged has to be kept."""

_MARK = "\x00past\x00"


def source_of_past(source: str) -> str:
    """Return the name under which a service logs the past of a source."""
    return _MARK + source


def are_past(sources: pa.Array) -> npt.NDArray[np.bool_]:
    """Return a mask of the events that were imported as past, by their sources."""
    past: npt.NDArray[np.bool_] = pc.starts_with(sources, _MARK).to_numpy(zero_copy_only=False)
    return past


def keep_past(route: Route, chunks: Iterable[Chunk], source: str) -> list[Step]:
    """Sort the past of a source by time, log it, and let the kernel count it without deciding on it."""
    past, marked = Past(route.admits(), most=ADMITTED), source_of_past(source)
    steps = [past.take(chunk, marked) for chunk in chunks]
    for step in steps:
        route.statistics.refuse(step.rejections, step.in_log)
    for part in past.sorted():
        route.append(*part, decides=False)
    return steps


class Sorted(NamedTuple):
    """Events in the order of their times, with the number and the source of each."""

    batch: pa.RecordBatch
    numbers: Array
    sources: pa.Array


class Past:
    """Gathers the past of sources until it is complete, then sorts it."""

    def __init__(self, arrivals: Arrivals, most: int = MEMORY) -> None:
        """Gather at most `most` bytes of columns; `arrivals` refuses duplicates and events of the future."""
        self._arrivals = arrivals
        self._most = most
        self._held: list[Sorted] = []
        self._bytes = 0
        self._reached: dict[str, Instant] = {}

    def take(self, chunk: Chunk, source: str) -> Step:
        """Add a chunk of rows in any order.

        Raises `BadArgument` when the past exceeds the memory.
        """
        self._bytes += chunk.batch.nbytes
        if self._bytes > self._most:
            raise BadArgument(
                f"this past is more than {self._most >> 20:,} MB; state a larger memory, or import it in parts, the "
                "oldest first"
            )
        before = self._reached.setdefault(source, self._arrivals.reached(source))
        taken = self._arrivals.accept(chunk.batch, chunk.numbers, source, past=True)
        if taken.batch.num_rows:
            sources = pa.repeat(source, taken.batch.num_rows)
            self._held.append(Sorted(taken.batch, taken.numbers, sources))
        rejections = [*chunk.rejections, *taken.rejections]
        older = int((integers(taken.batch.column("time")) < before).sum())
        return Step(
            sorted(rejections, key=lambda each: each.line), taken.batch.num_rows, in_log=taken.in_log, older=older
        )

    def sorted(self, rows: int = ROWS) -> Iterator[Sorted]:
        """Yield all events by time, at most `rows` at once; events of the same time stay in their order of arrival."""
        if not self._held:
            return
        table = pa.Table.from_batches([part.batch for part in self._held])
        numbers = np.concatenate([part.numbers for part in self._held])
        sources = pa.concat_arrays([part.sources for part in self._held])
        self._held = []
        order = np.argsort(integers(table.column("time").combine_chunks()), kind="stable")
        for begin in range(0, len(order), rows):
            part = order[begin : begin + rows]
            (batch,) = table.take(pa.array(part)).combine_chunks().to_batches()
            yield Sorted(batch, numbers[part], sources.take(pa.array(part)))
