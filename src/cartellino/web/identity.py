"""Identifies the caller of a request by key, token, session or holder's token, and by address."""

from __future__ import annotations

import hmac
from dataclasses import replace
from hashlib import sha256
from typing import Any

import anyio.to_thread
from litestar.connection import ASGIConnection

from cartellino.appeals.proof import Holder
from cartellino.availability.places import is_country
from cartellino.service.access import STRANGER, Principal
from cartellino.service.service import Service
from cartellino.service.settings import networks
from cartellino.web import proxies
from cartellino.web.cookies import cookies
from cartellino.web.limits import Limits
from cartellino.web.problems import Problem

COOKIE = "cartellino_session"
"""The cookie of an operator's session."""

HOLDER_COOKIE = "cartellino_holder"
"""The cookie of an account holder; browsers send it to the holders' pages only."""

CSRF = "x-csrf-token"
LONGEST = 4_096
"""Most characters of a secret in a request."""

FORWARDING = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "via")
"""Headers that only requests through a proxy have."""

Connection = ASGIConnection[Any, Any, Any, Any]


def cookie_of(connection: Connection, face: str) -> str:
    """Return the cookie that counts for a face: the holder's on the holders' pages, none on those for everybody, else
    the operator's."""
    if face == "status":
        return ""
    return cookies(connection).get(HOLDER_COOKIE if face == "holder" else COOKIE, "")


async def identify(connection: Connection, service: Service, face: str, address: str) -> Principal:
    """Return the principal of a request; `STRANGER` without a valid secret.

    Raises `Problem` when an address sends too many unknown secrets.
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
    """Return the holder whose visit the cookie belongs to; `None` if the visit has expired or was ended."""
    token = cookies(connection).get(HOLDER_COOKIE, "")
    holder = service.holder_of(token, "page")
    return None if holder is None or service.spent.has(token) else holder


async def _looked_up(connection: Connection, service: Service, text: str, address: str) -> Principal:
    """Look a secret up in the database; the failures of an address are limited like a stranger's requests."""
    limits: Limits = connection.app.state.limits
    guesses = f"secrets from {address}"
    if wait := limits.wait(guesses, service.settings.rate):
        raise Problem("too-often", "too many keys or tokens that are none", retry=wait)
    principal = await anyio.to_thread.run_sync(service.credentials.recognise, text, service.wall.now())
    if principal.kind != "stranger":
        limits.give_back(guesses, service.settings.rate)
    return principal


def address_of(connection: Connection, service: Service) -> str:
    """Return the caller's address as it is counted: the one that trusted proxies name, and IPv6 by /64."""
    peer = peer_of(connection)
    if peer is None:
        return connection.client.host[:64] if connection.client else ""
    lines = connection.headers.getall("x-forwarded-for", [])
    return proxies.budget(proxies.forwarded(peer, lines, networks(service.settings.proxies)))


def peer_of(connection: Connection) -> proxies.Address | None:
    """Return the address of the connection's peer; `None` if it has none."""
    return proxies.address(connection.client.host) if connection.client else None


def country_of(connection: Connection, service: Service) -> str | None:
    """Return the country of the caller's address, if a trusted proxy names it in the header `country_header`."""
    peer, header = peer_of(connection), service.settings.country_header
    if not header or peer is None or not proxies.is_among(peer, networks(service.settings.proxies)):
        return None
    named = connection.headers.get(header, "").strip().upper()
    return named if is_country(named) else None


def is_local(connection: Connection, service: Service) -> bool:
    """Say whether the request comes from this machine, without a proxy, and to a name of this machine."""
    peer, host = peer_of(connection), connection.headers.get("host", "")
    if peer is None or not peer.is_loopback or proxies.is_among(peer, networks(service.settings.proxies)):
        return False
    named = proxies.address(host)
    is_here = host.partition(":")[0] == "localhost" or (named is not None and named.is_loopback)
    return is_here and not any(name in connection.headers for name in FORWARDING)


def is_secure(connection: Connection, service: Service) -> bool:
    """Say whether the browser uses TLS, with this service or with a trusted proxy."""
    peer = peer_of(connection)
    trusted = peer is not None and proxies.is_among(peer, networks(service.settings.proxies))
    said = connection.headers.get("x-forwarded-proto", "").rpartition(",")[2].strip().lower()
    return connection.url.scheme == "https" or (trusted and said == "https")


def is_ours(connection: Connection) -> bool:
    """Say whether one of our own pages sent the request, by the browser's headers; without them it is assumed.

    This only decides what is shown. Whatever changes something needs the form's token.
    """
    return connection.headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none")


def csrf_token(session: str, secret: bytes) -> str:
    """Return the CSRF token of an operator's session."""
    return hmac.digest(secret, b"csrf " + session.encode(), sha256).hex()


def form_token(token: str, secret: bytes) -> str:
    """Return the CSRF token of an account holder's forms."""
    return hmac.digest(secret, b"form " + token.encode(), sha256).hex()


def token_of(connection: Connection, service: Service, face: str) -> str:
    """Return the CSRF token that belongs to the cookie of a request."""
    make = form_token if face == "holder" else csrf_token
    return make(cookie_of(connection, face), service.secret)
