"""Signing in and out: one way for the console and for programs, so that both count the same tries.

A name and an address have ten tries a minute. The session is in a cookie that no script can read.
"""

from __future__ import annotations

import anyio.to_thread
from litestar.datastructures import Cookie

from cartellino.service import credentials
from cartellino.service.names import fingerprint
from cartellino.service.service import Service
from cartellino.storage import tables
from cartellino.web.identity import COOKIE, Connection, address_of, is_secure
from cartellino.web.limits import Limits
from cartellino.web.problems import Problem

SIGN_INS = 10
"""Tries a minute of one name, and of one address."""


async def begin(connection: Connection, name: str, password: str) -> Cookie:
    """Begin the session of whoever knows the password.

    Raises `Problem` for too many tries, and for a wrong name or password.
    """
    service: Service = connection.app.state.service
    limits: Limits = connection.app.state.limits
    address = address_of(connection, service)
    wait = max(limits.wait(f"sign-in {name}", SIGN_INS), limits.wait(f"sign-in from {address}", SIGN_INS))
    if wait:
        raise Problem("too-often", "too many tries to sign in; wait a minute", retry=wait)
    session = await anyio.to_thread.run_sync(_session, service, name, password)
    if session is None:
        raise Problem("not-signed-in", "name or password is wrong")
    secure = is_secure(connection, service)
    return Cookie(COOKIE, value=session, httponly=True, samesite="strict", secure=secure, max_age=12 * 3600)


def _session(service: Service, name: str, password: str) -> str | None:
    with service.database.begin() as rows:
        if not credentials.has_password(rows, name, password):
            return None
    return service.write(lambda rows: credentials.make_session(rows, name, service.wall.now()))


async def end(connection: Connection) -> None:
    """End the session of whoever asks, everywhere."""
    service: Service = connection.app.state.service
    mine = tables.credentials.c.digest == fingerprint(connection.cookies.get(COOKIE, ""))
    ended = tables.credentials.update().where(mine).values(ended_at=service.wall.now())
    await anyio.to_thread.run_sync(service.write, lambda rows: rows.execute(ended))
