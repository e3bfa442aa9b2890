"""Refuses single operations of accounts under a sanction, with the reason, the end, and where to appeal."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote

from synapse.events import EventBase
from synapse.module_api import ModuleApi
from synapse.module_api.errors import Codes, SynapseError

from cartellino_synapse.conditions import Conditions
from cartellino_synapse.context import Request, request
from cartellino_synapse.people import People
from cartellino_synapse.pseudonyms import Pseudonyms
from cartellino_synapse.settings import Settings
from cartellino_synapse.signals import Signals
from cartellino_synapse.standings import Limit, Standing, Standings
from cartellino_synapse.words import sentence

FIELD = "org.cartellino.refusal"
"""The key in an answer under which a client finds what is refused, as data."""

SUSPENDED = "M_USER_SUSPENDED"

CALLS = frozenset({"m.call.invite", "m.call.member", "org.matrix.msc3401.call.member", "m.rtc.member"})
"""Types of events that start a call; in encrypted rooms only those that are state can be seen."""

_CLIENT = r"/_matrix/client/(?:r0|v1|v3|unstable(?:/[^/]+)?)"
WRITES = tuple(
    (method, re.compile(path))
    for method, path in (
        ("PUT", _CLIENT + r"/rooms/[^/]+/send/(?!m\.room\.redaction/)"),
        ("PUT", _CLIENT + r"/rooms/[^/]+/state/(?!m\.room\.member)"),
        ("POST", _CLIENT + r"/rooms/[^/]+/(?:invite|join)$"),
        ("POST", _CLIENT + r"/(?:join|knock)/"),
        ("POST", _CLIENT + r"/createRoom$"),
        ("PUT", _CLIENT + r"/profile/"),
        ("POST", r"/_matrix/(?:media/(?:r0|v1|v3)|client/v1/media)/(?:upload|create)$"),
    )
)
"""What a suspended account may not do: as the specification says of suspension, which lets it read, leave, redact its
own messages, and sign in and out."""

SCOPES = tuple(
    (scope, method, re.compile(path))
    for scope, method, path in (
        ("lookups", "GET", _CLIENT + r"/profile/(?P<target>[^/]+)"),
        ("lookups", "POST", _CLIENT + r"/user_directory/search$"),
        ("media", "POST", r"/_matrix/(?:media/(?:r0|v1|v3)|client/v1/media)/(?:upload|create)$"),
        ("profile", "PUT", _CLIENT + r"/profile/"),
        ("status", "PUT", _CLIENT + r"/presence/"),
    )
)
"""What a restriction forbids where Synapse has no callback of its own for it."""


class Gate:
    """Asks the local copy of standings, and refuses."""

    def __init__(
        self, api: ModuleApi, settings: Settings, conditions: Conditions, names: Pseudonyms, people: People,
        standings: Standings, signals: Signals, account_url: str,
    ) -> None:  # fmt: skip
        """`account_url` is where people read on and appeal."""
        self._api, self._settings, self._conditions = api, settings, conditions
        self._names, self._people, self._standings, self._signals = names, people, standings, signals
        self._url, self._now = account_url, standings.now

    async def request(self, user_id: str, asked: Request) -> None:
        """Refuse a request by an account that is blocked, or may not do this one thing.

        Raises `SynapseError`.
        """
        account = self._names.account(user_id)
        standing = self._standings.known(account)
        if standing is None:
            self._standings.refresh(account)  # ready for what comes next; this request passes
            return
        if not standing.limits or await self._people.is_exempt(user_id):
            return
        blocked = standing.blocked(self._now())
        if blocked is not None:
            if _is_among(WRITES, asked):
                raise await self.error(user_id, blocked, blocked.kind, standing)
            return
        for scope, method, path in SCOPES:
            match = path.match(asked.path) if asked.method == method else None
            limit = standing.forbids(scope, self._now()) if match is not None else None
            if match is None or limit is None:
                continue
            target = unquote(match.groupdict().get("target") or "")
            if target and (target == user_id or await self._people.knows(target, user_id, "")):
                continue  # one's own profile, and those of the people one talks with
            raise await self.error(user_id, limit, scope, standing)

    async def event(self, event: EventBase) -> tuple[Codes, dict[str, Any]] | None:
        """Return the refusal of an event by a blocked account, or of a call; `None` if it may pass.

        It asks nobody: what is not known here passes. Of a remote account the event is dropped for all who are here.
        """
        account = self._names.account(event.sender)
        standing = self._standings.known(account)
        if standing is None:
            self._standings.refresh(account)
            return None
        if not standing.limits or await self._people.is_exempt(event.sender):
            return None
        blocked = standing.blocked(self._now())
        if blocked is not None and event.type not in ("m.room.redaction", "m.room.member"):
            return Codes(SUSPENDED), await self.fields(event.sender, blocked, blocked.kind, standing)
        limit = standing.forbids("calls", self._now()) if event.type in CALLS else None
        if limit is None:
            return None
        return Codes.FORBIDDEN, await self.fields(event.sender, limit, "calls", standing)

    async def invite(self, inviter: str, invitee: str, room: str, *, is_direct: bool, callback: str) -> Any:  # noqa: ANN401
        """Return the refusal of an invite, or `None`.

        A limit of new chats refuses direct chats, and strangers anywhere; one of groups refuses invites to groups.
        """
        if await self._people.is_exempt(inviter):
            return None
        account, standing = await self._asked(inviter)
        if standing is None:
            return self._unknown(account, callback)
        blocked = standing.blocked(self._now())
        if blocked is not None:
            return Codes(SUSPENDED), await self.fields(inviter, blocked, blocked.kind, standing)
        chats = standing.forbids("new_chats", self._now())
        if chats is not None and (is_direct or not await self._signals.knows(invitee, inviter, room)):
            return Codes.FORBIDDEN, await self.fields(inviter, chats, "new_chats", standing)
        groups = None if is_direct else standing.forbids("groups", self._now())
        return None if groups is None else (Codes.FORBIDDEN, await self.fields(inviter, groups, "groups", standing))

    async def room(self, user_id: str, *, is_direct: bool) -> Any:  # noqa: ANN401 - as Synapse wants it
        """Return the refusal of a new room, or `None`."""
        if await self._people.is_exempt(user_id):
            return None
        account, standing = await self._asked(user_id)
        if standing is None:
            return self._unknown(account, "user_may_create_room")
        blocked = standing.blocked(self._now())
        if blocked is not None:
            return Codes(SUSPENDED), await self.fields(user_id, blocked, blocked.kind, standing)
        scope = "new_chats" if is_direct else "groups"
        limit = standing.forbids(scope, self._now())
        return None if limit is None else (Codes.FORBIDDEN, await self.fields(user_id, limit, scope, standing))

    async def may_upload(self, user_id: str) -> bool:
        """Say whether an account may upload, by what is known here."""
        standing = self._standings.known(self._names.account(user_id))
        if standing is None:
            return not self._conditions.fails_closed("media")
        if not standing.limits or await self._people.is_exempt(user_id):
            return True
        return standing.blocked(self._now()) is None and standing.forbids("media", self._now()) is None

    async def hides_directory(self, user_id: str) -> bool:
        """Say whether a search of an account shows it nobody."""
        standing = self._standings.known(self._names.account(user_id))
        if standing is None or not standing.limits or await self._people.is_exempt(user_id):
            return False
        return standing.forbids("lookups", self._now()) is not None

    async def fields(self, user_id: str, limit: Limit, what: str, standing: Standing) -> dict[str, Any]:
        """Return what is merged into the answer: a sentence for the person, and the same as data for the client."""
        language = await self._language(user_id)
        worded = await self._standings.worded(self._names.account(user_id), language, self._settings.patience)
        said = [same for same in (worded or standing).limits if same.sanction == limit.sanction]
        limit = said[0] if said else limit
        data = {"what": what, "kind": limit.kind, "code": limit.code, "reason": limit.reason, "ends_at": limit.ends_at,
                "still_works": list(standing.still_works), "account_page": self._url, "language": language,
                "sanction_id": limit.sanction}  # fmt: skip
        self._conditions.counts[f"refused {what}"] += 1
        return {"error": sentence(what, language, limit.reason, limit.ends_at, self._url), FIELD: data}

    async def error(self, user_id: str, limit: Limit, what: str, standing: Standing) -> SynapseError:
        """Return the refusal of a request as an error."""
        code = Codes(SUSPENDED) if limit.kind != "restriction" else Codes.FORBIDDEN
        fields = await self.fields(user_id, limit, what, standing)
        return SynapseError(403, fields.pop("error"), code, additional_fields=fields)

    async def _language(self, user_id: str) -> str:
        """Return the language of an account, as it is now: with workers another process may have been told of it."""
        if not self._api.is_mine(user_id):
            return self._settings.language
        return await self._people.language(user_id) or self._settings.language

    async def _asked(self, user_id: str) -> tuple[str, Standing | None]:
        account = self._names.account(user_id)
        return account, await self._standings.ask(account, self._settings.patience)

    def _unknown(self, account: str, callback: str) -> Any:  # noqa: ANN401
        if not self._conditions.fails_closed(callback):
            return None
        language = self._standings.language(account)
        return Codes.FORBIDDEN, {"error": sentence("unknown", language, "", None, "")}


def _is_among(table: tuple[tuple[str, re.Pattern[str]], ...], asked: Request) -> bool:
    return any(asked.method == method and path.match(asked.path) for method, path in table)


__all__ = ["FIELD", "Gate", "request"]
