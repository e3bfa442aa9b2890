"""How an event is counted by each kind of aggregate: which panes of which counters it moves.

Nothing is added here yet. `moves` collects where one is added (1) and taken (-1), and the fold carries that out in one
place. `members` has a row for each member of a family: its window, the places of its counters in the record, and the
window of its doubts. Of each window, `panes` has the pane of the event and `places` where that stands in a block, `now` the pane of the key's
clock, `widths` how many panes there are, and `spans` how many seconds one lasts.
"""

from __future__ import annotations

import numpy as np

from cartellino.kernel.native.hashing import place, tag
from cartellino.kernel.native.lines import SEEN, answer, latest_of, meet, wait
from cartellino.kernel.native.types import Int, Longs, Words

WINDOW, CERTAIN, POSSIBLE, DOUBT, DOUBTED = 0, 1, 2, 3, 4


def move_in(moves: Longs, count: Int, at: Int, pane: Int) -> Int:
    """Note that one is added to a pane, and return how many moves there are."""
    moves[count, 0] = at
    moves[count, 1] = pane
    moves[count, 2] = 1
    return count + 1


def move_out(moves: Longs, count: Int, at: Int, pane: Int) -> Int:
    """Note that one is taken from a pane, and return how many moves there are."""
    moves[count, 0] = at
    moves[count, 1] = pane
    moves[count, 2] = -1
    return count + 1


def move(
    moves: Longs, count: Int, at: Int, met: Int, window: Int, panes: Longs, places: Longs, widths: Longs, spans: Longs
) -> Int:
    """Count what is new in the window (`met` 0); what was met in an older pane, in that second, moves."""
    if met == 0:
        return move_in(moves, count, at, places[window])
    if met - 1 < panes[window] * spans[window]:
        count = move_out(moves, count, at, (met - 1) // spans[window] % widths[window])
        return move_in(moves, count, at, places[window])
    return count


def one_more(
    moves: Longs, count: Int, member: Int, members: Longs, sort: Int, panes: Longs, places: Longs, now: Longs,
    widths: Longs,
) -> Int:  # fmt: skip
    """Count an event, if it is still in the window."""
    window = members[member, WINDOW]
    if panes[window] > now[window] - widths[window]:
        return move_in(moves, count, members[member, sort], places[window])
    return count


def tell_apart(
    moves: Longs, count: Int, lines: Words, looked: Longs, since: Longs, pair: Int, value: Int, role: Int, second: Int,
    first: Int, size: Int, members: Longs, panes: Longs, places: Longs, now: Longs, widths: Longs, spans: Longs,
) -> Int:  # fmt: skip
    """Count a value in each window of a family where it is new; one that is not known may be any."""
    if value == 0:
        for member in range(first, first + size):
            count = one_more(moves, count, member, members, POSSIBLE, panes, places, now, widths)
        return count
    for number in range(size):
        window = members[first + number, WINDOW]
        since[number] = max(now[window] - widths[window] + 1, 0) * spans[window] + 1
    line = place(pair, lines.shape[0])
    before, certain = meet(lines, line, tag(pair, role), second, size, since, looked)
    for number in range(size):
        if second >= since[number]:
            window = members[first + number, WINDOW]
            sort = CERTAIN if role == SEEN and certain >> number & 1 else POSSIBLE
            met = before if before >= since[number] else np.int64(0)
            at = members[first + number, sort]
            count = move(moves, count, at, met, window, panes, places, widths, spans)
    return count


def await_answer(
    moves: Longs, count: Int, lines: Words, looked: Longs, since: Longs, pair: Int, value: Int, sure: Int, suspect: Int,
    unnamed: Int, second: Int, member: Int, members: Longs, panes: Longs, places: Longs, now: Longs, widths: Longs, spans: Longs,
) -> Int:  # fmt: skip
    """Count a peer who has been written to and has not replied; `unnamed` is the second of the latest reply without a
    name."""
    window = members[member, WINDOW]
    if value == 0:
        return one_more(moves, count, member, members, POSSIBLE, panes, places, now, widths)
    if panes[window] <= now[window] - widths[window]:
        return count
    since[0] = max(now[window] - widths[window] + 1, 0) * spans[window] + 1
    line = place(pair, lines.shape[0])
    if suspect == 0 and unnamed != 0:
        latest = latest_of(lines, line, tag(pair, 0), since[0])
        if latest != 0 and (unnamed - 1) // spans[window] > (latest - 1) // spans[window] - widths[window]:
            suspect = 1
    sort, met = wait(lines, line, tag(pair, 0), second, since, sure, suspect, looked)
    if sort == 0:
        return count
    return move(moves, count, members[member, sort], met, window, panes, places, widths, spans)


def reply(
    moves: Longs, count: Int, lines: Words, pair: Int, second: Int, member: Int, members: Longs, panes: Longs,
    now: Longs, widths: Longs, spans: Longs,
) -> Int:  # fmt: skip
    """Take a peer out who has replied."""
    window = members[member, WINDOW]
    if panes[window] <= now[window] - widths[window]:
        return count
    since = max(now[window] - widths[window] + 1, 0) * spans[window] + 1
    sure, unsure, maybe, doubt = answer(lines, place(pair, lines.shape[0]), tag(pair, 0), second, since)
    if sure != 0:
        count = move_out(moves, count, members[member, CERTAIN], (sure - 1) // spans[window] % widths[window])
    if unsure != 0:
        count = move_out(moves, count, members[member, POSSIBLE], (unsure - 1) // spans[window] % widths[window])
    if maybe != 0:
        count = move_out(moves, count, members[member, POSSIBLE], (maybe - 1) // spans[window] % widths[window])
    if doubt != 0:
        doubts = members[member, DOUBTED]
        count = move_in(moves, count, members[member, DOUBT], now[doubts] % widths[doubts])
    return count
