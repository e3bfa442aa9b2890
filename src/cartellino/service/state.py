"""A state folder: the event log, the policies that decided, and every decision, so that any of them can be explained.

    DIR/log/events-000001.arrows    what was taken, in order
    DIR/policies.json               the policy texts and parameters, and their digest
    DIR/decisions.ndjson            what was decided

A second run with the same folder goes on where the first ended: the log is replayed, and rows taken before are passed
over.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from cartellino.policies.load import Text, load
from cartellino.policies.policyset import PolicySet
from cartellino.service.route import Route, Step
from cartellino.storage.log import EventLog, Logged
from cartellino.vocabulary.refusals import BadArgument


class State:
    """One folder, opened for going on or for explaining."""

    def __init__(self, folder: Path) -> None:
        """Open a folder; it may be new."""
        self.folder = folder
        self.log = EventLog(folder / "log")
        self._decisions = folder / "decisions.ndjson"

    def policies(self) -> PolicySet:
        """Return the policies that decided here.

        Raises `BadArgument` when the folder holds none.
        """
        file = self.folder / "policies.json"
        if not file.exists():
            raise BadArgument(
                f"{self.folder} is no state folder: it has no policies.json; make one with `decide --state`"
            )
        held = msgspec.json.decode(file.read_bytes())
        return load([Text(**one) for one in held["texts"]], held["parameters"])

    def adopt(self, texts: Sequence[Text], parameters: Mapping[str, float], policies: PolicySet) -> None:
        """Keep the policies that decide here.

        Raises `BadArgument` when others decided before.
        """
        file = self.folder / "policies.json"
        if file.exists() and (before := self.policies().version) != policies.version:
            raise BadArgument(
                f"{self.folder} was decided with {before}, and these policies are {policies.version}; "
                "use another --state, or compare the two with `cartellino backtest`"
            )
        held = {"version": policies.version, "parameters": dict(parameters), "texts": texts}
        file.write_bytes(msgspec.json.encode(held))

    def resume(self, route: Route) -> Counter[str]:
        """Replay the log through a fresh route; return how many rows of each source were taken already."""
        taken: Counter[str] = Counter()
        with self._decisions.open("wb") as out:
            for logged in self.log.read():
                _write(out, route.judge(logged.event))
                taken[logged.source] = max(taken[logged.source], logged.row)
        return taken

    def record(self, step: Step, source: str, row: int) -> None:
        """Keep an event that was taken, and what was decided on it."""
        if step.event is not None:
            self.log.append(Logged(step.sequence, source, row, step.event))
        if step.decisions:
            with self._decisions.open("ab") as out:
                _write(out, step)

    def decision(self, identity: str) -> dict[str, Any] | None:
        """Return a decision as it was recorded, or `None` if there is none of that id."""
        return next((one for one in self.decisions() if one["decision_id"] == identity), None)

    def decisions(self) -> Iterator[dict[str, Any]]:
        """Yield every decision as it was recorded."""
        if self._decisions.exists():
            with self._decisions.open("rb") as lines:
                yield from (msgspec.json.decode(line) for line in lines)


def _write(out: BinaryIO, step: Step) -> None:
    for decision in step.decisions:
        out.write(msgspec.json.encode(decision.record()) + b"\n")
