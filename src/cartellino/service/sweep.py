"""A threshold swept over many values in one pass: at each of them, which accounts would a rule find at least once?

Events are read, counted and folded once; only the rule itself, a few nanoseconds an event, is asked for every value.
What stands in `given`, ladders and brakes are left out: it says whom a rule would find, not what would follow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from cartellino.kernel.arrays import Array
from cartellino.kernel.board import PERSON, Board
from cartellino.kernel.engine import Engine
from cartellino.learning.precision import Score, score
from cartellino.policies.policyset import PolicySet
from cartellino.vocabulary.diagnostics import did_you_mean
from cartellino.vocabulary.refusals import BadArgument


@dataclass(frozen=True)
class Point:
    """One value of the threshold: how many accounts each rule that reads it finds, and how right that is."""

    value: float
    by_rule: Mapping[str, int]
    accounts: int
    score: Score | None


class Sweep:
    """One policy set, one parameter, many values."""

    def __init__(self, policies: PolicySet, name: str, values: Sequence[float], workers: int = 1) -> None:
        """Find the rules that read the parameter.

        Raises `BadArgument` when none does.
        """
        self._engine = Engine(policies, workers=workers, native=None)
        plan = self._engine.plan
        self._rules = [at for at, one in enumerate(plan.functions) if name in one.names]
        if not self._rules:
            known = sorted({one for function in plan.functions for one in function.names if one})
            raise BadArgument(f"no rule reads the parameter `{name}`; {did_you_mean(name, known)}")
        self.name, self.values = name, tuple(values)
        self._found: dict[tuple[int, float], set[int]] = {(at, one): set() for at in self._rules for one in values}
        self._names: dict[int, str] = {}

    def take(self, batch: pa.RecordBatch) -> None:
        """Take events (schema `LOGGED`)."""
        if batch.num_rows:
            seen = self._engine.observe(batch)
            for at in self._rules:
                for value in self.values:
                    self._note(seen, batch, at, value)

    def points(self, labels: Mapping[str, bool]) -> list[Point]:
        """Return what was found at each value; with labels, its precision and recall."""
        return [self._point(value, labels) for value in self.values]

    def _note(self, seen: Board, batch: pa.RecordBatch, at: int, value: float) -> None:
        rows = self._engine.judge_of.true_for(seen, at, self.name, value)
        persons, first = np.unique(seen.longs[PERSON][rows], return_index=True)
        self._found[at, value].update(persons.tolist())
        self._learn(batch, persons, rows[first])

    def _learn(self, batch: pa.RecordBatch, persons: Array, rows: Array) -> None:
        for person, row in zip(persons.tolist(), rows.tolist(), strict=True):
            if person not in self._names:
                self._names[person] = batch.column("account")[row].as_py()

    def _point(self, value: float, labels: Mapping[str, bool]) -> Point:
        rules = self._engine.plan.rules
        every = set().union(*(self._found[at, value] for at in self._rules))
        right = score({self._names[one] for one in every}, labels) if labels else None
        return Point(value, {rules[at].id: len(self._found[at, value]) for at in self._rules}, len(every), right)
