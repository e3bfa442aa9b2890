"""What the machine's memory can do just now: nanoseconds for an independent load from somewhere in 512 MB.

    python -m benchmarks.kernel.probe

Beside a speed it says how fast the machine was; a speed as a multiple of it travels better than events a second.
"""

from __future__ import annotations

from time import perf_counter, thread_time
from typing import Any

import numba
import numpy as np
import numpy.typing as npt

SIZE = 512 << 20
LOADS = 20_000_000


def _add_up(table: npt.NDArray[np.uint64], loads: int) -> np.uint64:
    """Add up entries at random places: no address depends on what was loaded, so misses overlap."""
    mask, place, total = np.uint64(len(table) - 1), np.uint64(88_172_645_463_325_252), np.uint64(0)
    for _ in range(loads):
        place ^= place << np.uint64(13)
        place ^= place >> np.uint64(7)
        place ^= place << np.uint64(17)
        total += table[place & mask]
    return total


_walk: Any = numba.njit(_add_up)


def probe(loads: int = LOADS) -> tuple[float, float]:
    """Return nanoseconds a load, of processor time and of the clock on the wall."""
    table = np.arange(SIZE // 8, dtype=np.uint64)
    _walk(table, 1)
    wall, cpu = perf_counter(), thread_time()
    _walk(table, loads)
    return (thread_time() - cpu) / loads * 1e9, (perf_counter() - wall) / loads * 1e9


if __name__ == "__main__":
    cpu, wall = probe()
    print(f"{cpu:.2f} ns of processor time a load, {wall:.2f} ns on the wall, in {SIZE >> 20} MB")
