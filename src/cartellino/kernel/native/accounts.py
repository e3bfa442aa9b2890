"""Records of accounts: clock, age, origin, and the latest instant of each kind of event.

A record begins with the fields below, in 64-bit words that are 0 in a new record: instants are counted from 1, and the
code 0 is unknown. Then follow the latest instants of the kinds whose gaps are read; if correspondence is read, when the
account last wrote to, and was answered by, a peer whose name is missing; and the recalled values of `first` and `last`,
in two words each: the instant (1 for `first`; 0: none), and the value.
"""

from __future__ import annotations

import numpy as np

from cartellino.kernel.native.index import AHEAD, NEAR, find, prefetch, spread
from cartellino.kernel.native.types import Bytes, Int, Ints, Longs

CLOCK, SETTLED, FIRST_SEEN, MADE, ACTIVE, NUMBER, DEVICE, ADDRESS, REGION = 0, 1, 2, 3, 4, 5, 6, 7, 8
FIELDS = 9


def note(
    rows: Longs, slots: Longs, longs: Longs, times: Longs, kinds: Bytes, since: Longs, codes: Longs, facts: Longs,
    is_by_others: Bytes, latest_of: Ints, registered: Int, released: Int, hour: Int, unnamed: Bytes, unnamed_at: Int,
    asks: Longs, peers: Longs, cells: Longs, peer_facts: Longs, changed: Bytes, out: Longs, wrote_to_at: Int,
    addressed: Longs,
) -> None:  # fmt: skip
    """Update the account of each event, and write what is known after the event.

    `codes` and `facts` have rows for number, device, address and region: of the event, and of the account after it.
    `changed` gets a bit for each field whose code is new to the account. `out` has rows for the clock; the clock
    before; the first instant; when the account was created (-1: unknown); in which hour it was last active before (-2:
    the hour did not change, -1: never); and the seconds since its last event of the kind (-1: never).

    `unnamed` is 1 for events in which the account wrote to a peer without a name, and 2 for replies by such a peer.
    `asks` are the events for which facts about the peer are needed; see `tell_peers`. `addressed` are the peers to whom
    messages were sent (0: none); if they are wanted, a record keeps the only one at `wrote_to_at`, or -1 for several.
    """
    answered = np.int64(0)
    base = longs.ctypes.data
    stride = longs.shape[1] * 8
    for number in range(rows.shape[0]):
        if number + AHEAD < rows.shape[0]:
            prefetch(base + slots[rows[number + AHEAD]] * stride)
            prefetch(base + slots[rows[number + AHEAD]] * stride + 64)
        row = rows[number]
        answered = tell_peers(asks, answered, row, peers, cells, longs, unnamed_at, wrote_to_at, peer_facts)
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
                    changed[row] |= 1 << field
            pane = time // hour + 1
            if pane > longs[slot, ACTIVE]:
                out[4, row] = longs[slot, ACTIVE] - 1
                longs[slot, ACTIVE] = pane
        for field in range(4):
            facts[field, row] = longs[slot, NUMBER + field]
        out[5, row] = since_last(longs, slot, latest_of[kind], time)
        if unnamed_at >= 0:
            if unnamed[row] != 0:
                at = unnamed_at + unnamed[row] - 1
                longs[slot, at] = max(longs[slot, at], time + 1)
            peer_facts[2, row] = longs[slot, unnamed_at + 1] - 1
        if wrote_to_at >= 0 and addressed[row] != 0 and addressed[row] != longs[slot, wrote_to_at]:
            longs[slot, wrote_to_at] = addressed[row] if longs[slot, wrote_to_at] == 0 else -1
    tell_peers(asks, answered, kinds.shape[0], peers, cells, longs, unnamed_at, wrote_to_at, peer_facts)


def since_last(longs: Longs, slot: Int, at: Int, time: Int) -> Int:
    """Note when an event of a kind was last, and return the seconds since the one before (-1: unknown)."""
    if at < 0:
        return -1
    seconds = -1 if longs[slot, at] == 0 else max(time + 1 - longs[slot, at], 0) // 1000
    longs[slot, at] = max(longs[slot, at], time + 1)
    return seconds


def tell_peers(
    asks: Longs, answered: Int, before: Int, peers: Longs, cells: Longs, longs: Longs, unnamed_at: Int,
    wrote_to_at: Int, peer_facts: Longs,
) -> Int:  # fmt: skip
    """Write, for the events in `asks` before the event `before`, when their peers were created (-1: unknown), when
    these last wrote to a peer without a name (-1: never), and to whom they wrote (0: nobody, -1: several). `answered`
    is the number of events in `asks` that were done before; return their new number.
    """
    while answered < asks.shape[0] and asks[answered] < before:
        ask_for_peer(asks, answered, peers, cells, longs, unnamed_at)
        row = asks[answered]
        slot = find(peers[row], cells)
        peer_facts[0, row] = longs[slot, MADE] - 1 if slot >= 0 else -1
        peer_facts[1, row] = longs[slot, unnamed_at] - 1 if slot >= 0 else -1
        if wrote_to_at >= 0:
            peer_facts[3, row] = longs[slot, wrote_to_at] if slot >= 0 else 0
        answered += 1
    return answered


def ask_for_peer(asks: Longs, answered: Int, peers: Longs, cells: Longs, longs: Longs, unnamed_at: Int) -> None:
    """Prefetch the cell of a peer some events ahead, and the record of one whose cell has arrived."""
    if answered + AHEAD < asks.shape[0]:
        prefetch(cells.ctypes.data + spread(peers[asks[answered + AHEAD]], cells) * 16)
    if answered + NEAR < asks.shape[0]:
        slot = find(peers[asks[answered + NEAR]], cells)
        if slot >= 0:
            prefetch(longs.ctypes.data + (slot * longs.shape[1] + MADE) * 8)
            prefetch(longs.ctypes.data + (slot * longs.shape[1] + unnamed_at) * 8)


def take_back(
    rows: Longs, slots: Longs, longs: Longs, times: Longs, kinds: Bytes, peers: Longs, kind: Int, undoes: Int, at: Int,
    last: Longs, first: Longs, was: Longs,
) -> None:  # fmt: skip
    """Record the authors of the first and the latest event of a kind, and whether they may have taken it back.

    A record has five words for it: the instant of the latest event, its author, whether it is in doubt; the author of
    the first event, and whether there was one (1) that is in doubt (2). `last` and `first` get whether these are in
    doubt after each event, `was` whether the latest was in doubt before it.
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
    """Record the value of a column in the first event of a kind, and write it for events of the wanted kinds."""
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
    """Record the value of a column in the latest event of a kind, and write it for events of the wanted kinds."""
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
    """Record the latest instant of a kind, and write it for events of the wanted kinds; -1 for never."""
    for row in rows:
        if wanted[kinds[row]] != 0:
            slot = slots[row]
            if kinds[row] == kind:
                longs[slot, at] = max(longs[slot, at], times[row] + 1)
            out[row] = longs[slot, at] - 1
