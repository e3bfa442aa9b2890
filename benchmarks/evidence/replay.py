"""Replays rows of a real data set through the shipped pack, as `cartellino decide` would, and keeps the decisions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from benchmarks.real.common import Row
from cartellino.enforcement.brakes import Brakes, Released
from cartellino.enforcement.decision import Decision
from cartellino.events.batches import ROWS, Chunk, to_logged
from cartellino.events.event import Event
from cartellino.events.validation import validate
from cartellino.pipeline.route import Route
from cartellino.policies.load import Text, load
from cartellino.policies.packs import pack

LONG_AFTER = 4_000_000_000_000
"""2096: the clock of a replay stands after every event."""


WHOLE_PAST = Text("data.yaml", "history: complete")
"""What holds of the real data sets and of the town: they begin where the correspondence of their people begins."""


@dataclass
class Replayed:
    """A route after a replay, and every decision that it made."""

    route: Route
    decisions: list[Decision]

    def of(self, *kinds: str) -> set[str]:
        """Return the accounts that received one of these actions, live."""
        return {one.account for one in self.decisions if one.mode == "live" and one.action.kind in kinds}

    def evaluable(self) -> dict[str, float]:
        """Return the evaluable share by rule, of rules that were judged at all."""
        kernel = self.route.kernel
        figures = zip((rule.id for rule in kernel.plan.rules), kernel.state.stats.tolist(), strict=False)
        return {rule: 1 - unknown / judged for rule, (judged, unknown, _) in sorted(figures) if judged}


def replay(rows: Iterable[Row], *, brakes: bool = True) -> Replayed:
    """Replay rows; with `brakes` off, nothing is held."""
    chosen = Brakes() if brakes else Released()
    policies = load([*pack("messenger"), WHOLE_PAST])
    route = Route(policies, now=LONG_AFTER, brakes=chosen, native=True)
    decisions: list[Decision] = []
    for numbers, events in _chunks(rows):
        decisions += route.take(Chunk(to_logged(events), np.array(numbers), []), "replay").decisions
    return Replayed(route, decisions)


def _chunks(rows: Iterable[Row]) -> Iterator[tuple[list[int], list[Event]]]:
    counted = enumerate(rows, start=1)
    while taken := list(islice(counted, ROWS)):
        events = [validate(row) for _, row in taken]
        assert all(isinstance(one, Event) for one in events), "the readers of real data give valid rows"
        yield [number for number, _ in taken], [one for one in events if isinstance(one, Event)]


def keep(decisions: Iterable[Decision], path: Path) -> None:
    """Write decisions as NDJSON, so that each can be looked at."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(msgspec.json.encode(one.record()) + b"\n" for one in decisions))


def markdown(columns: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    """Return a Markdown table."""
    names = list(columns)
    lines = [names, ["---"] * len(names), *([str(cell) for cell in row] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
