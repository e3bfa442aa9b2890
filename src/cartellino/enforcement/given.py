"""Evaluates the condition `given` of a rule: strikes, sanctions and links of an account at the time of the finding.

If the device, number or address is unknown, `linked` is unknown, and unknown never punishes (law 1).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import inf

from cartellino.enforcement.marks import Mark, Marks
from cartellino.enforcement.standing import Standing
from cartellino.expressions import nodes
from cartellino.expressions.meaning import Meaning, lower
from cartellino.expressions.nodes import Node
from cartellino.kernel.finding import Finding
from cartellino.policies.ladder import Ladder
from cartellino.vocabulary.ids import SanctionId
from cartellino.vocabulary.truth import Interval, Truth, exactly


@dataclass(frozen=True)
class Circumstances:
    """What a condition is evaluated on: a finding, the standing of its account, all marks, and the ladders."""

    finding: Finding
    standing: Standing
    marks: Marks
    ladders: Mapping[str, Ladder]
    in_force: Callable[[SanctionId], str | None]
    """Returns the kind of a sanction of any account that was in force at the finding, else `None`."""


def meaning(given: Node) -> Callable[[Circumstances], Truth]:
    """Return the function that evaluates a condition."""
    return lower(given, {}, _leaf)


def _leaf(node: Node) -> Meaning:
    match node:
        case nodes.Strikes():
            return lambda case: _strikes(node, case)
        case nodes.Sanctions():
            return lambda case: _sanctions(node, case)
        case nodes.Linked():
            return lambda case: _linked(node, case)
        case _:
            raise TypeError(f"`given` does not know what a {type(node).__name__} means")


def _strikes(node: nodes.Strikes, case: Circumstances) -> Interval:
    now = case.finding.at
    chosen = [ladder for name, ladder in case.ladders.items() if node.ladder in (None, name)]
    counting = [strike for ladder in chosen for strike in case.standing.counting(ladder, now)]
    return exactly(sum(node.over is None or now - strike.at < node.over for strike in counting))


def _sanctions(node: nodes.Sanctions, case: Circumstances) -> Interval:
    now = case.finding.at
    of_kind = [sanction for sanction in case.standing.sanctions if node.kind in (None, sanction.action.kind)]
    if node.over is None:
        return exactly(sum(sanction.covers(now) for sanction in of_kind))
    standing = [sanction for sanction in of_kind if sanction.lifted_at is None and sanction.replaced_by is None]
    return exactly(sum(0 <= now - sanction.starts_at < node.over for sanction in standing))


def _linked(node: nodes.Linked, case: Circumstances) -> Interval:
    thing = getattr(case.finding.context, node.by)
    if thing is None:
        return Interval(0, inf)

    def counts(mark: Mark) -> bool:
        return (mark.grave or not node.grave) and case.in_force(mark.sanction) == node.kind

    return exactly(case.marks.linked(case.finding.service, node.by, thing, case.finding.account, counts))
