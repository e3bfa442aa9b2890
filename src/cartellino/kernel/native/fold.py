"""The fold of a table: counts events in the records of their keys, whatever the policies are.

For every event of a key, in the order of the log:

    settle     panes that have left their windows are subtracted from the totals
    step       the steps of the kind: each family counts the event, if it may pass its filter, or takes something back
    carry out  what the steps decided is added and subtracted
    show       the totals that rules read on this kind are written to the event columns

What is to be done on which kind is in tables (`Layout`), which `kernel.folding` derives from the policies.
"""

from __future__ import annotations

import numpy as np

from cartellino.kernel.native.counting import (
    CERTAIN,
    POSSIBLE,
    add_to_pane,
    count_event,
    count_unanswered,
    count_value,
    record_author,
)
from cartellino.kernel.native.hashing import bucket_of, joined
from cartellino.kernel.native.index import AHEAD, NEAR, prefetch
from cartellino.kernel.native.lines import MAYBE, SEEN
from cartellino.kernel.native.panes import FULL, FULL_SUM, bump, expire, subtract
from cartellino.kernel.native.repeats import expire_repeats, repeat
from cartellino.kernel.native.rows import CLOCK, MADE, START, TIME
from cartellino.kernel.native.steps import (
    ACTION,
    APART,
    ATTRIBUTED,
    CAP,
    CAP_SUMS,
    CLOCK_ROW,
    COUNT,
    COUNTERS,
    DISTINCT,
    EACH_ONCE,
    FIRST_TOTAL,
    GROUP_ROW,
    HEAD,
    KEY_ROW,
    LACKS_ROW,
    LATEST,
    LOST,
    MEMBER,
    MEMBERS,
    MOST_VALUES,
    NAME,
    NEGATIVE,
    OF_ACCOUNT,
    OF_PEERS,
    OVER,
    PAIR,
    PEER_ROW,
    REPEAT,
    REPLY,
    SENDS,
    SPAN,
    SUM,
    SUMS_AT,
    SURE_SUM,
    TAKE_BACK,
    TAKE_OUT,
    TAKEN,
    TAKEN_UNKEYED,
    UNASK,
    UNNAMED_ROW,
    UNSURE,
    UNSURE_SUM,
    VALUE,
    WHERE,
    WORDS,
)
from cartellino.kernel.native.taking_back import author_of, bump_sum, nobody_of, stop_waiting_for, take_back, take_out
from cartellino.kernel.native.truths import complete
from cartellino.kernel.native.types import Int, Layout, Longs, Scratch, Seen, Shard


def fold(rows: Longs, slots: Longs, shard: Shard, seen: Seen, layout: Layout, scratch: Scratch) -> None:
    """Count some events (their numbers in the batch) in the records of their keys."""
    for number in range(-AHEAD, rows.shape[0]):
        if number + AHEAD < rows.shape[0]:
            ask_ahead(number + AHEAD, rows[number + AHEAD], slots, shard, seen, layout, scratch)
        if number + NEAR >= 0 and number + NEAR < rows.shape[0]:
            ask_for_blocks(slots[rows[number + NEAR]], shard, layout)
        if number < 0:
            continue
        i = rows[number]
        s = slots[i]
        clock = advance_clock(i, s, shard, seen, layout)
        kind = seen.kinds[i]
        if layout.relevant[kind] == 0:
            continue
        settle(s, kind, seen.longs[TIME, i], clock, shard, layout, scratch)
        count = np.int64(0)
        for step in range(layout.first_step[kind], layout.first_step[kind + 1]):
            count = take_step(step, count, number, i, s, clock, shard, seen, layout, scratch)
        carry_out(count, s, shard, layout, scratch)
        show(i, s, kind, shard, seen, layout)


def ask_ahead(
    number: Int, i: Int, slots: Longs, shard: Shard, seen: Seen, layout: Layout, scratch: Scratch
) -> None:  # fmt: skip
    """Prefetch the record of an event some events ahead; compute the codes of its pairs, and prefetch their lines."""
    stride = shard.ints.shape[1] * 4
    for near in range(0, min(stride, 512), 64):
        prefetch(shard.ints.ctypes.data + slots[i] * stride + near)
    kind, steps = seen.kinds[i], layout.steps
    for step in range(layout.first_step[kind], layout.first_step[kind + 1]):
        if steps[step, PAIR] >= 0:
            value = seen.longs[steps[step, VALUE], i]
            if value != 0 and (steps[step, ACTION] <= TAKE_OUT or judged(step, i, seen, layout) != 0):
                key = seen.longs[layout.places[KEY_ROW], i]
                pair = joined(joined(key, layout.names[steps[step, NAME]]), value)
                scratch.pairs[number & 15, steps[step, PAIR]] = pair
                prefetch(shard.lines.ctypes.data + bucket_of(pair, shard.lines.shape[0]) * 64)


def ask_for_blocks(s: Int, shard: Shard, layout: Layout) -> None:
    """Prefetch the blocks in use of a record that has arrived."""
    first, counters = layout.places[FIRST_TOTAL], layout.places[COUNTERS]
    size = shard.pool.shape[1] * shard.pool.itemsize
    for at in range(first, first + counters):
        if shard.ints[s, at] != 0 and shard.ints[s, at + counters] > 0:
            prefetch(shard.pool.ctypes.data + np.int64(shard.ints[s, at + counters]) * size)


def advance_clock(i: Int, s: Int, shard: Shard, seen: Seen, layout: Layout) -> Int:
    """Advance and return the clock of the key; the clocks of accounts were advanced in the pass `note`."""
    places = layout.places
    if places[OF_ACCOUNT] != 0:
        return seen.longs[CLOCK, i]
    clock = max(shard.longs[s, 0] - 1, seen.longs[TIME, i])
    shard.longs[s, 0] = clock + 1
    seen.longs[places[CLOCK_ROW], i] = clock
    return clock


# Windows


def settle(s: Int, kind: Int, time: Int, clock: Int, shard: Shard, layout: Layout, scratch: Scratch) -> None:
    """Advance every counter whose window has moved to another pane."""
    now, then, pane_counts = scratch.now, scratch.then, layout.pane_counts
    was = shard.longs[s, 1] - 1
    shard.longs[s, 1] = clock + 1
    for window in range(pane_counts.shape[0]):
        length = layout.pane_seconds[window] * 1000
        scratch.panes[window] = time // length
        scratch.places[window] = scratch.panes[window] % pane_counts[window]
        now[window] = clock // length
        then[window] = was // length if was >= 0 else now[window]
        if now[window] != then[window]:
            settle_counts(window, s, shard, layout, scratch)
    for row in range(layout.sums.shape[0]):
        at, window = layout.sums[row, 0], layout.sums[row, 1]
        if now[window] != then[window]:
            expire(
                shard.longs, shard.ints, s, at, at + layout.places[SUMS_AT], shard.sums, 1, shard.free_sums,
                shard.counts_sums, then[window], now[window], pane_counts[window], layout.places[CAP_SUMS], FULL_SUM,
            )  # fmt: skip
    for row in range(layout.first_list[kind], layout.first_list[kind + 1]):
        settle_list(row, s, clock, shard, layout, scratch)


def settle_counts(window: Int, s: Int, shard: Shard, layout: Layout, scratch: Scratch) -> None:
    """Advance the counts of a window; those of one window lie side by side."""
    places = layout.places
    for at in range(layout.first_total[window], layout.first_total[window + 1]):
        if shard.ints[s, at] != 0:
            expire(
                shard.ints, shard.ints, s, at, at + places[COUNTERS], shard.pool, places[WORDS], shard.free,
                shard.counts, scratch.then[window], scratch.now[window], layout.pane_counts[window], places[CAP], FULL,
            )  # fmt: skip


def settle_list(row: Int, s: Int, clock: Int, shard: Shard, layout: Layout, scratch: Scratch) -> None:
    """Advance the list of a `repeat`, only on the kinds that use it, since every entry must be visited."""
    head, settled, window = layout.lists[row, 0], layout.lists[row, 1], layout.lists[row, 2]
    before, now = shard.longs[s, settled], scratch.now[window]
    was = (before - 1) // (layout.pane_seconds[window] * 1000) if before != 0 else now
    shard.longs[s, settled] = clock + 1
    if was != now:
        expire_repeats(
            shard.ints, s, head, shard.values, shard.entries, shard.spare, shard.counts_entries, shard.pool,
            layout.places[WORDS], shard.free, shard.counts, was, now, layout.pane_counts[window], layout.places[CAP],
        )  # fmt: skip


# Steps


def judged(step: Int, i: Int, seen: Seen, layout: Layout) -> Int:
    """Return how surely an event counts: 2 if its filter is true or missing, 1 if unknown, 0 if false.

    Families that count peers ignore messages to groups, and families of events without a key those that have one.
    """
    steps, places = layout.steps, layout.places
    truth = np.int64(2) if steps[step, WHERE] < 0 else np.int64(seen.facts[steps[step, WHERE], i])
    if steps[step, OF_PEERS] != 0 and seen.longs[steps[step, VALUE], i] == 0 and seen.longs[places[GROUP_ROW], i] != 0:
        return np.int64(0)
    if places[LACKS_ROW] >= 0:  # without a key, it may belong to any
        return np.int64(0) if seen.longs[places[LACKS_ROW], i] != 0 else min(truth, np.int64(1))
    return truth


def take_step(
    step: Int, count: Int, number: Int, i: Int, s: Int, clock: Int, shard: Shard, seen: Seen, layout: Layout,
    scratch: Scratch,
) -> Int:  # fmt: skip
    """Do what a family does on an event of a kind; return the number of moves."""
    steps, places = layout.steps, layout.places
    action, second = steps[step, ACTION], seen.longs[TIME, i] // 1000 + 1
    pair = scratch.pairs[number & 15, max(steps[step, PAIR], 0)]
    if action == REPLY:
        return stop_waiting_for(step, count, pair, i, second, shard, seen, layout, scratch)
    if action in (UNASK, TAKE_OUT):
        return take_out(step, count, pair, i, second, shard, seen, layout, scratch)
    if action == TAKE_BACK:
        return take_back(step, count, i, s, second, shard, seen, layout, scratch)
    if action == TAKEN_UNKEYED:
        if seen.longs[places[LACKS_ROW], i] == 0:
            shard.longs[s, steps[step, TAKEN]] = clock + 1
        return count
    truth = judged(step, i, seen, layout)
    if truth == 0:
        return count
    if places[LACKS_ROW] >= 0:
        shard.longs[s, steps[step, LATEST]] = max(shard.longs[s, steps[step, LATEST]], seen.longs[TIME, i] + 1)
    if steps[step, ATTRIBUTED] != 0 and truth == 2:
        truth = attributed(step, i, second, shard, seen, layout, scratch)
    if action == SUM:
        return add_to_sum(step, count, truth, i, s, shard, seen, layout, scratch)
    if action == REPEAT:
        return add_to_list(step, count, truth, i, s, shard, seen, layout, scratch)
    return count_in(step, count, truth, pair, i, clock, second, shard, seen, layout, scratch)


def attributed(step: Int, i: Int, second: Int, shard: Shard, seen: Seen, layout: Layout, scratch: Scratch) -> Int:
    """Record the author of an event that can be taken back; return whether it counts as certain (2)."""
    steps = layout.steps
    if steps[step, EACH_ONCE] != 0 and seen.longs[layout.places[PEER_ROW], i] == 0:
        return np.int64(2)
    return record_author(
        shard.lines, shard.looked, author_of(step, i, seen, layout), nobody_of(step, i, seen, layout), second,
        steps[step, MEMBER], steps[step, MEMBERS], 1 - steps[step, APART], layout.members, scratch.now,
        layout.pane_counts, layout.pane_seconds,
    )  # fmt: skip


def count_in(
    step: Int, count: Int, truth: Int, pair: Int, i: Int, clock: Int, second: Int, shard: Shard, seen: Seen,
    layout: Layout, scratch: Scratch,
) -> Int:  # fmt: skip
    """Count the event, or its value."""
    steps, places, moves, members = layout.steps, layout.places, scratch.moves, layout.members
    panes, at, now, pane_counts = scratch.panes, scratch.places, scratch.now, layout.pane_counts
    first = steps[step, MEMBER]
    if steps[step, ACTION] == COUNT:
        sort = CERTAIN if truth == 2 else POSSIBLE
        return count_event(moves, count, first, members, sort, panes, at, now, pane_counts)
    value = seen.longs[steps[step, VALUE], i]
    if steps[step, ACTION] == DISTINCT:
        return count_value(
            moves, count, shard.lines, shard.looked, scratch.since, pair, value, SEEN if truth == 2 else MAYBE, second,
            first, steps[step, MEMBERS], members, panes, at, now, pane_counts, layout.pane_seconds,
        )  # fmt: skip
    start, made = seen.longs[START, i], seen.longs[MADE, i]
    is_complete = complete(clock, steps[step, SPAN], start, made, seen.facts[steps[step, SENDS], i])
    unnamed = seen.longs[places[UNNAMED_ROW], i] // 1000 + 1
    return count_unanswered(
        moves, count, shard.lines, shard.looked, scratch.since, pair, value, 1 if truth == 2 else 0,
        0 if is_complete else 1, unnamed, second, first, members, panes, at, now, pane_counts, layout.pane_seconds,
    )  # fmt: skip


def add_to_sum(
    step: Int, count: Int, truth: Int, i: Int, s: Int, shard: Shard, seen: Seen, layout: Layout, scratch: Scratch
) -> Int:
    """Add a value to a sum; an unknown one is counted, and leaves the sum without bounds."""
    steps, places, window = layout.steps, layout.places, layout.steps[step, OVER]
    value = seen.reals[steps[step, VALUE], i]
    if scratch.panes[window] <= scratch.now[window] - layout.pane_counts[window]:
        return count
    if value != value:
        return add_to_pane(scratch.moves, count, steps[step, UNSURE], scratch.places[window])
    amount = np.int64(min(np.rint(abs(value * 1000.0)), places[CAP_SUMS] + 1.0))
    if value < 0.0 and steps[step, LOST] >= 0:
        at = steps[step, LOST] if truth == 2 else steps[step, NEGATIVE]
    else:
        at = steps[step, SURE_SUM] if truth == 2 else steps[step, UNSURE_SUM]
    bump_sum(at, scratch.places[window], amount, s, shard, layout)
    return count


def add_to_list(
    step: Int, count: Int, truth: Int, i: Int, s: Int, shard: Shard, seen: Seen, layout: Layout, scratch: Scratch
) -> Int:
    """Count how often a value occurs; an unknown one may be any, and counts as possible."""
    steps, places, window = layout.steps, layout.places, layout.steps[step, OVER]
    value, panes, cap = seen.longs[steps[step, VALUE], i], layout.pane_counts[window], layout.places[CAP]
    if scratch.panes[window] <= scratch.now[window] - panes:
        return count
    if value == 0 or truth == 1:
        return add_to_pane(scratch.moves, count, steps[step, UNSURE], scratch.places[window])
    gone = repeat(
        shard.ints, s, steps[step, HEAD], shard.values, shard.entries, shard.spare, shard.counts_entries, shard.pool,
        layout.places[WORDS],
        shard.free, shard.counts, value, scratch.places[window], panes, cap, places[MOST_VALUES],
    )  # fmt: skip
    if gone != 0:
        bump(
            shard.ints, shard.ints, s, steps[step, UNSURE], steps[step, UNSURE] + places[COUNTERS], shard.pool,
            layout.places[WORDS],
            shard.free, shard.counts, scratch.now[window] % panes, gone if gone < FULL else cap + 1, cap, FULL,
        )  # fmt: skip
    return count


# Results


def carry_out(count: Int, s: Int, shard: Shard, layout: Layout, scratch: Scratch) -> None:
    """Apply the moves, in one place."""
    moves, places = scratch.moves, layout.places
    for move in range(count):
        at, pane, amount = moves[move, 0], moves[move, 1], moves[move, 2]
        block = at + places[COUNTERS]
        if amount > 0:
            bump(
                shard.ints, shard.ints, s, at, block, shard.pool, places[WORDS], shard.free, shard.counts, pane,
                amount, places[CAP], FULL,
            )  # fmt: skip
        else:
            subtract(
                shard.ints, shard.ints, s, at, block, shard.pool, places[WORDS], shard.free, shard.counts, pane,
                places[CAP],
            )  # fmt: skip


def show(i: Int, s: Int, kind: Int, shard: Shard, seen: Seen, layout: Layout) -> None:
    """Write the totals, sums and instants that rules read on events of the kind.

    A row of `shows` is whether it is a long, its row in the event columns, its place in the record, and what is added.
    """
    shows = layout.shows
    for at in range(layout.first_show[kind], layout.first_show[kind + 1]):
        if shows[at, 0] == 0:
            seen.ints[shows[at, 1], i] = shard.ints[s, shows[at, 2]]
        else:
            seen.longs[shows[at, 1], i] = shard.longs[s, shows[at, 2]] + shows[at, 3]
