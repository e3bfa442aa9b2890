"""Calls over HTTP with a token, whose failures are two: not reached, so try again; refused, so do not."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from email.utils import parsedate_to_datetime
from typing import TypeVar

import httpx
import msgspec

from cartellino.vocabulary.refusals import Refusal
from cartellino.vocabulary.times import Duration, Instant

PATIENCE, LONGEST = httpx.Timeout(30.0, connect=5.0), 60.0
"""Seconds of silence, and for a whole answer, since one that drips would never end."""

LARGEST, LARGEST_LINE = 16 << 20, 1 << 20
"""Most bytes of an answer, and of a line of one that does not end."""

SLOW: Duration = 5_000
"""An answer that took longer tells no time."""

NOISE: Duration = 2_000
"""A departure of clocks below this is none: the header `Date` has whole seconds."""

T = TypeVar("T")


def wall() -> Instant:
    """Return the time of this machine."""
    return int(time.time() * 1000)


class Unreached(Refusal):
    """The other side did not answer, or said that it cannot just now: the same is tried again later."""

    code = "unreached"


class Refused(Refusal):
    """The other side refused."""

    code = "refused"

    def __init__(self, what: str, status: int, said: bytes) -> None:
        """`what` was asked for, and `said` is the answer."""
        super().__init__(f"{what} answered {status}: {said[:200].decode('utf-8', 'replace')}")
        self.status = status


class Caller:
    """Calls one server."""

    def __init__(self, url: str, token: str) -> None:
        """`token` goes into `Authorization: Bearer`."""
        self._client = httpx.AsyncClient(
            base_url=url.rstrip("/"),
            headers={"Authorization": f"Bearer {token}", "Accept-Encoding": "identity"},
            timeout=PATIENCE,
            trust_env=False,
            follow_redirects=False,
        )
        self._departure: Duration = 0

    async def stop(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    def now(self) -> Instant:
        """Return the time of the server's clock, as its answers tell it."""
        return wall() + self._departure

    async def ask(
        self, method: str, path: str, kind: type[T], body: object = None, headers: Mapping[str, str] | None = None
    ) -> T:
        """Return what an answer says, as JSON of a kind.

        Raises `Unreached`, also where somebody else answers, and `Refused`.
        """
        content = None if body is None else msgspec.json.encode(body)
        given = {**(headers or {}), **({"Content-Type": "application/json"} if content is not None else {})}
        what, begun = f"{method} {_shown(path)}", wall()
        try:
            async with (
                asyncio.timeout(LONGEST),
                self._client.stream(method, path, content=content, headers=given) as answer,
            ):
                told = departure(answer.headers.get("date", ""), begun, wall())
                said = await _whole(answer)
        except (httpx.HTTPError, TimeoutError) as error:
            raise Unreached(f"{what}: {type(error).__name__}") from None
        if answer.status_code in (408, 429) or answer.status_code >= 500:
            raise Unreached(f"{what} answered {answer.status_code}")
        if not answer.is_success:
            raise Refused(what, answer.status_code, said)
        try:
            made = msgspec.json.decode(said, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise Unreached(f"{what} answered something else than expected") from None
        if told is not None and abs(told - self._departure) >= NOISE:
            self._departure = told if abs(told) >= NOISE else 0
        return made

    @asynccontextmanager
    async def lines(self, path: str, headers: Mapping[str, str], silence: float) -> AsyncIterator[AsyncIterator[str]]:
        """Yield the lines of an answer that does not end; after `silence` seconds without one it is given up.

        Raises `Unreached` and `Refused`.
        """
        patience = httpx.Timeout(silence, connect=5.0)
        try:
            async with self._client.stream("GET", path, headers=headers, timeout=patience) as answer:
                if answer.status_code != 200:
                    async with asyncio.timeout(LONGEST):
                        raise Refused(f"GET {path}", answer.status_code, await _whole(answer))
                yield _lines(answer)
        except (httpx.HTTPError, TimeoutError) as error:
            raise Unreached(f"GET {path}: {type(error).__name__}") from None


def _shown(path: str) -> str:
    """Return a path without the names in it: a log is no list of accounts.

    >>> _shown("/_synapse/admin/v2/users/%40ann%3Aexample.org?x=1"), _shown("/v1/accounts/m_0a/standing")
    ('/_synapse/admin/v2/users/...', '/v1/accounts/.../standing')
    """
    return "/".join(
        "..." if re.match(r"%40|@|%21|!|[mn]_", part) else part for part in path.partition("?")[0].split("/")
    )


async def _whole(answer: httpx.Response) -> bytes:
    parts, size = [], 0
    async for part in answer.aiter_bytes(65_536):
        size += len(part)
        if size > LARGEST:
            raise Unreached(f"{_shown(answer.request.url.path)} answered more than {LARGEST} bytes")
        parts.append(part)
    return b"".join(parts)


async def _lines(answer: httpx.Response) -> AsyncIterator[str]:
    rest = b""
    async for part in answer.aiter_bytes():
        lines = (rest + part).split(b"\n")
        rest = lines.pop()
        if len(rest) > LARGEST_LINE:
            raise Unreached(f"{_shown(answer.request.url.path)} has a line of more than {LARGEST_LINE} bytes")
        for line in lines:
            yield line.removesuffix(b"\r").decode("utf-8", "replace")


def departure(date: str, begun: Instant, ended: Instant) -> Duration | None:
    """Return by how much the clock of whoever answered departs from ours; `None` if it cannot be said.

    `date` is the header of that name, `begun` and `ended` are when we asked and were answered.

    >>> departure("Thu, 01 Jan 1970 00:10:00 GMT", 0, 1_000)
    600000
    >>> departure("soon", 0, 1_000)
    """
    if not 0 <= ended - begun <= SLOW:
        return None
    try:
        theirs = round(parsedate_to_datetime(date).timestamp() * 1000) + 500
    except (ValueError, TypeError, OverflowError):
        return None
    return theirs - (begun + ended) // 2
