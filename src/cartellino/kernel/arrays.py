"""Arrays of the tables: zeroed, aligned to cache lines, and made longer before a batch may need more rows.

The system allocates pages only when they are first written. So an array that grows reserves many more addresses than it
has rows, and growing is a longer view of them: nothing is copied, and no batch waits for gigabytes to be doubled. Where
addresses cannot be reserved (strict overcommit, a limit of the process, another system than Linux), or are used up, it
is copied to twice the size.
"""

from __future__ import annotations

import mmap
import sys
from contextlib import suppress
from typing import Any

import numpy as np
from numpy.typing import NDArray

LINE = 64
"""Bytes of a cache line."""

RESERVED = 1 << 34
"""Bytes of addresses that a growing array reserves. They take no memory."""

_LARGE = 4 << 20
"""Bytes from which on huge pages are requested, as NumPy does. In a smaller array, they would be mostly unused."""

_NORESERVE = getattr(mmap, "MAP_NORESERVE", 0x4000)  # Python names it since 3.13; the number is that of Linux

Array = NDArray[Any]


def zeros(rows: int, columns: int, kind: type) -> Array:
    """Return an array of zeros, of at least one row and one column, that begins at a cache line."""
    width = np.dtype(kind).itemsize
    raw = np.zeros(max(rows, 1) * max(columns, 1) * width + LINE, np.uint8)
    begin = -raw.ctypes.data % LINE
    return raw[begin : begin + max(rows, 1) * max(columns, 1) * width].view(kind).reshape(max(rows, 1), max(columns, 1))


def growing(rows: int, columns: int, kind: type) -> Array:
    """Return an array as `zeros` does that `grown` can make longer without copying it."""
    space = _reserved()
    return zeros(rows, columns, kind) if space is None else _longer(space, rows, max(columns, 1), np.dtype(kind))


def grown(array: Array, rows: int) -> Array:
    """Return the array itself if it has `rows` rows, else a longer one that begins with its rows; the rest is zero.

    A longer view shares the memory of the array.
    """
    if array.shape[0] >= rows:
        return array
    rows, space = max(rows, array.shape[0] * 5 // 4), array.base
    if isinstance(space, np.ndarray) and _is_reserved(space) and rows * array.strides[0] <= RESERVED:
        return _longer(space, rows, array.shape[1], array.dtype)
    larger = zeros(max(rows, 2 * array.shape[0]), array.shape[1], array.dtype.type)
    larger[: array.shape[0]] = array
    return larger


def _longer(space: Array, rows: int, columns: int, kind: np.dtype[Any]) -> Array:
    """Return so many rows at the beginning of reserved addresses."""
    size = max(rows, 1) * columns * kind.itemsize
    if size >= _LARGE and hasattr(mmap, "MADV_HUGEPAGE"):
        with suppress(OSError):  # a kernel without huge pages
            space.base.obj.madvise(mmap.MADV_HUGEPAGE, 0, size)  # type: ignore[union-attr]
    return space[:size].view(kind).reshape(max(rows, 1), columns)


def _reserved() -> Array | None:
    """Return bytes that take no memory until they are written; `None` if the system does not give so many addresses."""
    if sys.platform != "linux":
        return None
    try:
        space = mmap.mmap(-1, RESERVED, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | _NORESERVE)
    except (OSError, ValueError, OverflowError):
        return None
    return np.frombuffer(space, np.uint8)


def _is_reserved(space: Array) -> bool:
    return space.nbytes == RESERVED and isinstance(getattr(space.base, "obj", None), mmap.mmap)
