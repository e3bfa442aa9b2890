"""Pairs that were sighted: lines of 64 bytes, one miss of the cache each, without probing, sweeping or growing.

A line is sixteen 32-bit words. Word 0 is the latest second that the line forgot, word 1 holds four bits for each of
its seven entries (in which windows it was counted as certain, or how often it was seen), and then come the entries: a
tag, and the second in which it was last seen. Seconds count from 1; 0 is never, and an entry that was never seen is
free.
"""

from __future__ import annotations

import numpy as np

from cartellino.kernel.native.types import Flag, Int, Longs, Words

ENTRIES = 7
SEEN, MAYBE, ANSWERED = 0, 1, 2
MANY = 15


def way_of(lines: Words, line: Int, tag: Int) -> Int:
    """Return which entry of a line has a tag, -1 if none has."""
    for way in range(ENTRIES):
        if lines[line, 2 + 2 * way] == tag and lines[line, 3 + 2 * way] != 0:
            return way
    return -1


def seen_at(lines: Words, line: Int, way: Int) -> Int:
    """Return when an entry was last seen, 0 of no entry."""
    return np.int64(lines[line, 3 + 2 * way]) if way >= 0 else np.int64(0)


def certain_in(lines: Words, line: Int, way: Int) -> Int:
    """Return in which windows an entry was counted as certain, a bit each."""
    return np.int64(lines[line, 1]) >> (4 * way) & 15 if way >= 0 else np.int64(0)


def room(lines: Words, line: Int) -> Int:
    """Return a free entry of a line; the oldest one, and of two as old the one of the smaller tag, gives way."""
    oldest = 0
    for way in range(ENTRIES):
        if lines[line, 3 + 2 * way] == 0:
            return way
        later = np.int64(lines[line, 3 + 2 * way]) - np.int64(lines[line, 3 + 2 * oldest])
        if later < 0 or (later == 0 and lines[line, 2 + 2 * way] < lines[line, 2 + 2 * oldest]):
            oldest = way
    lines[line, 0] = max(np.int64(lines[line, 0]), np.int64(lines[line, 3 + 2 * oldest]))
    lines[line, 3 + 2 * oldest] = 0
    return oldest


def put(lines: Words, line: Int, way: Int, tag: Int, at: Int, certain: Int) -> None:
    """Note that a tag was seen, in its entry or, if it has none (-1), in a new one."""
    if way < 0:
        way = room(lines, line)
        lines[line, 2 + 2 * way] = tag
    lines[line, 3 + 2 * way] = max(np.int64(lines[line, 3 + 2 * way]), np.int64(at))
    bits = np.int64(lines[line, 1])
    lines[line, 1] = bits & ~(15 << (4 * way)) | certain << (4 * way)


def drop(lines: Words, line: Int, tag: Int) -> None:
    """Forget an entry."""
    way = way_of(lines, line, tag)
    if way >= 0:
        lines[line, 3 + 2 * way] = 0


def may_be_since(lines: Words, line: Int, tag: Int, since: Int, looked: Longs) -> Flag:
    """Say whether something was seen since a second, or may have been and is forgotten."""
    is_seen = seen_at(lines, line, way_of(lines, line, tag)) >= since
    may_be = is_seen or lines[line, 0] >= since
    looked[0] += 1
    looked[1] += np.int64(may_be and not is_seen)
    return may_be


def tally(lines: Words, line: Int, tag: Int, at: Int, since: Int, looked: Longs) -> Int:
    """Note that somebody was seen once more, and return how often they were since a second, up to `MANY`."""
    way = way_of(lines, line, tag)
    number = min(certain_in(lines, line, way) + 1, MANY)
    looked[0] += 1
    if seen_at(lines, line, way) < since:
        number = np.int64(MANY if lines[line, 0] >= since else 1)
        looked[1] += np.int64(number == MANY)
    put(lines, line, way, tag, at, number)
    return number


def untally(lines: Words, line: Int, tag: Int, since: Int, looked: Longs) -> tuple[Int, Int]:
    """Return when somebody who was tallied was last seen (0: nobody knows), and how often; and forget them."""
    way = way_of(lines, line, tag)
    before, number = seen_at(lines, line, way), certain_in(lines, line, way)
    looked[0] += 1
    if before < since:
        number = np.int64(MANY if lines[line, 0] >= since else 0)
        looked[1] += np.int64(number == MANY)
        return np.int64(0), number
    lines[line, 3 + 2 * way] = 0
    return before, number


def counted_at(lines: Words, line: Int, tag: Int, since: Int, window: Int, looked: Longs) -> tuple[Int, Flag, Int]:
    """Return when somebody was last seen in a window (0: not), whether that is certain, and when they maybe were."""
    way = way_of(lines, line, tag | SEEN)
    seen, maybe = seen_at(lines, line, way), seen_at(lines, line, way_of(lines, line, tag | MAYBE))
    is_certain = certain_in(lines, line, way) >> window & 1 != 0 if seen >= since else lines[line, 0] < since
    looked[0] += 2
    if lines[line, 0] >= since:
        looked[1] += np.int64(seen < since) + np.int64(maybe < since)
    return seen if seen >= since else np.int64(0), is_certain, maybe if maybe >= since else np.int64(0)


def meet(lines: Words, line: Int, tag: Int, at: Int, windows: Int, since: Longs, looked: Longs) -> tuple[Int, Int]:
    """Note a sighting, and return when the last one was (0: never) and in which windows what was known is certain.

    `since` holds the first second of each window. Certain of one that saw it: it was counted as certain then; of one
    that did not: it surely was not seen. `looked` counts the windows, and those for which that is undecided.
    """
    way = way_of(lines, line, tag)
    before, bits = seen_at(lines, line, way), certain_in(lines, line, way)
    certain = bits
    counts = False
    for window in range(windows):
        if at >= since[window]:
            counts = True
            is_sure = bits >> window & 1 if before >= since[window] else np.int64(lines[line, 0] < since[window])
            certain = certain & ~(1 << window) | is_sure << window
            looked[0] += 1
            looked[1] += np.int64(before < since[window] and is_sure == 0)
    if counts:
        put(lines, line, way, tag, at, certain)
    return before, certain


def latest_of(lines: Words, line: Int, tag: Int, since: Int) -> Int:
    """Return when a message to somebody was last counted, in whatever role; 0: not since that second."""
    seen = seen_at(lines, line, way_of(lines, line, tag | SEEN))
    maybe = seen_at(lines, line, way_of(lines, line, tag | MAYBE))
    latest = max(seen, maybe)
    return latest if latest >= since else np.int64(0)


def wait(
    lines: Words, line: Int, tag: Int, at: Int, since: Longs, sure: Int, suspect: Int, looked: Longs
) -> tuple[Int, Int]:
    """Note a message that waits for an answer. Return where it counts (0 nowhere, 1 certain, 2 possible), since when.

    `suspect`: the peer may have replied unseen, before the log began or without a name.
    """
    answered = way_of(lines, line, tag | ANSWERED)
    replied, certain = seen_at(lines, line, answered), certain_in(lines, line, answered)
    if replied < since[0]:
        replied, certain = np.int64(0), np.int64(lines[line, 0] < since[0])
    looked[0] += 1
    looked[1] += np.int64(replied == 0 and certain == 0)
    if suspect != 0 and replied == 0:
        put(lines, line, answered, tag | ANSWERED, at, 0)
        replied, certain = np.int64(at), np.int64(0)
        answered = way_of(lines, line, tag | ANSWERED)
    if replied != 0 or certain == 0:
        put(lines, line, answered, tag | ANSWERED, at, certain)
    if replied != 0 and certain != 0:
        return np.int64(0), np.int64(0)
    is_sure = sure != 0 and certain != 0
    role = SEEN if is_sure else MAYBE
    before, met = meet(lines, line, tag | role, at, 1, since, looked)
    return np.int64(1 if is_sure and met & 1 else 2), before if before >= since[0] else np.int64(0)


def answer(
    lines: Words, line: Int, tag: Int, at: Int, since: Int, has_replied: Int, looked: Longs
) -> tuple[Int, Int, Int, Int]:
    """Note a reply, if there is one; it answers whatever the log has by then, also what was written after it.

    Return since when the peer waited in a certain and in a possible counter, and in the second of these once more (0:
    not), and whether they may wait where nobody remembers it.
    """
    ways = way_of(lines, line, tag | SEEN), way_of(lines, line, tag | MAYBE), way_of(lines, line, tag | ANSWERED)
    seen, maybe, replied = seen_at(lines, line, ways[0]), seen_at(lines, line, ways[1]), seen_at(lines, line, ways[2])
    forgot = lines[line, 0] >= since
    sure = np.int64(0) if seen < since else seen
    known = certain_in(lines, line, ways[0]) & 1 if sure != 0 else np.int64(not forgot)
    is_open = replied < since or certain_in(lines, line, ways[2]) & 1 == 0
    if is_open:
        looked[0] += 2
        if forgot:
            looked[1] += np.int64(seen < since) + np.int64(maybe < since)
        for way in ways[:2]:
            if way >= 0:
                lines[line, 3 + 2 * way] = 0
    if has_replied != 0:
        put(lines, line, ways[2], tag | ANSWERED, max(np.int64(at), seen, maybe), 1)
    if not is_open:
        return np.int64(0), np.int64(0), np.int64(0), np.int64(0)
    waited = maybe if maybe >= since else np.int64(0)
    return sure if known != 0 else np.int64(0), np.int64(0) if known != 0 else sure, waited, np.int64(known == 0)
