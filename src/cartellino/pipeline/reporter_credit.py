"""The credit of reporters: how often their reports were right determines the weight of their next report.

The column `credit` of a report is filled before the event is logged, from what is known at that moment (law 9). A
credit that the sender fills in itself is kept, since the sender may know more.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cartellino.events.logged import LOGGED
from cartellino.learning.credit import Record
from cartellino.vocabulary.accounts import AccountRef

KINDS = ("reported", "blocked")


class Reporters:
    """The records of all reporters, in memory, and the reports that are not in the database yet."""

    def __init__(self) -> None:
        """Start with none."""
        self._records: dict[AccountRef, Record] = {}
        self._fresh: list[dict[str, Any]] = []

    def load(self, settled: Iterable[tuple[str, str, bool]]) -> None:
        """Replace the records by those of judged reports: service, reporter, and whether they were right."""
        counted: dict[AccountRef, list[int]] = defaultdict(lambda: [0, 0])
        for service, reporter, right in settled:
            counted[AccountRef(service, reporter)][0 if right else 1] += 1
        self._records = {who: Record(*both) for who, both in counted.items()}
        self._fresh = []

    def credit(self, service: str, reporter: str) -> int:
        """Return the current credit of a reporter, 0 to 100."""
        return self._records.get(AccountRef(service, reporter), Record()).credit

    def learn(self, service: str, reporter: str, *, right: bool, before: bool | None) -> None:
        """Record that a report was right or wrong; `before` is an earlier judgement that this one replaces."""
        record = self._records.get(AccountRef(service, reporter), Record())
        rights = record.right + (1 if right else 0) - (1 if before is True else 0)
        wrongs = record.wrong + (0 if right else 1) - (1 if before is False else 0)
        self._records[AccountRef(service, reporter)] = Record(rights, wrongs)

    def stamp(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Return the batch with the missing credits of reports and blocks filled in; remember the reports."""
        about = pc.is_in(batch.column("kind"), value_set=pa.array(KINDS)).to_numpy(zero_copy_only=False)
        rows = np.flatnonzero(about)
        if not len(rows):
            return batch
        chosen = batch.select(["service", "peer", "account", "kind", "time", "credit"]).take(pa.array(rows)).to_pylist()
        stamped = batch.column("credit").to_pylist()
        for row, report in zip(rows.tolist(), chosen, strict=True):
            if report["peer"] is not None:
                self._note(report)
                if report["credit"] is None:
                    stamped[row] = self.credit(report["service"], report["peer"])
        at = LOGGED.get_field_index("credit")
        return batch.set_column(at, LOGGED.field(at), pa.array(stamped, LOGGED.field(at).type))

    def fresh(self) -> list[dict[str, Any]]:
        """Return the reports since the last call, as rows of the table `reports`."""
        fresh, self._fresh = self._fresh, []
        return fresh

    def _note(self, report: dict[str, Any]) -> None:
        if report["kind"] == "reported":
            at = report["time"] if isinstance(report["time"], int) else int(report["time"].timestamp() * 1000)
            self._fresh.append(
                {"service": report["service"], "reporter": report["peer"], "account": report["account"],
                 "kind": report["kind"], "at": at, "right": None, "judged_at": None}
            )  # fmt: skip
