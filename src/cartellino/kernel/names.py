"""The names behind codes: numbers, devices, addresses and regions that accounts had last, for those that a rule finds.

The kernel itself works with codes. A name is kept once, in Arrow arrays that double in length as they are joined.
"""

from __future__ import annotations

from bisect import bisect_right
from types import SimpleNamespace

import numpy as np
import pyarrow as pa

from cartellino.kernel.arrays import Array, zeros
from cartellino.kernel.codes import Code


class Names:
    """Texts by their codes, in the order in which they were learnt."""

    def __init__(self, core: SimpleNamespace) -> None:
        """Start with none."""
        self._core = core
        self._cells = zeros(64, 2, np.int64)
        self._counts = np.zeros(2, np.int64)
        self._chunks: list[pa.Array] = []
        self._starts: list[int] = []

    def run_on(self, core: SimpleNamespace) -> None:
        """Go on with other functions on the same arrays."""
        self._core = core

    def __len__(self) -> int:
        return int(self._counts[0])

    def learn(self, codes: Array, texts: pa.Array) -> None:
        """Keep those that are new."""
        before = len(self)
        self._make_room(len(codes))
        slots = np.empty(len(codes), np.int64)
        self._core.find_all(np.arange(len(codes)), codes, self._cells, self._counts, slots)
        fresh = np.flatnonzero(slots >= before)
        if len(fresh):
            _, first = np.unique(slots[fresh], return_index=True)
            self._append(texts.take(pa.array(fresh[first])), before)

    def get(self, code: Code) -> str | None:
        """Return the name of a code; `None` of 0, which is unknown, and of what was never learnt."""
        slot = int(self._core.find(np.int64(code), self._cells)) if code else -1
        if slot < 0:
            return None
        chunk = bisect_right(self._starts, slot) - 1
        name: str = self._chunks[chunk][slot - self._starts[chunk]].as_py()
        return name

    def all(self) -> tuple[Array, pa.Array]:
        """Return every code with its name."""
        codes = np.zeros(len(self), np.int64)
        used = self._cells[self._cells[:, 0] != 0]
        codes[used[:, 1]] = used[:, 0]
        return codes, pa.concat_arrays(self._chunks) if self._chunks else pa.array([], pa.string())

    def _make_room(self, more: int) -> None:
        if 2 * (len(self) + more) > self._cells.shape[0]:
            larger = zeros(1 << (2 * (len(self) + more)).bit_length(), 2, np.int64)
            self._core.rehash(self._cells, larger)
            self._cells = larger

    def _append(self, texts: pa.Array, start: int) -> None:
        self._chunks.append(texts)
        self._starts.append(start)
        while len(self._chunks) > 1 and len(self._chunks[-2]) <= 2 * len(self._chunks[-1]):
            last = self._chunks.pop()
            self._starts.pop()
            self._chunks[-1] = pa.concat_arrays([self._chunks[-1], last])
