"""Judges one event at a time by the reference kernel, for callers that react to each decision, such as a simulator.

>>> from cartellino.policies.load import Text, load
>>> route = Stepwise(load([Text("p.yaml", '''
... policy: p
... rules:
...   busy: {when: 'count(message_sent, over="1h") > 1', code: 1, action: review, reason: {en: "Busy."}}
... ''')]))
>>> [len(route.judge(Event(id=str(n), time=n, kind="message_sent", account="a"))) for n in (1, 2)]
[0, 1]
"""

from __future__ import annotations

from cartellino.enforcement.acts import ReleaseNumber
from cartellino.enforcement.brakes import Brakes
from cartellino.enforcement.decision import Decision
from cartellino.enforcement.sequencer import Sequencer
from cartellino.events.event import Event
from cartellino.kernel.reference import Kernel
from cartellino.pipeline.run_statistics import RunStatistics
from cartellino.policies.policyset import PolicySet
from cartellino.vocabulary.actors import LOG


class Stepwise:
    """The reference kernel and a sequencer."""

    def __init__(self, policies: PolicySet, salt: str = "", brakes: Brakes | None = None) -> None:
        """`salt` keys canaries and pseudonyms; `brakes` are the default ones unless given."""
        self.kernel = Kernel(policies)
        self.sequencer = Sequencer(policies, salt, brakes)
        self.statistics = RunStatistics()
        self.sequence = 0

    def judge(self, event: Event) -> list[Decision]:
        """Number an event and return the decisions on it."""
        self.sequence += 1
        findings = self.kernel.judge(event, self.sequence)
        if event.kind == "number_released" and event.number is not None:
            why = "the number was released"
            self.sequencer.act(ReleaseNumber(self.sequence, event.time, LOG, why, event.service, event.number))
        decisions = self.sequencer.decide(findings) if findings else []
        self.statistics.count(decisions, 1)
        return decisions
