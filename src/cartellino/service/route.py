"""The route of one event, on one page.

    row → receive (valid? late? twice?) → judge (the kernel finds) → decide (the sequencer acts) → record

A row that cannot be taken is recorded as a rejection and the rest goes on. What is decided depends on nothing but the
rows in their order, the policies and the salt.

>>> from cartellino.policies.load import Text, load
>>> route = Route(load([Text("p.yaml", '''
... policy: p
... rules:
...   busy: {when: 'count(message_sent, over="1h") > 1', code: 1, action: review, reason: {en: "Busy."}}
... ''')]))
>>> intake = Intake(now=10_000)
>>> for n in (1, 2, 2):
...     step = route.take(Event(id=str(n), time=n, kind="message_sent", account="a"), "sent.ndjson", n, intake)
...     print(step.rejection and step.rejection.code, [decision.rule for decision in step.decisions])
None []
None ['p/busy']
duplicate []
"""

from __future__ import annotations

from dataclasses import dataclass

from cartellino.enforcement.acts import ReleaseNumber
from cartellino.enforcement.brakes import Brakes
from cartellino.enforcement.decision import Decision
from cartellino.enforcement.sequencer import Sequencer
from cartellino.events.event import Event, row
from cartellino.events.intake import Intake
from cartellino.events.rejection import Rejection
from cartellino.kernel.reference import Kernel
from cartellino.kernel.sightings import Memory
from cartellino.policies.policyset import PolicySet
from cartellino.service.tally import Tally


@dataclass(frozen=True)
class Step:
    """What became of one row: a rejection, or an event with its place in the log and what was decided on it."""

    sequence: int = 0
    event: Event | None = None
    rejection: Rejection | None = None
    decisions: tuple[Decision, ...] = ()


class Route:
    """One kernel and one sequencer, and the count of what passed."""

    def __init__(
        self,
        policies: PolicySet,
        salt: str = "",
        memory: Memory | None = None,
        brakes: Brakes | None = None,
    ) -> None:
        """`salt` keys canaries and pseudonyms; `memory` is exact and `brakes` are the law's unless given."""
        self.policies = policies
        self.kernel = Kernel(policies, memory)
        self.sequencer = Sequencer(policies, salt, brakes)
        self.tally = Tally()
        self.sequence = 0

    def take(self, row: Event | Rejection, source: str, number: int, intake: Intake) -> Step:
        """Take one row of a source."""
        event = self._receive(row, source, number, intake)
        if isinstance(event, Rejection):
            self.tally.reject(event)
            return Step(rejection=event)
        return self.judge(event)

    def judge(self, event: Event) -> Step:
        """Give an event its place in the log, and decide."""
        self.sequence += 1
        findings = self.kernel.judge(event, self.sequence)
        if event.kind == "number_released" and event.number is not None:
            act = ReleaseNumber(
                self.sequence, event.time, "log", "the number was released", event.service, event.number
            )
            self.sequencer.act(act)
        decisions = tuple(self.sequencer.take(findings)) if findings else ()
        self.tally.count(decisions)
        return Step(self.sequence, event, decisions=decisions)

    def _receive(self, taken: Event | Rejection, source: str, number: int, intake: Intake) -> Event | Rejection:
        if isinstance(taken, Rejection):
            return taken
        fault = intake.refuse(taken)
        return taken if fault is None else Rejection(source, number, (fault,), row(taken))
