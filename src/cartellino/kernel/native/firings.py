"""When each rule fired last for an account, and whether it has rested since."""

from __future__ import annotations

import numpy as np

from cartellino.kernel.native.hashing import joined
from cartellino.kernel.native.index import find_or_add
from cartellino.kernel.native.types import Bytes, Ints, Longs


def cool_down(
    persons: Longs, rules: Ints, earliest: Longs, latest: Longs, names: Longs, rests: Longs, cells: Longs,
    counts: Longs, fired: Longs, out: Bytes,
) -> None:  # fmt: skip
    """Go through what is true, in the order of the log: a rule fires unless it fired within its cool-down.

    It rests from the latest clock that it read when it fired to the earliest that it reads now: an event that counted
    then has left every window by now. `fired` holds the former by slot, from 1 on.
    """
    for number in range(persons.shape[0]):
        rule = rules[number]
        slot = find_or_add(joined(persons[number], names[rule]), cells, counts)
        before = fired[slot]
        out[number] = np.int64(before == 0 or earliest[number] + 1 - before >= rests[rule])
        if out[number] != 0:
            fired[slot] = latest[number] + 1
