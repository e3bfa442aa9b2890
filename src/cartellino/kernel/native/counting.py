"""How each kind of aggregate counts an event: which panes of which counters change.

Nothing is changed here. Each function appends rows to `moves` (counter, pane, amount) and returns their new number; the
fold applies them in one place. `members` has a row for each member of a family, with the columns below. For each
window, `panes` is the pane of the event, `places` the index of that pane in a block, `now` the pane of the key's clock,
`pane_counts` the number of panes, and `pane_seconds` the length of a pane. Seconds are counted from 1; 0 means never.

`lines` is the table of sightings (`native.lines`), `looked` counts look-ups in it and those that were undecided, and
`since` is space for intermediate results. Codes of pairs are of the key and the value, or the key and the author.
"""

from __future__ import annotations

import numpy as np

from cartellino.kernel.native.hashing import bucket_of, tag
from cartellino.kernel.native.lines import (
    ANSWERED,
    MANY,
    MAYBE,
    SEEN,
    counted_at,
    drop,
    latest_of,
    may_be_since,
    put,
    record_reply,
    record_sighting,
    tally,
    untally,
    wait,
    way_of,
)
from cartellino.kernel.native.types import Int, Longs, Words

WINDOW, CERTAIN, POSSIBLE, DOUBT, DOUBT_WINDOW = 0, 1, 2, 3, 4
"""Columns of `members`: its window; its certain, possible and doubt counters; and the window of its doubts."""


def add_to_pane(moves: Longs, count: Int, counter: Int, pane: Int) -> Int:
    """Add one to a pane, given by its index in a block."""
    moves[count, 0] = counter
    moves[count, 1] = pane
    moves[count, 2] = 1
    return count + 1


def subtract_from_pane(moves: Longs, count: Int, counter: Int, pane: Int) -> Int:
    """Subtract one from a pane, given by its index in a block."""
    moves[count, 0] = counter
    moves[count, 1] = pane
    moves[count, 2] = -1
    return count + 1


def subtract_at(
    moves: Longs, count: Int, counter: Int, second: Int, window: Int, pane_counts: Longs, pane_seconds: Longs
) -> Int:
    """Subtract one from the pane of a second."""
    return subtract_from_pane(moves, count, counter, (second - 1) // pane_seconds[window] % pane_counts[window])


def window_start(window: Int, now: Longs, pane_counts: Longs, pane_seconds: Longs) -> Int:
    """Return the first second of a window."""
    return max(now[window] - pane_counts[window] + 1, 0) * pane_seconds[window] + 1


def count_or_move(
    moves: Longs, count: Int, counter: Int, met: Int, window: Int, panes: Longs, places: Longs, pane_counts: Longs,
    pane_seconds: Longs,
) -> Int:  # fmt: skip
    """Count a value that is new in the window (`met` is 0).

    If it was last seen at second `met` in an older pane, move it to the pane of the event.
    """
    if met == 0:
        return add_to_pane(moves, count, counter, places[window])
    if met - 1 < panes[window] * pane_seconds[window]:
        count = subtract_at(moves, count, counter, met, window, pane_counts, pane_seconds)
        return add_to_pane(moves, count, counter, places[window])
    return count


def count_event(
    moves: Longs, count: Int, member: Int, members: Longs, counter_kind: Int, panes: Longs, places: Longs, now: Longs,
    pane_counts: Longs,
) -> Int:  # fmt: skip
    """Count an event, if it is still in the window."""
    window = members[member, WINDOW]
    if panes[window] > now[window] - pane_counts[window]:
        return add_to_pane(moves, count, members[member, counter_kind], places[window])
    return count


def count_value(
    moves: Longs, count: Int, lines: Words, looked: Longs, since: Longs, pair: Int, value: Int, role: Int,
    event_second: Int, first_member: Int, member_count: Int, members: Longs, panes: Longs, places: Longs, now: Longs,
    pane_counts: Longs, pane_seconds: Longs,
) -> Int:  # fmt: skip
    """Count a value in each window of a family where it is new.

    An unknown value (0) may be any, and counts as possible. `pair` is the code of key and value.
    """
    if value == 0:
        for member in range(first_member, first_member + member_count):
            count = count_event(moves, count, member, members, POSSIBLE, panes, places, now, pane_counts)
        return count
    for index in range(member_count):
        since[index] = window_start(members[first_member + index, WINDOW], now, pane_counts, pane_seconds)
    line = bucket_of(pair, lines.shape[0])
    before, certain = record_sighting(lines, line, tag(pair, role), event_second, member_count, since, looked)
    for index in range(member_count):
        if event_second >= since[index]:
            window = members[first_member + index, WINDOW]
            counter_kind = CERTAIN if role == SEEN and certain >> index & 1 else POSSIBLE
            met = before if before >= since[index] else np.int64(0)
            counter = members[first_member + index, counter_kind]
            count = count_or_move(moves, count, counter, met, window, panes, places, pane_counts, pane_seconds)
    return count


def count_unanswered(
    moves: Longs, count: Int, lines: Words, looked: Longs, since: Longs, pair: Int, value: Int, sure: Int,
    may_have_replied: Int, last_unnamed_reply: Int, event_second: Int, member: Int, members: Longs, panes: Longs,
    places: Longs, now: Longs, pane_counts: Longs, pane_seconds: Longs,
) -> Int:  # fmt: skip
    """Count a peer who has been written to and has not replied.

    `last_unnamed_reply` is the second of the latest reply without a name. See `native.lines.wait` for
    `may_have_replied`.
    """
    window = members[member, WINDOW]
    if value == 0:
        return count_event(moves, count, member, members, POSSIBLE, panes, places, now, pane_counts)
    if panes[window] <= now[window] - pane_counts[window]:
        return count
    since[0] = window_start(window, now, pane_counts, pane_seconds)
    line = bucket_of(pair, lines.shape[0])
    if may_have_replied == 0 and last_unnamed_reply != 0:
        latest, length = latest_of(lines, line, tag(pair, 0), since[0]), pane_seconds[window]
        if latest != 0 and (last_unnamed_reply - 1) // length > (latest - 1) // length - pane_counts[window]:
            may_have_replied = 1
    counter_kind, met = wait(lines, line, tag(pair, 0), event_second, since, sure, may_have_replied, looked)
    if counter_kind == 0:
        return count
    counter = members[member, counter_kind]
    return count_or_move(moves, count, counter, met, window, panes, places, pane_counts, pane_seconds)


def stop_waiting(
    moves: Longs, count: Int, lines: Words, looked: Longs, pair: Int, event_second: Int, member: Int, members: Longs,
    panes: Longs, now: Longs, pane_counts: Longs, pane_seconds: Longs, has_replied: Int,
) -> Int:  # fmt: skip
    """Stop counting a peer who replied, or, if `has_replied` is 0, who took back the event that awaited a reply."""
    window = members[member, WINDOW]
    if has_replied != 0 and panes[window] <= now[window] - pane_counts[window]:
        return count
    since = window_start(window, now, pane_counts, pane_seconds)
    line = bucket_of(pair, lines.shape[0])
    sure, unsure, maybe, in_doubt = record_reply(lines, line, tag(pair, 0), event_second, since, has_replied, looked)
    if sure != 0:
        count = subtract_at(moves, count, members[member, CERTAIN], sure, window, pane_counts, pane_seconds)
    if unsure != 0:
        count = subtract_at(moves, count, members[member, POSSIBLE], unsure, window, pane_counts, pane_seconds)
    if maybe != 0:
        count = subtract_at(moves, count, members[member, POSSIBLE], maybe, window, pane_counts, pane_seconds)
    if in_doubt != 0:
        count = put_in_doubt(moves, count, 0, 1, member, 1, members, now, pane_counts, pane_seconds)
    return count


def first_second_of(
    first_member: Int, member_count: Int, members: Longs, now: Longs, pane_counts: Longs, pane_seconds: Longs
) -> Int:
    """Return the first second of the longest window of a family."""
    since = np.int64(1) << 40  # later than any second
    for member in range(first_member, first_member + member_count):
        since = min(since, window_start(members[member, WINDOW], now, pane_counts, pane_seconds))
    return since


def record_author(
    lines: Words, looked: Longs, pair: Int, nobody: Int, event_second: Int, first_member: Int, member_count: Int,
    counts_authors: Int, members: Longs, now: Longs, pane_counts: Longs, pane_seconds: Longs,
) -> Int:  # fmt: skip
    """Record the author of an event that can be taken back; return 2 if it counts as certain, 1 if as possible.

    `pair` is the code of key and author. `nobody` is that of the key without author, and equal to `pair` if the event
    has none. `counts_authors` is 0 if no tally is kept.
    """
    since = first_second_of(first_member, member_count, members, now, pane_counts, pane_seconds)
    if event_second < since:
        return 2
    line = bucket_of(pair, lines.shape[0])
    unnamed = bucket_of(nobody, lines.shape[0])
    by_them = may_be_since(lines, line, tag(pair, ANSWERED), event_second, looked)
    by_nobody = may_be_since(lines, unnamed, tag(nobody, MAYBE), event_second, looked)
    if by_them or by_nobody:
        return 1
    if counts_authors != 0 and tally(lines, line, tag(pair, SEEN), event_second, since, looked) == MANY:
        return 1
    return 2


def pop_author_count(
    lines: Words, looked: Longs, pair: Int, peer: Int, first_member: Int, member_count: Int, members: Longs, now: Longs,
    pane_counts: Longs, pane_seconds: Longs,
) -> tuple[Int, Int]:  # fmt: skip
    """Remove the tally of an author who takes back; return the second of their latest event, and their number.

    Without a peer (0), or if the tally was evicted, this is (0, `MANY`).
    """
    if peer == 0:
        return np.int64(0), np.int64(MANY)
    since = first_second_of(first_member, member_count, members, now, pane_counts, pane_seconds)
    return untally(lines, bucket_of(pair, lines.shape[0]), tag(pair, SEEN), since, looked)


def record_take_back(lines: Words, pair: Int, nobody: Int, peer: Int, second: Int) -> None:
    """Record that an author took back earlier events.

    The entry of `nobody` records when anybody last did (`ANSWERED`), and when an author without a name did (`MAYBE`).
    """
    unnamed = bucket_of(nobody, lines.shape[0])
    if peer != 0:
        line = bucket_of(pair, lines.shape[0])
        put(lines, line, way_of(lines, line, tag(pair, ANSWERED)), tag(pair, ANSWERED), second, 1)
    put(lines, unnamed, way_of(lines, unnamed, tag(nobody, ANSWERED)), tag(nobody, ANSWERED), second, 1)
    if peer == 0:
        put(lines, unnamed, way_of(lines, unnamed, tag(nobody, MAYBE)), tag(nobody, MAYBE), second, 1)


def pop_unnamed_count(
    lines: Words, looked: Longs, nobody: Int, first_member: Int, member_count: Int, members: Longs, now: Longs,
    pane_counts: Longs, pane_seconds: Longs,
) -> tuple[Int, Int]:  # fmt: skip
    """Remove and return the tally of events without an author: they may belong to whoever takes back."""
    since = first_second_of(first_member, member_count, members, now, pane_counts, pane_seconds)
    return untally(lines, bucket_of(nobody, lines.shape[0]), tag(nobody, SEEN), since, looked)


def remove_latest(
    moves: Longs, count: Int, latest: Int, number: Int, member: Int, members: Longs, now: Longs, pane_counts: Longs,
    pane_seconds: Longs,
) -> tuple[Int, Int]:  # fmt: skip
    """Remove the latest of `number` events, whose pane is known. Return how many must be put in doubt instead."""
    if latest == 0 or number == 0 or number == MANY:
        return count, number
    counter, window = members[member, CERTAIN], members[member, WINDOW]
    return subtract_at(moves, count, counter, latest, window, pane_counts, pane_seconds), number - 1


def put_in_doubt(
    moves: Longs, count: Int, latest: Int, number: Int, first_member: Int, member_count: Int, members: Longs,
    now: Longs, pane_counts: Longs, pane_seconds: Longs,
) -> Int:  # fmt: skip
    """Put `number` events in doubt in each window of a family, until the latest of them (0: now) leaves it."""
    for member in range(first_member, first_member + member_count):
        window = members[member, DOUBT_WINDOW]
        pane = now[window] if latest == 0 else (latest - 1) // pane_seconds[window]
        if number != 0 and pane > now[window] - pane_counts[window]:
            count = add_to_pane(moves, count, members[member, DOUBT], pane % pane_counts[window])
            moves[count - 1, 2] = number
    return count


def remove_peer(
    moves: Longs, count: Int, lines: Words, looked: Longs, pair: Int, first_member: Int, member_count: Int,
    members: Longs, now: Longs, pane_counts: Longs, pane_seconds: Longs,
) -> Int:  # fmt: skip
    """Remove a peer from each window of a family; put one in doubt where their entry may have been evicted."""
    line = bucket_of(pair, lines.shape[0])
    for index in range(member_count):
        member = first_member + index
        window = members[member, WINDOW]
        since = window_start(window, now, pane_counts, pane_seconds)
        seen, is_certain, maybe = counted_at(lines, line, tag(pair, 0), since, index, looked)
        if seen != 0:
            counter = members[member, CERTAIN if is_certain else POSSIBLE]
            count = subtract_at(moves, count, counter, seen, window, pane_counts, pane_seconds)
        if not is_certain:
            count = put_in_doubt(moves, count, 0, 1, member, 1, members, now, pane_counts, pane_seconds)
        if maybe != 0:
            count = subtract_at(moves, count, members[member, POSSIBLE], maybe, window, pane_counts, pane_seconds)
    drop(lines, line, tag(pair, SEEN))
    drop(lines, line, tag(pair, MAYBE))
    return count
