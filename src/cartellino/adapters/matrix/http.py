"""Calls over HTTP with a token, whose failures are two: not reached, so try again; refused, so do not."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx
import msgspec

from cartellino.vocabulary.refusals import Refusal

PATIENCE = httpx.Timeout(30.0, connect=5.0)
LARGEST = 16 << 20
"""Most bytes of an answer."""


class Unreached(Refusal):
    """The other side did not answer, or said that it cannot just now: the same is tried again later."""

    code = "unreached"


class Refused(Refusal):
    """The other side refused."""

    code = "refused"

    def __init__(self, status: int, said: str) -> None:
        """`said` is the beginning of the answer."""
        super().__init__(f"answered {status}: {said[:200]}")
        self.status = status


class Caller:
    """Calls one server."""

    def __init__(self, url: str, token: str) -> None:
        """`token` goes into `Authorization: Bearer`."""
        self._client = httpx.AsyncClient(
            base_url=url.rstrip("/"), headers={"Authorization": f"Bearer {token}"}, timeout=PATIENCE, trust_env=False,
            follow_redirects=False,
        )  # fmt: skip

    async def stop(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def ask(self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None) -> Any:  # noqa: ANN401
        """Return what an answer says, as JSON.

        Raises `Unreached` and `Refused`.
        """
        content = None if body is None else msgspec.json.encode(body)
        given = {**(headers or {}), **({"Content-Type": "application/json"} if content is not None else {})}
        try:
            answer = await self._client.request(method, path, content=content, headers=given)
        except httpx.HTTPError as error:
            raise Unreached(f"{method} {path}: {type(error).__name__}") from None
        if answer.status_code in (408, 429) or answer.status_code >= 500:
            raise Unreached(f"{method} {path} answered {answer.status_code}")
        if not answer.is_success:
            raise Refused(answer.status_code, answer.text)
        try:
            return msgspec.json.decode(answer.content)
        except msgspec.DecodeError:
            raise Unreached(f"{method} {path} answered no JSON") from None

    @asynccontextmanager
    async def lines(self, path: str, headers: Mapping[str, str], silence: float) -> AsyncIterator[AsyncIterator[str]]:
        """Yield the lines of an answer that does not end; after `silence` seconds without one it is given up.

        Raises `Unreached` and `Refused`.
        """
        patience = httpx.Timeout(silence, connect=5.0)
        try:
            async with self._client.stream("GET", path, headers=headers, timeout=patience) as answer:
                if answer.status_code != 200:
                    said = (await answer.aread())[:500].decode("utf-8", "replace")
                    raise Refused(answer.status_code, said)
                yield answer.aiter_lines()
        except httpx.HTTPError as error:
            raise Unreached(f"GET {path}: {type(error).__name__}") from None
