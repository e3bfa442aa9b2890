"""Restores decisions from their written form: a line of `decisions.ndjson`, or the `record` of a row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cartellino.enforcement.action import Action
from cartellino.enforcement.decision import Decision
from cartellino.enforcement.wording import wording_in
from cartellino.kernel.finding import Evidence
from cartellino.policies.ladder import Rung
from cartellino.vocabulary.ids import DecisionId, PolicyVersion, RuleId, sanction_id
from cartellino.vocabulary.times import duration, instant


def decision_of_line(line: Mapping[str, Any]) -> Decision:
    """Return the decision of a line. Its rung is 0 and its context empty, since lines do not contain them."""
    identity, meanwhile = DecisionId(line["decision_id"]), line.get("meanwhile")
    return Decision(
        id=identity,
        sanction=sanction_id(identity),
        account=line["account"],
        service=line["service"],
        at=instant(line["at"]),
        sequence=line["sequence"],
        event=line["event"],
        policy=line["policy"],
        version=PolicyVersion(line["policy_version"]),
        rule=RuleId(f"{line['policy']}/{line['rule']}"),
        code=line["code"],
        action=_action(line["action"]),
        still_works=tuple(line["still_works"]),
        evidence=tuple(map(_evidence, line["evidence"])),
        strike=line["strike"],
        rung=0,
        next_step=_step(line["next_step"]),
        mode=line["mode"],
        note=line.get("note", ""),
        meanwhile=None if meanwhile is None else _action(meanwhile),
        wording=wording_in(line),
    )


def _action(written: Mapping[str, Any]) -> Action:
    ends_at = written["ends_at"]
    return Action(written["kind"], tuple(written["scope"]), None if ends_at is None else instant(ends_at))


def _evidence(written: Mapping[str, Any]) -> Evidence:
    most = float("inf") if written["most"] is None else written["most"]
    return Evidence(written["signal"], written["least"], most, written["threshold"], written["window"])


def _step(written: Mapping[str, Any] | None) -> Rung | None:
    """Return the next rung with its kind and length; lines do not contain its scope."""
    if written is None:
        return None
    return Rung(written["kind"], (), duration(written["for"]) if "for" in written else None)
