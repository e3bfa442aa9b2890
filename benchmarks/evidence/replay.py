"""Replays rows of a real data set through the shipped pack, as `cartellino decide` would, and keeps the decisions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.real.common import Row
from cartellino.enforcement.brakes import Brakes, Released
from cartellino.enforcement.decision import Decision
from cartellino.events.event import Event
from cartellino.events.intake import Intake
from cartellino.events.validation import validate
from cartellino.policies.load import load
from cartellino.policies.packs import pack
from cartellino.service.route import Route

LONG_AFTER = 4_000_000_000_000
"""2096: the clock of a replay stands after every event."""


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
        return {rule: 1 - kernel.unknown[rule] / judged for rule, judged in sorted(kernel.judged.items())}


def replay(rows: Iterable[Row], *, brakes: bool = True) -> Replayed:
    """Replay rows; with `brakes` off, nothing is held."""
    route = Route(load(pack("messenger")), brakes=Brakes() if brakes else Released())
    intake = Intake(LONG_AFTER)
    decisions: list[Decision] = []
    for number, row in enumerate(rows, start=1):
        event = validate(row)
        assert isinstance(event, Event), event
        decisions += route.take(event, "replay", number, intake).decisions
    return Replayed(route, decisions)


def keep(decisions: Iterable[Decision], path: Path) -> None:
    """Write decisions as NDJSON, so that each can be looked at."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(msgspec.json.encode(one.record()) + b"\n" for one in decisions))


def markdown(columns: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    """Return a Markdown table."""
    names = list(columns)
    lines = [names, ["---"] * len(names), *([str(cell) for cell in row] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
