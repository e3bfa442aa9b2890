"""Tries many values of a threshold in one pass: which accounts would a rule find at least once at each value?

Events are read and counted once; only the rule itself, a few nanoseconds an event, is evaluated for every value.
The `given` of rules, ladders and brakes are ignored: the result says whom a rule would find, not what would follow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from cartellino.kernel.arrays import Array
from cartellino.kernel.columns import integers
from cartellino.kernel.engine import Engine
from cartellino.kernel.event_columns import PERSON, EventColumns
from cartellino.kernel.geometry import Geometry
from cartellino.learning.precision import Score, score
from cartellino.policies.policyset import PolicySet
from cartellino.vocabulary.accounts import AccountRef
from cartellino.vocabulary.diagnostics import did_you_mean
from cartellino.vocabulary.refusals import BadArgument
from cartellino.vocabulary.times import Instant


@dataclass(frozen=True)
class Point:
    """One value of the threshold: how many accounts each rule and all of them find, and the score against labels."""

    value: float
    by_rule: Mapping[str, int]
    accounts: int
    score: Score | None


class Sweep:
    """A sweep of one parameter of a policy set."""

    def __init__(
        self,
        policies: PolicySet,
        name: str,
        values: Sequence[float],
        workers: int = 1,
        since: Instant = 0,
        geometry: Geometry | None = None,
    ) -> None:
        """Prepare the sweep of parameter `name`. Events before `since` feed signals, but are not judged.

        Raises `BadArgument` when no rule reads the parameter.
        """
        self._engine = Engine(policies, workers=workers, geometry=geometry, native=None)
        plan = self._engine.plan
        self._rules = [at for at, function in enumerate(plan.functions) if name in function.names]
        if not self._rules:
            known = sorted({name for function in plan.functions for name in function.names if name})
            raise BadArgument(f"no rule reads the parameter `{name}`; {did_you_mean(name, known)}")
        self.name, self.values, self._since = name, tuple(values), since
        self._found: dict[tuple[int, float], set[int]] = {(at, value): set() for at in self._rules for value in values}
        self._names: dict[int, AccountRef] = {}

    def take(self, batch: pa.RecordBatch) -> None:
        """Judge events (schema `LOGGED`) at every value."""
        if not batch.num_rows:
            return
        seen = self._engine.observe(batch)
        recent = integers(batch.column("time")) >= self._since
        if recent.any():
            for at in self._rules:
                for value in self.values:
                    self._note(seen, batch, at, value, recent)

    def accounts(self, value: float) -> set[AccountRef]:
        """Return the accounts that any rule finds at a value."""
        return {self._names[person] for at in self._rules for person in self._found[at, value]}

    def points(self, labels: Mapping[str, bool]) -> list[Point]:
        """Return the result at each value; with labels, its precision and recall."""
        return [self._point(value, labels) for value in self.values]

    def _note(self, seen: EventColumns, batch: pa.RecordBatch, at: int, value: float, recent: Array) -> None:
        rows = self._engine.judge_of.true_for(seen, at, self.name, value)
        rows = rows[recent[rows]]
        persons, first = np.unique(seen.longs[PERSON][rows], return_index=True)
        self._found[at, value].update(persons.tolist())
        self._learn(batch, persons, rows[first])

    def _learn(self, batch: pa.RecordBatch, persons: Array, rows: Array) -> None:
        for person, row in zip(persons.tolist(), rows.tolist(), strict=True):
            if person not in self._names:
                service, account = batch.column("service")[row].as_py(), batch.column("account")[row].as_py()
                self._names[person] = AccountRef(service, account)

    def _point(self, value: float, labels: Mapping[str, bool]) -> Point:
        rules = self._engine.plan.rules
        every = set().union(*(self._found[at, value] for at in self._rules))
        right = score({self._names[person][1] for person in every}, labels) if labels else None
        return Point(value, {rules[at].id: len(self._found[at, value]) for at in self._rules}, len(every), right)
