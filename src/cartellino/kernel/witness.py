"""Evaluates parts of a rule for one event of a batch: Python executes the same code that was compiled for the rule."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from cartellino.expressions.meaning import Meaning
from cartellino.expressions.nodes import Node
from cartellino.expressions.types import type_of
from cartellino.kernel.codes import Coder
from cartellino.kernel.compile import build
from cartellino.kernel.event_columns import EventColumns
from cartellino.kernel.lowering import LEADING, VALUE, Lowering
from cartellino.kernel.native import panes, truths
from cartellino.kernel.plan import Plan
from cartellino.vocabulary.diagnostics import Faults
from cartellino.vocabulary.truth import Interval

_TRUTHS = (False, None, True)


class Place(NamedTuple):
    """One event of a batch, by its number `row`."""

    columns: EventColumns
    row: int


class EventLeaves:
    """Evaluates expressions at a `Place`."""

    def __init__(self, plan: Plan, coder: Coder) -> None:
        """Use the event columns of a plan."""
        self._plan = plan
        self._coder = coder
        self._known: dict[Node, Meaning] = {}

    def meaning(self, node: Node) -> Meaning:
        """Return the function of a `Place` that computes an expression."""
        meaning = self._known.get(node)
        if meaning is None:
            meaning = self._known[node] = self._meaning(node)
        return meaning

    def _meaning(self, node: Node) -> Meaning:
        lowering = Lowering(self._plan.readings, self._plan.policies.columns)
        kind = type_of(node, self._plan.policies.columns, Faults())
        if kind == "truth":
            value = lowering.truth(node)
        elif kind == "text":
            value = lowering.text(node)
        else:
            value = ", ".join(lowering.number(node))
        text = VALUE.format(lines="\n    ".join(lowering.lines) or "pass", value=value)
        function = build([panes, truths], text, native=False).value
        params = np.array(lowering.params, np.float64)
        codes = np.array([*[0] * LEADING, *map(self._coder.text, lowering.texts)], np.int64)

        def means(place: Place) -> object:
            result = function(place.row, *place.columns.arrays, params, codes)
            if kind == "truth":
                return _TRUTHS[int(result)]
            return int(result) or None if kind == "text" else Interval(float(result[0]), float(result[1]))

        return means
