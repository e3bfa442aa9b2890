"""Work by shards: each table is cut by the codes of its keys, and a worker takes one shard after the other.

A shard is only ever touched by one worker at a time, in the order of the log, so what is decided depends neither on how
many workers there are nor on which of them is first. Compiled functions release Python's lock.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import numpy as np

from cartellino.kernel.arrays import Array


class Workers:
    """Carries out independent pieces of work, on so many threads; one does without."""

    def __init__(self, number: int) -> None:
        """`number` is at least 1."""
        self.number = number
        self._pool = ThreadPoolExecutor(number, "kernel") if number > 1 else None

    def do(self, pieces: Sequence[Callable[[], object]]) -> None:
        """Do all of them, and return when the last is done."""
        if self._pool is None or len(pieces) < 2:
            for piece in pieces:
                piece()
            return
        for done in [self._pool.submit(_done, piece) for piece in pieces]:
            done.result()

    def parts(self, size: int) -> list[tuple[int, int]]:
        """Cut rows into one stretch for each worker."""
        step = -(-size // self.number) or 1
        return [(begin, min(begin + step, size)) for begin in range(0, size, step)]

    def close(self) -> None:
        """End the threads."""
        if self._pool is not None:
            self._pool.shutdown()


def _done(piece: Callable[[], object]) -> None:
    """Codes wrap around: NumPy would say so where Python itself runs the functions, and asks each thread anew."""
    with np.errstate(over="ignore", invalid="ignore"):
        piece()


def rows_by_shard(codes: Array, shards: int, core: SimpleNamespace) -> list[Array]:
    """Return the rows of each shard, in the order of the log; a row whose code is 0 has no key and belongs to none."""
    shard_of = np.empty(len(codes), np.int32)
    core.shards_of(codes, shards, shard_of)
    counts = np.bincount(shard_of + 1, minlength=shards + 1)
    ordered = np.empty(len(codes), np.int64)
    starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])
    core.order(shard_of, starts[:-1].copy(), ordered)
    return [ordered[starts[shard + 1] : starts[shard + 2]] for shard in range(shards)]
