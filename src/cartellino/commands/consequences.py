"""Records decisions and what follows from them: notices, review cases, audits and messages to webhooks.

A notice holds facts, not words, so that it can be rendered in any language later. Its code lets anybody check that it
is genuine. A notice that follows from reports is delayed at random, so that its time does not reveal the reporter.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from cartellino.appeals.deadlines import deadline
from cartellino.commands import case_log, projection
from cartellino.commands.notices import delayed, notify_bearers, send_sanction_event, store_notice
from cartellino.commands.report_outcomes import learn_outcome
from cartellino.commands.unit_of_work import UnitOfWork
from cartellino.enforcement.action import Action, still_works
from cartellino.enforcement.decision import Decision
from cartellino.enforcement.standing import Sanction
from cartellino.expressions import nodes
from cartellino.notices.facts import OF_ACTION, Facts, Number, Shape
from cartellino.policies.rule import Rule
from cartellino.storage import tables
from cartellino.vocabulary.ids import digest, fraction, short_limit_id
from cartellino.vocabulary.times import show_instant

CAUSES: Mapping[str, str] = {
    "unofficial": "client", "automation": "client", "reports": "reports", "broadcast": "broadcast", "groups": "groups",
    "scraping": "lookups", "registration": "registration", "zones": "profile", "takeover": "takeover",
    "strangers": "volume", "outreach": "volume", "pace": "volume",
}  # fmt: skip
"""What a notice names as the cause: looked up by ladder first, then by policy."""


def record_decisions(unit: UnitOfWork, decisions: list[Decision], salt: str, audit_share: float) -> None:
    """Record decisions, and do what follows from each.

    `salt` keys the draw of the audit and the names of campaigns; `audit_share` is the share that is audited, in [0, 1].
    """
    policies = unit.route.policies
    for decision in decisions:
        rule, present = unit.route.sequencer.rule(decision.rule), policies.rule(decision.rule)
        version = policies.rule_version(present) if present is not None else _version_before(unit, decision)
        cluster = _cluster(decision, salt)
        unit.put(tables.decisions, projection.of_decision(decision, version, cluster))
        unit.send("decision", decision.service, decision.account, decision.record())
        if decision.mode == "live" and decision.action.kind == "review":
            _open_review(unit, decision, version)
        elif decision.mode == "live" and decision.action.kind in OF_ACTION:
            _impose(unit, decision, rule)
            _perhaps_audit(unit, decision, version, cluster, salt, audit_share)
        elif decision.mode == "held" and decision.meanwhile is not None:
            shown = facts_of(decision, rule, "waiting", decision.meanwhile)
            limit = short_limit_id(decision.id)
            store_notice(unit, shown, decision.service, decision.account, limit, decision.id, decision.at)


def _version_before(unit: UnitOfWork, decision: Decision) -> str:
    """Return the rule version under which a decision was held before its rule was removed, or an empty string."""
    decisions = tables.decisions.c
    rows = unit.read(sa.select(decisions.rule_version).where(decisions.decision_id == decision.id))
    return rows[0].rule_version if rows else ""


def sanction_record(sanction: Sanction) -> dict[str, Any]:
    """Return a sanction as webhook messages and API answers show it."""
    return {
        "sanction_id": sanction.id,
        "kind": sanction.action.kind,
        "scope": list(sanction.action.scope),
        "starts_at": show_instant(sanction.starts_at),
        "ends_at": None if sanction.action.ends_at is None else show_instant(sanction.action.ends_at),
    }


def facts_of(decision: Decision, rule: Rule | None, shape: Shape, action: Action) -> Facts:
    """Return what a notice about a decision may say: no more than the rule discloses."""
    wording = decision.wording
    shown = decision.evidence if wording.discloses == "full" else ()
    review = deadline("appeal", None, decision.at).limit
    return Facts(
        shape=shape,
        at=decision.at,
        code=decision.code,
        clause=dict(wording.clause),
        reason=wording.told,
        cause=_cause(rule),
        scope=action.scope,
        starts_at=decision.at,
        ends_at=action.ends_at,
        still_works=still_works([action]),
        next_kind=decision.next_step.kind if decision.next_step is not None else None,
        next_lasts=decision.next_step.lasts if decision.next_step is not None else None,
        numbers=tuple(Number(item.signal, item.least, item.threshold, item.window) for item in shown),
        automatic=True,
        review=review,
        window=deadline("window", None, decision.at).limit,
    )


def _impose(unit: UnitOfWork, decision: Decision, rule: Rule | None) -> None:
    if decision.action.ends_at is not None and decision.action.ends_at <= unit.now:
        return  # the events arrived so late that the sanction is over already: there is nothing to tell
    shown = facts_of(decision, rule, OF_ACTION[decision.action.kind], decision.action)
    reported = decision.wording.reported
    due, person = delayed(unit.now, unit.route.salt, decision.id) if reported else decision.at, decision.about
    if not reported:
        learn_outcome(unit, decision.service, decision.account, right=True, until=decision.at)
    notify_bearers(unit, person, decision.sanction, lambda _: shown, decision.id, due)
    data = {"sanction_id": decision.sanction, "decision_id": decision.id, **decision.record()["action"]}
    data |= {"starts_at": show_instant(decision.at)}
    send_sanction_event(unit, "sanction.imposed", person, decision.sanction, {**data, "code": decision.code})


def _open_review(unit: UnitOfWork, decision: Decision, version: str) -> None:
    due, person = deadline("review", None, unit.now), decision.about
    about = {"decision": decision.id, "rule_version": version, "topic": decision.policy}
    case_log.enter(unit, f"c_{decision.id[2:]}", "review", person, due, "rule", recorded=True, **about)


def _perhaps_audit(unit: UnitOfWork, decision: Decision, version: str, cluster: str, salt: str, share: float) -> None:
    """Draw a decision for the audit by a keyed hash: nobody can choose what is audited, and a replay draws the same."""
    if fraction(salt, "audit", decision.id) < share:
        drawn = {"decision_id": decision.id, "rule_version": version, "rule": decision.rule, "cluster": cluster}
        judged = {"drawn_at": unit.now, "right": None, "judged_at": None, "judged_by": None}
        unit.add(tables.audits, drawn | judged)


def _cluster(decision: Decision, salt: str) -> str:
    """Return the campaign of a decision: a digest of the account's last known device, else address, else its name."""
    context = decision.context
    shared = (context.device or context.address if context is not None else None) or decision.account
    return digest(salt, decision.service, shared)[7:31]


def _cause(rule: Rule | None) -> str:
    if rule is None:
        return "messages"
    asks = {node.name for node in nodes.walk(rule.when) if isinstance(node, nodes.Column)}
    if asks & {"attestation", "client"}:
        return "client"
    return CAUSES.get(rule.ladder or "") or CAUSES.get(rule.policy, "messages")
