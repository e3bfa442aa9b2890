"""What happens when somebody replies, or takes back what they did: it is removed, or put in doubt."""

from __future__ import annotations

from cartellino.kernel.native.counting import (
    DOUBT,
    DOUBT_WINDOW,
    WINDOW,
    add_to_pane,
    pop_author_count,
    pop_unnamed_count,
    put_in_doubt,
    record_take_back,
    remove_latest,
    remove_peer,
    stop_waiting,
)
from cartellino.kernel.native.hashing import author, joined
from cartellino.kernel.native.panes import FULL_SUM, bump
from cartellino.kernel.native.rows import PERSON
from cartellino.kernel.native.steps import (
    ACTION,
    CAP_SUMS,
    COUNT,
    COUNTED_BY,
    EACH_ONCE,
    FAMILIES,
    KEY_ROW,
    MEMBER,
    MEMBERS,
    MOST_LOST,
    NAME,
    NEGATIVE,
    OF_ACCOUNT,
    OVER,
    PEER_ROW,
    SUM,
    SUMS_AT,
    TAKE_OUT,
    UNASK,
    UNSURE,
    VALUE,
)
from cartellino.kernel.native.types import Int, Layout, Scratch, Seen, Shard


def bump_sum(at: Int, pane: Int, amount: Int, s: Int, shard: Shard, layout: Layout) -> None:
    """Add an amount to a pane of a sum."""
    places = layout.places
    bump(
        shard.longs, shard.ints, s, at, at + places[SUMS_AT], shard.sums, 1, shard.free_sums, shard.counts_sums, pane,
        amount, places[CAP_SUMS], FULL_SUM,
    )  # fmt: skip


def author_of(step: Int, i: Int, seen: Seen, layout: Layout) -> Int:
    """Return the code of key and author, for a family whose events can be taken back; see `Feed.author`."""
    places = layout.places
    peer = seen.longs[places[PEER_ROW], i]
    who = peer if places[OF_ACCOUNT] != 0 else author(seen.longs[PERSON, i], peer)
    name = layout.names[places[FAMILIES] + layout.steps[step, NAME]]
    return joined(joined(seen.longs[places[KEY_ROW], i], name), who)


def nobody_of(step: Int, i: Int, seen: Seen, layout: Layout) -> Int:
    """Return the code of key and no author, for a family whose events can be taken back."""
    name = layout.names[layout.places[FAMILIES] + layout.steps[step, NAME]]
    return joined(joined(seen.longs[layout.places[KEY_ROW], i], name), 0)


def stop_waiting_for(
    step: Int, count: Int, pair: Int, i: Int, second: Int, shard: Shard, seen: Seen, layout: Layout, scratch: Scratch
) -> Int:
    """Stop counting a peer who replied; a reply without a peer may come from any that waits."""
    steps, first = layout.steps, layout.steps[step, MEMBER]
    if seen.longs[steps[step, VALUE], i] != 0:
        return stop_waiting(
            scratch.moves, count, shard.lines, shard.looked, pair, second, first, layout.members, scratch.panes,
            scratch.now, layout.pane_counts, layout.pane_seconds, 1,
        )  # fmt: skip
    window, doubts = layout.members[first, WINDOW], layout.members[first, DOUBT_WINDOW]
    if scratch.panes[window] > scratch.now[window] - layout.pane_counts[window]:
        return add_to_pane(scratch.moves, count, layout.members[first, DOUBT], scratch.places[doubts])
    return count


def take_out(
    step: Int, count: Int, pair: Int, i: Int, second: Int, shard: Shard, seen: Seen, layout: Layout, scratch: Scratch
) -> Int:
    """Remove a peer who takes back what they did, or what awaited a reply; put one in doubt if they have no name."""
    steps, moves, members, now = layout.steps, scratch.moves, layout.members, scratch.now
    peer = seen.longs[layout.places[PEER_ROW], i]
    first, number, pane_counts, pane_seconds = (
        steps[step, MEMBER], steps[step, MEMBERS], layout.pane_counts, layout.pane_seconds,
    )  # fmt: skip
    if steps[step, ACTION] == TAKE_OUT:
        pair_of_author = author_of(step, i, seen, layout)
        record_take_back(shard.lines, pair_of_author, nobody_of(step, i, seen, layout), peer, second)
    if peer == 0:
        return put_in_doubt(moves, count, 0, 1, first, number, members, now, pane_counts, pane_seconds)
    if steps[step, ACTION] == UNASK:
        return stop_waiting(
            moves, count, shard.lines, shard.looked, pair, second, first, members, scratch.panes, now, pane_counts,
            pane_seconds, 0,
        )  # fmt: skip
    return remove_peer(
        moves, count, shard.lines, shard.looked, pair, first, number, members, now, pane_counts, pane_seconds
    )


def take_back(
    step: Int, count: Int, i: Int, s: Int, second: Int, shard: Shard, seen: Seen, layout: Layout, scratch: Scratch
) -> Int:
    """Remove what the author caused before, or put it in doubt."""
    steps, members, now = layout.steps, layout.members, scratch.now
    pair, nobody = author_of(step, i, seen, layout), nobody_of(step, i, seen, layout)
    peer, first, number = seen.longs[layout.places[PEER_ROW], i], steps[step, MEMBER], steps[step, MEMBERS]
    latest, often = pop_author_count(
        shard.lines, shard.looked, pair, peer, first, number, members, now, layout.pane_counts, layout.pane_seconds
    )
    record_take_back(shard.lines, pair, nobody, peer, second)
    if steps[step, COUNTED_BY] == COUNT:
        count, often = remove_latest(
            scratch.moves, count, latest, often, first, members, now, layout.pane_counts, layout.pane_seconds
        )
    count = doubt_events(step, count, latest, often, s, shard, layout, scratch)
    latest, often = pop_unnamed_count(
        shard.lines, shard.looked, nobody, first, number, members, now, layout.pane_counts, layout.pane_seconds
    )
    return doubt_events(step, count, latest, often, s, shard, layout, scratch)


def doubt_events(
    step: Int, count: Int, latest: Int, often: Int, s: Int, shard: Shard, layout: Layout, scratch: Scratch
) -> Int:
    """Put `often` events in doubt, until the latest of them leaves the window.

    Of a sum it is the largest value that each can have had; if the column is not bounded, everything.
    """
    steps, now = layout.steps, scratch.now
    if steps[step, COUNTED_BY] != SUM:
        number = min(often, 1) if steps[step, EACH_ONCE] != 0 else often
        return put_in_doubt(
            scratch.moves, count, latest, number, steps[step, MEMBER], steps[step, MEMBERS], layout.members, now,
            layout.pane_counts, layout.pane_seconds,
        )  # fmt: skip
    window = steps[step, OVER]
    pane = now[window] if latest == 0 else (latest - 1) // layout.pane_seconds[window]
    if often == 0 or pane <= now[window] - layout.pane_counts[window]:
        return count
    pane %= layout.pane_counts[window]
    if steps[step, MOST_LOST] < 0:
        return add_to_pane(scratch.moves, count, steps[step, UNSURE], pane)
    bump_sum(steps[step, NEGATIVE], pane, often * steps[step, MOST_LOST], s, shard, layout)
    return count
