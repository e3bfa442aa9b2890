"""Changes of the policies in the browser: edited with live checks, proposed by one person, agreed by another.

A proposal is backtested on the last thirty days before anybody agrees to it.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Annotated, Any

from litestar import get, post
from litestar.params import QueryParameter
from litestar.response import Redirect

from cartellino.analysis.proposal_backtest import backtest_proposal
from cartellino.analysis.threshold_trial import parameters
from cartellino.console.door import PATIENCE, ROWS, Answer, Name, guarded, part, reason_of, sentence, shown
from cartellino.console.rules import rule_of
from cartellino.enforcement.examples import run
from cartellino.policies.rule import Mode, ModeKind
from cartellino.queries.labels import labels
from cartellino.queries.policy_versions import Version
from cartellino.queries.proposals import latest
from cartellino.service.access import Principal
from cartellino.service.jobs import Job
from cartellino.service.proposals import Change, SetMode, SetParameter, SetText, change_of
from cartellino.service.service import Service
from cartellino.vocabulary.actors import SERVICE, Actor
from cartellino.vocabulary.diagnostics import Diagnostic
from cartellino.vocabulary.languages import OURS
from cartellino.vocabulary.refusals import BadPolicy, Refusal
from cartellino.web.problems import Problem, status_of
from cartellino.web.requests import Asked, Form, actor_of, fraction, number, place_of, principal_of, service_of
from cartellino.web.work import fetched, looked, read, worked, written

LONGEST = 1 << 20
"""Most characters of a policy file."""

SWITCHING = 60.0
"""Most seconds that a request waits until other policies are in force, or begin to catch up with the log."""

HIGHEST = 1e12
"""The largest threshold that can be entered."""

_MODES: dict[str, ModeKind] = {"live": "live", "canary": "canary", "shadow": "shadow", "off": "off"}
File = Annotated[str, QueryParameter(name="file", max_length=200)]
Before = Annotated[str, QueryParameter(name="before", max_length=160)]


# Proposing


@post("/console/policies/{policy:str}/{name:str}/parameter", **guarded("change-policies", "form"))
async def set_parameter(request: Asked, policy: Name, name: Name, data: Form) -> Answer:
    """Propose another threshold."""
    who = principal_of(request)
    rule_of(service_of(request), policy, name)
    value = fraction(data.get("value", ""), "value", HIGHEST)
    return await _made(request, who, SetParameter(data.get("parameter", ""), value), reason_of(data))


@post("/console/policies/{policy:str}/{name:str}/mode", **guarded("change-policies", "form"))
async def set_mode(request: Asked, policy: Name, name: Name, data: Form) -> Answer:
    """Roll a rule out, or back."""
    who = principal_of(request)
    rule, kind = rule_of(service_of(request), policy, name), _MODES.get(data.get("mode", ""))
    share = number(data.get("share", "5"), "share", 1, 100)
    if kind is None:
        raise Problem("bad-argument", "choose off, shadow, canary or live")
    mode = Mode(kind, share / 100 if kind == "canary" else 1.0, rule.mode.hold_out)
    return await _made(request, who, SetMode(str(rule.id), mode), reason_of(data))


async def _made(request: Asked, who: Principal, change: Change, why: str) -> Answer:
    """Adopt a change that needs no second person, else propose it; then show the result."""
    proposals, by = service_of(request).proposals, service_of(request).actor(who)
    if proposals.waits(change):
        identity = await written(await worked(request, lambda _: proposals.make(change, by, why)))
        await looked(request, lambda service: _rehearsed(service, identity, change))
        return Redirect(f"/console/proposals/{identity}", status_code=303)
    await written(await worked(request, lambda _: proposals.at_once(change, by, why)), SWITCHING)
    said = f"It holds: {change.words()}."
    return shown(request, "done", "Changed at once", said=said, back="/console/policies")


# Editing


@get("/console/edit", **guarded("read-policies"))
async def edit(request: Asked, file: File) -> Answer:
    """Show a policy file in the editor."""
    who = principal_of(request)
    text = await looked(request, lambda service: _text(service, file))
    beside = await looked(request, lambda service: _beside(service, file))
    return shown(
        request, "edit", file, file=file, text=text, before=text, reason="", may=who.may("change-policies"),
        beside=beside, faults=None,
    )  # fmt: skip


@post("/console/edit/check", status_code=200, **guarded("read-policies", "editor", beside=True))
async def check(request: Asked, data: Form, file: File) -> Answer:
    """Show the faults of the text in the editor, and whether its examples pass."""
    text = _written(data)
    faults = await worked(request, lambda service: _faults(service, file, text))
    return part(request, "faults", f"Checked: {file}", faults=faults)


@post("/console/edit", **guarded("change-policies", "editor"))
async def write(request: Asked, data: Form, file: File) -> Answer:
    """Propose the text in the editor; if it has faults, they are shown beside it."""
    who = principal_of(request)
    text, before = _written(data), _plain(data.get("before", ""))
    faults = await worked(request, lambda service: _faults(service, file, text))
    values = {
        "beside": await looked(request, lambda service: _beside(service, file)),
        "file": file,
        "text": text,
        "before": before,
        "may": True,
        "faults": faults,
        "reason": data.get("reason", ""),
    }
    if faults:
        return shown(request, "edit", file, 422, **values)
    try:
        return await _made(request, who, SetText(file, before, text), reason_of(data))
    except Refusal as refusal:
        return shown(request, "edit", file, status_of(refusal), problem=sentence(refusal), **values)


def _written(data: dict[str, str]) -> str:
    text = data.get("text", "")
    if not text.strip():
        raise Problem("bad-argument", "The text is empty; to switch its rules off, set their mode to off.")
    if len(text) > LONGEST:
        raise Problem("too-much", f"a policy file has at most {LONGEST:,} letters")
    return _plain(text)


def _plain(text: str) -> str:
    """Return a text with `\\n` as line ends, where browsers send `\\r\\n`."""
    return text.replace("\r\n", "\n")


def _text(service: Service, file: str) -> str:
    version = service.writer.versions.version(service.live.policies.version)
    content = next((text.content for text in version.texts if text.name == file), None)
    if content is None:
        raise Problem("not-found", f"there is no policy file `{file}`")
    return content


def _faults(service: Service, file: str, text: str) -> list[str]:
    version = service.writer.versions.version(service.live.policies.version)
    try:
        changed = SetText(file, _text(service, file), text).apply(version)
        changed.policies()
        faults = _untranslated(file, changed) or run(changed.as_written())
    except BadPolicy as refusal:
        faults = list(refusal.faults)
    return [fault.show() for fault in faults]


def _untranslated(file: str, version: Version) -> list[Diagnostic]:
    """Return the missing translations of a file; those of other files are shown when they are edited."""
    try:
        version.as_written(OURS)
    except BadPolicy as refusal:
        return [fault for fault in refusal.faults if fault.span.text.name == file]
    return []


def _beside(service: Service, file: str) -> dict[str, float]:
    """Return the parameters of a file's rules whose value in force differs from the file."""
    versions, policies = service.writer.versions, service.live.policies
    version, files = versions.version(policies.version), versions.files(policies.version)
    own = {name for rule in policies.rules if files.get(str(rule.id)) == file for name in parameters(rule, policies)}
    return {name: value for name, value in sorted(version.parameters.items()) if name in own}


# Checking


@get("/console/proposals", **guarded("read-policies"))
async def proposals(request: Asked, before: Before = "") -> Answer:
    """List proposals, the latest first."""
    place = place_of(before)
    page = await fetched(request, lambda rows: latest(rows, ROWS, place))
    following = f"{page[-1].made_at}.{page[-1].proposal_id}" if len(page) == ROWS else ""
    return shown(request, "proposals", "Proposals", proposals=page, following=following)


@get("/console/proposals/{proposal:str}", **guarded("read-policies"))
async def proposal(request: Asked, proposal: Name) -> Answer:
    """Show a proposal: its change, its backtest, and the forms to agree or refuse."""
    who = principal_of(request)
    row = await looked(request, lambda service: service.proposals.row(proposal))
    change = await looked(request, lambda _: change_of(row))
    own = row.made_by == actor_of(request)
    return shown(
        request, "proposal", f"Proposal: {row.words}", row=row, own=own, may=who.may("change-policies"),
        difference=await worked(request, lambda _: change.difference()) if isinstance(change, SetText) else [],
        gone=await worked(request, lambda service: _gone(service, change)) if row.state == "waiting" else [],
    )  # fmt: skip


def _gone(service: Service, change: Change) -> list[str]:
    """Return the rules that a version would remove."""
    try:
        candidate = service.proposals.candidate(change).policies()
    except Refusal:
        return []
    return [str(rule.id) for rule in service.live.policies.rules if candidate.rule(str(rule.id)) is None]


@get("/console/proposals/{proposal:str}/rehearsal", **guarded("read-policies", beside=True))
async def rehearsal(request: Asked, proposal: Name) -> Answer:
    """Show the backtest of a proposal on the last thirty days; reloaded until it is done."""
    row = await looked(request, lambda service: service.proposals.row(proposal))
    said, job = row.rehearsal, None
    if said is None and row.state == "waiting":
        job = await looked(request, lambda service: _rehearsed(service, proposal, change_of(row)).wait(PATIENCE))
        said = job.result
    return part(request, "rehearsal", "Rehearsal", row=row, job=job, said=said)


def _rehearsed(service: Service, identity: str, change: Change) -> Job:
    """Start or find the job that backtests a proposal and stores the result with it."""
    writer = service.writer

    def work(progress: Callable[[float], object]) -> dict[str, Any]:
        candidate, known = service.proposals.candidate(change).policies(), read(service, labels)
        now = service.clock.now()
        result = backtest_proposal(candidate, writer.live.policies, writer.state, now, known, progress, service.salt)
        service.proposals.keep_backtest(identity, result, SERVICE).result(30)
        return result

    return service.jobs.ask(("rehearsal", identity), work)


@post("/console/proposals/{proposal:str}", **guarded("change-policies", "form"))
async def settle(request: Asked, proposal: Name, data: Form) -> Answer:
    """Agree to or refuse a proposal, or withdraw the caller's own."""
    reason, agreed = reason_of(data), data.get("what") == "agree"
    changes, by = service_of(request).proposals, actor_of(request)
    act: Callable[[str, Actor, str], Future[Any]] = changes.agree if agreed else changes.refuse
    await written(await worked(request, lambda _: act(proposal, by, reason)), SWITCHING)
    return Redirect(f"/console/proposals/{proposal}", status_code=303)


PAGES = [
    set_parameter, set_mode, edit, check, write, proposals, proposal, rehearsal, settle,
]  # fmt: skip
