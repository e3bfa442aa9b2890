"""Hypothetical events: what would follow if an event came now. Nothing is recorded."""

from __future__ import annotations

from typing import NamedTuple

from cartellino.commands.unit_of_work import UnitOfWork
from cartellino.events.event import Event
from cartellino.events.logged import to_logged
from cartellino.policies.ladder import SEVERITY
from cartellino.policies.rule import Rule


class Judged(NamedTuple):
    """The account's standing now, the most severe action that would follow, and the rules that would ask for one."""

    standing: str
    worst: str | None
    rules: list[Rule]


def judge(unit: UnitOfWork, event: Event) -> Judged:
    """Return what an event would lead to. Rules in shadow or switched off are left out, as they decide nothing."""
    policies = unit.route.policies
    findings = unit.route.kernel.check(to_logged([event]))
    rules = [rule for finding in findings if (rule := policies.rule(finding.rule)) is not None]
    rules = [rule for rule in rules if rule.mode.kind in ("live", "canary")]
    kinds = [rule.action or policies.ladders[rule.ladder or ""].rung(rule.rung).kind for rule in rules]
    worst = max(kinds, key=lambda kind: SEVERITY[kind], default=None)
    return Judged(unit.live.whole(event.service, event.account).name(unit.now), worst, rules)
