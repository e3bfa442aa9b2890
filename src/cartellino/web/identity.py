"""Who asks: by the key, token, session or holder's token of a request, and from which address."""

from __future__ import annotations

import hmac
from dataclasses import replace
from hashlib import sha256
from typing import Any

import anyio.to_thread
from litestar.connection import ASGIConnection

from cartellino.appeals.proof import Holder
from cartellino.service.access import STRANGER, Principal
from cartellino.service.service import Service
from cartellino.service.settings import networks
from cartellino.web import proxies
from cartellino.web.limits import Limits
from cartellino.web.problems import Problem

COOKIE = "cartellino_session"
"""Of an operator."""

HOLDER_COOKIE = "cartellino_holder"
"""Of an account holder; browsers send it to their pages only."""

CSRF = "x-csrf-token"
LONGEST = 4_096
"""Letters of a secret that anybody may bring."""

FORWARDING = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "via")
"""Headers that only a request through a proxy has."""

Connection = ASGIConnection[Any, Any, Any, Any]


def cookie_of(connection: Connection, face: str) -> str:
    """Return the cookie that a face looks at: the pages of account holders at theirs, all else at an operator's."""
    return connection.cookies.get(HOLDER_COOKIE if face == "holder" else COOKIE, "")


async def identify(connection: Connection, service: Service, face: str, address: str) -> Principal:
    """Return who asks; a stranger if they do not say, or say it wrongly.

    Raises `Problem` when an address brings too many secrets that have to be looked up.
    """
    kind, _, text = connection.headers.get("authorization", "").partition(" ")
    by_cookie = face == "holder" or kind.lower() != "bearer" or not text.strip()
    text = (cookie_of(connection, face) if by_cookie else text).strip()
    if not text or len(text) > LONGEST or not text.isascii():
        return STRANGER
    if text.count(".") == 2:
        holder = visit_of(connection, service) if face == "holder" else service.holder_of(text)
        if holder is not None:
            made = Principal("holder", holder.account, service=holder.service, account=holder.account)
            return replace(made, session=by_cookie)
    if face == "holder":
        return STRANGER
    principal = service.credentials.remembered(text, service.wall.now())
    if principal is None:
        principal = await _looked_up(connection, service, text, address)
    return replace(principal, session=by_cookie)


def visit_of(connection: Connection, service: Service) -> Holder | None:
    """Return whose visit to the account holders' pages the cookie is; `None` for one that is over, or was left."""
    token = connection.cookies.get(HOLDER_COOKIE, "")
    holder = service.holder_of(token, "page")
    return None if holder is None or service.spent.has(token) else holder


async def _looked_up(connection: Connection, service: Service, text: str, address: str) -> Principal:
    """Ask the database, which an address may do so often in vain as a stranger may ask."""
    limits: Limits = connection.app.state.limits
    guesses = f"secrets from {address}"
    if wait := limits.wait(guesses, service.settings.rate):
        raise Problem("too-often", "too many keys or tokens that are none", retry=wait)
    principal = await anyio.to_thread.run_sync(service.credentials.recognise, text, service.wall.now())
    if principal.kind != "stranger":
        limits.give_back(guesses, service.settings.rate)
    return principal


def address_of(connection: Connection, service: Service) -> str:
    """Return the address that asks, as it is counted: behind trusted proxies the one that they name, IPv6 by /64."""
    peer = peer_of(connection)
    if peer is None:
        return connection.client.host[:64] if connection.client else ""
    lines = connection.headers.getall("x-forwarded-for", [])
    return proxies.budget(proxies.forwarded(peer, lines, networks(service.settings.proxies)))


def peer_of(connection: Connection) -> proxies.Address | None:
    """Return the address at the other end of the connection itself; `None` where it has none."""
    return proxies.address(connection.client.host) if connection.client else None


def is_local(connection: Connection, service: Service) -> bool:
    """Say whether a program on this machine asks itself, through no proxy, under a name of this machine."""
    peer, host = peer_of(connection), connection.headers.get("host", "")
    if peer is None or not peer.is_loopback or proxies.is_among(peer, networks(service.settings.proxies)):
        return False
    named = proxies.address(host)
    is_here = host.partition(":")[0] == "localhost" or (named is not None and named.is_loopback)
    return is_here and not any(name in connection.headers for name in FORWARDING)


def is_secure(connection: Connection, service: Service) -> bool:
    """Say whether the browser speaks TLS: with us, or with a trusted proxy."""
    peer = peer_of(connection)
    trusted = peer is not None and proxies.is_among(peer, networks(service.settings.proxies))
    said = connection.headers.get("x-forwarded-proto", "").rpartition(",")[2].strip().lower()
    return connection.url.scheme == "https" or (trusted and said == "https")


def is_ours(connection: Connection) -> bool:
    """Say whether a page of our own sent this, as far as the browser says; those that say nothing are believed.

    It decides what is shown, never what is done: that takes the token of the form.
    """
    return connection.headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none")


def csrf_token(session: str, secret: bytes) -> str:
    """Return the token that requests of an operator's session have to bring, beside its cookie."""
    return hmac.digest(secret, b"csrf " + session.encode(), sha256).hex()


def form_token(token: str, secret: bytes) -> str:
    """Return the token that forms of an account holder have to bring, beside their cookie."""
    return hmac.digest(secret, b"form " + token.encode(), sha256).hex()


def token_of(connection: Connection, service: Service, face: str) -> str:
    """Return the token that belongs to the cookie of a request."""
    make = form_token if face == "holder" else csrf_token
    return make(cookie_of(connection, face), service.secret)
