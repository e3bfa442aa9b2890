"""Evaluates parts of a rule for some events of a batch, as programs, like the rule itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from cartellino.expressions.nodes import Node
from cartellino.expressions.types import type_of
from cartellino.kernel.arrays import Array
from cartellino.kernel.codes import Coder
from cartellino.kernel.event_columns import EventColumns
from cartellino.kernel.lowering import LEADING, Lowering, registers
from cartellino.kernel.native.programs import BLOCK
from cartellino.kernel.native.types import Program, Registers
from cartellino.kernel.plan import Plan
from cartellino.vocabulary.diagnostics import Faults
from cartellino.vocabulary.truth import Interval

_TRUTHS = (False, None, True)


class Places(NamedTuple):
    """Some events of a batch, by their numbers."""

    columns: EventColumns
    rows: Array


Values = Callable[[Places], list[Any]]
"""A function that computes an expression for each of some events."""

Execute = Callable[[Array, EventColumns, Program, Registers, int], int]
"""Executes a program for some events; see `judging.Judge.execute`."""


class EventLeaves:
    """Evaluates expressions at `Places`."""

    def __init__(self, plan: Plan, coder: Coder, execute: Execute) -> None:
        """Use the event columns of a plan."""
        self._plan = plan
        self._coder = coder
        self._execute = execute
        self._known: dict[Node, Values] = {}

    def values(self, node: Node) -> Values:
        """Return the function of `Places` that computes an expression."""
        values = self._known.get(node)
        if values is None:
            values = self._known[node] = self._values(node)
        return values

    def _values(self, node: Node) -> Values:
        lowering = Lowering(self._plan.readings, self._plan.policies.columns)
        kind = type_of(node, self._plan.policies.columns, Faults())
        lower = {"truth": lowering.truth, "text": lowering.text}.get(kind or "", lowering.number)
        at = lower(node)
        codes = [0] * LEADING + [self._coder.text(name) for name in lowering.texts]
        steps, params = np.array(lowering.steps, np.int64).reshape(-1, 8), np.array(lowering.params, np.float64)
        program = Program(steps, params, np.array(codes, np.int64))

        def values(places: Places) -> list[Any]:
            space, results = registers(lowering.registers), list[Any]()
            for begin in range(0, len(places.rows), BLOCK):
                rows = places.rows[begin : begin + BLOCK]
                self._execute(rows, places.columns, program, space, -1)
                results += _meant(space, kind or "", at, len(rows))
            return results

        return values


def _meant(space: Registers, kind: str, at: int, size: int) -> list[Any]:
    """Return the values of a register."""
    if kind == "truth":
        return [_TRUTHS[truth] for truth in space.truths[at, :size].tolist()]
    if kind == "text":
        return [code or None for code in space.codes[at, :size].tolist()]
    return [Interval(*ends) for ends in zip(space.low[at, :size].tolist(), space.high[at, :size].tolist(), strict=True)]
