"""Selects the events of the log that are relevant to a decision, by vectorised filters over its columns.

They are the events by and about the account, and those with the keys that its rule counts by. Signals also depend on
when the log begins and which kinds of event it has, so the first event of each kind is relevant too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cartellino.events.event import Event
from cartellino.events.logged import LOGGED, events_of
from cartellino.kernel.leaves import key
from cartellino.policies.rule import Rule


def bearing(log: Iterable[pa.RecordBatch], cause: Event, last: int, rule: Rule | None) -> Iterator[tuple[int, Event]]:
    """Yield the numbered events that are relevant to a decision on `cause`, which has the number `last` in the log.

    Without a rule, only those by and about the account are relevant, and the firsts.
    """
    begun = _Begun()
    for batch in log:
        chosen = _of_account(batch, cause) | begun.with_these(batch, cause)
        chosen |= _of_keys(batch, cause, rule) if rule is not None else False
        chosen &= batch.column("sequence").to_numpy() <= last
        rows = batch.filter(pa.array(chosen))
        yield from zip(rows.column("sequence").to_pylist(), events_of(rows.select(LOGGED.names)), strict=True)


def names_of(cause: Event, rule: Rule) -> set[str]:
    """Return the names that relevant events contain: the account, and the keys that the rule counts by."""
    keys = {key(cause, aggregate.by) for aggregate in rule.aggregates()}
    return {cause.account, *(name for name in keys if name is not None)}


def _of_account(batch: pa.RecordBatch, cause: Event) -> Any:  # noqa: ANN401 - an array of truths
    """Return a mask of the events by and about the account."""
    same = _equal(batch, "service", cause.service)
    return same & (_equal(batch, "account", cause.account) | _equal(batch, "peer", cause.account))


def _of_keys(batch: pa.RecordBatch, cause: Event, rule: Rule) -> Any:  # noqa: ANN401
    chosen = np.zeros(batch.num_rows, bool)
    for by in {aggregate.by for aggregate in rule.aggregates()} - {"account"}:
        name = key(cause, by)
        if name is not None and by == "app":
            chosen |= _truths(pc.starts_with(batch.column("client"), name))
        elif name is not None:
            chosen |= _equal(batch, by, name)
    return chosen


class _Begun:
    """Selects the first event of each kind and the earliest of all, which show when the log and its kinds begin."""

    def __init__(self) -> None:
        self._kinds: set[str] = set()
        self._earliest = np.iinfo(np.int64).max

    def with_these(self, batch: pa.RecordBatch, cause: Event) -> Any:  # noqa: ANN401 - an array of truths
        """Return a mask of the events of a batch that are firsts, given the batches before."""
        chosen = np.zeros(batch.num_rows, bool)
        same = np.flatnonzero(_equal(batch, "service", cause.service))
        kinds = batch.column("kind").take(pa.array(same)).dictionary_encode()
        for number, kind in enumerate(kinds.dictionary.to_pylist()):
            if kind not in self._kinds:
                self._kinds.add(kind)
                chosen[same[np.flatnonzero(kinds.indices.to_numpy() == number)[0]]] = True
        times = batch.column("time").cast(pa.int64()).to_numpy()[same]
        if len(times):
            before = np.minimum.accumulate(np.concatenate([[self._earliest], times]))
            chosen[same[times < before[:-1]]] = True
            self._earliest = before[-1]
        return chosen


def _equal(batch: pa.RecordBatch, column: str, value: str) -> Any:  # noqa: ANN401
    return _truths(pc.equal(batch.column(column), value))


def _truths(truths: pa.Array) -> Any:  # noqa: ANN401
    return np.asarray(truths.fill_null(False).to_numpy(zero_copy_only=False), bool)
