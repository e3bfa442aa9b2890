"""Operators and keys, with their roles or scopes, and how reliable each reviewer is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from litestar import get, post
from litestar.response import Redirect

from cartellino.commands import blind_review
from cartellino.commands.names import secret
from cartellino.console.door import Answer, Name, guarded, sentence, shown
from cartellino.queries import operators as queries
from cartellino.queries.operator_changes import SET
from cartellino.service import credentials
from cartellino.service.access import ROLES, SCOPES, Principal
from cartellino.storage.database import Rows
from cartellino.vocabulary import actors
from cartellino.vocabulary.refusals import Refusal
from cartellino.web.problems import Problem
from cartellino.web.requests import Asked, Form, principal_of, service_of
from cartellino.web.work import fetched, looked

Result = TypeVar("Result")

SHOWN_ONCE = "shown_once"
"""The cookie with a new key, until the one page that shows it."""

MOST_WAITING = 100


@get("/console/operators", **guarded("operators"))
async def operators(request: Asked) -> Answer:
    """List operators and keys."""
    return await _page(request)


async def _page(request: Asked, problem: str = "", status: int = 200) -> Answer:
    made = request.app.state.setdefault(SHOWN_ONCE, {}).pop(request.query_params.get("made", ""), "")
    values = await fetched(request, _people)
    return shown(
        request,
        "operators",
        "Operators and keys",
        status,
        problem=problem,
        made=made,
        roles=ROLES,
        scopes=sorted(SCOPES),
        **values,
    )


def _people(rows: Rows) -> dict[str, Any]:
    return {
        "people": [
            {**operator._mapping, "actor": actors.operator(operator.name)} for operator in queries.everybody(rows, 500)
        ],
        "keys": queries.keys_not_ended(rows, 500),
        "agreement": blind_review.agreement(rows),
    }


async def _write(
    request: Asked,
    who: Principal,
    what: Callable[[Rows], Result],
    done: str,
    subject: str | Callable[[Rows, Result], str],
) -> Result:
    by = service_of(request).actor(who)
    return await looked(
        request, lambda service: service.write(what, by=by, done=done, subject=subject, why="in the console")
    )


@post("/console/operators", **guarded("operators", "form"))
async def make(request: Asked, data: Form) -> Answer:
    """Create an operator, or change the role or password of one."""
    who = principal_of(request)
    name, role, password = data.get("name", "").strip(), data.get("role", ""), data.get("password") or None
    is_known = await fetched(request, lambda rows: queries.is_known(rows, name))
    if is_known != bool(data.get("known")):
        said = (
            "There is an operator of that name already; change them in the list."
            if is_known
            else "There is nobody of that name."
        )
        return await _page(request, said, 409)
    if name == who.name and role != who.role:
        raise Problem("not-now", "you cannot change your own role; another admin can")
    now = service_of(request).wall.now()

    def work(rows: Rows) -> None:
        credentials.make_operator(rows, name, role, now, password, who.name)

    try:
        done = f"{SET}{role}{', password set' if password else ''}"
        await _write(request, who, work, done, actors.operator(name))
    except Refusal as refusal:
        return await _page(request, sentence(refusal), 400)
    return Redirect("/console/operators", status_code=303)


@post("/console/operators/{name:str}/end", **guarded("operators", "form"))
async def end(request: Asked, name: Name, data: Form) -> Answer:
    """Lock an operator out."""
    who = principal_of(request)
    if name == who.name:
        raise Problem("not-now", "you cannot end yourself; another admin can")
    now = service_of(request).wall.now()
    await _write(
        request, who, lambda rows: credentials.end_operator(rows, name, now), "operator ended", actors.operator(name)
    )
    return Redirect("/console/operators", status_code=303)


@post("/console/keys", **guarded("operators", "form"))
async def make_key(request: Asked, data: Form) -> Answer:
    """Create an API key; it is shown only once."""
    who = principal_of(request)
    holder, source = data.get("holder", "").strip()[:64], data.get("source", "").strip()[:64]
    scopes = [scope for scope in sorted(SCOPES) if data.get(f"scope-{scope}")]
    if not holder or not scopes:
        return await _page(request, "A key needs a name of what it is for, and at least one scope.", 400)
    service_of(request).proposals.may_grant(scopes)
    now = service_of(request).wall.now()
    key = await _write(
        request,
        who,
        lambda rows: credentials.make_key(rows, holder, scopes, source, now),
        "key made",
        lambda rows, made: actors.key(credentials.identity_of(rows, made)),
    )
    ticket = secret("once")
    waiting = request.app.state.setdefault(SHOWN_ONCE, {})
    if len(waiting) >= MOST_WAITING:
        waiting.clear()
    waiting[ticket] = key
    return Redirect(f"/console/operators?made={ticket}", status_code=303)


@post("/console/keys/{key:str}/end", **guarded("operators", "form"))
async def end_key(request: Asked, key: Name, data: Form) -> Answer:
    """End a key or token."""
    who = principal_of(request)
    now = service_of(request).wall.now()
    await _write(request, who, lambda rows: credentials.end(rows, key, now), "key ended", actors.key(key))
    return Redirect("/console/operators", status_code=303)


PAGES = [operators, make, end, make_key, end_key]
