"""A state folder: the event log, the policies that decided, and every decision, so that any of them can be explained.

    DIR/log/events-000001.arrows    what was taken, in order
    DIR/policies.json               the policy texts and parameters, and their digest
    DIR/decisions.ndjson            what was decided

A second run with the same folder goes on where the first ended: the log is replayed, and an event that it holds
already, equal in every column, is passed over, whatever file it comes in. A source is known by the name of its file
(`-` is standard input); what it sends more than a minute behind its own largest time is late, also in a later run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from cartellino.events.event import Event, row
from cartellino.events.intake import Intake
from cartellino.policies.load import Text, load
from cartellino.policies.policyset import PolicySet
from cartellino.service.route import Route, Step
from cartellino.storage.log import EventLog, Logged
from cartellino.vocabulary.refusals import BadArgument
from cartellino.vocabulary.times import Instant

_encoder = msgspec.json.Encoder(order="deterministic")


class State:
    """One folder, opened for going on or for explaining."""

    def __init__(self, folder: Path) -> None:
        """Open a folder; it may be new."""
        self.folder = folder
        self.log = EventLog(folder / "log")
        self._decisions = folder / "decisions.ndjson"
        self._held: set[int] = set()

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
        self.folder.mkdir(parents=True, exist_ok=True)
        file = self.folder / "policies.json"
        if file.exists() and (before := self.policies().version) != policies.version:
            raise BadArgument(
                f"{self.folder} was decided with {before}, and these policies are {policies.version}; "
                "use another --state, or compare the two with `cartellino backtest`"
            )
        held = {"version": policies.version, "parameters": dict(parameters), "texts": texts}
        file.write_bytes(msgspec.json.encode(held))

    def resume(self, route: Route, now: Instant) -> dict[str, Intake]:
        """Replay the log through a fresh route; return the intake of each source as the last run left it."""
        intakes: dict[str, Intake] = {}
        with self._decisions.open("wb") as out:
            for logged in self.log.read():
                _write(out, route.judge(logged.event))
                self._held.add(_digest(logged.event))
                intakes.setdefault(logged.source, Intake(now)).learn(logged.event)
        return intakes

    def holds(self, event: Event) -> bool:
        """Say whether this very event was taken already, by an earlier run or from another file of this one."""
        return _digest(event) in self._held

    def record(self, step: Step, source: str, number: int) -> None:
        """Keep an event that was taken, and what was decided on it."""
        if step.event is not None:
            self.log.append(Logged(step.sequence, source, number, step.event))
            self._held.add(_digest(step.event))
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


def _digest(event: Event) -> int:
    """64 bits of the whole event: two different ones share them once in 10^19."""
    return int.from_bytes(blake2b(_encoder.encode(row(event)), digest_size=8).digest(), "big")


def _write(out: BinaryIO, step: Step) -> None:
    for decision in step.decisions:
        out.write(msgspec.json.encode(decision.record()) + b"\n")
