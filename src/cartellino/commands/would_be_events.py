"""What would follow if an event came now. It is judged like any other, and nothing of it is recorded."""

from __future__ import annotations

from typing import NamedTuple

from cartellino.commands.unit_of_work import UnitOfWork
from cartellino.events.event import Event
from cartellino.events.logged import to_logged
from cartellino.policies.ladder import SEVERITY
from cartellino.policies.rule import Rule


class Judged(NamedTuple):
    """The standing of the account now, the worst action that would be taken, and the rules that would take one."""

    standing: str
    worst: str | None
    rules: list[Rule]


def judge(unit: UnitOfWork, event: Event) -> Judged:
    """Say what an event would lead to. Rules that decide nothing, in shadow or switched off, are left out."""
    policies = unit.route.policies
    found = unit.route.kernel.check(to_logged([event]))
    rules = [rule for finding in found if (rule := policies.rule(finding.rule)) is not None]
    rules = [rule for rule in rules if rule.mode.kind in ("live", "canary")]
    kinds = [rule.action or policies.ladders[rule.ladder or ""].rung(rule.rung).kind for rule in rules]
    worst = max(kinds, key=lambda kind: SEVERITY[kind], default=None)
    return Judged(unit.live.whole(event.service, event.account).name(unit.now), worst, rules)
