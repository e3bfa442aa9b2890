"""Cartellino's own interface over HTTP, as far as it is used: standings, notices, and the stream of changes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any, NamedTuple
from urllib.parse import quote, urlencode

import msgspec

from cartellino.adapters.actuator import Sanction, Standing
from cartellino.adapters.matrix.http import Caller, Unreached
from cartellino.vocabulary.times import Instant, instant

SILENCE = 45.0
"""Seconds without a line after which the stream counts as dead; it says something every 15."""


FIELDS = frozenset({"event", "id", "data"})
"""The fields of a server-sent event that count."""

LONGEST_NUMBER, LARGEST_DATA = 18, 1 << 20
"""Most digits of the number of a change, and most characters of its data."""


class _Sanction(msgspec.Struct):
    sanction_id: str
    kind: str
    starts_at: str
    ends_at: str | None
    scope: list[str] = []


class _Standing(msgspec.Struct):
    account: str
    sanctions: list[_Sanction]


class Notice(msgspec.Struct):
    """A notice: its words in the language that was asked for, and what it is about."""

    notice_id: str
    text: Annotated[str, msgspec.Meta(min_length=1)]
    sanction_id: str | None = None
    delivered_at: str | None = None


class _Listed(msgspec.Struct):
    notice_id: str
    delivered_at: str | None = None


class _Notices(msgspec.Struct):
    notices: list[_Listed]


class Change(NamedTuple):
    """A change that the stream told of: its kind, its number, and the account, empty if it is about none."""

    kind: str
    number: str
    service: str
    account: str
    data: dict[str, Any]


NOTHING = Change("", "", "", "", {})


class Service:
    """A running Cartellino."""

    def __init__(self, url: str, key: str, name: str) -> None:
        """`name` is the homeserver's within Cartellino."""
        self._calls, self.name = Caller(url, key), name

    def now(self) -> Instant:
        """Return Cartellino's time: sanctions begin and end by it."""
        return self._calls.now()

    async def stop(self) -> None:
        """Close the connections."""
        await self._calls.stop()

    async def standing(self, account: str) -> Standing:
        """Return the standing of an account.

        Raises `Unreached` and `Refused`.
        """
        query = urlencode({"service": self.name})
        path = f"/v1/accounts/{quote(account, safe='')}/standing?{query}"
        return _standing(account, await self._calls.ask("GET", path, _Standing))

    async def notice(self, notice_id: str, language: str) -> Notice:
        """Return a notice in a language.

        Raises `Unreached` and `Refused`.
        """
        path = f"/v1/notices/{quote(notice_id, safe='')}"
        return await self._calls.ask("GET", path, Notice, headers={"Accept-Language": language})

    async def undelivered(self, account: str) -> list[str]:
        """Return the ids of the notices of an account that are due and at nobody yet, oldest first.

        Raises `Unreached` and `Refused`.
        """
        query = urlencode({"service": self.name})
        said = await self._calls.ask("GET", f"/v1/accounts/{quote(account, safe='')}/notices?{query}", _Notices)
        return [notice.notice_id for notice in reversed(said.notices) if notice.delivered_at is None]

    async def delivered(self, notice_id: str) -> None:
        """Record that a notice is at the account."""
        await self._calls.ask("POST", f"/v1/notices/{quote(notice_id, safe='')}/receipt", Any, {"by": "app"})

    async def changes(self, after: str) -> AsyncIterator[Change]:
        """Yield the changes after a number, for as long as the connection holds.

        That it is open, and a comment, are changes of no kind.

        Raises `Unreached` and `Refused`.
        """
        headers = {"Accept": "text/event-stream"} | ({"Last-Event-ID": after} if after else {})
        async with self._calls.lines("/v1/stream", headers, SILENCE) as lines:
            yield NOTHING
            event: dict[str, str] = {}
            async for line in lines:
                if not line:
                    yield change_of(event)
                    event = {}
                    continue
                name, _, value = line.partition(":")
                if name in FIELDS and len(event.get(name, "")) + len(value) <= LARGEST_DATA:
                    event[name] = event.get(name, "") + value.removeprefix(" ")


def change_of(event: dict[str, str]) -> Change:
    """Read a change from the fields of a server-sent event; what is none of Cartellino's is one of no kind."""
    try:
        said = msgspec.json.decode(event.get("data", "{}"), type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return NOTHING
    number, data = event.get("id", ""), said.get("data")
    is_number = number.isascii() and number.isdecimal() and len(number) <= LONGEST_NUMBER
    return Change(event.get("event", ""), number if is_number else "", str(said.get("service") or ""),
                  str(said.get("account") or ""), data if isinstance(data, dict) else {})  # fmt: skip


def _standing(account: str, said: _Standing) -> Standing:
    """Read a standing from the answer of the interface.

    Raises `Unreached` for that of somebody else.
    """
    if said.account != account:
        raise Unreached("the standing of another account was answered")
    try:
        sanctions = tuple(
            Sanction(written.sanction_id, written.kind, tuple(written.scope), instant(written.starts_at),
                     None if written.ends_at is None else instant(written.ends_at))
            for written in said.sanctions
        )  # fmt: skip
    except (ValueError, OverflowError):
        raise Unreached("a sanction begins or ends at no time") from None
    return Standing(account, sanctions)
