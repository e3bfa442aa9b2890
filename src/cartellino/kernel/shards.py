"""Parallel work by shards: each table is partitioned by the codes of its keys.

Only one worker at a time changes a shard, and in the order of the log, so that the results depend neither on the number
of workers nor on their timing. Compiled functions release the GIL.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import numpy as np

from cartellino.kernel.arrays import Array


class Workers:
    """Runs independent pieces of work on `number` threads; a single one needs no pool."""

    def __init__(self, number: int) -> None:
        """`number` is at least 1."""
        self.number = number
        self._pool = ThreadPoolExecutor(number, "kernel") if number > 1 else None

    def do(self, pieces: Sequence[Callable[[], object]]) -> None:
        """Run all pieces, and return when the last has finished."""
        if self._pool is None or len(pieces) < 2:
            for piece in pieces:
                piece()
            return
        for done in [self._pool.submit(_done, piece) for piece in pieces]:
            done.result()

    def parts(self, size: int) -> list[tuple[int, int]]:
        """Return a range of rows, as begin and end, for each worker."""
        step = -(-size // self.number) or 1
        return [(begin, min(begin + step, size)) for begin in range(0, size, step)]

    def close(self) -> None:
        """Stop the threads."""
        if self._pool is not None:
            self._pool.shutdown()


def _done(piece: Callable[[], object]) -> None:
    """Run a piece. The hashing of codes overflows on purpose; NumPy, whose setting is per thread, must not warn."""
    with np.errstate(over="ignore", invalid="ignore"):
        piece()


def rows_by_shard(codes: Array, shards: int, core: SimpleNamespace) -> list[Array]:
    """Return the rows of each shard, in the order of the log; rows with code 0 have no key and are left out."""
    shard_of = np.empty(len(codes), np.int32)
    core.shards_of(codes, shards, shard_of)
    counts = np.bincount(shard_of + 1, minlength=shards + 1)
    ordered = np.empty(len(codes), np.int64)
    starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])
    core.order(shard_of, starts[:-1].copy(), ordered)
    return [ordered[starts[shard + 1] : starts[shard + 2]] for shard in range(shards)]
