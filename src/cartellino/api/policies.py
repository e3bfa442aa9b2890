"""Routes of policies: reading, changing, rolling out and rolling back, and the figures of each rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import Annotated, Any, Literal

import msgspec
from litestar import Response, get, post
from litestar.params import JSONBody, QueryParameter

from cartellino.api.accounts import Name
from cartellino.api.asking import together
from cartellino.api.decisions import Reason
from cartellino.commands.cases import undo_rule_version
from cartellino.enforcement.decision import BY_PEOPLE
from cartellino.enforcement.examples import run
from cartellino.enforcement.wording import wording_in
from cartellino.learning import dsa
from cartellino.policies.load import Text
from cartellino.policies.policyset import PolicySet
from cartellino.policies.rule import Mode, ModeKind
from cartellino.policies.words import in_words
from cartellino.queries.complaints import sources_of
from cartellino.queries.decisions import Row as Decided
from cartellino.queries.decisions import restricting_after, restricting_by_people
from cartellino.queries.policy_versions import Version, adoptions
from cartellino.queries.proposals import latest
from cartellino.queries.transparency import as_csv, per_day, precisions
from cartellino.service.proposals import Change, SetMode, SetTexts
from cartellino.vocabulary.actors import Actor
from cartellino.vocabulary.languages import OURS, chosen
from cartellino.vocabulary.refusals import BadPolicy
from cartellino.vocabulary.times import instant
from cartellino.web.guard import allow
from cartellino.web.problems import Problem
from cartellino.web.requests import Asked, actor_of, cursor_of, limit_of, principal_of, service_of
from cartellino.web.work import do, worked, written


@get(
    "/v1/policies",
    opt=allow("read-policies"),
    tags=["policies"],
    sync_to_thread=True,
    summary="Policies in force",
)
def policies(request: Asked) -> dict[str, Any]:
    """Return the policies in force: every rule in words, with its mode, version and precision so far."""
    writer = service_of(request).writer
    now = writer.live.policies
    promised = writer.versions.version(now.version).promised
    with writer.database.begin() as rows:
        known = precisions(rows)
        daily = per_day(rows, writer.clock.now())
        history = adoptions(rows)[::-1]
    return {
        "version": now.version,
        "catching_up": writer.is_succeeding,
        "rules": [
            {
                "rule": rule.id,
                "title": rule.title,
                "when": in_words(rule).when,
                "mode": rule.mode.show(),
                "discloses": rule.discloses,
                "code": rule.code,
                "rule_version": now.rule_version(rule),
                "precision": known.get(now.rule_version(rule)),
                "accounts_a_day": daily.get(rule.id, 0.0),
                "promised_a_day": promised.get(rule.id),
            }
            for rule in now.rules
        ],
        "versions": [
            {
                "version": adoption.version,
                "added_at": adoption.added_at,
                "added_by": adoption.added_by,
                "why": adoption.why,
            }
            for adoption in history
        ],
    }


class File(msgspec.Struct):
    """A policy file."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    text: Annotated[str, msgspec.Meta(max_length=1_048_576)]


class NewPolicies(msgspec.Struct):
    """Policy files to adopt, with parameters."""

    texts: Annotated[list[File], msgspec.Meta(min_length=1, max_length=200)]
    reason: Reason
    parameters: dict[str, float] = {}
    promised: dict[str, float] = {}
    """How many accounts a day each rule acted on in its backtest; its brake trips far above that."""


@post(
    "/v1/policies",
    opt=allow("adopt-policies", "policies"),
    tags=["policies"],
    status_code=202,
    summary="Other policies",
)
async def adopt(request: Asked, data: JSONBody[NewPolicies]) -> dict[str, Any]:
    """Check policies with their examples; from a person they become a proposal, from a machine key they are adopted."""
    texts = tuple(Text(text.name, text.text) for text in data.texts)
    version = Version(texts, data.parameters, promised=data.promised)
    loaded = await worked(request, lambda _: _checked(version))
    return await _changed(request, SetTexts(version), data.reason) | {"version": loaded.version}


async def _changed(request: Asked, change: Change, why: str) -> dict[str, Any]:
    """Adopt a change that needs no second person, else make it a proposal."""
    proposals, by = service_of(request).proposals, actor_of(request)
    by_key = principal_of(request).kind == "key"
    if proposals.waits(change, by_key=by_key):
        made = await worked(request, lambda _: proposals.make(change, by, why))
        return {"proposal_id": await written(made), "in_force": False}
    done = await worked(request, lambda _: proposals.at_once(change, by, why, by_key=by_key))
    return {"in_force": await written(done)}


def _checked(version: Version) -> PolicySet:
    loaded = version.policies()
    faults = run(version.as_written(OURS))
    if faults:
        raise BadPolicy(faults)
    return loaded


class NewMode(msgspec.Struct):
    """The mode of a rule: `off`, `shadow`, `canary` with a share, or `live`; the last two may have a hold-out."""

    rule: str
    mode: Literal["off", "shadow", "canary", "live"]
    reason: Reason
    share: Annotated[float, msgspec.Meta(gt=0, le=1)] = 1.0
    hold_out: Annotated[float, msgspec.Meta(ge=0, lt=1)] = 0.0


@post(
    "/v1/policies/modes",
    opt=allow("adopt-policies", "json"),
    tags=["policies"],
    status_code=202,
    summary="Roll out",
)
async def roll_out(request: Asked, data: JSONBody[NewMode]) -> dict[str, Any]:
    """Set the mode of a rule: at once if that narrows it or a machine key does it; else it becomes a proposal."""
    if service_of(request).live.policies.rule(data.rule) is None:
        raise Problem("not-found", f"there is no rule `{data.rule}`", "/rule")
    if data.share < 1 and data.mode != "canary":
        raise Problem("bad-argument", "`share` goes only with the mode `canary`", "/share")
    kind: ModeKind = data.mode
    mode = Mode(kind, data.share, data.hold_out)
    said = {"rule": data.rule, "mode": mode.show()}
    return said | await _changed(request, SetMode(data.rule, mode), data.reason)


class OfVersion(msgspec.Struct):
    """A version of a rule, and a reason for everybody concerned."""

    rule_version: str
    reason: Reason


@post(
    "/v1/policies/undo",
    opt=allow("change-policies", "json"),
    tags=["policies"],
    status_code=200,
    summary="Undo a version",
)
async def undo(request: Asked, data: JSONBody[OfVersion]) -> dict[str, Any]:
    """Reverse all decisions of a version of a rule; everybody concerned is told."""
    undone = await do(request, lambda unit: undo_rule_version(unit, data.rule_version, data.reason))
    return {"rule_version": data.rule_version, "undone": len(undone), "sanctions": undone}


class Why(msgspec.Struct):
    """A reason."""

    reason: Reason


@post(
    "/v1/policies/rollback",
    opt=allow("adopt-policies", "json"),
    tags=["policies"],
    status_code=202,
    summary="Roll back",
)
async def roll_back(request: Asked, data: JSONBody[Why]) -> dict[str, Any]:
    """Adopt the previous version again, unless that would only undo a narrowing."""
    proposals, by = service_of(request).proposals, actor_of(request)
    by_key = principal_of(request).kind == "key"
    done = await worked(request, lambda _: proposals.roll_back(by, data.reason, by_key=by_key))
    return {"in_force": await written(done)}


@get(
    "/v1/proposals",
    opt=allow("read-policies"),
    tags=["policies"],
    sync_to_thread=True,
    summary="Proposed changes",
)
def proposals(request: Asked) -> dict[str, Any]:
    """List proposals, the latest first: what each would change, who made it, and its state."""
    limit = limit_of(request)
    with service_of(request).database.begin() as rows:
        page = latest(rows, limit)
    return {"proposals": [dict(row._mapping) for row in page]}


class Settled(msgspec.Struct):
    """A second person's answer to a proposal."""

    agree: bool
    reason: Reason


@post("/v1/proposals/{proposal:str}", opt=allow("change-policies", "json"), tags=["policies"], status_code=202)
async def settle(request: Asked, data: JSONBody[Settled], proposal: Name) -> dict[str, Any]:
    """Agree to or refuse somebody else's proposal, or withdraw the caller's own."""
    proposals, by = service_of(request).proposals, actor_of(request)
    act: Callable[[str, Actor, str], Future[Any]] = proposals.agree if data.agree else proposals.refuse
    in_force = await written(await worked(request, lambda _: act(proposal, by, data.reason)))
    return {"proposal_id": proposal, "agreed": data.agree, "in_force": bool(in_force)}


@get(
    "/v1/figures",
    opt=allow("read-figures"),
    tags=["learning"],
    sync_to_thread=True,
    summary="How often we were wrong",
)
def figures(request: Asked) -> dict[str, Any]:
    """Return the precision of every rule version with its interval, and the counts it was computed from."""
    with service_of(request).database.begin() as rows:
        return {"rules": list(precisions(rows).values())}


@get("/v1/transparency/{month:str}", opt=allow("public"), tags=["public"])
async def transparency(request: Asked, month: Name) -> Response[Any]:
    """Return the public transparency report of a month, `2026-11`; `2026-11.csv` is the same as CSV.

    Counts below five are shown as `<5`, and figures that would reveal them as `5+`, `1+` or null.
    """
    shown = await worked(request, lambda service: service.report(month.removesuffix(".csv")))
    if month.endswith(".csv"):
        return Response(as_csv(shown), media_type="text/csv")
    return Response(shown)


@get(
    "/v1/statements",
    opt=allow("read-figures"),
    tags=["learning"],
    sync_to_thread=True,
    summary="DSA statements",
)
def statements(
    request: Asked, by: Annotated[Literal["rules", "people"], QueryParameter(name="by")] = "rules"
) -> dict[str, Any]:
    """Return at most 100 statements of reasons for the DSA Transparency Database, after `?after=` (the last `next`).

    `by=rules` lists what rules decided, in the order of the log; `by=people` what people decided about complaints.
    """
    limit, after = min(limit_of(request), dsa.BATCH), cursor_of(request)
    column = "sequence" if by == "rules" else "at"
    with service_of(request).database.begin() as rows:
        listed = restricting_after if by == "rules" else restricting_by_people
        page = together(listed(rows, after, limit), limit, column)
        sources = sources_of(rows, [decision.decision_id for decision in page])
    made = [_stated(decision, sources) for decision in page]
    return {"statements": made, "next": getattr(page[-1], column) if page else None}


def _stated(decision: Decided, sources: Mapping[str, dsa.Source]) -> dict[str, Any]:
    """Return the statement of a decision."""
    wording, until = wording_in(decision.record), decision.record["action"]["ends_at"]
    stated = dsa.statement(
        decision.decision_id, decision.kind, decision.at, until and instant(until), chosen(wording.clause, "en"),
        chosen(wording.told, "en") or "A breach of the terms.", automatic=decision.rule_version != BY_PEOPLE,
        reported=wording.reported,
    )  # fmt: skip
    about, _, category = decision.rule.partition("/")
    if decision.rule_version != BY_PEOPLE or about != "complaints":
        return stated
    return dsa.of_people(stated, category, sources.get(decision.decision_id, "notice"))
