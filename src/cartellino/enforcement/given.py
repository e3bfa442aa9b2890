"""What `given` means: strikes, sanctions and links, as they stand at the finding.

An unknown device, number or address makes `linked` unknown, and unknown never punishes.
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
    """A finding with the standing of its account, the marks of its service and the ladders."""

    finding: Finding
    standing: Standing
    marks: Marks
    ladders: Mapping[str, Ladder]
    in_force: Callable[[SanctionId], str | None]
    """What kind a sanction, anybody's, is by now, if it held at the finding."""


def meaning(given: Node) -> Callable[[Circumstances], Truth]:
    """Return the function that a `given` means."""
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
    kept = [sanction for sanction in of_kind if sanction.lifted_at is None and sanction.replaced_by is None]
    return exactly(sum(0 <= now - sanction.starts_at < node.over for sanction in kept))


def _linked(node: nodes.Linked, case: Circumstances) -> Interval:
    thing = getattr(case.finding.context, node.by)
    if thing is None:
        return Interval(0, inf)

    def counts(mark: Mark) -> bool:
        return (mark.grave or not node.grave) and case.in_force(mark.sanction) == node.kind

    return exactly(case.marks.linked(case.finding.service, node.by, thing, case.finding.account, counts))
