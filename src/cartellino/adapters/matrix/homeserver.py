"""Synapse's admin API, as far as it is used: who is there, their state, and notices from the server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, NamedTuple
from urllib.parse import quote

import msgspec

from cartellino.adapters.matrix.http import Caller, Refused

PAGE = 500
LANGUAGE = "org.cartellino.language"
"""The kind of account data in which a person chose the language in which they are told."""


class User(NamedTuple):
    """An account of the homeserver."""

    user_id: str
    is_admin: bool = False
    user_type: str | None = None
    appservice_id: str | None = None


class State(NamedTuple):
    """What Synapse says of an account."""

    suspended: bool
    locked: bool
    is_deactivated: bool = False


class _Listed(msgspec.Struct):
    name: str
    admin: bool | int = False
    user_type: str | None = None
    appservice_id: str | None = None


class _Users(msgspec.Struct):
    users: list[_Listed]
    next_token: str | int | None = None


class _State(msgspec.Struct):
    name: str
    suspended: bool | int = False
    locked: bool | int = False
    deactivated: bool | int = False


class _Version(msgspec.Struct):
    version: str | None = None


class _Keys(msgspec.Struct):
    server_name: str
    verify_keys: dict[str, dict[str, Any]] = {}


class _Servers(msgspec.Struct):
    server_keys: list[_Keys] = []


class _AccountData(msgspec.Struct):
    account_data: dict[str, dict[str, Any]] = {}


class Homeserver:
    """A Synapse homeserver, asked as an administrator."""

    def __init__(self, url: str, token: str) -> None:
        """`token` is that of an administrator."""
        self._calls = Caller(url, token)

    async def stop(self) -> None:
        """Close the connections."""
        await self._calls.stop()

    async def users(self, *, newest_first: bool = False) -> AsyncIterator[User]:
        """Yield the accounts of people, a page at a time."""
        order = "&order_by=creation_ts&dir=b" if newest_first else ""
        start: str | int | None = 0
        while start is not None:
            answer = await self._calls.ask(
                "GET", f"/_synapse/admin/v2/users?from={start}&limit={PAGE}&deactivated=true{order}", _Users
            )
            for user in answer.users:
                yield User(user.name, bool(user.admin), user.user_type, user.appservice_id)
            start = answer.next_token if answer.users else None

    async def check(self) -> None:
        """Ask for something that only administrators may.

        Raises `Unreached` and `Refused`.
        """
        await self._calls.ask("GET", "/_synapse/admin/v2/users?limit=1", _Users)

    async def state(self, user_id: str) -> State | None:
        """Return the state of an account; `None` if there is none of that name."""
        try:
            answer = await self._calls.ask("GET", f"/_synapse/admin/v2/users/{quote(user_id, safe='')}", _State)
        except Refused as refused:
            if refused.status == 404:
                return None
            raise
        return State(bool(answer.suspended), bool(answer.locked), bool(answer.deactivated))

    async def suspend(self, user_id: str, *, suspended: bool) -> None:
        """Suspend an account, or take that back (MSC3823): it can sign in and read, and write nothing."""
        await self._calls.ask(
            "PUT", f"/_synapse/admin/v1/suspend/{quote(user_id, safe='')}", Any, {"suspend": suspended}
        )

    async def lock(self, user_id: str, *, locked: bool) -> None:
        """Lock an account, or take that back (MSC3939): its devices stay, and do nothing until then."""
        await self._calls.ask("PUT", f"/_synapse/admin/v2/users/{quote(user_id, safe='')}", Any, {"locked": locked})

    async def notify(self, user_id: str, identity: str, text: str) -> None:
        """Send a server notice; the same identity is sent once."""
        content = {"msgtype": "m.text", "body": text}
        path = f"/_synapse/admin/v1/send_server_notice/{quote(identity, safe='')}"
        await self._calls.ask("PUT", path, Any, {"user_id": user_id, "content": content})

    async def room_version(self, room_id: str) -> str:
        """Return the version of a room."""
        answer = await self._calls.ask("GET", f"/_synapse/admin/v1/rooms/{quote(room_id, safe='')}", _Version)
        return answer.version or "11"

    async def public_key(self, server: str, key_id: str) -> str:
        """Return a public key of a homeserver, which ours fetches and checks; empty if it has none of that id."""
        answer = await self._calls.ask("GET", f"/_matrix/key/v2/query/{quote(server, safe=':')}", _Servers)
        for keys in answer.server_keys:
            if keys.server_name == server:
                return str(keys.verify_keys.get(key_id, {}).get("key") or "")
        return ""

    async def language(self, user_id: str) -> str | None:
        """Return the language that a person chose; `None` if they chose none."""
        path = f"/_synapse/admin/v1/users/{quote(user_id, safe='')}/accountdata"
        try:
            answer = await self._calls.ask("GET", path, _AccountData)
        except Refused:
            return None
        written = answer.account_data.get("global", {}).get(LANGUAGE)
        chosen = written.get("language") if isinstance(written, dict) else None
        return chosen if isinstance(chosen, str) else None
