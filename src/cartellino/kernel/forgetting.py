"""Deletes an account from the state; its next event is the first of a new account.

Its record and its cell in the index are removed, and the texts of its number, device and address if no other account
has them. Counters of other keys stay. Sightings and firings contain only keyed hashes, and can only prevent findings.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from cartellino.kernel.arrays import Array, zeros
from cartellino.kernel.codes import Code, bucket_of
from cartellino.kernel.names import Names
from cartellino.kernel.native.accounts import NUMBER, REGION
from cartellino.kernel.state import State
from cartellino.kernel.table import TableShard


def forget(state: State, account: Code) -> None:
    """Delete an account by its code, if there is one."""
    shards = state.tables["account"]
    shard = shards[bucket_of(account, len(shards))]
    slot = int(state.core.find(np.int64(account), shard.cells))
    if slot < 0:
        return
    codes = shard.longs[slot, NUMBER : REGION + 1].copy()
    shard.records[slot] = 0
    _unlist(state, shard, account)
    unused = [int(code) for code in codes if code and not any(_has(shard, code) for shard in shards)]
    if unused:
        state.names = _without(state, unused)


def _unlist(state: State, shard: TableShard, account: Code) -> None:
    cells = shard.cells.copy()
    cells[cells[:, 0] == account] = 0
    shard.cells = zeros(cells.shape[0], 2, np.int64)
    state.core.rehash(cells, shard.cells)


def _has(shard: TableShard, code: Code) -> bool:
    known: Array = shard.longs[: shard.size, NUMBER : REGION + 1]
    return bool((known == code).any())


def _without(state: State, unused: list[Code]) -> Names:
    codes, texts = state.names.all()
    kept = ~np.isin(codes, unused)
    names = Names(state.core)
    names.learn(codes[kept], texts.filter(pa.array(kept)))
    return names
