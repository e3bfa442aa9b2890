"""People with a client that others wrote (matrix-nio), end-to-end encrypted: they chat, and keep what they heard."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from nio import (
    AsyncClient,
    AsyncClientConfig,
    InviteMemberEvent,
    LoginResponse,
    MatrixRoom,
    MegolmEvent,
    Response,
    RoomCreateResponse,
    RoomMessageText,
    RoomPreset,
    RoomSendResponse,
)

ALL_OF_IT = {"room": {"timeline": {"limit": 500}}}
"""What a sync brings. Ten messages, as by default, would leave gaps after a pause, which a client has to fetch."""

ENCRYPTED = {"type": "m.room.encryption", "state_key": "", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}


class Person:
    """Somebody with a client."""

    def __init__(self, url: str, user_id: str, folder: Path, password: str = "pw") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        config = AsyncClientConfig(
            encryption_enabled=True, max_timeouts=0, backoff_factor=0, max_timeout_retry_wait_time=1
        )
        self.client = AsyncClient(url, user_id, store_path=str(folder), config=config)
        self.name, self._password = user_id, password
        self.heard: list[str] = []
        self.unreadable = 0
        self.invited: list[str] = []
        self._count = itertools.count()
        self._syncing: asyncio.Task[None] | None = None
        self.client.add_event_callback(self._hear, RoomMessageText)
        self.client.add_event_callback(self._wonder, MegolmEvent)
        self.client.add_event_callback(self._be_invited, InviteMemberEvent)

    async def arrive(self) -> None:
        """Sign in, and go on to listen."""
        answer = await self.client.login(self._password)
        assert isinstance(answer, LoginResponse), answer
        await self.client.sync(timeout=0, sync_filter=ALL_OF_IT, full_state=True)
        if self.client.should_upload_keys:
            await self.client.keys_upload()
        self._syncing = asyncio.ensure_future(self._listen())

    async def come_back(self) -> None:
        """Sign in again on the same device, where the client took a lock for a sign-out (`soft_logout`)."""
        device = self.client.device_id
        if not self.client.logged_in:
            answer = await self.client.login(self._password)
            assert isinstance(answer, LoginResponse), answer
        assert self.client.device_id == device

    async def leave(self) -> None:
        """Stop listening, and close the client; the device stays."""
        if self._syncing is not None:
            self._syncing.cancel()
            with suppress(asyncio.CancelledError):
                await self._syncing
        await self.client.close()

    async def open_chat(self, *others: str, encrypted: bool = True) -> Response:
        """Make a direct chat, or a room with several; return what the homeserver answers."""
        is_direct = len(others) == 1
        return await self.client.room_create(
            is_direct=is_direct, invite=list(others), initial_state=[ENCRYPTED] if encrypted else [],
            preset=RoomPreset.trusted_private_chat if is_direct else RoomPreset.private_chat,
        )  # fmt: skip

    async def chat_with(self, *others: str) -> str:
        """Make a chat, and return the room."""
        answer = await self.open_chat(*others)
        assert isinstance(answer, RoomCreateResponse), answer
        return str(answer.room_id)

    async def join(self, room: str) -> None:
        """Join a room, as soon as the invite is there."""
        for _ in range(300):
            if room in self.client.invited_rooms:
                break
            await asyncio.sleep(0.1)
        await self.client.join(room)
        for _ in range(300):
            if room in self.client.rooms:
                return
            await asyncio.sleep(0.1)
        raise AssertionError(f"{self.name} did not come into the room")

    async def say(self, room: str, text: str, seconds: float = 240) -> None:
        """Say something; while the homeserver is away it is tried again, as clients do."""
        transaction = f"{self.name}-{next(self._count)}"
        answer: Any = None
        for _ in range(int(seconds * 5)):
            try:
                await self._learn_devices(room)
                answer = await self.client.room_send(
                    room, "m.room.message", {"msgtype": "m.text", "body": text}, tx_id=transaction,
                    ignore_unverified_devices=True,
                )  # fmt: skip
            except Exception as error:  # the homeserver is away
                answer = error
            if isinstance(answer, RoomSendResponse):
                return
            status = getattr(answer, "status_code", None)
            assert status in (None, "M_UNKNOWN", "M_LIMIT_EXCEEDED"), answer
            await asyncio.sleep(0.2)
        raise AssertionError(f"{self.name} could not say it: {answer}")

    async def try_to_say(self, room: str, text: str) -> Response:
        """Try to say something once; return what the homeserver answers."""
        return await self.client.room_send(room, "m.room.message", {"msgtype": "m.text", "body": text},
                                           ignore_unverified_devices=True)  # fmt: skip

    async def _learn_devices(self, room: str) -> None:
        """Wait until the devices of all others in a room are known: nio shares its key with those that are, and with no
        device that it learns of afterwards."""
        for _ in range(300):
            if self.client.should_query_keys:
                await self.client.keys_query()
            others = [name for name in self.client.rooms[room].users if name != self.name]
            if all(any(self.client.device_store.active_user_devices(name)) for name in others):
                return
            await asyncio.sleep(0.1)

    async def _listen(self) -> None:
        while True:
            try:
                await self.client.sync(timeout=20_000, sync_filter=ALL_OF_IT, full_state=False)
                if self.client.should_upload_keys:
                    await self.client.keys_upload()
                if self.client.should_query_keys:
                    await self.client.keys_query()
                if self.client.should_claim_keys:
                    await self.client.keys_claim(self.client.get_users_for_key_claiming())
                await self.client.send_to_device_messages()
            except asyncio.CancelledError:
                raise
            except Exception:  # the homeserver is away
                await asyncio.sleep(0.3)

    async def _hear(self, room: MatrixRoom, event: RoomMessageText) -> None:
        if event.sender != self.name:
            self.heard.append(event.body)

    async def _wonder(self, room: MatrixRoom, event: MegolmEvent) -> None:
        self.unreadable += 1

    async def _be_invited(self, room: MatrixRoom, event: InviteMemberEvent) -> None:
        if event.state_key == self.name:
            self.invited.append(room.room_id)


async def refusal_of(answer: Response | None) -> dict[str, Any]:
    """Return the whole answer of a refused request as the client has it."""
    assert answer is not None
    assert answer.transport_response is not None
    said: dict[str, Any] = await answer.transport_response.json()
    return said


@asynccontextmanager
async def talking(first: Person, other: Person, room: str, pause: float = 1.0) -> AsyncIterator[list[str]]:
    """Let two people talk all the while; yield what the first one says, all of which the other has to hear."""
    said: list[str] = []

    async def talk() -> None:
        for number in itertools.count():
            text = f"messaggio {number}"
            await first.say(room, text)
            said.append(text)
            await other.say(room, f"risposta {number}")
            await asyncio.sleep(pause)

    task = asyncio.ensure_future(talk())
    try:
        yield said
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
