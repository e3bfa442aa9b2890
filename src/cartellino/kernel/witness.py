"""Evaluates parts of a rule for some events of a batch: Python executes the same code that was compiled for the rule.

The columns that an expression reads are taken as Python's own numbers first, since with those it computes several times
as fast as with single values of arrays. A content that spreads makes a rule fire for thousands of accounts in a batch.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from cartellino.expressions.nodes import Node
from cartellino.expressions.types import type_of
from cartellino.kernel.arrays import Array
from cartellino.kernel.codes import Coder
from cartellino.kernel.compile import build
from cartellino.kernel.event_columns import EventColumns
from cartellino.kernel.lowering import LEADING, Lowering
from cartellino.kernel.native import panes, truths
from cartellino.kernel.plan import Plan
from cartellino.vocabulary.diagnostics import Faults
from cartellino.vocabulary.truth import Interval

_TRUTHS = (False, None, True)

_VALUES = """\
def values(events, params, codes):
    out = []
    for {columns} in events:
        {lines}
        out.append({value})
    return out
"""
"""The function of a part of an expression; `events` are the values of each event in the `columns` that it reads."""

_READ = re.compile(r"\b(ints|longs|reals|facts)\[(\d+), i\]")


class Places(NamedTuple):
    """Some events of a batch, by their numbers."""

    columns: EventColumns
    rows: Array


Values = Callable[[Places], list[Any]]
"""A function that computes an expression for each of some events."""


class EventLeaves:
    """Evaluates expressions at `Places`."""

    def __init__(self, plan: Plan, coder: Coder) -> None:
        """Use the event columns of a plan."""
        self._plan = plan
        self._coder = coder
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
        if kind == "truth":
            value = lowering.truth(node)
        elif kind == "text":
            value = lowering.text(node)
        else:
            value = f"({', '.join(lowering.number(node))})"
        text, read = _written(lowering.lines, value)
        function = build([panes, truths], text, native=False).values
        params = [float(param) for param in lowering.params]
        codes = [0] * LEADING + [self._coder.text(name) for name in lowering.texts]

        def values(places: Places) -> list[Any]:
            taken = [getattr(places.columns, array)[row][places.rows].tolist() for array, row in read]
            events = zip(*taken, strict=True) if taken else [()] * len(places.rows)
            return [_meant(result, kind) for result in function(events, params, codes)]

        return values


def _written(lines: list[str], value: str) -> tuple[str, list[tuple[str, int]]]:
    """Return the source of a function of `_VALUES`, and the arrays and rows of event columns that it reads."""
    body = "\n        ".join(lines) or "pass"
    read = sorted({(array, int(row)) for array, row in _READ.findall(f"{body} {value}")})
    columns = "".join(f"{array}_{row}, " for array, row in read)
    local = {"lines": _READ.sub(r"\1_\2", body), "value": _READ.sub(r"\1_\2", value)}
    return _VALUES.format(columns=f"({columns})", **local), read


def _meant(result: Any, kind: str) -> object:  # noqa: ANN401 - a number, a pair of them, or a code
    if kind == "truth":
        return _TRUTHS[int(result)]
    return int(result) or None if kind == "text" else Interval(float(result[0]), float(result[1]))
