"""When each rule fired last for an account, and whether it has rested since."""

from __future__ import annotations

import numpy as np

from cartellino.kernel.native.hashing import joined
from cartellino.kernel.native.index import find_or_add
from cartellino.kernel.native.types import Bytes, Ints, Longs


def settle(
    rows: Longs, rules: Ints, persons: Longs, clocks: Longs, latest: Longs, names: Longs, rests: Longs, cells: Longs,
    counts: Longs, fired: Longs, out: Bytes,
) -> None:  # fmt: skip
    """Go through what is true, in the order of the log: a rule fires unless it fired within its cool-down.

    `fired` holds from 1 on, by slot, the latest clock that the rule read when it fired (`latest`).
    """
    for number in range(rows.shape[0]):
        row, rule = rows[number], rules[number]
        slot = find_or_add(joined(persons[row], names[rule]), cells, counts)
        before = fired[slot]
        out[number] = np.int64(before == 0 or clocks[row] + 1 - before >= rests[rule])
        if out[number] != 0:
            fired[slot] = latest[number] + 1
