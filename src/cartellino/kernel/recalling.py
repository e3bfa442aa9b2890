"""Values recalled of an account: the first and the latest value of a column, when an event of a kind was last, and
whether that event may have been taken back. Each function processes the events of one shard of accounts.
"""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from cartellino.kernel.arrays import Array
from cartellino.kernel.correspondence import each_kind
from cartellino.kernel.event_columns import GAP, TIME, EventColumns
from cartellino.kernel.folding import KIND
from cartellino.kernel.plan import IN_DOUBT, Plan, Recall

_DEFAULT = {"longs": 0, "facts": 1, "reals": int(np.array(np.nan).view(np.int64))}


class Recalling:
    """Writes the recalled values of one plan. `longs` are the records, `slots` those of the events."""

    def __init__(self, plan: Plan) -> None:
        """Use the recalls of a plan."""
        self._plan = plan

    def take_back(self, seen: EventColumns, rows: Array, slots: Array, longs: Array, core: SimpleNamespace) -> None:
        """Record the authors of events that can be taken back, and write whether the latest and first are in doubt."""
        long = self._plan.rows.long
        for kind, (undoes, at) in self._plan.taken_back.items() if len(rows) else ():
            out = (seen.longs[long(f"{name} {kind}")] for name in IN_DOUBT)
            head = rows, slots, longs, seen.longs[TIME], seen.kinds, seen.longs[long("code peer")]
            core.take_back(*head, KIND[kind], KIND[undoes], at, *out)

    def lacks_gap(self, seen: EventColumns) -> Array:
        """Return where the account has no earlier event of the kind, or that may have been taken back."""
        lacks = np.asarray(seen.longs[GAP] < 0)
        for kind in self._plan.taken_back:
            lacks |= (seen.kinds == KIND[kind]) & (seen.longs[self._plan.rows.long(f"{IN_DOUBT[2]} {kind}")] != 0)
        return lacks

    def recall(self, seen: EventColumns, rows: Array, slots: Array, longs: Array, core: SimpleNamespace) -> None:
        """Update the records, and write the recalled values."""
        for recall in self._plan.recalls if len(rows) else ():
            if recall.column is None:
                self._recall_when(recall, seen, rows, slots, longs, core)
            else:
                self._recall_what(recall, seen, rows, slots, longs, core)

    def _recall_when(
        self, recall: Recall, seen: EventColumns, rows: Array, slots: Array, longs: Array, core: SimpleNamespace
    ) -> None:
        out, wanted = seen.longs[self._plan.rows.long(recall.row)], each_kind(recall.wanted)
        args = rows, slots, longs, seen.longs[TIME], seen.kinds, KIND[recall.kind], recall.field, wanted, out
        core.recall_latest(*args)

    def _recall_what(
        self, recall: Recall, seen: EventColumns, rows: Array, slots: Array, longs: Array, core: SimpleNamespace
    ) -> None:
        array, row = self._plan.recalled_row(recall)
        values, out = _as_longs(seen, array, row), _as_longs(seen, array, self._row_of(array, recall.row))
        head = (rows, slots, longs)
        tail = (seen.kinds, values, KIND[recall.kind], recall.field, _DEFAULT[array], each_kind(recall.wanted), out)
        if recall.is_first:
            core.recall_first(*head, *tail)
        else:
            core.recall_last(*head, seen.longs[TIME], *tail)
        if recall.kind in self._plan.taken_back:
            doubts = self._plan.rows.long(f"{IN_DOUBT[1 if recall.is_first else 0]} {recall.kind}")
            out[rows[seen.longs[doubts][rows] != 0]] = _DEFAULT[array]
        _store(seen, array, self._row_of(array, recall.row), rows, out)

    def _row_of(self, array: str, name: str) -> int:
        rows = self._plan.rows
        return {"longs": rows.long, "reals": rows.real, "facts": rows.fact}[array](name)


def _as_longs(seen: EventColumns, array: str, row: int) -> Array:
    if array == "reals":
        return np.asarray(seen.reals[row].view(np.int64))
    return np.asarray(seen.longs[row] if array == "longs" else seen.facts[row].astype(np.int64))


def _store(seen: EventColumns, array: str, row: int, rows: Array, values: Array) -> None:
    """Write truth values back from their copy, only for these rows, as other workers may be writing others."""
    if array == "facts":
        seen.facts[row, rows] = values[rows]
