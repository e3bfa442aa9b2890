"""Cartellino's own interface over HTTP, as far as it is used: standings, notices, and the stream of changes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

import msgspec

from cartellino.adapters.actuator import Sanction, Standing
from cartellino.adapters.matrix.http import Caller
from cartellino.vocabulary.times import instant

SILENCE = 45.0
"""Seconds without a line after which the stream counts as dead; it says something every 15."""


class Change(NamedTuple):
    """A change that the stream told of: its kind, its number, and the account, empty if it is about none."""

    kind: str
    number: str
    service: str
    account: str
    data: dict[str, Any]


class Service:
    """A running Cartellino."""

    def __init__(self, url: str, key: str, name: str) -> None:
        """`name` is the homeserver's within Cartellino."""
        self._calls, self.name = Caller(url, key), name

    async def stop(self) -> None:
        """Close the connections."""
        await self._calls.stop()

    async def standing(self, account: str) -> Standing:
        """Return the standing of an account.

        Raises `Unreached` and `Refused`.
        """
        query = urlencode({"service": self.name})
        return standing_of(await self._calls.ask("GET", f"/v1/accounts/{quote(account, safe='')}/standing?{query}"))

    async def notice(self, notice_id: str, language: str) -> dict[str, Any]:
        """Return a notice in a language.

        Raises `Unreached` and `Refused`.
        """
        said: dict[str, Any] = await self._calls.ask(
            "GET", f"/v1/notices/{quote(notice_id, safe='')}", headers={"Accept-Language": language}
        )
        return said

    async def undelivered(self, account: str) -> list[str]:
        """Return the ids of the notices of an account that are due and at nobody yet, oldest first.

        Raises `Unreached` and `Refused`.
        """
        query = urlencode({"service": self.name})
        said = await self._calls.ask("GET", f"/v1/accounts/{quote(account, safe='')}/notices?{query}")
        return [notice["notice_id"] for notice in reversed(said["notices"]) if notice["delivered_at"] is None]

    async def delivered(self, notice_id: str) -> None:
        """Record that a notice is at the account."""
        await self._calls.ask("POST", f"/v1/notices/{quote(notice_id, safe='')}/receipt", {"by": "app"})

    async def changes(self, after: str) -> AsyncIterator[Change]:
        """Yield the changes after a number, for as long as the connection holds; a comment is a change of no kind.

        Raises `Unreached` and `Refused`.
        """
        headers = {"Accept": "text/event-stream"} | ({"Last-Event-ID": after} if after else {})
        async with self._calls.lines("/v1/stream", headers, SILENCE) as lines:
            event: dict[str, str] = {}
            async for line in lines:
                if line:
                    name, _, value = line.partition(":")
                    event[name] = event.get(name, "") + value.removeprefix(" ")
                    continue
                yield change_of(event)
                event = {}


def change_of(event: dict[str, str]) -> Change:
    """Read a change from the fields of a server-sent event."""
    try:
        said = msgspec.json.decode(event.get("data", "{}"), type=dict[str, Any])
    except msgspec.DecodeError:
        said = {}
    data = said.get("data")
    return Change(event.get("event", ""), event.get("id", ""), str(said.get("service") or ""),
                  str(said.get("account") or ""), data if isinstance(data, dict) else {})  # fmt: skip


def standing_of(said: dict[str, Any]) -> Standing:
    """Read a standing from the answer of the interface."""
    sanctions = tuple(
        Sanction(written["sanction_id"], written["kind"], tuple(written["scope"]), instant(written["starts_at"]),
                 None if written["ends_at"] is None else instant(written["ends_at"]))
        for written in said["sanctions"]
    )  # fmt: skip
    return Standing(said["account"], sanctions)
