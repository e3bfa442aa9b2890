"""The texts behind codes: the last known numbers, devices, addresses and regions of accounts, for findings.

The kernel itself computes with codes. Each text is stored once, in Arrow arrays that are merged when the last one is at
least half as long as the one before, so that there are few of them.
"""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pyarrow as pa

from cartellino.kernel.arrays import Array, zeros


class Names:
    """Texts by code, in the order of insertion."""

    def __init__(self, core: SimpleNamespace) -> None:
        """Start empty."""
        self._core = core
        self._cells = zeros(64, 2, np.int64)
        self._counts = np.zeros(2, np.int64)
        self._chunks: list[pa.Array] = []
        self._starts: list[int] = []

    def run_on(self, core: SimpleNamespace) -> None:
        """Use other functions on the same arrays."""
        self._core = core

    def __len__(self) -> int:
        return int(self._counts[0])

    def learn(self, codes: Array, texts: pa.Array) -> None:
        """Store the texts whose codes are new."""
        before = len(self)
        self._make_room(len(codes))
        slots = np.empty(len(codes), np.int64)
        self._core.find_all(np.arange(len(codes)), codes, self._cells, self._counts, slots)
        fresh = np.flatnonzero(slots >= before)
        if len(fresh):
            _, first = np.unique(slots[fresh], return_index=True)
            self._append(texts.take(pa.array(fresh[first])), before)

    def texts(self, codes: Array) -> list[str | None]:
        """Return the text of each code; `None` for 0, which is unknown, and for codes without a stored text."""
        once, each = np.unique(codes, return_inverse=True)
        slots = np.array([self._core.find(code, self._cells) if code else -1 for code in once], np.int64)
        chunks, known = np.searchsorted(self._starts, slots, "right") - 1, np.full(len(once), None, object)
        for number in set(chunks[slots >= 0].tolist()):
            own = np.flatnonzero(chunks == number)
            known[own] = self._chunks[number].take(pa.array(slots[own] - self._starts[number])).to_pylist()
        texts: list[str | None] = known[each].tolist()
        return texts

    def all(self) -> tuple[Array, pa.Array]:
        """Return all codes, and their texts."""
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
