"""When each rule last fired for an account, and whether its cool-down has passed."""

from __future__ import annotations

import numpy as np

from cartellino.kernel.native.hashing import joined
from cartellino.kernel.native.index import find_or_add
from cartellino.kernel.native.types import Bytes, Ints, Longs


def cool_down(
    persons: Longs, rules: Ints, earliest: Longs, latest: Longs, names: Longs, rests: Longs, cells: Longs,
    counts: Longs, fired: Longs, out: Bytes,
) -> None:  # fmt: skip
    """Write for each event and rule, in the order of the log, whether the rule fires: not within its cool-down.

    The cool-down lasts from the latest clock that the rule read when it fired to the earliest that it reads now, so
    that events that counted then have left every window. `fired` has the former by slot, counted from 1 (0: never).
    """
    for number in range(persons.shape[0]):
        rule = rules[number]
        slot = find_or_add(joined(persons[number], names[rule]), cells, counts)
        before = fired[slot]
        out[number] = np.int64(before == 0 or earliest[number] + 1 - before >= rests[rule])
        if out[number] != 0:
            fired[slot] = latest[number] + 1
