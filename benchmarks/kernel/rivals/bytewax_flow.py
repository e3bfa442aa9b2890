"""Bytewax: a keyed dataflow whose state of a key is the account of `plain`, so it finds exactly the same.

Its own sliding windows answer when a window closes, not at every event, so a stateful step is what this question needs.
Workers are threads of one Python process.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

import bytewax.operators as op
import pyarrow as pa
from bytewax.dataflow import Dataflow
from bytewax.operators import StatefulBatchLogic
from bytewax.testing import TestingSink, TestingSource, cluster_main

from benchmarks.kernel.question import Finding, Question
from benchmarks.kernel.rivals.plain import Account, Judge, Row, rows

Numbered = tuple[int, Row]


class EventStore(StatefulBatchLogic[Numbered, Finding, None]):
    """One account, kept by the dataflow."""

    def __init__(self, judge: Judge, account: Account) -> None:
        self._judge = judge
        self._account = account

    def on_batch(self, values: list[Numbered]) -> tuple[list[Finding], bool]:
        """Judge the rows of the account in their order; never throw the account away."""
        return [(number, name) for number, row in values for name in self._judge.judge(self._account, row)], False

    def snapshot(self) -> None:
        """Keep nothing: there is no recovery here."""


def answer(batches: Sequence[pa.RecordBatch], question: Question, threads: int) -> set[Finding]:
    """Run the dataflow to its end."""
    judge, found = Judge(question), list[tuple[str, Finding]]()
    flow = Dataflow("question")
    read = op.input("read", flow, TestingSource(_keyed(batches), batch_size=32_768))
    fired = op.stateful_batch("judge", read, lambda _: EventStore(judge, Account(question)))
    op.output("found", fired, TestingSink(found))
    cluster_main(flow, [], 0, epoch_interval=timedelta(seconds=60), worker_count_per_proc=threads)
    return {finding for _, finding in found}


def _keyed(batches: Sequence[pa.RecordBatch]) -> Iterator[tuple[str, Numbered]]:
    number = 0
    for batch in batches:
        for row in rows(batch):
            yield row[2], (number, row)
            number += 1
