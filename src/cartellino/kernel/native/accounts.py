"""What an event says of its account: clock, age, where it is from, and when it did which kind of thing last.

A record begins with the fields below, in 64-bit words that are nought in a fresh record: instants count from 1, and a
code of 0 is unknown. Then come the latest instants of the kinds that are asked for; where it is asked who wrote before,
when the account last wrote to a peer, and was answered by one, whose name is missing; and the values that `first` and
`last` recall, two words each: since when there is one, and which.
"""

from __future__ import annotations

import numpy as np

from cartellino.kernel.native.index import AHEAD, find, prefetch
from cartellino.kernel.native.types import Bytes, Int, Ints, Longs

CLOCK, SETTLED, FIRST_SEEN, MADE, ACTIVE, NUMBER, DEVICE, ADDRESS, REGION = 0, 1, 2, 3, 4, 5, 6, 7, 8
FIELDS = 9


def note(
    rows: Longs, slots: Longs, longs: Longs, times: Longs, kinds: Bytes, since: Longs, codes: Longs, facts: Longs,
    is_by_others: Bytes, latest_of: Ints, registered: Int, released: Int, hour: Int, unnamed: Bytes, unnamed_at: Int,
    asks: Longs, peers: Longs, cells: Longs, peer_facts: Longs, changed: Longs, out: Longs,
) -> Int:  # fmt: skip
    """Note what each event says of its account, and write what is known then. Return how many names have changed.

    `codes` and `facts` have a row for each of number, device, address and region: the codes that came, and what is
    known after each event. `changed` gets (row, field) where a code is new to the account. `out` has rows for the
    clock, the clock before, the first time seen, when it was made (-1: unknown), since which hour it was active (-2: no
    news, -1: never before), and the seconds since it did the same before (-1: never).

    `unnamed` says of each event whether the account wrote to (1) or was answered by (2) a peer whose name is missing.
    `asks` are the rows of which it is asked what is known of their peers by then; see `tell_peers`.
    """
    change_count, answered = 0, np.int64(0)
    base = longs.ctypes.data
    stride = longs.shape[1] * 8
    for number in range(rows.shape[0]):
        if number + AHEAD < rows.shape[0]:
            prefetch(base + slots[rows[number + AHEAD]] * stride)
            prefetch(base + slots[rows[number + AHEAD]] * stride + 64)
        row = rows[number]
        answered = tell_peers(asks, answered, row, peers, cells, longs, unnamed_at, peer_facts)
        slot, time, kind = slots[row], times[row], np.int64(kinds[row])
        clock = longs[slot, CLOCK]
        out[1, row] = clock - 1
        if clock == 0:
            longs[slot, FIRST_SEEN] = time + 1
        if time + 1 > clock:
            longs[slot, CLOCK] = time + 1
        made = since[row] + 1 if since[row] >= 0 else time + 1 if kind == registered else 0
        if made != 0 and (longs[slot, MADE] == 0 or made < longs[slot, MADE]):
            longs[slot, MADE] = made
        out[0, row] = longs[slot, CLOCK] - 1
        out[2, row] = longs[slot, FIRST_SEEN] - 1
        out[3, row] = longs[slot, MADE] - 1
        out[4, row] = -2
        if is_by_others[kind] == 0:
            if kind == released:
                longs[slot, NUMBER] = 0
            for field in range(4):
                code = codes[field, row]
                if code != 0 and code != longs[slot, NUMBER + field] and (field != 0 or kind != released):
                    longs[slot, NUMBER + field] = code
                    changed[change_count, 0] = row
                    changed[change_count, 1] = field
                    change_count += 1
            pane = time // hour + 1
            if pane > longs[slot, ACTIVE]:
                out[4, row] = longs[slot, ACTIVE] - 1
                longs[slot, ACTIVE] = pane
        for field in range(4):
            facts[field, row] = longs[slot, NUMBER + field]
        out[5, row] = -1
        at = latest_of[kind]
        if at >= 0:
            if longs[slot, at] != 0:
                out[5, row] = max(time + 1 - longs[slot, at], 0) // 1000
            longs[slot, at] = max(longs[slot, at], time + 1)
        if unnamed_at >= 0:
            if unnamed[row] != 0:
                at = unnamed_at + unnamed[row] - 1
                longs[slot, at] = max(longs[slot, at], time + 1)
            peer_facts[2, row] = longs[slot, unnamed_at + 1] - 1
    tell_peers(asks, answered, kinds.shape[0], peers, cells, longs, unnamed_at, peer_facts)
    return change_count


def tell_peers(
    asks: Longs, answered: Int, before: Int, peers: Longs, cells: Longs, longs: Longs, unnamed_at: Int,
    peer_facts: Longs,
) -> Int:  # fmt: skip
    """Write of the rows before another when their peers were made (-1: unknown), and when they last wrote to a peer
    whose name is missing (-1: never). Return how many rows have been told.
    """
    while answered < asks.shape[0] and asks[answered] < before:
        row = asks[answered]
        slot = find(peers[row], cells)
        peer_facts[0, row] = longs[slot, MADE] - 1 if slot >= 0 else -1
        peer_facts[1, row] = longs[slot, unnamed_at] - 1 if slot >= 0 else -1
        answered += 1
    return answered


def take_back(
    rows: Longs, slots: Longs, longs: Longs, times: Longs, kinds: Bytes, peers: Longs, kind: Int, undoes: Int, at: Int,
    last: Longs, first: Longs, was: Longs,
) -> None:  # fmt: skip
    """Remember who was behind the first and the latest event of a kind, and whether they may have taken it back.

    A record has five words for it: when the latest was, by whom, whether it is in doubt; by whom the first was, and
    whether there was one (1) and it is in doubt (2). `last` and `first` get whether these are in doubt after each
    event, and `was` whether the latest was so before it.
    """
    for row in rows:
        slot, peer = slots[row], peers[row]
        was[row] = longs[slot, at + 2]
        if kinds[row] == kind:
            if longs[slot, at + 4] == 0:
                longs[slot, at + 3] = peer
                longs[slot, at + 4] = 1
            if times[row] + 1 >= longs[slot, at]:
                longs[slot, at] = times[row] + 1
                longs[slot, at + 1] = peer
                longs[slot, at + 2] = 0
        elif kinds[row] == undoes and longs[slot, at] != 0:
            if peer == 0 or longs[slot, at + 1] == 0 or longs[slot, at + 1] == peer:
                longs[slot, at + 2] = 1
            if peer == 0 or longs[slot, at + 3] == 0 or longs[slot, at + 3] == peer:
                longs[slot, at + 4] = 2
        last[row] = longs[slot, at + 2]
        first[row] = np.int64(longs[slot, at + 4] == 2)


def recall_first(
    rows: Longs, slots: Longs, longs: Longs, kinds: Bytes, values: Longs, kind: Int, at: Int, unknown: Int,
    wanted: Bytes, out: Longs,
) -> None:  # fmt: skip
    """Keep the value of a column in the first event of a kind, and write it for the rows of the wanted kinds."""
    for row in rows:
        if wanted[kinds[row]] != 0:
            slot = slots[row]
            if kinds[row] == kind and longs[slot, at] == 0:
                longs[slot, at] = 1
                longs[slot, at + 1] = values[row]
            out[row] = longs[slot, at + 1] if longs[slot, at] != 0 else unknown


def recall_last(
    rows: Longs, slots: Longs, longs: Longs, times: Longs, kinds: Bytes, values: Longs, kind: Int, at: Int,
    unknown: Int, wanted: Bytes, out: Longs,
) -> None:  # fmt: skip
    """Keep the value of a column in the latest event of a kind, and write it for the rows of the wanted kinds."""
    for row in rows:
        if wanted[kinds[row]] != 0:
            slot = slots[row]
            if kinds[row] == kind and times[row] + 1 >= longs[slot, at]:
                longs[slot, at] = times[row] + 1
                longs[slot, at + 1] = values[row]
            out[row] = longs[slot, at + 1] if longs[slot, at] != 0 else unknown


def recall_latest(
    rows: Longs, slots: Longs, longs: Longs, times: Longs, kinds: Bytes, kind: Int, at: Int, wanted: Bytes, out: Longs
) -> None:
    """Keep when an account did a kind of thing last, and write it for the rows of the wanted kinds; -1 for never."""
    for row in rows:
        if wanted[kinds[row]] != 0:
            slot = slots[row]
            if kinds[row] == kind:
                longs[slot, at] = max(longs[slot, at], times[row] + 1)
            out[row] = longs[slot, at] - 1
