"""The past of a source on its way into the log: taken in any order, and sorted by time before it is kept.

What a source sends live is at most a minute out of order (`events.intake`), and its ids are remembered for as long. Its
past may come in any order, within a stated memory; the ids of all of it are remembered, so that what is sent again is a
retry however late. Nothing but the future is refused for its time.

In a service the past feeds signals, and nothing is decided on it: it stands in the log under a source of its own
(`source_of_past`), by which a restart knows it, and which no sender can have, since no name holds the character U+0000.
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
"""Bytes of columns that a past may have, unless others are stated."""

ADMITTED = 1 << 62
"""The bound of a past that was bounded when it was read: what is admitted has to be kept."""

_MARK = "\x00past\x00"


def source_of_past(source: str) -> str:
    """Return the source under which a service keeps the past of a source."""
    return _MARK + source


def are_past(sources: pa.Array) -> npt.NDArray[np.bool_]:
    """Say which events of the log are of the past, by their sources."""
    past: npt.NDArray[np.bool_] = pc.starts_with(sources, _MARK).to_numpy(zero_copy_only=False)
    return past


def keep_past(route: Route, chunks: Iterable[Chunk], source: str) -> list[Step]:
    """Sort the past of a source, keep it, and let the kernel see it; nothing is decided on it."""
    past, marked = Past(route.admits(), most=ADMITTED), source_of_past(source)
    steps = [past.take(chunk, marked) for chunk in chunks]
    for step in steps:
        route.statistics.refuse(step.rejections, step.held)
    for part in past.sorted():
        route.append(*part, decides=False)
    return steps


class Sorted(NamedTuple):
    """Events in the order of their times, with the number and the source of each."""

    batch: pa.RecordBatch
    numbers: Array
    sources: pa.Array


class Past:
    """Gathers the past of sources until all of it is there."""

    def __init__(self, arrivals: Arrivals, most: int = MEMORY) -> None:
        """Hold at most so many bytes of columns; `arrivals` refuse what comes twice, or from the future."""
        self._arrivals = arrivals
        self._most = most
        self._held: list[Sorted] = []
        self._bytes = 0
        self._reached: dict[str, Instant] = {}

    def take(self, chunk: Chunk, source: str) -> Step:
        """Take a chunk of rows in whatever order.

        Raises `BadArgument` when it is more than fits into the memory.
        """
        self._bytes += chunk.batch.nbytes
        if self._bytes > self._most:
            raise BadArgument(
                f"this past is more than {self._most >> 20:,} MB; state a larger memory, or import it in parts, the "
                "oldest first"
            )
        before = self._reached.setdefault(source, self._arrivals.reached(source))
        taken = self._arrivals.take(chunk.batch, chunk.numbers, source, past=True)
        if taken.batch.num_rows:
            sources = pa.repeat(source, taken.batch.num_rows)
            self._held.append(Sorted(taken.batch, taken.numbers, sources))
        rejections = [*chunk.rejections, *taken.rejections]
        older = int((integers(taken.batch.column("time")) < before).sum())
        return Step(sorted(rejections, key=lambda each: each.line), taken.batch.num_rows, held=taken.held, older=older)

    def sorted(self, rows: int = ROWS) -> Iterator[Sorted]:
        """Yield everything in the order of time, at most so many events at once; what came first is first."""
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
