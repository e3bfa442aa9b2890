"""Synapse's admin API, as far as it is used: who is there, their state, and notices from the server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, NamedTuple
from urllib.parse import quote

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
    is_deactivated: bool = False


class State(NamedTuple):
    """What Synapse says of an account."""

    suspended: bool
    locked: bool


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
        start: Any = 0
        while start is not None:
            answer = await self._calls.ask(
                "GET", f"/_synapse/admin/v2/users?from={start}&limit={PAGE}&deactivated=true{order}"
            )
            for user in answer["users"]:
                yield user_of(user)
            start = answer.get("next_token")

    async def state(self, user_id: str) -> State | None:
        """Return the state of an account; `None` if there is none of that name, or it was deactivated."""
        try:
            answer = await self._calls.ask("GET", f"/_synapse/admin/v2/users/{quote(user_id, safe='')}")
        except Refused as refused:
            if refused.status == 404:
                return None
            raise
        if answer.get("deactivated"):
            return None
        return State(bool(answer.get("suspended")), bool(answer.get("locked")))

    async def suspend(self, user_id: str, *, suspended: bool) -> None:
        """Suspend an account, or take that back (MSC3823): it can sign in and read, and write nothing."""
        await self._calls.ask("PUT", f"/_synapse/admin/v1/suspend/{quote(user_id, safe='')}", {"suspend": suspended})

    async def lock(self, user_id: str, *, locked: bool) -> None:
        """Lock an account, or take that back (MSC3939): its devices stay, and do nothing until then."""
        await self._calls.ask("PUT", f"/_synapse/admin/v2/users/{quote(user_id, safe='')}", {"locked": locked})

    async def notify(self, user_id: str, identity: str, text: str) -> None:
        """Send a server notice; the same identity is sent once."""
        content = {"msgtype": "m.text", "body": text}
        path = f"/_synapse/admin/v1/send_server_notice/{quote(identity, safe='')}"
        await self._calls.ask("PUT", path, {"user_id": user_id, "content": content})

    async def room_version(self, room_id: str) -> str:
        """Return the version of a room."""
        answer = await self._calls.ask("GET", f"/_synapse/admin/v1/rooms/{quote(room_id, safe='')}")
        return str(answer.get("version") or "11")

    async def public_key(self, server: str, key_id: str) -> str:
        """Return a public key of a homeserver, which ours fetches and checks; empty if it has none of that id."""
        answer = await self._calls.ask("GET", f"/_matrix/key/v2/query/{quote(server, safe=':')}")
        for keys in answer.get("server_keys", ()):
            if keys.get("server_name") == server:
                return str(keys.get("verify_keys", {}).get(key_id, {}).get("key") or "")
        return ""

    async def language(self, user_id: str) -> str | None:
        """Return the language that a person chose; `None` if they chose none."""
        try:
            answer = await self._calls.ask("GET", f"/_synapse/admin/v1/users/{quote(user_id, safe='')}/accountdata")
        except Refused:
            return None
        chosen = (answer.get("account_data", {}).get("global", {}).get(LANGUAGE) or {}).get("language")
        return chosen if isinstance(chosen, str) else None


def user_of(said: dict[str, Any]) -> User:
    """Read an account from a list of the admin API."""
    return User(
        said["name"], bool(said.get("admin")), said.get("user_type"), said.get("appservice_id"),
        bool(said.get("deactivated")),
    )  # fmt: skip
