"""Arrays of the tables: begun nought, aligned to lines of memory, and grown by doubling before a batch may need it.

NumPy asks for huge pages for what is large (and leaves pages untouched that nobody writes), so nothing here has to.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

LINE = 64
"""Bytes of a line of memory."""

Array = NDArray[Any]


def zeros(rows: int, columns: int, kind: type) -> Array:
    """Return an array of nought whose first row begins with a line of memory."""
    width = np.dtype(kind).itemsize
    raw = np.zeros(max(rows, 1) * max(columns, 1) * width + LINE, np.uint8)
    begin = -raw.ctypes.data % LINE
    return raw[begin : begin + max(rows, 1) * max(columns, 1) * width].view(kind).reshape(max(rows, 1), max(columns, 1))


def grown(array: Array, rows: int) -> Array:
    """Return the array itself if it has so many rows, else one at least twice as long that begins with the same."""
    if array.shape[0] >= rows:
        return array
    larger = zeros(max(rows, 2 * array.shape[0]), array.shape[1], array.dtype.type)
    larger[: array.shape[0]] = array
    return larger
