"""Routes of signing in, operators, personal tokens, API keys, and the ledger."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, TypeVar

import msgspec
from litestar import Response, delete, get, post
from litestar.params import JSONBody

from cartellino.api.accounts import Name
from cartellino.queries import operators as queries
from cartellino.queries.ledger import rows_after
from cartellino.queries.operator_changes import SET
from cartellino.service import credentials
from cartellino.service.access import PERMISSIONS
from cartellino.storage.database import Rows
from cartellino.vocabulary import actors
from cartellino.vocabulary.times import DAY, show_instant
from cartellino.web import sessions
from cartellino.web.cookies import cookies
from cartellino.web.guard import allow
from cartellino.web.identity import COOKIE, csrf_token
from cartellino.web.problems import Problem
from cartellino.web.requests import Asked, actor_of, cursor_of, limit_of, principal_of, service_of

Result = TypeVar("Result")


def _write(
    request: Asked, what: Callable[[Rows], Result], done: str, subject: str | Callable[[Rows, Result], str]
) -> Result:
    return service_of(request).write(what, by=actor_of(request), done=done, subject=subject)


class SignIn(msgspec.Struct):
    """Name and password."""

    name: Annotated[str, msgspec.Meta(max_length=64)]
    password: Annotated[str, msgspec.Meta(max_length=1_024)]


@post("/v1/session", opt=allow("public", "public"), tags=["operators"], status_code=200)
async def sign_in(request: Asked, data: JSONBody[SignIn]) -> Response[dict[str, Any]]:
    """Sign in: the answer sets a session cookie, and has the token that further requests need beside it."""
    return _begun(request, await sessions.begin(request, data.name, data.password))


def _begun(request: Asked, begun: sessions.Begun) -> Response[dict[str, Any]]:
    return Response({"csrf_token": csrf_token(begun.session, service_of(request).secret)}, cookies=begun.cookies)


@delete("/v1/session", opt=allow("oneself"), tags=["operators"], status_code=200)
async def sign_out(request: Asked) -> Response[dict[str, Any]]:
    """Sign out: end the session."""
    await sessions.end(request)
    gone = Response({"signed_out": True})
    gone.delete_cookie(COOKIE, path="/")
    return gone


@get("/v1/me", opt=allow("oneself"), tags=["operators"])
async def me(request: Asked) -> dict[str, Any]:
    """Return the caller's name, role and permissions."""
    who, session = principal_of(request), cookies(request).get(COOKIE, "")
    shown = {
        "name": who.name,
        "role": who.role,
        "may": sorted(permission for permission in PERMISSIONS if who.may(permission)),
    }
    return shown | ({"csrf_token": csrf_token(session, service_of(request).secret)} if who.session else {})


class NewPassword(msgspec.Struct):
    """The old and the new password."""

    old: Annotated[str, msgspec.Meta(max_length=1_024)]
    new: Annotated[str, msgspec.Meta(max_length=1_024)]


@post("/v1/me/password", opt=allow("oneself", "json"), tags=["operators"], status_code=200)
async def change_password(request: Asked, data: JSONBody[NewPassword]) -> Response[dict[str, Any]]:
    """Change the caller's password: all their sessions and personal tokens end, and a new session begins."""
    begun = await sessions.change_password(request, principal_of(request).name, data.old, data.new)
    return _begun(request, begun)


@get("/v1/operators", opt=allow("operators"), tags=["operators"], sync_to_thread=True)
def operators(request: Asked) -> dict[str, Any]:
    """List operators."""
    with service_of(request).database.begin() as rows:
        page = queries.everybody(rows)
    return {
        "operators": [
            {"name": operator.name, "role": operator.role, "ended": operator.ended_at is not None} for operator in page
        ]
    }


class NewOperator(msgspec.Struct):
    """A person who may sign in."""

    name: str
    role: str
    password: str | None = None


@post("/v1/operators", opt=allow("operators", "json"), tags=["operators"], status_code=201, sync_to_thread=True)
def make_operator(request: Asked, data: JSONBody[NewOperator]) -> dict[str, Any]:
    """Create an operator, or change the role or password of one, which ends their sessions and personal tokens."""
    now, by = service_of(request).wall.now(), principal_of(request).name
    _write(
        request,
        lambda rows: credentials.make_operator(rows, data.name, data.role, now, data.password, by),
        f"{SET}{data.role}{', password set' if data.password else ''}",
        actors.operator(data.name),
    )
    return {"name": data.name, "role": data.role}


@delete(
    "/v1/operators/{name:str}",
    opt=allow("operators"),
    tags=["operators"],
    status_code=200,
    sync_to_thread=True,
)
def end_operator(request: Asked, name: Name) -> dict[str, Any]:
    """Lock an operator out."""
    if name == principal_of(request).name:
        raise Problem("not-now", "you cannot end yourself; another admin can")
    now = service_of(request).wall.now()
    _write(request, lambda rows: credentials.end_operator(rows, name, now), "operator ended", actors.operator(name))
    return {"name": name, "ended": True}


class NewToken(msgspec.Struct):
    """How many days a personal token lasts."""

    days: Annotated[int, msgspec.Meta(ge=1, le=365)] = 90


@post("/v1/me/tokens", opt=allow("oneself", "json"), tags=["operators"], status_code=201, sync_to_thread=True)
def make_token(request: Asked, data: JSONBody[NewToken]) -> dict[str, Any]:
    """Create a personal token for automation; it is shown only once."""
    now = service_of(request).wall.now()
    ends_at = now + data.days * DAY
    token = _write(
        request,
        lambda rows: credentials.make_token(rows, principal_of(request).name, now, ends_at),
        "token made",
        lambda rows, token: actors.key(credentials.identity_of(rows, token)),
    )
    return {"token": token, "ends_at": show_instant(ends_at)}


@get("/v1/me/tokens", opt=allow("oneself"), tags=["operators"], sync_to_thread=True)
def own_tokens(request: Asked) -> dict[str, Any]:
    """List the caller's personal tokens in force, without their secrets."""
    service = service_of(request)
    with service.database.begin() as rows:
        tokens = credentials.tokens_of(rows, principal_of(request).name, service.wall.now())
    return {
        "tokens": [
            {
                "token_id": token.credential_id,
                "made_at": show_instant(token.made_at),
                "ends_at": show_instant(token.ends_at) if token.ends_at is not None else None,
            }
            for token in tokens
        ]
    }


@delete("/v1/me/tokens/{token:str}", opt=allow("oneself"), tags=["operators"], status_code=200, sync_to_thread=True)
def end_own_token(request: Asked, token: Name) -> dict[str, Any]:
    """End one of the caller's personal tokens, by its id."""
    now, name = service_of(request).wall.now(), principal_of(request).name
    _write(request, lambda rows: credentials.end_token(rows, name, token, now), "token ended", token)
    return {"token_id": token, "ended": True}


@get("/v1/keys", opt=allow("operators"), tags=["operators"], sync_to_thread=True)
def keys(request: Asked) -> dict[str, Any]:
    """List API keys and personal tokens, without their secrets."""
    with service_of(request).database.begin() as rows:
        page = queries.keys(rows)
    return {
        "keys": [
            {
                "key_id": key.credential_id,
                "kind": key.kind,
                "holder": key.holder,
                "scopes": key.scopes,
                "source": key.source,
                "made_at": show_instant(key.made_at),
                "ended": key.ended_at is not None,
            }
            for key in page
        ]
    }


class NewKey(msgspec.Struct):
    """An API key: what it is for, its scopes, and the source of the events that it sends."""

    holder: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    scopes: Annotated[list[str], msgspec.Meta(min_length=1, max_length=32)]
    source: Annotated[str, msgspec.Meta(max_length=64)] = ""


@post("/v1/keys", opt=allow("operators", "json"), tags=["operators"], status_code=201, sync_to_thread=True)
def make_key(request: Asked, data: JSONBody[NewKey]) -> dict[str, Any]:
    """Create an API key; it is shown only once. Keys with the scope `policies` are created on the command line."""
    service_of(request).proposals.may_grant(data.scopes)
    now = service_of(request).wall.now()
    secret = _write(
        request,
        lambda rows: credentials.make_key(rows, data.holder, data.scopes, data.source, now),
        "key made",
        lambda rows, made: actors.key(credentials.identity_of(rows, made)),
    )
    return {"key": secret, "scopes": sorted(data.scopes), "source": data.source or data.holder}


@delete(
    "/v1/keys/{key:str}",
    opt=allow("operators"),
    tags=["operators"],
    status_code=200,
    sync_to_thread=True,
)
def end_key(request: Asked, key: Name) -> dict[str, Any]:
    """End a key or token, by its id."""
    now = service_of(request).wall.now()
    _write(request, lambda rows: credentials.end(rows, key, now), "key ended", actors.key(key))
    return {"key_id": key, "ended": True}


@get(
    "/v1/ledger",
    opt=allow("read-ledger"),
    tags=["ledger"],
    sync_to_thread=True,
    summary="Every change of state",
)
def ledger(request: Asked) -> dict[str, Any]:
    """List the rows of the hash-chained ledger after `?after=`. Accounts appear under pseudonyms.

    In a row with a reason, `to` is the sealed digest of the reason, and `reason` its text without erased words.
    """
    limit, after = limit_of(request), cursor_of(request)
    with service_of(request).database.begin() as rows:
        changes = rows_after(rows, after, limit)
    return {
        "rows": [dict(change._mapping) for change in changes],
        "next": changes[-1].number if len(changes) == limit else None,
    }
