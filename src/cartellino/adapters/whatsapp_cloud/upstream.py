"""Calls the platform: passes requests on, and learns from answers what time it is there and which tokens it knows."""

from __future__ import annotations

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from email.utils import parsedate_to_datetime
from hashlib import sha256
from time import monotonic
from typing import NamedTuple
from urllib.parse import urlsplit

import httpx

from cartellino.adapters.whatsapp_cloud.connections import Connections, Unanswered, Unreached
from cartellino.vocabulary.refusals import BadArgument
from cartellino.vocabulary.times import Instant, since_epoch

CONNECT, READ = 5.0, 60.0
"""Seconds to connect to the platform, and to wait for its answer."""

CONNECTIONS = 200
_TOKENS = 1_000
_FRESH, _ASK_EVERY = 1.0, 300.0
"""Seconds for which it is known what time it is at the platform, and after which it is asked anyhow."""

SIMULATED = b"x-cartellino-simulator"


class Answer(NamedTuple):
    """An answer of the platform, as a whole."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes
    kind: bytes = b"application/json"
    """The media type."""


class Upstream:
    """The platform behind the gateway."""

    def __init__(self, url: str, tell_time: Callable[[Instant], None]) -> None:
        """`url` is scheme and host, such as `https://graph.facebook.com`.

        `tell_time` is told what time it is at the platform, whenever that is learned.

        Raises `BadArgument` for anything else.
        """
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise BadArgument(f"`{url}` is no address of a platform, such as https://graph.facebook.com")
        self.url, self._path = url.rstrip("/"), parts.path.rstrip("/")
        is_tls = parts.scheme == "https"
        try:
            port = parts.port or (443 if is_tls else 80)
        except ValueError:
            raise BadArgument(f"`{url}` names a port that there is not") from None
        self._calls = Connections(parts.hostname, port, is_tls=is_tls, most=CONNECTIONS, connect=CONNECT, read=READ)
        self._client = httpx.AsyncClient(
            timeout=httpx.Timeout(READ, connect=CONNECT), follow_redirects=False, trust_env=False,
            limits=httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS),
        )  # fmt: skip
        self._known: OrderedDict[bytes, None] = OrderedDict()
        self._tell_time, self._heard = tell_time, -_FRESH
        self.is_simulated = False
        """Whether its time moves as somebody tells it to, as that of `cartellino simulate-cloud`."""

    async def stop(self) -> None:
        """Close the connections."""
        self._calls.close()
        await self._client.aclose()

    async def call(self, method: str, target: str, headers: Sequence[tuple[bytes, bytes]], body: bytes) -> Answer:
        """Make a call with a whole body.

        Raises `Unreached` and `Unanswered`.
        """
        answer = await self._calls.call(method, self._path + target, headers, body)
        named = dict(answer.headers)
        self._learn_time(named)
        kind = named.get(b"content-type", b"application/json")
        return Answer(answer.status, _kept(answer.headers), answer.body, kind)

    async def stream(
        self, method: str, target: str, headers: Sequence[tuple[bytes, bytes]], body: AsyncIterator[bytes]
    ) -> AsyncIterator[Answer | bytes]:
        """Make a call whose bodies are passed on as they come: first the head of the answer, then its parts.

        Raises `Unreached` and `Unanswered` before the head.
        """
        request = self._client.build_request(method, self.url + target, headers=list(headers), content=body)
        try:
            answer = await self._client.send(request, stream=True)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol) as error:
            raise Unreached(type(error).__name__) from None
        except httpx.HTTPError as error:
            raise Unanswered(type(error).__name__) from None
        kind = answer.headers.get("content-type", "application/json").encode("latin-1")
        try:
            yield Answer(answer.status_code, _kept(answer.headers.raw), b"", kind)
            async for part in answer.aiter_raw():
                yield part
        finally:
            await answer.aclose()

    # Tokens

    def knows(self, token: str, number: str) -> bool:
        """Say whether the platform has accepted a token for a number before."""
        return _digest(token, number) in self._known

    def accepts(self, token: str, number: str) -> None:
        """Note that the platform accepted a token for a number; only a digest is kept, in memory."""
        self._known[_digest(token, number)] = None
        while len(self._known) > _TOKENS:
            self._known.popitem(last=False)

    def refuses(self, token: str, number: str) -> None:
        """Note that the platform does not accept a token any more."""
        self._known.pop(_digest(token, number), None)

    # Time

    async def keep_time(self) -> None:
        """Ask the platform now and then what time it is, for ever."""
        while True:
            await self.ask_time()
            await asyncio.sleep(_FRESH if self.is_simulated else _ASK_EVERY)

    async def ask_time(self) -> None:
        """Ask the platform what time it is, unless it said so within the last second and its time moves by itself."""
        if self.is_simulated or monotonic() - self._heard >= _FRESH:
            self._heard = monotonic()
            with contextlib.suppress(Unreached, Unanswered):
                await self.call("HEAD", "/", (), b"")

    def _learn_time(self, headers: Mapping[bytes, bytes]) -> None:
        self.is_simulated = SIMULATED in headers
        try:
            at = since_epoch(parsedate_to_datetime(headers.get(b"date", b"").decode("latin-1")))
        except (ValueError, TypeError, OverflowError):
            return
        self._heard = monotonic()
        self._tell_time(at)


def _digest(token: str, number: str) -> bytes:
    return sha256(f"{number} {token}".encode()).digest()


_DROPPED = frozenset({b"connection", b"keep-alive", b"transfer-encoding", b"content-length", b"content-type", b"date",
                      b"server"})  # fmt: skip


def _kept(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    return [(name, value) for name, value in headers if name.lower() not in _DROPPED]
