"""Policies: the list of rules with mode, precision and volume; the page of one rule; and the record of its versions."""

from __future__ import annotations

from typing import Any

from litestar import get, post

from cartellino.analysis.threshold_trial import parameters
from cartellino.commands.cases import undo_rule_version
from cartellino.console.door import Answer, Name, guarded, part, reason_of, shown, worked_out
from cartellino.expressions.show import show
from cartellino.policies.ladder import Rung
from cartellino.policies.policyset import PolicySet
from cartellino.policies.rule import DISCLOSURES, Rule
from cartellino.policies.words import in_words, reach
from cartellino.queries.policy_versions import adoptions
from cartellino.queries.proposals import count_waiting
from cartellino.queries.rule_history import days_of, revoked_strikes, versions_of
from cartellino.queries.transparency import per_day, precisions
from cartellino.service.service import Service
from cartellino.storage.database import Rows
from cartellino.vocabulary.languages import chosen
from cartellino.vocabulary.times import DAY, show_duration
from cartellino.web.charts import Chart, Line
from cartellino.web.problems import Problem
from cartellino.web.requests import Asked, Form, actor_of, principal_of, service_of
from cartellino.web.work import do, looked, read, worked, written


@get("/console/policies", **guarded("read-policies"))
async def policies(request: Asked) -> Answer:
    """Show every rule in words, with its mode, precision and volume."""
    who = principal_of(request)
    values = await looked(request, _policies)
    return shown(request, "policies", "Policies", may=who.may("change-policies"), **values)


def _policies(service: Service) -> dict[str, Any]:
    writer = service.writer
    now = writer.live.policies
    by_policy: dict[str, list[dict[str, Any]]] = {}
    for rule in now.rules:
        row = {"rule": rule, "when": in_words(rule).when, "mode": rule.mode.show(), "version": now.rule_version(rule)}
        by_policy.setdefault(rule.policy, []).append(row)
    return {
        "version": now.version,
        "catching_up": writer.is_succeeding,
        "policies": by_policy,
        "files": [text.name for text in writer.versions.version(now.version).texts],
        "previous": service.proposals.previous(),
        **read(service, _versions),
    }


def _versions(rows: Rows) -> dict[str, Any]:
    return {"versions": adoptions(rows, 12), "waiting": count_waiting(rows)}


@get("/console/policies/figures", **guarded("read-figures"))
async def figures(request: Asked) -> Answer:
    """Show the precision of each rule, and on how many accounts a day it acts."""
    return part(request, "figures", "How often rules are right", **await worked_out(request, "figures", _figures))


def _figures(service: Service) -> dict[str, Any]:
    now = service.live.policies

    def look(rows: Rows) -> list[dict[str, Any]]:
        known, daily = precisions(rows), per_day(rows, service.clock.now())
        return [_figure(rule, known.get(now.rule_version(rule)), daily.get(str(rule.id), 0.0)) for rule in now.rules]

    figures = read(service, look)
    return {"figures": [figure for figure in figures if figure["a_day"] or figure["looked_at"]]}


def _figure(rule: Rule, known: dict[str, Any] | None, a_day: float) -> dict[str, Any]:
    share = known if known is not None and known["precision"] is not None else None
    return {
        "rule": rule,
        "a_day": round(a_day, 1),
        "precision": share["precision"] if share else None,
        "low": share["low"] if share else None,
        "high": share["high"] if share else None,
        "looked_at": known["looked_at"] if known else 0,
    }


def rule_of(service: Service, policy: str, name: str) -> Rule:
    """Return a rule of the policies in force.

    Raises `Problem` when there is none of that name.
    """
    rule = service.live.policies.rule(f"{policy}/{name}")
    if rule is None:
        raise Problem("not-found", f"there is no rule `{policy}/{name}` in the policies in force")
    return rule


@get("/console/policies/{policy:str}/{name:str}", **guarded("read-policies"))
async def rule(request: Asked, policy: Name, name: Name) -> Answer:
    """Show a rule: its condition in words, its consequences, and the record of each version."""
    who = principal_of(request)
    values = await looked(request, lambda service: _rule(service, rule_of(service, policy, name)))
    return shown(request, "rule", f"{policy}/{name}", may=who.may("change-policies"), **values)


def _rule(service: Service, rule: Rule) -> dict[str, Any]:
    writer = service.writer
    now = writer.live.policies
    said = in_words(rule)
    return {
        "rule": rule,
        "clause": chosen(rule.clause, "en"),
        "said": said,
        "text": show(rule.when),
        "given": show(rule.given) if rule.given is not None else "",
        "reach": reach(rule),
        "rungs": _rungs(rule, now),
        "discloses": DISCLOSURES[rule.discloses],
        "file": writer.versions.files(now.version).get(str(rule.id), ""),
        "parameters": parameters(rule, now),
        "rule_version": now.rule_version(rule),
        "second_person": service.proposals.of_people,
        **read(service, lambda rows: _history(rows, service, rule)),
    }


def _rungs(rule: Rule, policies: PolicySet) -> list[str]:
    if rule.ladder is None:
        return [rule.action or ""]
    return [_rung(rung) for rung in policies.ladders[rule.ladder].rungs[rule.rung - 1 :]]


def _rung(rung: Rung) -> str:
    scope = f" of {', '.join(rung.scope)}" if rung.scope else ""
    return f"{rung.kind}{scope}{f' for {show_duration(rung.lasts)}' if rung.lasts else ''}"


def _did(rows: Rows, service: Service, rule: Rule) -> dict[str, Any]:
    """Return the record and precision of each version of a rule, and its decisions by day in the last two weeks."""
    identity, now = str(rule.id), service.clock.now()
    versions = versions_of(rows, identity)
    known = {
        version.rule_version: precisions(rows, version.rule_version).get(version.rule_version) for version in versions
    }
    counts = days_of(rows, identity, now - 14 * DAY)
    days = [now - now % DAY - DAY * back for back in range(13, -1, -1)]
    values = [counts.get(day, 0) for day in days]
    chart = Chart("Decisions a day, in whatever mode", days, [Line("decisions", values)]) if any(values) else None
    return {"versions": versions, "known": known, "chart": chart, "taken_back": revoked_strikes(rows, identity)}


def _history(rows: Rows, service: Service, rule: Rule) -> dict[str, Any]:
    """Return the adoptions that changed the rule or one of its parameters."""
    named = (str(rule.id), *parameters(rule, service.live.policies))
    return {"history": [adoption for adoption in adoptions(rows) if any(name in adoption.why for name in named)][:20]}


@get("/console/policies/{policy:str}/{name:str}/did", **guarded("read-figures"))
async def did(request: Asked, policy: Name, name: Name) -> Answer:
    """Show the record and precision of each version of a rule."""
    who = principal_of(request)
    rule = rule_of(service_of(request), policy, name)

    def look(service: Service) -> dict[str, Any]:
        return read(service, lambda rows: _did(rows, service, rule))

    values = await worked_out(request, ("did", str(rule.id)), look)
    version = service_of(request).live.policies.rule_version(rule)
    return part(
        request, "did", f"What {policy}/{name} did", rule=rule, rule_version=version,
        may=who.may("change-policies"), **values,
    )  # fmt: skip


@post("/console/policies/undo", **guarded("change-policies", "form"))
async def undo(request: Asked, data: Form) -> Answer:
    """Reverse all decisions of a version of a rule; everybody concerned is told."""
    reason, version, rule = reason_of(data), data.get("rule_version", ""), data.get("rule", "")
    undone = await do(request, lambda unit: undo_rule_version(unit, version, reason), seconds=600)
    service_of(request).answers.forget()  # so that the page shows the reversals at once
    said = f"{len(undone)} sanctions were taken back, and everybody is told."
    return shown(request, "done", "What this version did is undone", said=said, back=f"/console/policies/{rule}")


@post("/console/policies/rollback", **guarded("change-policies", "form"))
async def roll_back(request: Asked, data: Form) -> Answer:
    """Adopt the previous version again."""
    why = data.get("reason", "").strip() or "by one click in the console"
    proposals = service_of(request).proposals
    by = actor_of(request)
    changed = await worked(request, lambda _: proposals.roll_back(by, why))
    await written(changed, 60.0)
    said = "The version before decides again. Going forward to what was rolled back needs a proposal."
    return shown(request, "done", "Rolled back", said=said, back="/console/policies")


PAGES = [policies, figures, rule, did, undo, roll_back]
