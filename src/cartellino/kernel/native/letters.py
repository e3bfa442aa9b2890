"""Who wrote to whom: one line for each pair of accounts, with an entry for each direction."""

from __future__ import annotations

import numpy as np

from cartellino.kernel.native.hashing import bucket_of, joined, remixed, tag
from cartellino.kernel.native.index import AHEAD, prefetch
from cartellino.kernel.native.lines import put, seen_at, way_of
from cartellino.kernel.native.types import Bytes, Int, Longs, Words

WEEK = 7 * 86_400
"""In seconds."""


def pair_letters(accounts: Longs, peers: Longs, begin: Int, end: Int, out: Longs) -> None:
    """Write the codes of unordered pairs of accounts; 0 if the peer is unknown."""
    for row in range(begin, end):
        account, peer = accounts[row], peers[row]
        out[row] = joined(min(account, peer), max(account, peer)) if peer != 0 else 0


def correspond(
    rows: Longs, accounts: Longs, peers: Longs, pairs: Longs, times: Longs, writes: Bytes, asks: Bytes, kinds: Bytes,
    groups: Longs, lines: Words, out: Bytes,
) -> None:  # fmt: skip
    """Record who writes to whom, and write whether the peer had written to the account in the week before.

    `writes` is for each kind whether the account (1) or the peer (2) wrote, `asks` whether the result is needed.
    """
    base = lines.ctypes.data
    for number in range(rows.shape[0]):
        if number + AHEAD < rows.shape[0]:
            prefetch(base + bucket_of(remixed(pairs[rows[number + AHEAD]]), lines.shape[0]) * 64)
        row = rows[number]
        kind, pair, at = kinds[row], pairs[row], times[row] // 1000 + 1
        line = bucket_of(remixed(pair), lines.shape[0])
        by_account = np.int64(1 if accounts[row] > peers[row] else 0)
        by_peer = np.int64(1 if peers[row] > accounts[row] else 0)
        if writes[kind] != 0 and groups[row] == 0:
            mark = tag(pair, by_account if writes[kind] == 1 else by_peer)
            put(lines, line, way_of(lines, line, mark), mark, at, 0)
        if asks[kind] != 0:
            seen = seen_at(lines, line, way_of(lines, line, tag(pair, by_peer)))
            since = at - WEEK
            out[row] = 2 if seen != 0 and seen >= since else 1 if lines[line, 0] != 0 and lines[line, 0] >= since else 0
