"""The policy server of rooms (MSC4284): signs what may pass, and refuses what a standing forbids.

A room names it in `m.room.policy`, and homeservers ask it before they take an event. It sees who sends what kind of
event into which room, and nothing of who looks at whom, who signs in, or what is reported.
"""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from collections.abc import Callable
from fnmatch import translate
from typing import Any

import msgspec
import structlog
from litestar.enums import ScopeType
from litestar.types import HTTPScope, Receive, Scope, Send

from cartellino.adapters.actuator import Standing
from cartellino.adapters.matrix.directory import Directory
from cartellino.adapters.matrix.homeserver import Homeserver
from cartellino.adapters.matrix.http import Refused, Unreached
from cartellino.adapters.matrix.pseudonyms import Pseudonyms
from cartellino.adapters.matrix.service_api import Service
from cartellino.adapters.matrix.signing import KEY_ID, Key, is_signed, x_matrix
from cartellino.vocabulary.times import Instant

PATHS = ("/_matrix/policy/v1/sign", "/_matrix/policy/unstable/org.matrix.msc4284/sign")
WELL_KNOWN = "/.well-known/matrix/policy_server"
LARGEST = 128 * 1_024
"""Most bytes of an event; Matrix allows 65,536."""

PATIENCE, SLOWEST = 2.0, 10.0
"""Seconds to wait for a standing, and for the body of a request."""

REMEMBERED = 50_000

KEPT, KEPT_NONE = 3_600_000, 30_000
"""Milliseconds for which a key of a homeserver is believed, and that there is none: whoever forges requests cannot have
our homeserver ask others each time."""

MOST_ASKED = 50
"""Most keys that are fetched at once; more requests of homeservers that are not known yet are refused meanwhile."""

ALWAYS = ("m.room.redaction",)
CALLS = ("m.call.invite", "m.call.member", "org.matrix.msc3401.call.member", "m.rtc.member")

log = structlog.get_logger()


class Book:
    """Standings that are kept, until a change of the account is told."""

    def __init__(self, service: Service) -> None:
        """`service` is asked for what is not known."""
        self._service = service
        self._kept: OrderedDict[str, Standing] = OrderedDict()

    def changed(self, account: str) -> None:
        """Forget the standing of an account; empty: of all."""
        if account:
            self._kept.pop(account, None)
        else:
            self._kept.clear()

    async def standing(self, account: str) -> Standing | None:
        """Return the standing of an account; `None` if it cannot be known now."""
        kept = self._kept.get(account)
        if kept is not None:
            return kept
        try:
            standing = await asyncio.wait_for(self._service.standing(account), PATIENCE)
        except (Unreached, Refused, TimeoutError):
            return None
        self._kept[account] = standing
        while len(self._kept) > REMEMBERED:
            self._kept.popitem(last=False)
        return standing


class PolicyServer:
    """Answers homeservers; an ASGI application."""

    def __init__(
        self, name: str, key: Key, homeserver: Homeserver, directory: Directory, names: Pseudonyms, book: Book,
        now: Callable[[], Instant], *, fails_closed: bool, exempt: tuple[str, ...] = (),
    ) -> None:  # fmt: skip
        """`name` is the server name that rooms point at; `homeserver` knows room versions and others' keys."""
        self._name, self._key, self._homeserver, self._directory = name, key, homeserver, directory
        self._names, self._book, self._now, self._fails_closed = names, book, now, fails_closed
        self._exempt = [re.compile(translate(pattern)) for pattern in exempt]
        self._versions: OrderedDict[str, str] = OrderedDict()
        self._keys: OrderedDict[tuple[str, str], tuple[str, Instant]] = OrderedDict()
        self._asking = 0
        self.signed = self.refused = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != ScopeType.HTTP:
            return
        method, path = scope["method"], scope["path"]
        if method == "GET" and path == WELL_KNOWN:
            await _answer(send, 200, {"public_keys": {"ed25519": self._key.public}})
        elif path in PATHS and method == "POST":
            await self._sign(scope, receive, send)
        elif path in PATHS:
            await _refuse(send, 405, "M_UNRECOGNIZED", "Only POST is answered here.")
        else:
            await _refuse(send, 404, "M_UNRECOGNIZED", "This is a policy server.")

    async def _sign(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        body = await _body(receive)
        if body is None:
            await _refuse(send, 413, "M_TOO_LARGE", "An event is smaller, and arrives sooner.")
            return
        try:
            event = msgspec.json.decode(body, type=dict[str, Any])
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            await _refuse(send, 400, "M_NOT_JSON", "This is no event.")
            return
        if not await self._is_authentic(scope, event):
            await _refuse(send, 401, "M_UNAUTHORIZED", "The request is not signed by the homeserver that it names.")
            return
        sender, room, kind = event.get("sender"), event.get("room_id"), event.get("type")
        if not isinstance(sender, str) or not isinstance(room, str) or not isinstance(kind, str):
            await _refuse(send, 400, "M_BAD_JSON", "An event has a sender, a room and a type.")
            return
        why = await self._why_refused(sender, kind, event)
        if why:
            self.refused += 1
            await _refuse(send, 400, "M_FORBIDDEN", why)
            return
        self.signed += 1
        signature = self._key.sign_event(event, await self._version(room))
        await _answer(send, 200, {self._name: {KEY_ID: signature}})

    async def _why_refused(self, sender: str, kind: str, event: dict[str, Any]) -> str:
        """Return why an event is refused; empty if it may pass."""
        content = event.get("content")
        membership = content.get("membership") if isinstance(content, dict) else None
        leaves = kind == "m.room.member" and membership == "leave" and event.get("state_key") == sender
        if kind in ALWAYS or leaves:
            return ""  # leaving and taking back always work
        if await self._is_exempt(sender):
            return ""
        standing = await self._book.standing(self._names.account(sender))
        if standing is None:
            return "The standing of the sender cannot be known just now." if self._fails_closed else ""
        now = self._now()
        if standing.blocking(now):
            return "The sender's account is suspended where this room has its policy server."
        scopes = {scope for sanction in standing.sanctions if sanction.holds(now) for scope in sanction.scope}
        if membership == "invite" and kind == "m.room.member" and scopes & {"new_chats", "groups"}:
            return "The sender may not invite people just now."
        return "The sender may not start calls just now." if kind in CALLS and "calls" in scopes else ""

    async def _is_exempt(self, sender: str) -> bool:
        if any(pattern.fullmatch(sender) for pattern in self._exempt):
            return True
        try:
            entry = await self._directory.entry(self._names.account(sender))
        except (Unreached, Refused):
            return False
        return entry is not None and bool(entry.exempt)

    async def _version(self, room: str) -> str:
        """Return the version of a room, which says what a signature is about."""
        version = self._versions.get(room)
        if version is None:
            try:
                version = await self._homeserver.room_version(room)
            except (Unreached, Refused):
                return "11"
            self._versions[room] = version
            while len(self._versions) > REMEMBERED:
                self._versions.popitem(last=False)
        return version

    async def _is_authentic(self, scope: HTTPScope, event: dict[str, Any]) -> bool:
        """Say whether a request is signed by the homeserver that it names (server-server API, 3.1)."""
        headers = {name.lower(): value for name, value in scope["headers"]}
        fields = x_matrix(headers.get(b"authorization", b"").decode("latin-1"))
        origin, key_id, signature = fields.get("origin", ""), fields.get("key", ""), fields.get("sig", "")
        if not origin or not key_id.startswith("ed25519:") or fields.get("destination", self._name) != self._name:
            return False
        request = {
            "method": "POST",
            "uri": scope["path"],
            "origin": origin,
            "destination": self._name,
            "content": event,
        }
        public = await self._public_key(origin, key_id)
        return bool(public) and is_signed(request, signature, public)

    async def _public_key(self, origin: str, key_id: str) -> str:
        """Return a public key of a homeserver, by way of our own; empty if it has none of that id."""
        known, until = self._keys.get((origin, key_id), ("", 0))
        if self._now() < until:
            return known
        if self._asking >= MOST_ASKED:
            return ""
        self._asking += 1
        try:
            public = await asyncio.wait_for(self._homeserver.public_key(origin, key_id), SLOWEST)
        except (Unreached, Refused, TimeoutError):
            return ""  # our own homeserver did not answer; it is asked again
        finally:
            self._asking -= 1
        self._keys[origin, key_id] = (public, self._now() + (KEPT if public else KEPT_NONE))
        while len(self._keys) > REMEMBERED:
            self._keys.popitem(last=False)
        return public


async def _body(receive: Receive) -> bytes | None:
    parts, size = [], 0
    try:
        async with asyncio.timeout(SLOWEST):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    return None
                part: bytes = message.get("body", b"")  # type: ignore[assignment]
                size += len(part)
                if size > LARGEST:
                    return None
                parts.append(part)
                if not message.get("more_body", False):
                    return b"".join(parts)
    except TimeoutError:
        return None


async def _refuse(send: Send, status: int, code: str, why: str) -> None:
    await _answer(send, status, {"errcode": code, "error": why})


async def _answer(send: Send, status: int, said: dict[str, Any]) -> None:
    body = msgspec.json.encode(said)
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
