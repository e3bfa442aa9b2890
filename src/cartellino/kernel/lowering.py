"""Lowers expressions to the source of functions: straight-line code without branches, with thresholds as arguments.

A truth value becomes one variable (0 false, 1 unknown, 2 true), a number two (least, most), a text one (its code, 0
unknown). Equal subexpressions are computed once. Literals are passed in `params` and `codes`, so that a threshold can
change without compiling the function again.

>>> from cartellino.expressions.parse import parse_text
>>> lowered = Lowering(Readings(Rows(), {}), {"known": "truth"})
>>> lowered.truth(nodes.Not(nodes.Column("known")))
'a1'
>>> print("; ".join(lowered.lines))
a0 = facts[0, i]; a1 = 2 - a0
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import TypeVar

from cartellino.events.kinds import TAKES_BACK
from cartellino.expressions import nodes
from cartellino.expressions.meaning import threshold
from cartellino.expressions.nodes import Aggregate, Node
from cartellino.expressions.types import Columns, type_of
from cartellino.kernel.event_columns import CLOCK, FIRST_SEEN, MADE, REGION, START, TIME, Rows
from cartellino.kernel.families import Family, may_be_negative
from cartellino.kernel.unkeyed import unkeyed
from cartellino.policies.rule import Rule
from cartellino.signals.window import window
from cartellino.vocabulary.diagnostics import Faults

Pair = tuple[str, str]
"""The variables with the least and the most value of a number."""

LEADING = 3
"""Number of leading entries of `codes`: the first instant at which a rule is in force, the first instant after that,
and how far the rule looks back, in ms."""

Written = TypeVar("Written", str, Pair)

_COMPARED = {">": (">", False), "<": (">", True), ">=": (">=", False), "<=": (">=", True)}
_COMPUTED = {"+": "plus", "-": "minus", "*": "times", "/": "over"}


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
    """Writes the body of one function. `params`, `names` and `texts` collect its arguments."""

    readings: Readings
    columns: Columns
    lines: list[str] = field(default_factory=list)
    params: list[float] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    _truths: dict[Node, str] = field(default_factory=dict)
    _numbers: dict[Node, Pair] = field(default_factory=dict)
    _codes: dict[Node, str] = field(default_factory=dict)

    def truth(self, node: Node) -> str:
        """Write a truth value, and return its variable."""
        return _once(self._truths, node, self._truth)

    def number(self, node: Node) -> Pair:
        """Write a number or a duration, and return the variables of its ends."""
        return _once(self._numbers, node, self._number)

    def text(self, node: Node) -> str:
        """Write a text, and return the variable of its code."""
        return _once(self._codes, node, self._text)

    def name(self, written: str) -> str:
        """Write an assignment, and return its variable."""
        name = f"a{len(self.lines)}"
        self.lines.append(f"{name} = {written}")
        return name

    def pair(self, written: str) -> Pair:
        """Write an assignment of two values, and return their variables."""
        names = f"a{len(self.lines)}", f"b{len(self.lines)}"
        self.lines.append(f"{names[0]}, {names[1]} = {written}")
        return names

    def argument(self, value: float, name: str = "") -> str:
        """Pass a number as an argument; return the source that reads it. A parameter of the policy has a `name`."""
        self.params.append(float(value))
        self.names.append(name)
        return f"params[{len(self.params) - 1}]"

    def text_argument(self, text: str) -> str:
        """Pass the code of a text as an argument; return the source that reads it."""
        self.texts.append(text)
        return f"codes[{len(self.texts) - 1 + LEADING}]"

    # Truths

    def _truth(self, node: Node) -> str:
        match node:
            case nodes.Named(means=means):
                return self.truth(means)
            case nodes.Flag(value):
                return "2" if value else "0"
            case nodes.Not(operand):
                return self.name(f"2 - {self.truth(operand)}")
            case nodes.And(operands):
                return reduce(lambda left, right: self.name(f"min({left}, {right})"), map(self.truth, operands))
            case nodes.Or(operands):
                return reduce(lambda left, right: self.name(f"max({left}, {right})"), map(self.truth, operands))
            case nodes.Compare():
                return self._compare(node)
            case nodes.OneOf(operand, values):
                code = self.text(operand)
                tests = [self.name(_same(code, self.text_argument(value))) for value in values]
                return reduce(lambda left, right: self.name(f"max({left}, {right})"), tests) if tests else "0"
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

    def _fact(self, name: str) -> str:
        return self.name(f"facts[{self.readings.rows.fact(name)}, i]")

    def _compare(self, node: nodes.Compare) -> str:
        types = {type_of(node.left, self.columns, Faults()), type_of(node.right, self.columns, Faults())}
        if types <= {"text"} or types <= {"truth"}:
            equal = self._same(node, types <= {"truth"})
            return self.name(f"2 - {equal}") if node.operator == "!=" else equal
        left, right = self.number(threshold(node.left)), self.number(threshold(node.right))
        if node.operator in ("==", "!="):
            equal = self.name(_equal(left, right))
            return self.name(f"2 - {equal}") if node.operator == "!=" else equal
        sign, is_turned = _COMPARED[node.operator]
        (a, b), (c, d) = (right, left) if is_turned else (left, right)
        return self.name(f"1 * ({a} {sign} {d}) + 1 * ({b} {sign} {c})")

    def _same(self, node: nodes.Compare, of_truths: bool) -> str:
        if of_truths:
            return self.name(_same_truth(self.truth(node.left), self.truth(node.right)))
        return self.name(_same(self.text(node.left), self.text(node.right)))

    def _has(self, column: str) -> str:
        match self.columns.get(column, "text"):
            case "truth":
                return self.name(f"2 if facts[{self.readings.rows.fact(f'truth {column}')}, i] != 1 else 0")
            case "number":
                at = self.readings.rows.real(f"number {column}")
                return self.name(f"2 if reals[{at}, i] == reals[{at}, i] else 0")
            case _:
                return self.name(f"2 if longs[{self.readings.rows.long(f'code {column}')}, i] != 0 else 0")

    # Numbers

    def _number(self, node: Node) -> Pair:
        match node:
            case nodes.Named(means=means):
                return self.number(means)
            case nodes.Number(value):
                name = self.name(self.argument(value))
                return name, name
            case nodes.Param(parameter, value):
                name = self.name(self.argument(value, parameter))
                return name, name
            case nodes.Arithmetic(operator, left, right):
                ends = (*self.number(left), *self.number(right))
                return self.pair(f"{_COMPUTED[operator]}({', '.join(ends)})")
            case nodes.Minus(operand):
                return self.pair(f"minus(0.0, 0.0, {', '.join(self.number(operand))})")
            case nodes.Share(part, whole, least):
                ends = (*self.number(part), *self.number(whole))
                return self.pair(f"share({', '.join(ends)}, {self.argument(least)})")
            case Aggregate():
                return self._aggregate(node)
            case nodes.Age():
                return self.pair(f"aged(longs[{CLOCK}, i], longs[{MADE}, i], longs[{FIRST_SEEN}, i])")
            case nodes.Since(kind):
                latest = f"longs[{self.readings.rows.long(f'latest {kind}')}, i]"
                made, start, sends = f"longs[{MADE}, i]", f"longs[{START}, i]", self._sends(kind)
                is_revocable = kind in TAKES_BACK.values()
                doubted = f"longs[{self.readings.rows.long(f'last in doubt {kind}')}, i]" if is_revocable else "0"
                return self.pair(f"passed(longs[{CLOCK}, i], {latest}, {doubted}, {made}, {start}, {sends})")
            case nodes.Column(column):
                return self.pair(f"known_number(reals[{self.readings.rows.real(f'number {column}')}, i])")
            case nodes.First(kind, column):
                return self.pair(f"known_number(reals[{self.readings.rows.real(f'first {kind} {column}')}, i])")
            case nodes.Last(kind, column):
                return self.pair(f"known_number(reals[{self.readings.rows.real(f'last {kind} {column}')}, i])")
            case _:
                raise TypeError(f"a {type(node).__name__} is no number that the kernel knows")

    def _aggregate(self, node: Aggregate) -> Pair:
        least, most = self._counted(node)
        most = self.name(f"{most} if {self._complete(node)} else INF")
        missed = unkeyed(node)
        if missed is not None:
            least, most = self._with_missed(least, most, node, missed)
            key = self.name(f"longs[{self.readings.rows.long(f'key {node.by}')}, i]")
            least, most = self.name(f"{least} if {key} != 0 else 0.0"), self.name(f"{most} if {key} != 0 else INF")
        if isinstance(node, nodes.Unanswered):
            return self.name(f"{least} if {self._sends('reply_received')} != 0 else 0.0"), most
        if may_be_negative(node):
            return self.name(f"{least} if {most} != INF else -INF"), most
        return least, most

    def _with_missed(self, least: str, most: str, node: Aggregate, missed: Aggregate) -> Pair:
        """Write the sum with what the events without a key may add; see `leaves`."""
        cut, long = window(node.over or 0), self.readings.rows.long
        clocks = f"longs[{long(f'clock {node.by}')}, i], longs[{long(f'clock {missed.by}')}, i]"
        latest = f"longs[{long(latest_name(missed))}, i]"
        added = self.pair(f"possibly({', '.join(self._counted(missed))}, {latest}, {clocks}, {cut.pane}, {cut.panes})")
        least, most = self.pair(f"plus({least}, {most}, {', '.join(added)})")
        if node.kind not in TAKES_BACK.values():
            return least, most
        at, clock = f"longs[{long(taken_back_name(missed))}, i]", f"longs[{long(f'clock {node.by}')}, i]"
        stands = f"({at} < 0) | ({at} // {cut.pane} <= {clock} // {cut.pane} - {cut.panes})"
        return self.name(f"{least} if {stands} else {'-INF' if may_be_negative(node) else '0.0'}"), most

    def _counted(self, node: Aggregate) -> Pair:
        """Write [certain, certain + possible] of the counters; the upper end is infinite while a pane is full."""
        at = self.readings.counters[node]
        if isinstance(node, nodes.Sum):
            totals = (
                f"longs[{row}, i]" if row >= 0 else "0" for row in (at.certain, at.possible, at.lost, at.negative)
            )
            ends = self.pair(f"summed({', '.join(totals)}, ints[{at.unknown}, i])")
            return self._less_taken_back(node, *ends)
        certain = self.name(f"ints[{at.certain}, i]")
        possible = self.name(f"ints[{at.possible}, i]") if at.possible >= 0 else "0"
        sure = self.name(f"1.0 * ({certain} & (FULL - 1))")
        most = self.name(f"INF if ({certain} | {possible}) >= FULL else {sure} + {possible}")
        if at.doubt >= 0:
            doubt = self.name(f"ints[{at.doubt}, i]")
            return self.name(f"max({sure} - {doubt}, 0.0) if {doubt} < FULL else 0.0"), most
        return sure, most

    def _less_taken_back(self, node: nodes.Sum, least: str, most: str) -> Pair:
        """Write the lower end of a sum whose events can be taken back: at least 0; 0 if it is unbounded and open."""
        family = Family((node,))
        if not family.is_revocable or may_be_negative(node):
            return least, most
        if family.most_taken_back is not None:
            return self.name(f"max({least}, 0.0)"), most
        return self.name(f"max({least}, 0.0) if {most} != INF else 0.0"), most

    def _complete(self, node: Aggregate) -> str:
        """Return the source of a condition: that the log contains every event of the window."""
        clock = CLOCK if node.by == "account" else self.readings.rows.long(f"clock {node.by}")
        start = f"longs[{START}, i]"
        covers = f"(longs[{clock}, i] - {self.argument(node.over or 0)} >= {start})"
        if node.by == "account":
            covers = f"({covers} | ((longs[{MADE}, i] >= 0) & (longs[{MADE}, i] >= {start})))"
        return self.name(f"({self._sends(node.kind)} != 0) & {covers}")

    def _sends(self, kind: str) -> str:
        return f"facts[{self.readings.rows.fact(f'sends {kind}')}, i]"

    # Texts

    def _text(self, node: Node) -> str:
        match node:
            case nodes.Named(means=means):
                return self.text(means)
            case nodes.Text(value):
                return self.name(self.text_argument(value))
            case nodes.Column(column):
                return self.name(f"longs[{self.readings.rows.long(f'code {column}')}, i]")
            case nodes.First(kind, column):
                return self.name(f"longs[{self.readings.rows.long(f'first {kind} {column}')}, i]")
            case nodes.Last(kind, column):
                return self.name(f"longs[{self.readings.rows.long(f'last {kind} {column}')}, i]")
            case _:
                raise TypeError(f"a {type(node).__name__} is no text that the kernel knows")

    # Rules

    def rule(self, rule: Rule) -> str:
        """Write a rule: its condition, and the regions in which it holds. Return the variable of its truth value."""
        condition = self.truth(rule.when)
        if not rule.regions and not rule.except_regions:
            return condition
        region = f"longs[{REGION}, i]"
        outside = [self.name(_same(region, self.text_argument(name))) for name in sorted(rule.except_regions)]
        inside = [self.name(_same(region, self.text_argument(name))) for name in sorted(rule.regions)]
        holds = [self.name(f"2 - {name}") for name in outside]
        if inside:
            holds.append(reduce(lambda left, right: self.name(f"max({left}, {right})"), inside))
        return reduce(lambda left, right: self.name(f"min({left}, {right})"), [condition, *holds])


RULE = """\
def rule(rows, ints, longs, reals, facts, params, codes, stats, hits):
    count = 0
    for j in range(rows.shape[0]):
        i = rows[j]
        if codes[0] <= longs[{time}, i] < codes[1]:
            {lines}
            stats[0] += 1
            stats[1] += {truth} == 1
            stats[2] += ({truth} == 1) & (longs[{clock}, i] - codes[2] < longs[{start}, i])
            if {truth} == 2:
                hits[count] = i
                count += 1
    return count
"""
"""The function of a rule. It writes the events on which the rule is true to `hits`, and returns their number. `stats`
are those of `state.FIGURES`."""

FILTER = """\
def passes(rows, ints, longs, reals, facts, params, codes, out):
    for j in range(rows.shape[0]):
        i = rows[j]
        {lines}
        out[i] = {truth}
"""
"""The function of a filter. It writes its truth value for all events that may have to be counted."""


def rule_text(lowering: Lowering, rule: Rule) -> str:
    """Return the source of the function of a rule."""
    truth = lowering.rule(rule)
    places = {"time": TIME, "clock": CLOCK, "start": START}
    return RULE.format(**places, lines="\n            ".join(lowering.lines) or "pass", truth=truth)


def filter_text(lowering: Lowering, where: Node) -> str:
    """Return the source of the function of a filter."""
    truth = lowering.truth(where)
    return FILTER.format(lines="\n        ".join(lowering.lines) or "pass", truth=truth)


def latest_name(node: Aggregate) -> str:
    """Name the row with the time of the latest event without a key that a series has counted."""
    return f"latest {replace(node, over=None)!r}"


def taken_back_name(node: Aggregate) -> str:
    """Name the row with the clock at the latest event without a key that took back events of a series."""
    return f"taken back {replace(node, over=None)!r}"


def _same(left: str, right: str) -> str:
    """Return the source that compares two codes: 2 if they are equal, 0 if not, 1 if one is unknown (0)."""
    equal = f"({left} == {right})"
    unknown = f"(({left} == 0) | ({right} == 0))"
    return f"1 * ({equal} > {unknown}) + 1 * ({equal} | {unknown})"


def _same_truth(left: str, right: str) -> str:
    """Return the source that compares two truth values: 2 if they are equal, 0 if not, 1 if one is unknown (1)."""
    unknown = f"(({left} == 1) | ({right} == 1))"
    return f"1 if {unknown} else 2 * ({left} == {right})"


def _equal(left: Pair, right: Pair) -> str:
    """Return the source that compares two intervals: 2 if both are the same number, 0 if they are disjoint, else 1."""
    (a, b), (c, d) = left, right
    return f"1 * (({a} == {b}) & ({b} == {c}) & ({c} == {d})) + 1 * (({a} <= {d}) & ({b} >= {c}))"


def _once(known: dict[Node, Written], node: Node, write: Callable[[Node], Written]) -> Written:
    if node not in known:
        known[node] = write(node)
    return known[node]
