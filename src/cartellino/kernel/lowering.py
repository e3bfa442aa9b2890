"""Lowers expressions to programs: lists of steps for `native.programs`, with thresholds as arguments.

A truth value, a number and a text are each computed into a register; within a condition (`native.programs.NARROW`),
equal subexpressions are computed once. Literals are passed in `params` and `codes`, so that another threshold leaves
the steps as they are.

>>> from cartellino.expressions.parse import parse_text
>>> lowered = Lowering(Readings(Rows(), {}), {"known": "truth"})
>>> lowered.truth(nodes.Not(nodes.Column("known")))
2
>>> lowered.steps == [(run.FACT, 1, 0, 0, 0, 0, 0, 0), (run.NOT, 2, 1, 0, 0, 0, 0, 0)]
True
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce

import numpy as np

from cartellino.events.kinds import TAKES_BACK
from cartellino.expressions import nodes
from cartellino.expressions.meaning import threshold
from cartellino.expressions.nodes import Aggregate, Node
from cartellino.expressions.types import Columns, type_of
from cartellino.kernel.event_columns import CLOCK, REGION, Rows
from cartellino.kernel.families import Family, may_be_negative
from cartellino.kernel.native import programs as run
from cartellino.kernel.native.types import Registers
from cartellino.kernel.unkeyed import unkeyed
from cartellino.policies.rule import Rule
from cartellino.signals.window import window
from cartellino.vocabulary.diagnostics import Faults

Register = int
"""The number of a register: of those for truth values, for numbers, or for texts."""

Step = tuple[int, ...]
"""A step of a program; `native.programs` says what its columns are."""

LEADING = 3
"""Number of leading entries of `codes`: the first instant at which a rule is in force, the first instant after that,
and how far the rule looks back, in ms."""

_COMPARED = {
    ">": (run.ABOVE, False),
    "<": (run.ABOVE, True),
    ">=": (run.AT_LEAST, False),
    "<=": (run.AT_LEAST, True),
}
_COMPUTED = {"+": run.PLUS, "-": run.MINUS, "*": run.TIMES, "/": run.OVER}


@dataclass(frozen=True)
class Counters:
    """The rows of the counters of an aggregate; -1 for those that its kind does not have."""

    certain: int
    possible: int = -1
    doubt: int = -1
    lost: int = -1
    negative: int = -1
    unknown: int = -1


@dataclass(frozen=True)
class Readings:
    """Where the values of leaves are: the rows of the event columns, and the counters of every aggregate."""

    rows: Rows
    counters: Mapping[Aggregate, Counters]


@dataclass
class Lowering:
    """Writes one program. `params`, `names` and `texts` collect its arguments; truth register 0 is for the result."""

    readings: Readings
    columns: Columns
    steps: list[Step] = field(default_factory=list)
    params: list[float] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    registers: list[int] = field(default_factory=lambda: [1, 0, 0])
    _truths: dict[Node, Register] = field(default_factory=dict)
    _numbers: dict[Node, Register] = field(default_factory=dict)
    _codes: dict[Node, Register] = field(default_factory=dict)

    def truth(self, node: Node) -> Register:
        """Write a truth value, and return its register."""
        return _once(self._truths, node, self._truth)

    def number(self, node: Node) -> Register:
        """Write a number or a duration, and return its register."""
        return _once(self._numbers, node, self._number)

    def text(self, node: Node) -> Register:
        """Write a text, and return the register of its code."""
        return _once(self._codes, node, self._text)

    def step(self, operation: int, *given: int) -> Register:
        """Write a step, and return the register of its result."""
        of = 0 if operation < run.TEXT else 1 if operation >= run.PARAM else 2
        out = self.registers[of]
        self.registers[of] += 1
        self.steps.append((operation, out, *given, *[0] * (6 - len(given))))
        return out

    def argument(self, value: float, name: str = "") -> int:
        """Pass a number as an argument; return its index. A parameter of the policy has a `name`."""
        self.params.append(float(value))
        self.names.append(name)
        return len(self.params) - 1

    def text_argument(self, text: str) -> Register:
        """Pass the code of a text as an argument; return its register."""
        self.texts.append(text)
        return self.step(run.TEXT, len(self.texts) - 1 + LEADING)

    # Truths

    def _truth(self, node: Node) -> Register:
        match node:
            case nodes.Named(means=means):
                return self.truth(means)
            case nodes.Flag(value):
                return self.step(run.TRUTH, 2 if value else 0)
            case nodes.Not(operand):
                return self.step(run.NOT, self.truth(operand))
            case nodes.And(operands):
                return self._all(map(self.truth, operands))
            case nodes.Or(operands):
                return self._any(map(self.truth, operands))
            case nodes.Compare():
                return self._compare(node)
            case nodes.OneOf(operand, values):
                code = self.text(operand)
                tests = [self.step(run.SAME, code, self.text_argument(value)) for value in values]
                return self._any(tests) if tests else self.step(run.TRUTH, 0)
            case nodes.Has(column):
                return self._has(column)
            case nodes.InList(column, entries):
                return self._fact(f"list {column} {entries}")
            case nodes.Near(column, entries, bits):
                return self._fact(f"near {column} {entries} {bits}")
            case nodes.Column(column):
                return self._fact(f"truth {column}")
            case nodes.First(kind, column):
                return self._fact(f"first {kind} {column}")
            case nodes.Last(kind, column):
                return self._fact(f"last {kind} {column}")
            case _:
                raise TypeError(f"a {type(node).__name__} is no truth that the kernel knows")

    def _all(self, truths: Iterable[Register]) -> Register:
        return reduce(lambda left, right: self.step(run.AND, left, right), truths)

    def _any(self, truths: Iterable[Register]) -> Register:
        return reduce(lambda left, right: self.step(run.OR, left, right), truths)

    def _fact(self, name: str) -> Register:
        return self.step(run.FACT, self.readings.rows.fact(name))

    def _compare(self, node: nodes.Compare) -> Register:
        types = {type_of(node.left, self.columns, Faults()), type_of(node.right, self.columns, Faults())}
        if types <= {"truth"}:
            holds = self.step(run.SAME_TRUTH, self.truth(node.left), self.truth(node.right))
        elif types <= {"text"}:
            holds = self.step(run.SAME, self.text(node.left), self.text(node.right))
        else:
            left, right = self.number(threshold(node.left)), self.number(threshold(node.right))
            if node.operator in _COMPARED:
                operation, is_turned = _COMPARED[node.operator]
                return self.step(operation, *((right, left) if is_turned else (left, right)))
            holds = self.step(run.EQUAL, left, right)
        return self.step(run.NOT, holds) if node.operator == "!=" else holds

    def _has(self, column: str) -> Register:
        match self.columns.get(column, "text"):
            case "truth":
                return self.step(run.HAS_FACT, self.readings.rows.fact(f"truth {column}"))
            case "number":
                return self.step(run.HAS_REAL, self.readings.rows.real(f"number {column}"))
            case _:
                return self.step(run.HAS_LONG, self.readings.rows.long(f"code {column}"))

    # Numbers

    def _number(self, node: Node) -> Register:
        rows = self.readings.rows
        match node:
            case nodes.Named(means=means):
                return self.number(means)
            case nodes.Number(value):
                return self.step(run.PARAM, self.argument(value))
            case nodes.Param(parameter, value):
                return self.step(run.PARAM, self.argument(value, parameter))
            case nodes.Arithmetic(operator, left, right):
                return self.step(_COMPUTED[operator], self.number(left), self.number(right))
            case nodes.Minus(operand):
                nought = self.step(run.PARAM, self.argument(0.0))
                return self.step(run.MINUS, nought, self.number(operand))
            case nodes.Share(part, whole, least):
                return self.step(run.SHARE, self.number(part), self.number(whole), self.argument(least))
            case Aggregate():
                return self._aggregate(node)
            case nodes.Age():
                return self.step(run.AGED)
            case nodes.Since(kind):
                is_revocable = kind in TAKES_BACK.values()
                doubted = rows.long(f"last in doubt {kind}") if is_revocable else -1
                return self.step(run.PASSED, rows.long(f"latest {kind}"), doubted, self._sends(kind))
            case nodes.Column(column):
                return self.step(run.REAL, rows.real(f"number {column}"))
            case nodes.First(kind, column):
                return self.step(run.REAL, rows.real(f"first {kind} {column}"))
            case nodes.Last(kind, column):
                return self.step(run.REAL, rows.real(f"last {kind} {column}"))
            case _:
                raise TypeError(f"a {type(node).__name__} is no number that the kernel knows")

    def _aggregate(self, node: Aggregate) -> Register:
        """Write an aggregate; its upper end is infinite unless the log contains every event of the window."""
        clock = CLOCK if node.by == "account" else self.readings.rows.long(f"clock {node.by}")
        given = self._sends(node.kind), clock, node.over or 0, int(node.by == "account")
        number = self.step(run.COMPLETED, self._counted(node), *given)
        missed = unkeyed(node)
        if missed is not None:
            number = self._with_missed(number, node, missed)
            number = self.step(run.IF_KEYED, number, self.readings.rows.long(f"key {node.by}"))
        if isinstance(node, nodes.Unanswered):
            return self.step(run.IF_SENT, number, self._sends("reply_received"))
        return self.step(run.OPENED, number) if may_be_negative(node) else number

    def _with_missed(self, number: Register, node: Aggregate, missed: Aggregate) -> Register:
        """Write the sum with what the events without a key may add; see `leaves`."""
        cut, long = window(node.over or 0), self.readings.rows.long
        clock, newest, latest = long(f"clock {node.by}"), long(f"clock {missed.by}"), long(latest_name(missed))
        added = self.step(run.POSSIBLY, self._counted(missed), latest, clock, newest, cut.pane, cut.panes)
        number = self.step(run.PLUS, number, added)
        if node.kind not in TAKES_BACK.values():
            return number
        taken = long(taken_back_name(missed))
        return self.step(run.IF_STANDING, number, taken, clock, cut.pane, cut.panes, int(may_be_negative(node)))

    def _counted(self, node: Aggregate) -> Register:
        """Write the interval of the counters."""
        at = self.readings.counters[node]
        if isinstance(node, nodes.Sum):
            number = self.step(run.SUMMED, at.certain, at.possible, at.lost, at.negative, at.unknown)
            return self._less_taken_back(node, number)
        return self.step(run.COUNTED, at.certain, at.possible, at.doubt)

    def _less_taken_back(self, node: nodes.Sum, number: Register) -> Register:
        """Write the lower end of a sum whose events can be taken back: at least 0; 0 if it is unbounded and open."""
        family = Family((node,))
        if not family.is_revocable or may_be_negative(node):
            return number
        return self.step(run.CLOSED if family.most_taken_back is None else run.FLOORED, number)

    def _sends(self, kind: str) -> int:
        return self.readings.rows.fact(f"sends {kind}")

    # Texts

    def _text(self, node: Node) -> Register:
        long = self.readings.rows.long
        match node:
            case nodes.Named(means=means):
                return self.text(means)
            case nodes.Text(value):
                return self.text_argument(value)
            case nodes.Column(column):
                return self.step(run.CODE, long(f"code {column}"))
            case nodes.First(kind, column):
                return self.step(run.CODE, long(f"first {kind} {column}"))
            case nodes.Last(kind, column):
                return self.step(run.CODE, long(f"last {kind} {column}"))
            case _:
                raise TypeError(f"a {type(node).__name__} is no text that the kernel knows")

    # Rules and filters

    def rule(self, rule: Rule) -> None:
        """Write a rule: its condition, and the regions in which it holds."""
        for condition in _conditions(rule.when):
            self._narrow(self.truth(condition))
        for name in sorted(rule.except_regions):
            self._narrow(self.step(run.NOT, self._is_region(name)))
        if rule.regions:
            self._narrow(self._any(map(self._is_region, sorted(rule.regions))))

    def filter(self, where: Node) -> None:
        """Write a filter."""
        for condition in _conditions(where):
            self._narrow(self.truth(condition))

    def _is_region(self, name: str) -> Register:
        return self.step(run.SAME, self.step(run.CODE, REGION), self.text_argument(name))

    def _narrow(self, truth: Register) -> None:
        """End a condition."""
        self.steps.append((run.NARROW, 0, truth, 0, 0, 0, 0, 0))
        self._truths, self._numbers, self._codes = {}, {}, {}


def _conditions(node: Node) -> Iterator[Node]:
    """Yield the conditions that must all hold."""
    match node:
        case nodes.Named(means=nodes.And() | nodes.Named() as means):
            yield from _conditions(means)
        case nodes.And(operands):
            for operand in operands:
                yield from _conditions(operand)
        case _:
            yield node


def registers(numbers: Sequence[int]) -> Registers:
    """Return registers for truth values, numbers and texts. Each call needs its own: threads judge at the same time."""
    truths, intervals, codes = numbers
    low, high = np.empty((intervals, run.BLOCK)), np.empty((intervals, run.BLOCK))
    rows, of_texts = np.empty(run.BLOCK, np.int64), np.empty((codes, run.BLOCK), np.int64)
    return Registers(rows, np.empty((truths, run.BLOCK), np.int8), low, high, of_texts)


def latest_name(node: Aggregate) -> str:
    """Name the row with the time of the latest event without a key that a series has counted."""
    return f"latest {replace(node, over=None)!r}"


def taken_back_name(node: Aggregate) -> str:
    """Name the row with the clock at the latest event without a key that took back events of a series."""
    return f"taken back {replace(node, over=None)!r}"


def _once(known: dict[Node, Register], node: Node, write: Callable[[Node], Register]) -> Register:
    if node not in known:
        known[node] = write(node)
    return known[node]
