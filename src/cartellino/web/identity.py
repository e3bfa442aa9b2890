"""Who asks: from the key, token, holder's token or session of a request; and the guard that lets them through.

A route names a permission of `service.access` (`opt={"may": ...}`); one that names none is open to nobody.
"""

from __future__ import annotations

import hmac
from dataclasses import replace
from hashlib import sha256
from typing import Any

import anyio.to_thread
from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler

from cartellino.appeals.proof import verify
from cartellino.service.access import PERMISSIONS, STRANGER, Principal
from cartellino.service.service import Service
from cartellino.web.limits import Limits
from cartellino.web.problems import Problem

COOKIE = "cartellino_session"
CSRF = "x-csrf-token"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

Connection = ASGIConnection[Any, Any, Any, Any]


async def guard(connection: Connection, handler: BaseRouteHandler) -> None:
    """Let through who may; the principal is then in the state of the request.

    Raises `Problem` for anybody else, and for whoever asks too often.
    """
    service: Service = connection.app.state.service
    permission = handler.opt.get("may")
    if permission is None:
        raise Problem("not-allowed", "nobody may do this")
    principal = await identify(connection, service)
    _limit(connection, service, principal)
    if not principal.may(permission):
        if principal.kind == "stranger":
            raise Problem("not-signed-in", "send a key or token as `Authorization: Bearer ...`", "Authorization")
        raise Problem("not-allowed", f"this needs the permission `{permission}`", "Authorization")
    # What is open to everybody changes nothing in an operator's name; the pages' forms bring the token in a field.
    if principal.session and not PERMISSIONS[permission].public and connection.scope.get("method") not in _SAFE:
        _must_be_ours(connection, service)
    connection.state.principal = principal


async def identify(connection: Connection, service: Service) -> Principal:
    """Return who asks; a stranger if they do not say, or say it wrongly."""
    kind, _, text = connection.headers.get("authorization", "").partition(" ")
    by_cookie = kind.lower() != "bearer" or not text.strip()
    text = (connection.cookies.get(COOKIE, "") if by_cookie else text).strip()
    if not text or len(text) > 4_096 or not text.isascii():
        return STRANGER
    if text.count(".") == 2:
        holder = verify(text, service.secret, service.wall.now())
        if holder is not None:
            return Principal("holder", holder.account, service=holder.service, account=holder.account)
    found = service.credentials.remembered(text, service.wall.now())
    if found is None:
        found = await anyio.to_thread.run_sync(service.credentials.recognise, text, service.wall.now())
    return replace(found, session=by_cookie)


def address_of(connection: Connection, service: Service) -> str:
    """Return the address that asks: behind a trusted proxy, the last one that the proxy names."""
    client = connection.client.host if connection.client else ""
    forwarded = connection.headers.get("x-forwarded-for", "")
    if forwarded and client in service.settings.proxies.split(","):
        return forwarded.rpartition(",")[2].strip()[:64]
    return client


def is_secure(connection: Connection, service: Service) -> bool:
    """Say whether the browser speaks TLS: with us, or with a trusted proxy."""
    client = connection.client.host if connection.client else ""
    trusted = client in service.settings.proxies.split(",")
    return connection.url.scheme == "https" or (trusted and connection.headers.get("x-forwarded-proto") == "https")


def csrf_token(session: str, secret: bytes) -> str:
    """Return the token that requests of a session have to bring, beside its cookie."""
    return hmac.digest(secret, b"csrf " + session.encode(), sha256).hex()


def _must_be_ours(connection: Connection, service: Service) -> None:
    due = csrf_token(connection.cookies.get(COOKIE, ""), service.secret)
    if not hmac.compare_digest(connection.headers.get(CSRF, "").encode(), due.encode()):
        raise Problem("not-allowed", f"a session has to bring the header {CSRF}", CSRF)


def _limit(connection: Connection, service: Service, principal: Principal) -> None:
    limits: Limits = connection.app.state.limits
    client = address_of(connection, service)
    named = principal.kind in ("key", "operator")
    who = f"{principal.kind} {principal.name}" if principal.kind != "stranger" else f"address {client}"
    wait = limits.wait(who, service.settings.key_rate if named else service.settings.rate)
    if wait:
        raise Problem("too-often", "too many requests", retry=wait)
