"""The operators' pages. Each checks by the same table of permissions as the interface for machines.

Who has not signed in is sent to do so; who may not do a thing is told so, and nothing happens. Forms bring a token.
"""

from __future__ import annotations

import asyncio
import hmac
from collections import defaultdict
from collections.abc import Callable
from typing import Annotated, Any, TypeVar

import anyio.to_thread
import sqlalchemy as sa
from litestar import Request, Response, get, post
from litestar.datastructures import Cookie
from litestar.params import FromPath, QueryParameter, URLEncodedBody
from litestar.response import Redirect

from cartellino.appeals.hearing import Outcome
from cartellino.enforcement.action import Action
from cartellino.expressions.show import show
from cartellino.policies.rule import Mode, ModeKind
from cartellino.policies.words import in_words
from cartellino.service import credentials, views
from cartellino.service import held as holding
from cartellino.service.access import Principal
from cartellino.service.cases import decide_appeal, decide_review
from cartellino.service.desk import Desk
from cartellino.service.explain import explain, shown_value
from cartellino.service.figures import per_day, precisions
from cartellino.service.names import fingerprint
from cartellino.service.service import Service
from cartellino.service.standing import standing_of
from cartellino.storage import tables
from cartellino.vocabulary.refusals import Refusal
from cartellino.vocabulary.times import DAY, Instant, show_instant
from cartellino.web.identity import COOKIE, address_of, csrf_token, identify, is_secure
from cartellino.web.limits import Limits
from cartellino.web.pages import page

Asked = Request[Any, Any, Any]
Form = URLEncodedBody[dict[str, str]]
Answer = Response[Any]
Result = TypeVar("Result")

PAGE = 50
SIGN_INS = 10
OPEN: dict[str, Any] = {"opt": {"may": "public"}, "include_in_schema": False}
"""The pages check for themselves, so that a browser is sent to sign in."""


def _service(request: Asked) -> Service:
    found: Service = request.app.state.service
    return found


async def _shown(
    request: Asked, who: Principal | None, template: str, title: str, status: int = 200, **values: object
) -> Answer:
    session = request.cookies.get(COOKIE, "")
    common = {
        "title": title,
        "who": who.name if who is not None else "",
        "role": who.role if who is not None else "",
        "csrf": csrf_token(session, _service(request).secret),
        "here": request.url.path,
        "problem": "",
    }
    return page(f"console/{template}.html", status, **{**common, **values})


async def _operator(request: Asked) -> Principal | None:
    who = await identify(request, _service(request))
    return who if who.kind == "operator" else None


def _sign_in() -> Redirect:
    return Redirect("/console/sign-in", status_code=303)


async def _refused(request: Asked, who: Principal, why: str, status: int = 403) -> Answer:
    return await _shown(request, who, "base", "This was not done", status, problem=why)


async def _looked(request: Asked, what: Callable[[Service], Result]) -> Result:
    return await anyio.to_thread.run_sync(what, _service(request))


async def _do(request: Asked, who: Principal, what: Callable[[Desk], Result]) -> Result:
    return await asyncio.wait_for(asyncio.wrap_future(_service(request).writer.do(what, who.name)), 30)


def _is_ours(request: Asked, data: dict[str, str]) -> bool:
    due = csrf_token(request.cookies.get(COOKIE, ""), _service(request).secret)
    return hmac.compare_digest(data.get("csrf", "").encode(), due.encode())


# Signing in


@get("/console/sign-in", **OPEN)
async def sign_in_page(request: Asked) -> Answer:
    """Show the form."""
    return await _shown(request, None, "sign-in", "Sign in")


@post("/console/sign-in", **OPEN)
async def sign_in(request: Asked, data: Form) -> Answer:
    """Sign in with name and password."""
    service, name = _service(request), data.get("name", "")[:64]
    limits: Limits = request.app.state.limits
    address = address_of(request, service)
    if limits.wait(f"sign-in {name}", SIGN_INS) or limits.wait(f"sign-in from {address}", SIGN_INS):
        return await _shown(request, None, "sign-in", "Sign in", 429, problem="Too many tries. Wait a minute.")

    def begin(service: Service) -> str | None:
        with service.database.begin_writing() as rows:
            if not credentials.has_password(rows, name, data.get("password", "")):
                return None
            return credentials.make_session(rows, name, service.clock.now())

    session = await _looked(request, begin)
    if session is None:
        return await _shown(request, None, "sign-in", "Sign in", 401, problem="Name or password is wrong.")
    secure = is_secure(request, service)
    cookie = Cookie(COOKIE, value=session, httponly=True, samesite="strict", secure=secure, max_age=12 * 3600)
    service.credentials.forget()
    return Redirect("/console", status_code=303, cookies=[cookie])


@post("/console/leave", **OPEN)
async def leave(request: Asked, data: Form) -> Answer:
    """Sign out."""
    if _is_ours(request, data):
        digest = fingerprint(request.cookies.get(COOKIE, ""))

        def end(service: Service) -> None:
            mine = tables.credentials.c.digest == digest
            with service.database.begin_writing() as rows:
                rows.execute(sa.update(tables.credentials).where(mine).values(ended_at=service.clock.now()))
            service.credentials.forget()

        await _looked(request, end)
    gone = _sign_in()
    gone.delete_cookie(COOKIE, path="/")
    return gone


# Looking


@get("/console", **OPEN)
async def overview(request: Asked) -> Answer:
    """Show how things stand."""
    who = await _operator(request)
    if who is None:
        return _sign_in()
    return await _shown(request, who, "overview", "Overview", **await _looked(request, _overview))


def _overview(service: Service) -> dict[str, Any]:
    route, now = service.writer.route, service.clock.now()
    decided, cases = tables.decisions.c, tables.cases.c
    with service.database.begin() as rows:
        recent = sa.select(decided.rule, decided.at).where(decided.at > now - 14 * DAY, decided.mode == "live")
        found = rows.execute(recent.order_by(decided.at.desc()).limit(200_000)).all()
        open_cases = rows.execute(sa.select(cases.kind, cases.due_at).where(cases.status == "open")).all()
    days: dict[str, list[int]] = defaultdict(lambda: [0] * 14)
    for rule, at in found:
        days[rule][13 - min(13, max(0, (now - at) // DAY))] += 1
    rules = sorted(((rule, counts, sum(counts)) for rule, counts in days.items()), key=lambda one: -one[2])
    late = sum(due < now for _, due in open_cases)
    tiles = [
        ("State", service.writer.halted or "well", ""),
        ("Events in the log", f"{route.sequence:,}", ""),
        ("Accounts seen", f"{route.kernel.state.accounts:,}", ""),
        ("Open appeals", sum(kind == "appeal" for kind, _ in open_cases), "/console/cases?kind=appeal"),
        ("Open reviews", sum(kind == "review" for kind, _ in open_cases), "/console/cases?kind=review"),
        ("Beyond their deadline", late, "/console/cases"),
        ("Held by brakes", len(route.sequencer.held), "/console/held"),
    ]
    return {"tiles": tiles, "rules": rules[:30], "most": max([n for one in rules for n in one[1]] or [1])}


Kind = Annotated[str, QueryParameter(name="kind", max_length=20)]
After = Annotated[int, QueryParameter(name="after", ge=0)]


@get("/console/cases", **OPEN)
async def queue(request: Asked, kind: Kind = "appeal", after: After = 0) -> Answer:
    """Show what waits for a person, the most urgent first."""
    who = await _operator(request)
    if who is None:
        return _sign_in()

    def look(service: Service) -> dict[str, Any]:
        cases = tables.cases.c
        asked = sa.select(tables.cases).where(cases.kind == kind, cases.status == "open", cases.due_at > after)
        with service.database.begin() as rows:
            found = rows.execute(asked.order_by(cases.due_at).limit(PAGE)).all()
        now = service.clock.now()
        shown = [{**one._mapping, "due": show_instant(one.due_at)[:16], "late": one.due_at < now} for one in found]
        return {"cases": shown, "kind": kind, "following": found[-1].due_at if len(found) == PAGE else None}

    return await _shown(request, who, "cases", "Cases", **await _looked(request, look))


_APPEAL = (("upheld", "Our decision stands"), ("reversed", "We were wrong: take it back, with all that followed"))
_REVIEW = (
    ("dismissed", "No breach: nothing happens"),
    ("warning", "Warn"),
    ("restriction", "No new chats for 24 hours"),
    ("suspension", "Suspend for 24 hours"),
    ("ban", "Ban"),
)


@get("/console/cases/{case:str}", **OPEN)
async def case(request: Asked, case: FromPath[str]) -> Answer:
    """Show a case with its frozen evidence."""
    who = await _operator(request)
    if who is None:
        return _sign_in()
    values = await _looked(request, lambda service: _case(service, case))
    if values is None:
        return await _refused(request, who, "There is no such case.", 404)
    choices = _REVIEW if values["case"]["kind"] == "review" else _APPEAL
    title = f"{values['case']['kind'].capitalize()} {case}"
    return await _shown(request, who, "case", title, choices=choices, may=who.may("decide-appeals"), **values)


def _case(service: Service, identity: str) -> dict[str, Any] | None:
    cases, decided = tables.cases.c, tables.decisions.c
    with service.database.begin() as rows:
        row = rows.execute(sa.select(tables.cases).where(cases.case_id == identity)).one_or_none()
        if row is None:
            return None
        decision = rows.scalar(sa.select(decided.record).where(decided.decision_id == row.decision_id))
        alike = rows.execute(
            sa.select(cases.outcome, cases.reason)
            .where(cases.rule_version == row.rule_version, cases.outcome.is_not(None), cases.case_id != identity)
            .order_by(cases.closed_at.desc())
            .limit(5)
        ).all()
        shown = views.case_shown(rows, row, inside=True)
    return {"case": shown, "decision": decision, "alike": alike}


@post("/console/cases/{case:str}", **OPEN)
async def decide(request: Asked, case: FromPath[str], data: Form) -> Answer:
    """Decide a case."""
    who = await _operator(request)
    if who is None:
        return _sign_in()
    if not _is_ours(request, data) or not who.may("decide-appeals"):
        return await _refused(request, who, "You may not decide cases.")
    outcome, reason = data.get("outcome", ""), data.get("reason", "")

    def work(desk: Desk) -> object:
        if outcome in ("upheld", "reversed"):
            chosen: Outcome = "upheld" if outcome == "upheld" else "reversed"
            return decide_appeal(desk, case, who.role, chosen, reason)
        return decide_review(desk, case, who.role, _imposed(outcome, desk.now), reason)

    try:
        await _do(request, who, work)
    except Refusal as refusal:
        return await _refused(request, who, str(refusal), 409)
    return Redirect(f"/console/cases/{case}", status_code=303)


def _imposed(outcome: str, now: Instant) -> Action | None:
    if outcome == "restriction":
        return Action("restriction", ("new_chats",), now + DAY)
    if outcome == "suspension":
        return Action("suspension", (), now + DAY)
    return {"warning": Action("warning"), "ban": Action("ban")}.get(outcome)


Account = Annotated[str, QueryParameter(name="account", max_length=128)]
RuleName = Annotated[str, QueryParameter(name="rule", max_length=200)]
Before = Annotated[int, QueryParameter(name="before", ge=0)]
ServiceName = Annotated[str, QueryParameter(name="service", max_length=128)]


@get("/console/decisions", **OPEN)
async def decisions(request: Asked, account: Account = "", rule: RuleName = "", before: Before = 0) -> Answer:
    """List decisions, the latest first."""
    who = await _operator(request)
    if who is None:
        return _sign_in()

    def look(service: Service) -> dict[str, Any]:
        held = tables.decisions.c
        asked = sa.select(tables.decisions)
        for column, value in ((held.account, account), (held.rule, rule)):
            asked = asked.where(column == value) if value else asked
        asked = asked.where(held.sequence < before) if before else asked
        with service.database.begin() as rows:
            found = rows.execute(asked.order_by(held.sequence.desc()).limit(PAGE)).all()
        shown = [{**one._mapping, "when": show_instant(one.at)[:16]} for one in found]
        return {"decisions": shown, "following": found[-1].sequence if len(found) == PAGE else None}

    values = await _looked(request, look)
    return await _shown(request, who, "decisions", "Decisions", account=account, rule=rule, **values)


@get("/console/decisions/{decision:str}", **OPEN)
async def decision(request: Asked, decision: FromPath[str]) -> Answer:
    """Explain a decision: every part of its rule, and the events that counted."""
    who = await _operator(request)
    if who is None:
        return _sign_in()
    record, explained = await _looked(request, lambda service: _explained(service, decision))
    if record is None:
        return await _refused(request, who, "There is no such decision.", 404)
    return await _shown(request, who, "decision", "Decision", decision={"note": "", **record}, explained=explained)


def _explained(service: Service, identity: str) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    held = tables.decisions.c
    with service.database.begin() as rows:
        record = rows.scalar(sa.select(held.record).where(held.decision_id == identity))
    if record is None:
        return None, None
    try:
        found = explain(record, service.writer.route.policies, service.writer.state)
    except Refusal:
        found = None
    if found is None:
        return record, None
    counted = [
        {
            "signal": show(one.aggregate),
            "total": one.total,
            "unsure": one.unsure,
            "latest": [f"{show_instant(event.time)[:19]} {event.kind} {event.peer or ''}" for event in one.latest],
        }
        for one in found.counted
    ]
    parts = [(show(part.node), shown_value(part)) for part in found.parts]
    return record, {"prevention": found.prevention, "parts": parts, "counted": counted}


@get("/console/accounts/{account:str}", **OPEN)
async def account(request: Asked, account: FromPath[str], service_name: ServiceName = "main") -> Answer:
    """Show an account: its card, its sanctions, what it was told."""
    who = await _operator(request)
    if who is None:
        return _sign_in()
    values = await _looked(request, lambda service: _account(service, service_name, account))
    return await _shown(request, who, "account", account, **values)


def _account(service: Service, name: str, account: str) -> dict[str, Any]:
    now = service.clock.now()
    standing = standing_of(service.writer.route, name, account, "en", now)
    held = service.writer.route.sequencer.standing(name, account).sanctions
    sanctions = [
        {
            "kind": one.action.kind,
            "scope": one.action.scope,
            "rule": one.rule,
            "starts": show_instant(one.starts_at)[:16],
            "ends": show_instant(one.action.ends_at)[:16] if one.action.ends_at is not None else "for good",
            "state": "in force" if one.in_force(now) else "lifted" if one.lifted_at is not None else "over",
            "decision_id": one.decision,
        }
        for one in reversed(held)
    ]
    with service.database.begin() as rows:
        told = [views.notice_shown(one, service.words, "en", now) for one in views.notices_of(rows, name, account, now)]
    card = {"banned": "red", "clear": "green", "warned": "green"}.get(standing["standing"], "yellow")
    linked = service.writer.route.sequencer.register.linked((name, account))
    return {"standing": standing, "sanctions": sanctions, "notices": told, "card": card, "linked": linked}


# Policies and brakes


@get("/console/policies", **OPEN)
async def policies(request: Asked) -> Answer:
    """Show every rule in words, with its mode, precision and volume."""
    who = await _operator(request)
    if who is None:
        return _sign_in()
    values = await _looked(request, _policies)
    return await _shown(request, who, "policies", "Policies", may=who.may("change-policies"), **values)


def _policies(service: Service) -> dict[str, Any]:
    writer = service.writer
    now = writer.route.policies
    with service.database.begin() as rows:
        known, daily = precisions(rows), per_day(rows, service.clock.now())
        history = rows.execute(
            sa.select(tables.policy_versions).order_by(tables.policy_versions.c.added_at.desc())
        ).all()
    rules = []
    for rule in now.rules:
        share = known.get(now.rule_version(rule))
        right = "unknown" if share is None or share["precision"] is None else (
            f"{share['precision']:.0%} ({share['low']:.0%} to {share['high']:.0%})"
        )  # fmt: skip
        rules.append(
            {
                "rule": rule.id,
                "when": in_words(rule).when,
                "mode": rule.mode.show(),
                "precision": right,
                "daily": f"{daily.get(rule.id, 0.0):.1f}",
            }
        )
    versions = [{"at": show_instant(one.added_at)[:16], "by": one.added_by, "why": one.why} for one in history[:20]]
    return {"version": now.version, "catching_up": writer.is_succeeding, "rules": rules, "versions": versions}


_MODES: dict[str, ModeKind] = {"live": "live", "canary": "canary", "shadow": "shadow", "off": "off"}


@post("/console/policies", **OPEN)
async def set_mode(request: Asked, data: Form) -> Answer:
    """Roll a rule out, or back."""
    who = await _operator(request)
    if who is None:
        return _sign_in()
    if not _is_ours(request, data) or not who.may("change-policies"):
        return await _refused(request, who, "You may not change policies.")
    rule, kind = data.get("rule", ""), _MODES.get(data.get("mode", ""))
    writer = _service(request).writer
    if kind is None or writer.route.policies.rule(rule) is None:
        return await _refused(request, who, "There is no such rule or mode.", 400)
    mode = Mode(kind, 0.05 if kind == "canary" else 1.0)
    version = await anyio.to_thread.run_sync(writer.versions.version, writer.route.policies.version)
    changed = writer.succeed(version.with_mode(rule, mode), who.name, f"{rule} is {mode.show()} now")
    await asyncio.wait_for(asyncio.wrap_future(changed), 60)
    return Redirect("/console/policies", status_code=303)


@get("/console/held", **OPEN)
async def held(request: Asked) -> Answer:
    """Show what brakes hold."""
    who = await _operator(request)
    if who is None:
        return _sign_in()

    def look(desk: Desk) -> list[tuple[str, list[dict[str, Any]]]]:
        by_rule: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for one, _ in desk.route.sequencer.held.values():
            by_rule[one.rule].append(one.record())
        return sorted(by_rule.items())

    waiting = await _do(request, who, look)
    return await _shown(request, who, "held", "Held by brakes", rules=waiting, may=who.may("release-held"))


@post("/console/held", **OPEN)
async def settle_held(request: Asked, data: Form) -> Answer:
    """Release or discard everything that is held of a rule."""
    who = await _operator(request)
    if who is None:
        return _sign_in()
    if not _is_ours(request, data) or not who.may("release-held"):
        return await _refused(request, who, "You may not release or discard what is held.")
    rule, reason = data.get("rule", ""), data.get("reason", "").strip()
    what = {"release": holding.release, "discard": holding.discard}.get(data.get("what", ""))
    if what is None or len(reason) < 3:
        return await _refused(request, who, "Say whether to release or to discard, and why.", 400)
    try:
        await _do(request, who, lambda desk: what(desk, rule, reason))
    except Refusal as refusal:
        return await _refused(request, who, str(refusal), 409)
    return Redirect("/console/held", status_code=303)


PAGES = [
    sign_in_page, sign_in, leave, overview, queue, case, decide, decisions, decision, account, policies, set_mode, held,
    settle_held,
]  # fmt: skip
