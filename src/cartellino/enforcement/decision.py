"""The record of a decision: what was done to whom, why, on which evidence, and what comes next."""

from __future__ import annotations

from math import isfinite
from typing import Any, Literal

import msgspec

from cartellino.enforcement.action import Action
from cartellino.enforcement.wording import UNKNOWN, Wording
from cartellino.kernel.finding import Context, Evidence
from cartellino.policies.ladder import Rung
from cartellino.vocabulary.accounts import AccountRef
from cartellino.vocabulary.ids import DecisionId, PolicyVersion, RuleId, SanctionId
from cartellino.vocabulary.times import Instant, show_duration, show_instant

ModeOfDecision = Literal["live", "shadow", "held"]

BY_PEOPLE = "people"
"""In place of a rule version: a person decided without a rule, as about a complaint, an order or a termination."""


class Decision(msgspec.Struct, frozen=True, gc=False):
    """A decision. `strike` is its number on the ladder (0: no strike).

    `meanwhile` is the short limit that applies while a brake holds the decision. `wording` are the texts that explain
    it, as they were when it was made. `sequence` is the number of the event, `event` its id.
    """

    id: DecisionId
    sanction: SanctionId
    account: str
    service: str
    at: Instant
    sequence: int
    event: str
    policy: str
    version: PolicyVersion
    rule: RuleId
    code: int
    action: Action
    still_works: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    strike: int
    rung: int
    next_step: Rung | None
    mode: ModeOfDecision
    note: str = ""
    meanwhile: Action | None = None
    context: Context | None = None
    wording: Wording = UNKNOWN

    @property
    def about(self) -> AccountRef:
        """The account that the decision is about."""
        return AccountRef(self.service, self.account)

    def record(self) -> dict[str, Any]:
        """Return the decision as a line of `decisions.ndjson`."""
        return {
            "decision_id": self.id,
            "account": self.account,
            "service": self.service,
            "at": show_instant(self.at),
            "sequence": self.sequence,
            "event": self.event,
            "policy": self.policy,
            "policy_version": self.version,
            "rule": self.rule.removeprefix(f"{self.policy}/"),
            "code": self.code,
            "wording": self.wording.record(),
            "action": _action(self.action),
            "still_works": list(self.still_works),
            "evidence": [_evidence(evidence) for evidence in self.evidence],
            "strike": self.strike,
            "next_step": _step(self.next_step),
            "mode": self.mode,
            **({"note": self.note} if self.note else {}),
            **({"meanwhile": _action(self.meanwhile)} if self.meanwhile else {}),
        }


def _action(action: Action) -> dict[str, Any]:
    ends_at = None if action.ends_at is None else show_instant(action.ends_at)
    return {"kind": action.kind, "scope": list(action.scope), "ends_at": ends_at}


def _evidence(evidence: Evidence) -> dict[str, Any]:
    return {
        "signal": evidence.signal,
        "least": _number(evidence.least),
        "most": _number(evidence.most),
        "threshold": _number(evidence.threshold),
        "window": evidence.window,
    }


def _number(value: float | str | None) -> float | int | str | None:
    """Return a number as JSON can express it: an integer if it is whole, `None` if it is infinite."""
    if value is None or isinstance(value, str):
        return value
    if not isfinite(value):
        return None
    return int(value) if value == int(value) else value


def _step(rung: Rung | None) -> dict[str, Any] | None:
    if rung is None:
        return None
    step: dict[str, Any] = {"kind": rung.kind}
    if rung.lasts is not None:
        step["for"] = show_duration(rung.lasts)
    return step
