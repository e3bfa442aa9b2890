"""What the functions of this folder take."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

Int = Any
"""A whole number, as Python or NumPy has it."""

Flag = Any
"""Whether something is so, as Python or NumPy has it."""

Longs = NDArray[Any]
"""Signed 64-bit integers: instants, codes, totals of sums."""

Ints = NDArray[Any]
"""Signed 32-bit integers: totals, blocks, places."""

Words = NDArray[Any]
"""Unsigned integers: lines, panes."""

Bytes = NDArray[Any]
"""Bytes: truths (0 false, 1 unknown, 2 true), kinds, texts."""

Reals = NDArray[Any]
"""Doubles: number columns, NaN where unknown."""
