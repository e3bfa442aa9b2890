"""The types of the arguments of native functions, and what is passed together.

Numba compiles functions for named tuples as for their parts.
"""

from __future__ import annotations

from typing import Any, NamedTuple

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


class Shard(NamedTuple):
    """The arrays of a shard of a table; see `kernel.table`. `counts` are how many were made, and how many are free."""

    longs: Longs
    ints: Ints
    pool: Words
    free: Ints
    counts: Longs
    sums: Longs
    free_sums: Ints
    counts_sums: Longs
    values: Longs
    entries: Ints
    spare: Ints
    counts_entries: Longs
    lines: Words
    looked: Longs


class Seen(NamedTuple):
    """The event columns of a batch; see `kernel.event_columns`."""

    longs: Longs
    ints: Ints
    reals: Reals
    facts: Bytes
    kinds: Bytes


class Layout(NamedTuple):
    """What the fold of a table does: its tables, which `kernel.folding` derives from the policies.

    `relevant`, and the first of `steps`, `lists` and `shows`, are given for each kind; the other columns and `places`
    are described in `native.fold`, `members` in `native.counting`. For each window there are its first total, its
    number of panes, and the length of a pane in seconds.
    """

    places: Longs
    relevant: Bytes
    steps: Longs
    first_step: Longs
    lists: Longs
    first_list: Longs
    shows: Longs
    first_show: Longs
    sums: Longs
    members: Longs
    first_total: Longs
    pane_counts: Longs
    pane_seconds: Longs
    names: Longs


class Scratch(NamedTuple):
    """Space for intermediate results of one call of the fold, which allocates no memory itself.

    `panes`, `places`, `now` and `then` have an entry for each window: the pane of the event, its index in a block, and
    the pane of the clock of the key now and at its last event.
    """

    since: Longs
    moves: Longs
    pairs: Longs
    panes: Longs
    places: Longs
    now: Longs
    then: Longs


class Program(NamedTuple):
    """A program of a rule or a filter: its steps (see `native.programs`), its numbers, and the codes of its texts."""

    steps: Longs
    params: Reals
    codes: Longs


class Registers(NamedTuple):
    """Registers of programs: truth values, the ends of numbers, and codes of texts, each of the events of a block.

    `rows` are the numbers of these events in the batch.
    """

    rows: Longs
    truths: Bytes
    low: Reals
    high: Reals
    codes: Longs
