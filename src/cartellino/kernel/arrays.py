"""Arrays of the tables: zeroed, aligned to cache lines, and doubled in size before a batch may need more rows.

NumPy requests huge pages for large arrays, and the system allocates pages only when they are first written, so nothing
is done about either here.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

LINE = 64
"""Bytes of a cache line."""

Array = NDArray[Any]


def zeros(rows: int, columns: int, kind: type) -> Array:
    """Return an array of zeros, of at least one row and one column, that begins at a cache line."""
    width = np.dtype(kind).itemsize
    raw = np.zeros(max(rows, 1) * max(columns, 1) * width + LINE, np.uint8)
    begin = -raw.ctypes.data % LINE
    return raw[begin : begin + max(rows, 1) * max(columns, 1) * width].view(kind).reshape(max(rows, 1), max(columns, 1))


def grown(array: Array, rows: int) -> Array:
    """Return the array itself if it has `rows` rows, else a copy with at least twice as many, the new ones zero."""
    if array.shape[0] >= rows:
        return array
    larger = zeros(max(rows, 2 * array.shape[0]), array.shape[1], array.dtype.type)
    larger[: array.shape[0]] = array
    return larger
