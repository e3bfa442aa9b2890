"""The list of decisions; and the page of one, with its explanation, the week before it, and similar decisions."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

from litestar import get, post
from litestar.params import QueryParameter
from litestar.response import Redirect

from cartellino.analysis.explain import explain, shown_value
from cartellino.analysis.signal_history import WEEK, History, before
from cartellino.commands import blind_review
from cartellino.console.door import ROWS, Answer, Name, guarded, part, reason_of, shown
from cartellino.console.evidence import shares_in
from cartellino.console.reversal import may_take_back, offered
from cartellino.expressions.show import show
from cartellino.queries import cases
from cartellino.queries.decisions import alike, by_id, in_campaign_with, known_answer, latest, record_of
from cartellino.service.service import Service
from cartellino.storage.database import Rows
from cartellino.vocabulary.refusals import Refusal
from cartellino.vocabulary.times import instant, show_instant
from cartellino.web.charts import Chart, Line
from cartellino.web.problems import Problem
from cartellino.web.requests import Asked, Form, place_of, principal_of, service_of
from cartellino.web.work import do, fetched, looked, read, worked

Account = Annotated[str, QueryParameter(name="account", max_length=128)]
RuleName = Annotated[str, QueryParameter(name="rule", max_length=200)]
Before = Annotated[str, QueryParameter(name="before", max_length=200)]


@get("/console/decisions", **guarded("read-decisions"))
async def decisions(request: Asked, account: Account = "", rule: RuleName = "", before: Before = "") -> Answer:
    """List decisions, the latest first."""
    place = place_of(before)
    page = await fetched(request, lambda rows: latest(rows, account, rule, place, ROWS))
    following = f"{page[-1].at}.{page[-1].decision_id}" if len(page) == ROWS else ""
    return shown(
        request, "decisions", "Decisions", account=account, rule=rule, decisions=page, following=following
    )  # fmt: skip


@get("/console/decisions/{decision:str}", **guarded("read-decisions"))
async def decision(request: Asked, decision: Name) -> Answer:
    """Show a decision with its evidence, and similar decisions."""
    who = principal_of(request)
    values = await fetched(request, lambda rows: _found(rows, decision))
    service = service_of(request)
    shares = shares_in(service, values["decision"])
    able = await looked(request, lambda service: may_take_back(service, who, decision))
    return shown(
        request, "decision", "Decision", may=who.may("make-golden"), shares=shares, may_take_back=able,
        others=offered(service, decision), **values,
    )  # fmt: skip


def _found(rows: Rows, identity: str) -> dict[str, Any]:
    row = by_id(rows, identity)
    if row is None:
        raise Problem("not-found", f"there is no decision `{identity}`")
    return {
        "decision": {"note": "", **row.record},
        "rule_version": row.rule_version,
        "campaign": in_campaign_with(rows, row, 20),
        "siblings": alike(rows, row, 10),
        "cases": cases.of_decision(rows, identity),
        "golden": known_answer(rows, identity),
    }


def _record(service: Service, identity: str) -> dict[str, Any]:
    record = read(service, lambda rows: record_of(rows, identity))
    if record is None:
        raise Problem("not-found", f"there is no decision `{identity}`")
    return record


@get("/console/decisions/{decision:str}/parts", **guarded("read-decisions"))
async def parts(request: Asked, decision: Name) -> Answer:
    """Show every part of the rule with its value, and the events that counted, by replaying the log."""
    explained = await worked(request, lambda service: _explained(service, decision))
    return part(request, "parts", "Every part of the rule", explained=explained)


def _explained(service: Service, identity: str) -> dict[str, Any] | None:
    record, writer = _record(service, identity), service.writer
    try:
        explanation = explain(record, writer.versions.policies(record["policy_version"]), writer.state)
    except Refusal:
        return None
    if explanation is None:
        return None
    counted = [
        {
            "signal": show(evidence.aggregate),
            "total": evidence.total,
            "unsure": evidence.unsure,
            "latest": [f"{show_instant(event.time)[:19]} {event.kind} {event.peer or ''}" for event in evidence.latest],
        }
        for evidence in explanation.counted
    ]
    rows = [(part.depth, show(part.node), shown_value(part)) for part in explanation.parts]
    return {"prevention": explanation.prevention, "parts": rows, "counted": counted}


@get("/console/decisions/{decision:str}/week", **guarded("read-decisions"))
async def week(request: Asked, decision: Name) -> Answer:
    """Show the signals of the rule in the seven days before the decision, with their thresholds."""
    charts = await worked(request, lambda service: _week(service, decision))
    return part(request, "charts", "The week before", charts=charts)


def _week(service: Service, identity: str) -> list[Chart]:
    record, writer = _record(service, identity), service.writer
    try:
        history = before(record, writer.versions.policies(record["policy_version"]), writer.state)
    except Refusal:
        return []
    if history is None:
        return []
    tracks = tuple(replace(track, values=(None, *track.values)) for track in history.tracks)
    at = instant(record["at"])  # the chart begins a week before, even if nothing was known then
    return drawn(History((min(at - WEEK, *history.times), *history.times), tracks), at)


def drawn(history: History, decided: int | None = None) -> list[Chart]:
    """Return a chart for each signal, with the moment of a decision marked."""
    mark = (float(decided), "decided") if decided is not None else None
    return [
        Chart(track.name, history.times, [Line(track.name, track.values, track.limit)], mark=mark)
        for track in history.tracks
        if any(value is not None for value in track.values)
    ]


@post("/console/decisions/{decision:str}/golden", **guarded("make-golden", "form"))
async def golden(request: Asked, decision: Name, data: Form) -> Answer:
    """Make a decision golden: its answer is known, and it is mixed into the blind reviews."""
    reason, right = reason_of(data), data.get("right") == "yes"
    await do(request, lambda unit: blind_review.make_golden(unit, decision, right=right, why=reason))
    return Redirect(f"/console/decisions/{decision}", status_code=303)


PAGES = [decisions, decision, parts, week, golden]
