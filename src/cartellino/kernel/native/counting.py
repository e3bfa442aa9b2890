"""How an event is counted by each kind of aggregate: which panes of which counters it moves.

Nothing is added here yet. `moves` collects where how many are added, or one is taken (-1), and the fold carries that
out in one place. `members` has a row for each member of a family: its window, the places of its counters in the record,
and the window of its doubts. Of each window, `panes` has the pane of the event and `places` where that stands in a
block, `now` the pane of the key's clock, `widths` how many panes there are, and `spans` how many seconds one lasts.
"""

from __future__ import annotations

import numpy as np

from cartellino.kernel.native.hashing import place, tag
from cartellino.kernel.native.lines import (
    ANSWERED,
    MANY,
    MAYBE,
    SEEN,
    answer,
    counted_at,
    drop,
    latest_of,
    may_be_since,
    meet,
    put,
    tally,
    untally,
    wait,
    way_of,
)
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
    unnamed: Int, second: Int, member: Int, members: Longs, panes: Longs, places: Longs, now: Longs, widths: Longs,
    spans: Longs,
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
    moves: Longs, count: Int, lines: Words, looked: Longs, pair: Int, second: Int, member: Int, members: Longs,
    panes: Longs, now: Longs, widths: Longs, spans: Longs, has_replied: Int,
) -> Int:  # fmt: skip
    """Take a peer out who has replied, or (`has_replied` 0) who takes back for what they were waited for."""
    window = members[member, WINDOW]
    if has_replied != 0 and panes[window] <= now[window] - widths[window]:
        return count
    since = max(now[window] - widths[window] + 1, 0) * spans[window] + 1
    line = place(pair, lines.shape[0])
    sure, unsure, maybe, in_doubt = answer(lines, line, tag(pair, 0), second, since, has_replied, looked)
    if sure != 0:
        count = move_out(moves, count, members[member, CERTAIN], (sure - 1) // spans[window] % widths[window])
    if unsure != 0:
        count = move_out(moves, count, members[member, POSSIBLE], (unsure - 1) // spans[window] % widths[window])
    if maybe != 0:
        count = move_out(moves, count, members[member, POSSIBLE], (maybe - 1) // spans[window] % widths[window])
    if in_doubt != 0:
        count = doubt(moves, count, 0, 1, member, 1, members, now, widths, spans)
    return count


def since_when(first: Int, size: Int, members: Longs, now: Longs, widths: Longs, spans: Longs) -> Int:
    """Return the first second of the window of a family that reaches back furthest."""
    since = np.int64(1) << 40
    for member in range(first, first + size):
        window = members[member, WINDOW]
        since = min(since, max(now[window] - widths[window] + 1, 0) * spans[window] + 1)
    return since


def attribute(
    lines: Words, looked: Longs, pair: Int, nobody: Int, second: Int, first: Int, size: Int, tallies: Int,
    members: Longs, now: Longs, widths: Longs, spans: Longs,
) -> Int:  # fmt: skip
    """Note who is behind an event that can be taken back, and return how surely it counts (2 or 1).

    `nobody` is the pair of those whose names are missing, `pair` itself where it is one of them.
    """
    since = since_when(first, size, members, now, widths, spans)
    if second < since:
        return 2
    line = place(pair, lines.shape[0])
    unnamed = place(nobody, lines.shape[0])
    by_them = may_be_since(lines, line, tag(pair, ANSWERED), second, looked)
    by_nobody = may_be_since(lines, unnamed, tag(nobody, MAYBE), second, looked)
    if by_them or by_nobody:
        return 1
    if tallies != 0 and tally(lines, line, tag(pair, SEEN), second, since, looked) == MANY:
        return 1
    return 2


def forget(
    lines: Words, looked: Longs, pair: Int, peer: Int, first: Int, size: Int, members: Longs, now: Longs,
    widths: Longs, spans: Longs,
) -> tuple[Int, Int]:  # fmt: skip
    """Forget what somebody has added who takes it back. Return when that last was, and how often."""
    if peer == 0:
        return np.int64(0), np.int64(MANY)
    line, since = place(pair, lines.shape[0]), since_when(first, size, members, now, widths, spans)
    return untally(lines, line, tag(pair, SEEN), since, looked)


def note_taken_back(lines: Words, pair: Int, nobody: Int, peer: Int, second: Int) -> None:
    """Note when somebody takes back what they have added.

    Of nobody it is noted when anybody (`ANSWERED`) and when somebody without a name (`MAYBE`) last took back.
    """
    unnamed = place(nobody, lines.shape[0])
    if peer != 0:
        line = place(pair, lines.shape[0])
        put(lines, line, way_of(lines, line, tag(pair, ANSWERED)), tag(pair, ANSWERED), second, 1)
    put(lines, unnamed, way_of(lines, unnamed, tag(nobody, ANSWERED)), tag(nobody, ANSWERED), second, 1)
    if peer == 0:
        put(lines, unnamed, way_of(lines, unnamed, tag(nobody, MAYBE)), tag(nobody, MAYBE), second, 1)


def forget_unnamed(
    lines: Words, looked: Longs, nobody: Int, first: Int, size: Int, members: Longs, now: Longs, widths: Longs,
    spans: Longs,
) -> tuple[Int, Int]:  # fmt: skip
    """Return when something without a name last came, and how often; it may be of whoever takes back."""
    line, since = place(nobody, lines.shape[0]), since_when(first, size, members, now, widths, spans)
    return untally(lines, line, tag(nobody, SEEN), since, looked)


def one_less(
    moves: Longs, count: Int, latest: Int, number: Int, member: Int, members: Longs, now: Longs, widths: Longs,
    spans: Longs,
) -> tuple[Int, Int]:  # fmt: skip
    """Take the latest one out, which is known to be in its pane. Return how many are left to be doubted, too."""
    if latest == 0 or number == 0 or number == MANY:
        return count, number
    window = members[member, WINDOW]
    pane = (latest - 1) // spans[window] % widths[window]
    return move_out(moves, count, members[member, CERTAIN], pane), number - 1


def doubt(
    moves: Longs, count: Int, latest: Int, number: Int, first: Int, size: Int, members: Longs, now: Longs,
    widths: Longs, spans: Longs,
) -> Int:  # fmt: skip
    """Doubt so many in each window of a family, for as long as the latest of them (0: now) is in it."""
    for member in range(first, first + size):
        window = members[member, DOUBTED]
        pane = now[window] if latest == 0 else (latest - 1) // spans[window]
        if number != 0 and pane > now[window] - widths[window]:
            count = move_in(moves, count, members[member, DOUBT], pane % widths[window])
            moves[count - 1, 2] = number
    return count


def take_out(
    moves: Longs, count: Int, lines: Words, looked: Longs, pair: Int, first: Int, size: Int, members: Longs,
    now: Longs, widths: Longs, spans: Longs,
) -> Int:  # fmt: skip
    """Take a peer out of each window of a family; doubt one where they may be counted and nobody remembers it."""
    line = place(pair, lines.shape[0])
    for number in range(size):
        member = first + number
        window = members[member, WINDOW]
        since = max(now[window] - widths[window] + 1, 0) * spans[window] + 1
        seen, is_certain, maybe = counted_at(lines, line, tag(pair, 0), since, number, looked)
        if seen != 0:
            sort = CERTAIN if is_certain else POSSIBLE
            count = move_out(moves, count, members[member, sort], (seen - 1) // spans[window] % widths[window])
        if not is_certain:
            count = doubt(moves, count, 0, 1, member, 1, members, now, widths, spans)
        if maybe != 0:
            count = move_out(moves, count, members[member, POSSIBLE], (maybe - 1) // spans[window] % widths[window])
    drop(lines, line, tag(pair, SEEN))
    drop(lines, line, tag(pair, MAYBE))
    return count
