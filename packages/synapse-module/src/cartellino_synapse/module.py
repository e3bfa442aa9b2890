"""The module that Synapse loads: registers the callbacks, each of which first asks the gate and then tells."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Collection
from functools import wraps
from typing import Any, TypeVar

from synapse.events import EventBase
from synapse.module_api import NOT_SPAM, ModuleApi
from synapse.module_api.errors import Codes, ConfigError, SynapseError
from synapse.spam_checker_api import RegistrationBehaviour
from twisted.internet import reactor

from cartellino_synapse.access import AccessLog
from cartellino_synapse.accounts import Accounts
from cartellino_synapse.client import Client
from cartellino_synapse.conditions import WAYS, Conditions
from cartellino_synapse.context import request
from cartellino_synapse.doors import PATH, AccountDoor, Status
from cartellino_synapse.gate import Gate
from cartellino_synapse.outbox import Outbox
from cartellino_synapse.people import FRESH, LANGUAGE, Memory, People, language_in
from cartellino_synapse.pseudonyms import Pseudonyms
from cartellino_synapse.settings import Settings, UnusableError
from cartellino_synapse.signals import Signals
from cartellino_synapse.standings import Standings

FLUSH = 500
"""Milliseconds between batches of events."""

RECENT = 600_000
"""Milliseconds after which an event of another homeserver is history, and not told."""

CATCH_UP = 2_000
"""Milliseconds between tries to ask for standings that could not be asked for."""

T = TypeVar("T")
log = logging.getLogger(__name__)


class Cartellino:
    """The module: `module: cartellino_synapse.Cartellino` in homeserver.yaml."""

    def __init__(self, config: Settings, api: ModuleApi) -> None:
        """Register everything; called once in each process of Synapse."""
        self._api, self.settings = api, config
        self._worker = api.worker_name or "main"
        try:
            names, key = Pseudonyms(config.secret()), config.key(self._worker)
        except UnusableError as wrong:
            raise ConfigError(str(wrong)) from None
        self.conditions = Conditions(config.fail_closed)
        self.client = Client(api, config.url, key, self.conditions)
        self.outbox = Outbox(self.client, self.conditions, config.service, self._worker, config.waiting, config.spool,
                             config.spool_bytes)  # fmt: skip
        self.people = People(api, config)
        self.signals = Signals(api, self.outbox, names, self.people)
        self.accounts = Accounts(api, self.outbox, names, self.people, self.signals)
        self.standings = Standings(api, self.client, self.conditions, config.service, config.language)
        base = (api.public_baseurl or "").rstrip("/")
        self.gate = Gate(api, config, self.conditions, names, self.people, self.standings, self.signals,
                         config.account_url or f"{base}{PATH}/account")  # fmt: skip
        self.access = AccessLog(api, self.conditions, names, self.people, self.signals, self.accounts)
        self._names = names
        self._asked_language: Memory[str, bool] = Memory(100_000, FRESH)
        self._register()
        self._begin()

    @staticmethod
    def parse_config(config: dict[str, Any]) -> Settings:
        """Read what the administrator wrote; Synapse shows what is wrong, and does not start."""
        try:
            return Settings.read(config)
        except UnusableError as wrong:
            raise ConfigError(f"cartellino_synapse: {wrong}") from None

    def _register(self) -> None:
        api, may = self._api, self._guarded
        api.register_spam_checker_callbacks(
            check_event_for_spam=may("check_event_for_spam", self.check_event, NOT_SPAM),
            user_may_invite=may("user_may_invite", self.may_invite, NOT_SPAM),
            federated_user_may_invite=may("federated_user_may_invite", self.may_invite_from_afar, NOT_SPAM),
            user_may_create_room=may("user_may_create_room", self.may_create_room, NOT_SPAM),
            user_may_join_room=may("user_may_join_room", self.joins, NOT_SPAM),
            check_username_for_spam=may("check_username_for_spam", self.hides_from_directory, False),
            check_registration_for_spam=may("check_registration", self.registers, RegistrationBehaviour.ALLOW),
            check_login_for_spam=may("check_login_for_spam", self.signs_in, NOT_SPAM),
        )
        api.register_account_validity_callbacks(
            is_user_expired=may("is_user_expired", self.asks, None),
            on_user_registration=may("check_registration", self.accounts.registered, None),
        )
        api.register_media_repository_callbacks(
            is_user_allowed_to_upload_media_of_size=may("media", self.may_upload, True),
        )
        api.register_third_party_rules_callbacks(on_profile_update=may("on_profile_update", self.profile_changed, None))
        api.register_account_data_callbacks(
            on_account_data_updated=may("on_account_data_updated", self.account_data, None),
        )
        api.register_password_auth_provider_callbacks(
            auth_checkers={("m.login.password", ("password",)): may("check_password", self.tries_password, None)},
        )
        self.access.listen()
        api.register_web_resource(f"{PATH}/account", AccountDoor(
            api, self.client, self.conditions, self._names, self.settings.service, self.settings.pages_url
            or self.settings.url, self.settings.language,
        ))  # fmt: skip
        api.register_web_resource(f"{PATH}/status", Status(api, self.shown))

    def _begin(self) -> None:
        """Begin to send and to follow, once the reactor runs."""
        self._api.looping_background_call(self.outbox.flush, FLUSH, desc="cartellino_flush", run_on_all_instances=True)
        self._api.looping_background_call(self.standings.catch_up, CATCH_UP, desc="cartellino_catch_up",
                                          run_on_all_instances=True)  # fmt: skip
        self._api.delayed_background_call(100, self.standings.follow, desc="cartellino_follow")
        reactor.addSystemEventTrigger("before", "shutdown", self.outbox.close)  # type: ignore[attr-defined]
        if not self._api._hs.config.server.require_auth_for_profile_requests:
            self.conditions.set("profiles", "require_auth_for_profile_requests is off: look-ups without sign-in are "
                                "neither seen nor limited")  # fmt: skip

    def shown(self) -> dict[str, Any]:
        """Return the state of the module for administrators."""
        return {"worker": self._worker, "url": self.settings.url, "waiting": self.outbox.waiting,
                "standings": self.standings.shown, **self.conditions.shown()}  # fmt: skip

    # What Synapse calls.

    async def check_event(self, event: EventBase) -> Any:  # noqa: ANN401 - as Synapse wants it
        """Look at a message before it is sent, or as it comes from another homeserver."""
        await self._learn_language(event.sender)
        refused = await self.gate.event(event)
        if refused is not None:
            return refused
        if self._api.is_mine(event.sender):
            await self.signals.message(event)
        elif self._api.get_current_time_msec() - event.origin_server_ts < RECENT:
            # Older ones are the history of a room, which is fetched when somebody joins or scrolls back.
            await (self._membership_from_afar(event) if event.type == "m.room.member" else self.signals.message(event))
        return NOT_SPAM

    async def may_invite(self, inviter: str, invitee: str, room: str) -> Any:  # noqa: ANN401
        """Look at an invite of somebody who is here."""
        if not self._api.is_mine(inviter):
            return NOT_SPAM  # Synapse asks this callback as well, after `may_invite_from_afar`
        asked = request()
        await self._learn_language(inviter)
        is_direct = await self.signals.is_direct(inviter, room, asked.identity if asked is not None else "")
        refused = await self.gate.invite(inviter, invitee, room, is_direct=is_direct, callback="user_may_invite")
        if refused is not None:
            return refused
        await self.signals.invited(inviter, invitee, room, is_direct=is_direct)
        return NOT_SPAM

    async def may_invite_from_afar(self, event: EventBase) -> Any:  # noqa: ANN401
        """Look at an invite from another homeserver."""
        is_direct, invitee = bool(event.content.get("is_direct")), str(event.state_key)
        refused = await self.gate.invite(event.sender, invitee, event.room_id, is_direct=is_direct,
                                         callback="federated_user_may_invite")  # fmt: skip
        if refused is not None:
            return refused
        await self.signals.invited(event.sender, invitee, event.room_id, is_direct=is_direct)
        return NOT_SPAM

    async def may_create_room(self, user_id: str, config: Any = None) -> Any:  # noqa: ANN401
        """Look at a new room."""
        asked = request()
        await self._learn_language(user_id)
        is_direct = await self.signals.creating(user_id, config or {}, asked.identity if asked is not None else "")
        refused = await self.gate.room(user_id, is_direct=is_direct)
        if refused is not None:
            return refused
        await self.signals.created(user_id, is_direct=is_direct)
        return NOT_SPAM

    async def joins(self, user_id: str, room: str, is_invited: bool) -> Any:  # noqa: ANN401 - as Synapse calls
        """Tell of an accepted invite."""
        if is_invited:
            await self.signals.joined(user_id, room)
        return NOT_SPAM

    async def hides_from_directory(self, profile: Any, requester: str = "") -> bool:  # noqa: ANN401
        """Count a hit of a search, and hide it from who may not search."""
        asked = request()
        if asked is not None:
            self.access.hits.put(asked.identity, (self.access.hits.get(asked.identity) or 0) + 1)
        return bool(requester) and await self.gate.hides_directory(requester)

    async def registers(self, *_: object) -> RegistrationBehaviour:
        """Let everybody register."""
        return RegistrationBehaviour.ALLOW

    async def signs_in(
        self, user_id: str, device_id: str | None, _name: str | None, asked: Collection[tuple[str | None, str]],
        _provider: str | None = None,
    ) -> Any:  # fmt: skip  # noqa: ANN401
        """Tell of a sign-in; it is never refused."""
        await self._learn_language(user_id)
        await self.accounts.signed_in(user_id, device_id, asked)
        return NOT_SPAM

    async def asks(self, user_id: str) -> bool | None:
        """Look at a request of a client before it is carried out."""
        asked = request()
        if asked is None:
            return None
        await self.access.before(user_id, asked.identity, asked.method, asked.path)
        await self.gate.request(user_id, asked)
        return None

    async def may_upload(self, user_id: str, size: int) -> bool:
        """Look at an upload."""
        if not await self.gate.may_upload(user_id):
            return False
        self.signals.upload(user_id, size)
        return True

    async def profile_changed(self, user_id: str, _new: object, by_admin: bool, _gone: bool) -> None:
        """Tell that a profile changed."""
        asked = request()
        if asked is not None and not by_admin:
            await self.accounts.profile_changed(user_id, "photo" if asked.path.endswith("/avatar_url") else "name")

    async def account_data(self, user_id: str, room: str | None, kind: str, content: Any) -> None:  # noqa: ANN401
        """Learn which language a person chose."""
        if room is None and kind == LANGUAGE:
            self.standings.speaks(self._names.account(user_id), language_in(content) or self.settings.language)

    async def tries_password(self, username: str, _kind: str, _given: object) -> None:
        """Note whose password is tried; Synapse itself checks it."""
        asked = request()
        if asked is not None and asked.path.endswith("/login"):
            self.access.tries.put(asked.identity, self._api.get_qualified_user_id(username))

    async def _membership_from_afar(self, event: EventBase) -> None:
        """Tell what became of an invite to somebody on another homeserver."""
        membership, user_id = event.content.get("membership"), str(event.state_key)
        if user_id != event.sender:
            return
        was = await self.people.membership(user_id, event.room_id)
        if membership == "join" and was == "invite":
            await self.signals.joined(user_id, event.room_id)
        elif membership == "leave" and was in ("invite", "join"):
            await self.signals.left(user_id, event.room_id, was)

    async def _learn_language(self, user_id: str) -> None:
        """Learn in which language an account wants to be told; now and then, since another worker may be told of it."""
        if self._asked_language.get(user_id) or not self._api.is_mine(user_id):
            return
        self._asked_language.put(user_id, True)
        language = await self.people.language(user_id)
        if language is not None:
            self.standings.speaks(self._names.account(user_id), language)

    def _guarded(self, name: str, callback: Callable[..., Awaitable[T]], passes: T) -> Callable[..., Awaitable[T]]:
        """Return a callback that fails as `WAYS` says; refusals on purpose go through."""
        assert name in WAYS, name

        @wraps(callback)
        async def called(*given: object, **named: object) -> T:
            try:
                return await callback(*given, **named)
            except SynapseError:
                raise
            except Exception as error:  # a fault of ours is not the person's
                self.conditions.failed(name, error)
                if self.conditions.fails_closed(name):
                    raise SynapseError(403, "This cannot be checked now.", Codes.FORBIDDEN) from None
                return passes

        return called
