"""The types of the arguments of native functions."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

Int = Any
"""An integer of Python or NumPy."""

Flag = Any
"""A Boolean of Python or NumPy."""

Longs = NDArray[Any]
"""Signed 64-bit integers: instants, codes, totals of sums."""

Ints = NDArray[Any]
"""Signed 32-bit integers: totals, numbers of blocks, indexes."""

Words = NDArray[Any]
"""Unsigned integers: lines, panes."""

Bytes = NDArray[Any]
"""Bytes: truth values (0 false, 1 unknown, 2 true), kinds, texts."""

Reals = NDArray[Any]
"""Doubles: number columns, with NaN for unknown."""
