"""Carries webhooks to whoever listens, signed, several at a time if wished, again after a failure. It blocks nobody."""

from __future__ import annotations

import asyncio
import hmac
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256
from heapq import heappop, heappush
from itertools import count
from typing import Any
from zlib import crc32

import httpx
import msgspec

from cartellino.senders.platform import platform
from cartellino.simulator.cloud.payloads import envelope
from cartellino.simulator.cloud.world import Update

QUEUE = 50_000
"""Most updates that wait; then the oldest is dropped."""

LANES = 4
"""Calls at a time; what concerns one person goes by one lane, in order."""

PATIENCE = 10.0
"""Seconds within which a receiver has to answer."""


class Wishes(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How webhooks are told; developers change it to see how their program copes."""

    url: str | None = None
    duplicate: bool = False
    """Each call is made twice."""
    down: bool = False
    """Nothing arrives, as if the network were away; it is tried again."""
    batch: int = 1
    """Most updates in one call."""
    reversed: bool = False
    """The updates of a batch come in the wrong order."""
    attempts: int = 12
    """So often a call is tried before it is given up."""
    pause: float = 0.5
    """Seconds before a second attempt; each further pause is twice as long, up to a minute."""

    def __post_init__(self) -> None:
        if not 1 <= self.batch <= platform().webhooks.most_updates:
            raise ValueError(f"`batch` is from 1 to {platform().webhooks.most_updates}")
        if not 1 <= self.attempts <= 100 or not 0.01 <= self.pause <= 60:
            raise ValueError("`attempts` is from 1 to 100, and `pause` from 0.01 to 60")
        if self.url is not None and not self.url.startswith(("http://", "https://")):
            raise ValueError("`url` begins with http:// or https://")


class Parcel(msgspec.Struct):
    """A call to be made."""

    url: str
    body: bytes
    attempts: int = 0


class Courier:
    """Queues of updates and of calls to be repeated."""

    def __init__(self, secret: str, wishes: Wishes) -> None:
        self.wishes = wishes
        self.told: dict[str, int] = {"delivered": 0, "failed": 0, "given_up": 0, "dropped": 0}
        self.last_failure = ""
        self._secret = secret.encode()
        self._lanes: list[deque[tuple[str, Update]]] = [deque() for _ in range(LANES)]
        self._again: list[tuple[float, int, Parcel]] = []
        self._order = count()
        self._busy = 0
        self._wake = asyncio.Event()

    @property
    def pending(self) -> int:
        """How much is not delivered yet."""
        return sum(map(len, self._lanes)) + len(self._again) + self._busy

    def take(self, update: Update, url: str | None) -> None:
        """Queue an update for a receiver."""
        if url is None:
            return
        lane = self._lanes[crc32(_about(update).encode()) % LANES]
        if sum(map(len, self._lanes)) >= QUEUE:
            max(self._lanes, key=len).popleft()
            self.told["dropped"] += 1
        lane.append((url, update))
        self._wake.set()

    def change(self, wishes: Wishes) -> None:
        """Tell webhooks otherwise from now on."""
        self.wishes = wishes
        self._wake.set()

    async def run(self) -> None:
        """Carry until cancelled."""
        async with httpx.AsyncClient(timeout=PATIENCE, trust_env=False) as client:
            await asyncio.gather(*(self._carry(client, lane) for lane in self._lanes), self._repeat(client))

    async def _carry(self, client: httpx.AsyncClient, lane: deque[tuple[str, Update]]) -> None:
        while True:
            if not lane:
                await self._rest(1.0)
                continue
            await self._deliver(client, self._packed(lane))

    async def _rest(self, seconds: float) -> None:
        self._wake.clear()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), seconds)

    def _packed(self, lane: deque[tuple[str, Update]]) -> Parcel:
        """Take so many updates for the same receiver as may go together."""
        url, update = lane.popleft()
        updates = [update]
        while lane and lane[0][0] == url and len(updates) < self.wishes.batch:
            updates.append(lane.popleft()[1])
        if self.wishes.reversed:
            updates.reverse()
        return Parcel(url, msgspec.json.encode(envelope(updates)))

    async def _deliver(self, client: httpx.AsyncClient, parcel: Parcel) -> None:
        self._busy += 1
        try:
            parcel.attempts += 1
            failure = ""
            for _ in range(2 if self.wishes.duplicate else 1):
                failure = failure or await self._called(client, parcel)
            if failure:
                self._put_aside(parcel, failure)
            else:
                self.told["delivered"] += 1
        finally:
            self._busy -= 1

    async def _called(self, client: httpx.AsyncClient, parcel: Parcel) -> str:
        """Make a call; return what went wrong, or nothing."""
        if self.wishes.down:
            return "down, as somebody asked for"
        signed = hmac.new(self._secret, parcel.body, sha256).hexdigest()
        headers = {"content-type": "application/json", "x-hub-signature-256": f"sha256={signed}",
                   "user-agent": "facebookexternalua"}  # fmt: skip
        try:
            try:
                answer = await client.post(parcel.url, content=parcel.body, headers=headers)
            except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError):
                # The receiver had closed a connection that was kept; a new one is no second attempt.
                answer = await client.post(parcel.url, content=parcel.body, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            return str(error) or type(error).__name__
        return "" if answer.is_success else f"it answered {answer.status_code}"

    def _put_aside(self, parcel: Parcel, failure: str) -> None:
        self.told["failed"] += 1
        self.last_failure = f"{parcel.url}: {failure}"
        if parcel.attempts >= self.wishes.attempts or len(self._again) >= QUEUE:
            self.told["given_up"] += 1
            return
        pause = min(60.0, self.wishes.pause * 2 ** (parcel.attempts - 1))
        at = asyncio.get_running_loop().time() + pause
        heappush(self._again, (at, next(self._order), parcel))

    async def _repeat(self, client: httpx.AsyncClient) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(0.02)
            for parcel in self._due(loop.time()):
                await self._deliver(client, parcel)

    def _due(self, now: float) -> Iterator[Parcel]:
        while self._again and self._again[0][0] <= now:
            yield heappop(self._again)[2]

    async def shake_hands(self, url: str, token: str) -> str:
        """Ask a receiver for the challenge, as the platform does; return what went wrong, or nothing."""
        challenge = "1158201444"
        asked = {"hub.mode": "subscribe", "hub.challenge": challenge, "hub.verify_token": token}
        try:
            async with httpx.AsyncClient(timeout=PATIENCE, trust_env=False) as client:
                answer = await client.get(url, params=asked)
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            return str(error) or type(error).__name__
        if answer.status_code != 200:
            return f"it answered {answer.status_code}"
        return "" if answer.text.strip() == challenge else "it did not answer with the challenge"


def _about(update: Update) -> str:
    """Return whom an update is about."""
    contacts: list[dict[str, Any]] = update.value.get("contacts") or [{}]
    return str(contacts[0].get("wa_id", update.account))
