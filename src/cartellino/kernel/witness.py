"""Evaluates parts of a rule for some events of a batch, as programs, like the rule itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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


Values = Callable[[Places], list[list[Any]]]
"""A function that computes, for each of some expressions, its values for some events."""

Execute = Callable[[Array, EventColumns, Program, Registers, int], int]
"""Executes a program for some events; see `judging.Judge.execute`."""


class EventLeaves:
    """Evaluates expressions at `Places`."""

    def __init__(self, plan: Plan, coder: Coder, execute: Execute) -> None:
        """Use the event columns of a plan."""
        self._plan = plan
        self._coder = coder
        self._execute = execute

    def values(self, parts: Sequence[Node]) -> Values:
        """Return the function of `Places` that computes expressions, all by one program."""
        lowering = Lowering(self._plan.readings, self._plan.policies.columns)
        lower = {"truth": lowering.truth, "text": lowering.text}
        kinds = [type_of(node, self._plan.policies.columns, Faults()) or "" for node in parts]
        results = [(kind, lower.get(kind, lowering.number)(node)) for node, kind in zip(parts, kinds, strict=True)]
        codes = [0] * LEADING + [self._coder.text(name) for name in lowering.texts]
        steps, params = np.array(lowering.steps, np.int64).reshape(-1, 8), np.array(lowering.params, np.float64)
        program = Program(steps, params, np.array(codes, np.int64))

        def values(places: Places) -> list[list[Any]]:
            space, columns = registers(lowering.registers), [list[Any]() for _ in results]
            for begin in range(0, len(places.rows), BLOCK):
                rows = places.rows[begin : begin + BLOCK]
                self._execute(rows, places.columns, program, space, -1)
                for column, result in zip(columns, results, strict=True):
                    column += _meant(space, *result, len(rows))
            return columns

        return values


def _meant(space: Registers, kind: str, at: int, size: int) -> list[Any]:
    """Return the values of a register."""
    if kind == "truth":
        return [_TRUTHS[truth] for truth in space.truths[at, :size].tolist()]
    if kind == "text":
        return [code or None for code in space.codes[at, :size].tolist()]
    return [*map(Interval, space.low[at, :size].tolist(), space.high[at, :size].tolist())]
