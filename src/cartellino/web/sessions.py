"""Signing in and out, by the console and by programs, which share the same limits on tries.

Tries are limited by where they come from, never by the name alone, so that nobody can lock somebody else out:

    a browser that has signed in as that name before   its own tries, from wherever it comes
    other browsers                                     the tries of their network, and of the name from there
    ... in networks where the name never signed in     also the tries of all such networks together at that name

Passwords are checked one at a time (Argon2 takes 64 MiB and every core for 0.2 s). People who were here before have a
lane of their own, which strangers cannot fill. Sessions and browsers have cookies that scripts cannot read.
"""

from __future__ import annotations

import asyncio
import hmac
import secrets
from collections.abc import Callable
from hashlib import blake2b, sha256
from typing import NamedTuple

import anyio.to_thread
from litestar.datastructures import Cookie

from cartellino.commands import pending_acts
from cartellino.service import credentials
from cartellino.service.service import Service
from cartellino.storage.database import Rows
from cartellino.vocabulary.actors import operator
from cartellino.vocabulary.times import DAY, SECOND
from cartellino.web.cookies import cookies
from cartellino.web.identity import COOKIE, Connection, address_of, is_secure
from cartellino.web.limits import Limits
from cartellino.web.problems import Problem

FROM_BROWSER = 10
"""Most tries in ten minutes from a browser that has signed in before."""

OF_NAME = 10
"""Most tries a minute of one name from one network."""

FROM_NETWORK = 20
"""Most tries a minute from one network."""

OF_STRANGERS = 100
"""Most tries an hour of one name from all networks together from which it never signed in."""

WAITING = 20
"""Most tries that wait in a lane; more are refused for a while."""

BROWSER = "cartellino_browser"
_REMEMBERED = 90 * DAY


class Begun(NamedTuple):
    """A new session: its secret, and the cookies for it and for recognising the browser."""

    session: str
    cookies: list[Cookie]


class Lane:
    """A lane in which passwords are checked one after the other."""

    def __init__(self) -> None:
        """Start empty."""
        self._turn = asyncio.Semaphore(1)
        self._waiting = 0

    async def run(self, what: Callable[[], bool]) -> bool:
        """Run a check in a thread when it is its turn.

        Raises `Problem` when too many wait.
        """
        if self._waiting >= WAITING:
            raise Problem("busy", "many are signing in; try again in a moment", retry=2)
        self._waiting += 1
        try:
            async with self._turn:
                return await anyio.to_thread.run_sync(what)
        finally:
            self._waiting -= 1


async def begin(connection: Connection, name: str, password: str) -> Begun:
    """Begin a session of an operator, given the right password.

    Raises `Problem` for too many tries, and for a wrong name or password.
    """
    service: Service = connection.app.state.service
    network = address_of(connection, service)
    browser = _browser_of(connection, service, name)
    known = await _admitted(connection, service, name, network, browser)
    hashed = await _checked(connection, service, name, password, known=known)
    session = await anyio.to_thread.run_sync(_session, service, name, hashed, network)
    if session is None:
        service.failures.note(name, _pseudonym(service, network))
        raise Problem("not-signed-in", "name or password is wrong")
    return Begun(session, [_session_cookie(connection, service, session), _browser_cookie(connection, service, name)])


async def end(connection: Connection) -> None:
    """End the session of a request."""
    service: Service = connection.app.state.service
    await anyio.to_thread.run_sync(_end, service, cookies(connection).get(COOKIE, ""))


async def change_password(connection: Connection, name: str, old: str, new: str) -> Begun:
    """Change one's own password: all sessions and personal tokens end, and a new session begins.

    Raises `Problem` for too many tries and for a wrong old password, `BadArgument` for a new one that is too short.
    """
    service: Service = connection.app.state.service
    limits: Limits = connection.app.state.limits
    if wait := limits.wait(f"password of {name}", OF_NAME):
        raise Problem("too-often", "too many tries; wait a minute", retry=wait)
    hashed = await _checked(connection, service, name, old, known=True)
    if hashed is None:
        raise Problem("not-allowed", "this is not your password", "/old")
    network, now = address_of(connection, service), service.wall.now()

    def work(rows: Rows) -> str:
        credentials.set_password(rows, name, new, now)
        return credentials.make_session(rows, name, now, _pseudonym(service, network))

    session = await anyio.to_thread.run_sync(
        lambda: service.write(work, by=operator(name), done="password changed", subject=operator(name))
    )
    return Begun(session, [_session_cookie(connection, service, session)])


async def _admitted(connection: Connection, service: Service, name: str, network: str, browser: str) -> bool:
    """Count a try; return whether it comes from a browser or network where this name has signed in before.

    Raises `Problem` for too many tries.
    """
    limits: Limits = connection.app.state.limits
    if browser:
        _refuse(service, name, network, limits.wait(f"sign-in by {browser}", FROM_BROWSER, 10))
        return True
    from_network = limits.wait(f"sign-in from {network}", FROM_NETWORK)
    _refuse(service, name, network, from_network or limits.wait(f"sign-in of {name} from {network}", OF_NAME))
    known = await anyio.to_thread.run_sync(_was_here, service, name, _pseudonym(service, network))
    if not known:
        _refuse(service, name, network, limits.wait(f"sign-in of {name} by strangers", OF_STRANGERS, 60))
    return known


def _refuse(service: Service, name: str, network: str, wait: int) -> None:
    if wait:
        service.failures.note(name, _pseudonym(service, network))
        raise Problem("too-often", "too many tries to sign in; wait a minute", retry=wait)


async def _checked(connection: Connection, service: Service, name: str, password: str, *, known: bool) -> str | None:
    """Return the hash that a password matches, else `None`; it takes as long if there is no such operator."""
    lanes: dict[bool, Lane] = connection.app.state.setdefault("sign_in_lanes", {True: Lane(), False: Lane()})
    hashed = await anyio.to_thread.run_sync(_password_of, service, name)
    fits = await lanes[known].run(lambda: credentials.is_password(hashed, password))
    return hashed if fits else None


def _password_of(service: Service, name: str) -> str | None:
    with service.database.begin() as rows:
        return credentials.password_of(rows, name)


def _was_here(service: Service, name: str, network: str) -> bool:
    with service.database.begin() as rows:
        return credentials.has_signed_in_from(rows, name, network, service.wall.now())


def _session(service: Service, name: str, hashed: str | None, network: str) -> str | None:
    """Create a session, unless the password was changed or the operator ended since the check."""
    if hashed is None:
        return None
    where = _pseudonym(service, network)
    with service.database.begin_writing() as rows:
        if credentials.password_of(rows, name) != hashed:
            return None
        pending_acts.leave_record(
            rows, service.clock.now(), operator(name), "signed in", operator(name), f"from {where}"
        )
        return credentials.make_session(rows, name, service.wall.now(), where)


def _end(service: Service, session: str) -> None:
    with service.database.begin_writing() as rows:
        name = credentials.end_session(rows, session, service.wall.now())
        if name is not None:
            pending_acts.leave_record(rows, service.clock.now(), operator(name), "signed out", operator(name))
    service.credentials.forget()


def _pseudonym(service: Service, network: str) -> str:
    """Return the pseudonym of a network, for tables and the ledger, which contain no addresses."""
    return "n_" + blake2b(network.encode(), digest_size=8, key=service.salt.encode()[:64]).hexdigest()


# Cookies


def _session_cookie(connection: Connection, service: Service, session: str) -> Cookie:
    secure = is_secure(connection, service)
    return Cookie(COOKIE, value=session, httponly=True, samesite="strict", secure=secure, max_age=12 * 3600)


def _browser_cookie(connection: Connection, service: Service, name: str) -> Cookie:
    """Return a cookie that marks a browser as one from which this name has signed in; it grants no access."""
    ends_at = service.wall.now() + _REMEMBERED
    made = f"{secrets.token_hex(12)}.{ends_at}"
    value = f"{made}.{_seal(service, made, name)}"
    secure, lasts = is_secure(connection, service), _REMEMBERED // SECOND
    return Cookie(BROWSER, value=value, httponly=True, samesite="strict", secure=secure, max_age=lasts)


def _browser_of(connection: Connection, service: Service, name: str) -> str:
    """Return the id of a browser from which this name has signed in before; empty if it has not."""
    made, _, seal = cookies(connection).get(BROWSER, "")[:200].rpartition(".")
    identity, _, ends_at = made.partition(".")
    if not hmac.compare_digest(seal.encode(), _seal(service, made, name).encode()):
        return ""
    return identity if int(ends_at) > service.wall.now() else ""


def _seal(service: Service, made: str, name: str) -> str:
    return hmac.digest(service.secret, f"browser {made} {name}".encode(), sha256).hex()
