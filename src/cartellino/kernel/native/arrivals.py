"""Decides which rows of a source are accepted: none that are stored already, from the future, late, or repeated.

The same as `events.intake` for single events. An id is stored with its time and a digest of the event, in cells of
three words; the code 0 marks an empty cell.
"""

from __future__ import annotations

from cartellino.kernel.native.index import AHEAD, prefetch
from cartellino.kernel.native.known import cell_of
from cartellino.kernel.native.types import Bytes, Int, Longs

TAKEN, HELD, FUTURE, LATE, DUPLICATE, REUSED = 0, 1, 2, 3, 4, 5


def id_at(code: Int, ids: Longs) -> Int:
    """Return the cell of an id, or the empty cell in which it would be stored."""
    at = code & (ids.shape[0] - 1)
    while ids[at, 0] != 0 and ids[at, 0] != code:
        at = (at + 1) & (ids.shape[0] - 1)
    return at


def admit(
    digests: Longs, held: Bytes, codes: Longs, marks: Longs, times: Longs, now: Int, ahead: Int, disorder: Int,
    knows: Int, cells: Longs, counts: Longs, ids: Longs, source: Longs, newest: Longs, out: Bytes,
) -> None:  # fmt: skip
    """Write whether each row is accepted, or why not, and the newest time of the source before it.

    The newest time is the largest so far, but at most `now`. `held` are 1 for rows of finished segments, and
    `cells` the digests of all other stored events, if `knows`. `source` has the largest time and the number of ids.
    """
    base_of_cells, base_of_ids = cells.ctypes.data, ids.ctypes.data
    for row in range(times.shape[0]):
        if row + AHEAD < times.shape[0]:
            prefetch(base_of_cells + (digests[row + AHEAD] & (cells.shape[0] - 1)) * 8)
            prefetch(base_of_ids + (codes[row + AHEAD] & (ids.shape[0] - 1)) * 24)
        time = times[row]
        newest[row] = min(source[0], now)
        out[row] = TAKEN
        cell = cell_of(digests[row], cells)
        if held[row] != 0 or cells[cell] != 0:
            out[row] = HELD
        elif time > now + ahead:
            out[row] = FUTURE
        elif time < newest[row] - disorder:
            out[row] = LATE
        else:
            at = id_at(codes[row], ids)
            if ids[at, 0] != 0 and ids[at, 1] >= newest[row] - disorder:
                out[row] = DUPLICATE if ids[at, 1] == time and ids[at, 2] == marks[row] else REUSED
            else:
                source[1] += ids[at, 0] == 0
                ids[at, 0] = codes[row]
                ids[at, 1] = time
                ids[at, 2] = marks[row]
                source[0] = max(source[0], time)
                if knows != 0:
                    cells[cell] = digests[row]
                    counts[0] += 1


def learn_ids(rows: Longs, ids: Longs, source: Longs) -> None:
    """Store the ids of accepted events: rows of the three words of a cell. Of an id, the last row stays."""
    for row in range(rows.shape[0]):
        at = id_at(rows[row, 0], ids)
        source[1] += ids[at, 0] == 0
        ids[at, 0] = rows[row, 0]
        ids[at, 1] = rows[row, 1]
        ids[at, 2] = rows[row, 2]
        source[0] = max(source[0], rows[row, 1])


def remember(old: Longs, new: Longs, since: Int) -> Int:
    """Copy the ids that are not older than `since` to an empty table, and return their number."""
    kept = 0
    for cell in range(old.shape[0]):
        if old[cell, 0] != 0 and old[cell, 1] >= since:
            at = id_at(old[cell, 0], new)
            new[at, 0] = old[cell, 0]
            new[at, 1] = old[cell, 1]
            new[at, 2] = old[cell, 2]
            kept += 1
    return kept
