"""The slider of a threshold: shows at once which accounts another value would find in the last thirty days.

The log is read once for all values, in a background thread; the slider then chooses among the results.
"""

from __future__ import annotations

from math import log2
from typing import Annotated, Any

from litestar import Response, get
from litestar.params import QueryParameter

from cartellino.analysis import threshold_trial
from cartellino.analysis.threshold_trial import Compared, ThresholdTrial, parameters
from cartellino.console.door import PATIENCE, Answer, Name, guarded, is_part, part, shown
from cartellino.console.proposals import HIGHEST
from cartellino.console.rules import rule_of
from cartellino.queries.labels import labels
from cartellino.service.jobs import Job
from cartellino.service.service import Service
from cartellino.vocabulary.accounts import AccountRef
from cartellino.web.charts import Chart, Line
from cartellino.web.problems import Problem
from cartellino.web.requests import Asked, fraction, principal_of, service_of
from cartellino.web.work import looked, read

Parameter = Annotated[str, QueryParameter(name="parameter", max_length=100)]
Value = Annotated[str, QueryParameter(name="value", max_length=32)]
NAMED = 40
"""At most so many of the new accounts are listed, and of those that are gone."""

FRESH = 600
"""Seconds after which the log is read again; also once it has grown by about a twelfth."""

GROWTH = 8


@get("/console/policies/{policy:str}/{name:str}/try", **guarded("read-policies"))
async def tried(request: Asked, policy: Name, name: Name, parameter: Parameter = "", value: Value = "") -> Answer:
    """Show the slider, or the progress while the log is read."""
    who = principal_of(request)
    current = _held(service_of(request), policy, name, parameter)
    chosen = fraction(value, "value", HIGHEST) if value else None
    values = await looked(request, lambda service: _view(service, parameter, current, chosen))
    return shown(
        request, "try", f"Threshold “{parameter}”", policy=policy, name=name, parameter=parameter, held=current,
        may=who.may("change-policies"), **values,
    )  # fmt: skip


@get("/console/policies/{policy:str}/{name:str}/try/outcome", **guarded("read-policies", beside=True))
async def outcome(request: Asked, policy: Name, name: Name, parameter: Parameter = "", value: Value = "") -> Answer:
    """Show which accounts a value would find, whenever the slider moves."""
    who = principal_of(request)
    current = _held(service_of(request), policy, name, parameter)
    chosen = fraction(value, "value", HIGHEST) if value else None
    values = await looked(request, lambda service: _view(service, parameter, current, chosen))
    if values["compared"] is not None and "waited" in request.query_params:
        return Response("", headers={"HX-Refresh": "true"})  # reload the page, which also has a chart
    where = {"policy": policy, "name": name, "parameter": parameter, "held": current, "may": who.may("change-policies")}
    if is_part(request):
        where["moved"] = True  # the form that proposes the value is outside, and keeps its text
    return part(request, "outcome", f"Threshold “{parameter}”", **where, **values)


def _held(service: Service, policy: str, name: str, parameter: str) -> float:
    values = parameters(rule_of(service, policy, name), service.live.policies)
    if parameter not in values:
        raise Problem("not-found", f"there is no parameter `{parameter}` in {policy}/{name}")
    return values[parameter]


def _view(service: Service, parameter: str, current: float, value: float | None) -> dict[str, Any]:
    job = _job(service, parameter)
    job.wait(PATIENCE)
    values = threshold_trial.steps(current)
    slider = {"low": values[0], "high": values[-1], "step": round(values[1] - values[0], 6), "chosen": current}
    if not job.is_over or job.problem:
        return {**slider, "job": job, "compared": None, "chart": None, "sides": []}
    trial: ThresholdTrial = job.result
    known = read(service, labels)
    compared = trial.compare(value if value is not None else current, known)
    return {
        **slider, "job": job, "compared": compared, "chosen": compared.value, "sides": _sides(compared, known),
        "chart": _chart(trial, known), "trial": trial,
    }  # fmt: skip


def _job(service: Service, parameter: str) -> Job:
    """Return the job for a version of the policies, which is repeated after a while since the log grows."""
    writer = service.writer
    policies, now = writer.live.policies, service.clock.now()
    grown = int(GROWTH * log2(1 + writer.live.sequence))
    key = ("trial", policies.version, parameter, grown)
    return service.jobs.ask(
        key,
        lambda progress: threshold_trial.run(
            policies, parameter, writer.state, now, service.settings.workers, progress
        ),
        FRESH,
    )


def _chart(trial: ThresholdTrial, known: dict[AccountRef, bool]) -> Chart:
    compared = [trial.compare(value, known) for value in trial.values]
    lines = [
        Line("accounts found", [comparison.found for comparison in compared]),
        Line("abusive, as people found", [comparison.right for comparison in compared], means="right"),
        Line("honest, as people found", [comparison.wrong for comparison in compared], means="wrong"),
    ]
    return Chart(
        f"Accounts by {trial.name}", trial.values, lines, across=trial.name, is_time=False, mark=(trial.now, "now")
    )


def _sides(
    compared: Compared, known: dict[AccountRef, bool]
) -> list[tuple[str, list[tuple[AccountRef, bool | None]], int]]:
    """Return the new and the gone accounts with their labels and number; only the first are listed."""
    return [
        (side, [(person, known.get(person)) for person in persons[:NAMED]], len(persons))
        for side, persons in (("new", compared.new), ("gone", compared.gone))
    ]


PAGES = [tried, outcome]
