"""Sightings: a set-associative table of fixed size with one 64-byte line per set, so that a look-up is one cache miss.

A line has sixteen 32-bit words. Word 0 is the second of the latest eviction. Word 1 has four bits for each of the seven
entries: in which windows it was counted as certain, or a tally. Then follow the entries: a tag, and the second in which
it was last seen. Seconds are counted from 1; 0 means never, and marks a free entry.
"""

from __future__ import annotations

import numpy as np

from cartellino.kernel.native.types import Flag, Int, Longs, Words

ENTRIES = 7
SEEN, MAYBE, ANSWERED = 0, 1, 2
MANY = 15


def way_of(lines: Words, line: Int, tag: Int) -> Int:
    """Return the entry of a line with a tag; -1 if there is none."""
    for way in range(ENTRIES):
        if lines[line, 2 + 2 * way] == tag and lines[line, 3 + 2 * way] != 0:
            return way
    return -1


def seen_at(lines: Words, line: Int, way: Int) -> Int:
    """Return the second in which an entry was last seen; 0 if there is none (`way` is -1)."""
    return np.int64(lines[line, 3 + 2 * way]) if way >= 0 else np.int64(0)


def certain_in(lines: Words, line: Int, way: Int) -> Int:
    """Return the four bits of an entry; 0 if there is none."""
    return np.int64(lines[line, 1]) >> (4 * way) & 15 if way >= 0 else np.int64(0)


def room(lines: Words, line: Int) -> Int:
    """Return a free entry; if there is none, evict the oldest one. Ties go to the smaller tag."""
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
    """Record that a tag was seen, in its entry or, if `way` is -1, in a new one; `certain` are its new bits."""
    if way < 0:
        way = room(lines, line)
        lines[line, 2 + 2 * way] = tag
    lines[line, 3 + 2 * way] = max(np.int64(lines[line, 3 + 2 * way]), np.int64(at))
    bits = np.int64(lines[line, 1])
    lines[line, 1] = bits & ~(15 << (4 * way)) | certain << (4 * way)


def drop(lines: Words, line: Int, tag: Int) -> None:
    """Remove the entry of a tag."""
    way = way_of(lines, line, tag)
    if way >= 0:
        lines[line, 3 + 2 * way] = 0


def may_be_since(lines: Words, line: Int, tag: Int, since: Int, looked: Longs) -> Flag:
    """Return whether a tag was seen since a second, or may have been and was evicted."""
    is_seen = seen_at(lines, line, way_of(lines, line, tag)) >= since
    may_be = is_seen or lines[line, 0] >= since
    looked[0] += 1
    looked[1] += np.int64(may_be and not is_seen)
    return may_be


def tally(lines: Words, line: Int, tag: Int, at: Int, since: Int, looked: Longs) -> Int:
    """Add one to the tally of a tag, and return it: sightings since a second, `MANY` if more or unknown."""
    way = way_of(lines, line, tag)
    number = min(certain_in(lines, line, way) + 1, MANY)
    looked[0] += 1
    if seen_at(lines, line, way) < since:
        number = np.int64(MANY if lines[line, 0] >= since else 1)
        looked[1] += np.int64(number == MANY)
    put(lines, line, way, tag, at, number)
    return number


def untally(lines: Words, line: Int, tag: Int, since: Int, looked: Longs) -> tuple[Int, Int]:
    """Remove the tally of a tag; return its latest second (0: unknown) and its count (`MANY` if unknown)."""
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
    """Return when a peer was last seen in a window (0: not), whether that is certain, and when last as possible."""
    way = way_of(lines, line, tag | SEEN)
    seen, maybe = seen_at(lines, line, way), seen_at(lines, line, way_of(lines, line, tag | MAYBE))
    is_certain = certain_in(lines, line, way) >> window & 1 != 0 if seen >= since else lines[line, 0] < since
    looked[0] += 2
    if lines[line, 0] >= since:
        looked[1] += np.int64(seen < since) + np.int64(maybe < since)
    return seen if seen >= since else np.int64(0), is_certain, maybe if maybe >= since else np.int64(0)


def record_sighting(
    lines: Words, line: Int, tag: Int, at: Int, windows: Int, since: Longs, looked: Longs
) -> tuple[Int, Int]:
    """Record a sighting; return when the one before was (0: never), and a bit for each window: whether that is certain.

    `since` are the first seconds of the windows. If the tag was seen in a window, "certain" means that it was counted
    as certain there; if not, that it was not evicted. `looked` counts windows, and those for which this is undecided.
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
    """Return when a message to a peer was last counted, as certain or possible; 0 if not since `since`."""
    seen = seen_at(lines, line, way_of(lines, line, tag | SEEN))
    maybe = seen_at(lines, line, way_of(lines, line, tag | MAYBE))
    latest = max(seen, maybe)
    return latest if latest >= since else np.int64(0)


def wait(
    lines: Words, line: Int, tag: Int, at: Int, since: Longs, sure: Int, may_have_replied: Int, looked: Longs
) -> tuple[Int, Int]:
    """Record a message that awaits a reply. Return where the peer counts (0 nowhere, 1 as certain, 2 as possible), and
    when they were counted there before (0: not).

    `may_have_replied`: the peer may have replied without the log showing it, before it began or without a name.
    """
    answered = way_of(lines, line, tag | ANSWERED)
    replied, certain = seen_at(lines, line, answered), certain_in(lines, line, answered)
    if replied < since[0]:
        replied, certain = np.int64(0), np.int64(lines[line, 0] < since[0])
    looked[0] += 1
    looked[1] += np.int64(replied == 0 and certain == 0)
    if may_have_replied != 0 and replied == 0:
        put(lines, line, answered, tag | ANSWERED, at, 0)
        replied, certain = np.int64(at), np.int64(0)
        answered = way_of(lines, line, tag | ANSWERED)
    if replied != 0 or certain == 0:
        put(lines, line, answered, tag | ANSWERED, at, certain)
    if replied != 0 and certain != 0:
        return np.int64(0), np.int64(0)
    is_sure = sure != 0 and certain != 0
    role = SEEN if is_sure else MAYBE
    before, met = record_sighting(lines, line, tag | role, at, 1, since, looked)
    return np.int64(1 if is_sure and met & 1 else 2), before if before >= since[0] else np.int64(0)


def record_reply(
    lines: Words, line: Int, tag: Int, at: Int, since: Int, has_replied: Int, looked: Longs
) -> tuple[Int, Int, Int, Int]:
    """Record a reply, unless `has_replied` is 0. It answers all messages that the log has by then, even later ones.

    Return when the peer was last counted (0: not): in the certain counter; in the possible one, under the role `SEEN`;
    in the possible one, under the role `MAYBE`; and whether they may be counted under an entry that was evicted.
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
