"""Explains a decision: replays the relevant events of the log, and shows how every part of its rule evaluated.

An explanation has each subexpression with its value, threshold and window, the events that counted, and a sentence that
says what would have prevented the decision.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from cartellino.events.event import Event
from cartellino.events.kinds import TAKES_BACK
from cartellino.expressions import nodes
from cartellino.expressions.nodes import Aggregate, Node
from cartellino.expressions.show import show
from cartellino.kernel.evidence import Subexpression
from cartellino.kernel.leaves import key
from cartellino.kernel.reference import Kernel
from cartellino.pipeline.state_folder import StateFolder
from cartellino.policies.policyset import PolicySet
from cartellino.policies.rule import Rule
from cartellino.signals.window import window
from cartellino.vocabulary.times import rough_duration
from cartellino.vocabulary.truth import Interval, Truth

Known = Mapping[Node, Truth | Interval | str]
"""The value of every part of a rule at one moment."""

SHOWN = 20
"""At most so many of the events that counted are shown, the latest first."""


@dataclass(frozen=True)
class Counted:
    """The events that counted in one aggregate: how many, how many of them are unsure, and the latest ones."""

    aggregate: Aggregate
    key: str
    total: int
    unsure: int
    latest: tuple[Event, ...]


@dataclass(frozen=True)
class Explanation:
    """The explanation of one decision."""

    decision: dict[str, Any]
    event: Event
    rule: Rule
    parts: tuple[Subexpression, ...]
    counted: tuple[Counted, ...]
    prevention: str


def explain(decision: dict[str, Any], policies: PolicySet, state: StateFolder) -> Explanation | None:
    """Explain a decision; `None` if its event is not in the log, or its rule not in the policies.

    It is also `None` for a decision of an earlier edition of the meaning, which cannot be recomputed. Only the
    stretches of the log are read that may hold relevant events. The reference kernel forgets nothing, so that its
    values may be more certain than those of the fast kernel were.
    """
    rule = policies.rule(f"{decision['policy']}/{decision['rule']}")
    if rule is None or decision["sequence"] <= state.decided.edition_since():
        return None
    witness = _Witness()
    kernel = Kernel(replace(policies, rules=(rule,)), witness=witness.note)
    for sequence, event in state.events.bearing_on(decision, rule):
        kernel.judge(event, sequence)
        witness.take_back(event)
        if sequence == decision["sequence"]:
            parts = tuple(kernel.parts(rule, event))
            counted = tuple(witness.counted(aggregate, event) for aggregate in rule.aggregates())
            return Explanation(decision, event, rule, parts, counted, prevention(rule, parts))
    return None


class _Witness:
    """Remembers which events counted, by aggregate and key."""

    def __init__(self) -> None:
        self._seen: dict[tuple[Aggregate, str], list[tuple[Event, Truth]]] = {}

    def note(self, aggregate: Aggregate, name: str, event: Event, sure: Truth) -> None:
        self._seen.setdefault((aggregate, f"{event.service}\x00{name}"), []).append((event, sure))

    def take_back(self, event: Event) -> None:
        """Forget the earlier events that an event takes back, such as a block after an unblock."""
        taken_back = TAKES_BACK.get(event.kind)
        for (aggregate, _), seen in self._seen.items() if taken_back is not None else ():
            if aggregate.kind == taken_back:
                seen[:] = [pair for pair in seen if not _is_of(pair[0], event)]

    def counted(self, aggregate: Aggregate, event: Event) -> Counted:
        name = key(event, aggregate.by) or ""
        seen = self._seen.get((aggregate, f"{event.service}\x00{name}"), [])
        over = window(aggregate.over or 0)
        inside = [(earlier, sure) for earlier, sure in seen if over.holds(event.time, earlier.time)]
        latest = tuple(earlier for earlier, _ in inside[: -SHOWN - 1 : -1])
        return Counted(aggregate, name, len(inside), sum(sure is None for _, sure in inside), latest)


def _is_of(event: Event, later: Event) -> bool:
    """Say whether two events have the same account and peer."""
    return (event.service, event.account, event.peer) == (later.service, later.account, later.peer)


def prevention(rule: Rule, parts: Iterable[Subexpression]) -> str:
    """Return a sentence about the comparison that was closest to being false, and alone would have prevented it."""
    known = {part.node: part.value for part in parts}
    enough = [node for node in _deciding(rule.when, known) if _said(node, known) is not None]
    if not enough:
        return "No single number would have prevented it; the condition of the rule would have had to be otherwise."
    return str(_said(min(enough, key=lambda node: _margin(node, known)), known))


def _deciding(node: Node, known: Known) -> Iterator[nodes.Compare]:
    """Yield the comparisons that would each have made a true `node` false, had that one alone been false."""
    match node:
        case nodes.Compare():
            yield node
        case nodes.Named(means=means):
            yield from _deciding(means, known)
        case nodes.And(operands):
            for operand in operands:
                yield from _deciding(operand, known)
        case nodes.Or(operands):
            standing = [operand for operand in operands if known.get(operand) is not False]
            if len(standing) == 1:
                yield from _deciding(standing[0], known)


def _said(node: nodes.Compare, known: Known) -> str | None:
    measured, limit = known.get(node.left), _limit(node.right)
    if not isinstance(measured, Interval) or limit is None or isinstance(node.left, nodes.Age | nodes.Since):
        return None
    word = {">": "at most", ">=": "less than", "<": "at least", "<=": "more than"}.get(node.operator)
    if word is None:
        return None
    there = measured.least if node.operator in (">", ">=") else measured.most
    name = f"{show(node.left)} ({_meaning(node.left)})" if isinstance(node.left, nodes.Named) else show(node.left)
    return f"It would not have happened with {name} of {word} {_figure(limit)}; it was {_figure(there)}."


def _meaning(node: nodes.Named) -> str:
    return show(node.means)


def _margin(node: nodes.Compare, known: Known) -> float:
    measured, limit = known[node.left], _limit(node.right) or 0
    assert isinstance(measured, Interval), "only what can be said has a margin"
    there = measured.least if node.operator in (">", ">=") else measured.most
    return float(abs(there - limit) / max(abs(limit), 1e-9))


def _limit(node: Node) -> float | None:
    return node.value if isinstance(node, nodes.Number) else node.default if isinstance(node, nodes.Param) else None


def _figure(value: float) -> str:
    return f"{value:g}"


def shown_value(part: Subexpression) -> str:
    """Return the value of a part as text: an interval, a truth value, a text or `unknown`."""
    value = part.value
    if isinstance(value, Interval):
        if isinstance(part.node, nodes.Age | nodes.Since):
            return _bounds(value, lambda bound: rough_duration(int(bound)))
        return _bounds(value, _figure)
    if value is None:
        return "unknown"
    return {True: "true", False: "false"}.get(value, str(value)) if isinstance(value, bool) else f'"{value}"'


def _bounds(value: Interval, write: Callable[[float], str]) -> str:
    if value.least == value.most:
        return write(value.least)
    least = write(value.least) if value.least > float("-inf") else "any"
    return f"{least} to {write(value.most) if value.most < float('inf') else 'any'}"
