"""Events on their way to Cartellino: told at once, sent in batches, kept on disk while it is away."""

from __future__ import annotations

import json
import logging
import secrets
from collections import deque
from itertools import islice
from pathlib import Path
from typing import Any

from cartellino_synapse.client import Client, RefusedError
from cartellino_synapse.conditions import Conditions
from cartellino_synapse.spool import Spool

BATCH, BYTES = 1_000, 512 << 10
"""Most events and bytes of a request."""

SET_BACK = 2_000
"""Milliseconds by which the time may go back before events follow it; below that they keep their order."""

TRANSIENT = (401, 403, 404, 408, 425, 429)
"""Answers below 500 after which the same events are sent again: a key or an address may be set right."""

log = logging.getLogger(__name__)


class Outbox:
    """Takes events from callbacks without waiting, and sends them in their order."""

    def __init__(
        self, client: Client, conditions: Conditions, service: str, worker: str, most: int, spool: str, spool_bytes: int
    ) -> None:
        """`spool` is a folder, or empty; `most` bounds what waits in memory."""
        self._client, self._conditions, self._service = client, conditions, service
        self._waiting: deque[bytes] = deque()
        self._most, self._is_busy, self._time = most, False, 0
        self._prefix, self._count = f"{worker}-{secrets.token_hex(4)}", 0
        self._spool = Spool(Path(spool), worker, spool_bytes) if spool else None

    def put(self, kind: str, account: str, **more: Any) -> None:
        """Take an event of now; values that are `None` are left out, since they are unknown."""
        self._count += 1
        now = self._client.now()
        self._time = now if self._time - now > SET_BACK else max(self._time, now)
        event = {"id": f"{self._prefix}-{self._count}", "time": self._time, "kind": kind, "account": account,
                 "service": self._service}  # fmt: skip
        event |= {name: value for name, value in more.items() if value is not None}
        self._conditions.counts[f"events of {kind}"] += 1
        if len(self._waiting) >= self._most:
            self._lost(1, "memory")
            return
        self._waiting.append(json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode())

    async def flush(self) -> None:
        """Send what waits; called twice a second."""
        if self._is_busy:
            return
        self._is_busy = True
        try:
            if self._spool is not None and not self._spool.is_empty:
                self._keep()
                while not self._spool.is_empty:
                    lines, end = self._spool.head(BATCH, BYTES)
                    if not await self._send(lines):
                        return
                    self._spool.sent(end)
            while self._waiting:
                batch = list(islice(self._waiting, BATCH))
                if not await self._send(batch):
                    self._keep()
                    return
                if self._waiting and self._waiting[0] is batch[0]:  # else `close` has put them on disk meanwhile
                    for _ in batch:
                        self._waiting.popleft()
        finally:
            self._is_busy = False

    def close(self) -> None:
        """Keep what waits on disk, where there is a spool; called when Synapse ends.

        What is on its way is kept, too: if it arrives all the same, it is a retry with the same ids.
        """
        self._keep()

    @property
    def waiting(self) -> dict[str, int]:
        """How much waits: events in memory and bytes on disk."""
        return {"events": len(self._waiting), "bytes": self._spool.waiting if self._spool is not None else 0}

    def _keep(self) -> None:
        if self._spool is None or not self._waiting:
            return
        lines = list(self._waiting)
        try:
            taken = self._spool.append(lines)
        except OSError as error:
            self._conditions.set("spool", str(error))
            return
        self._conditions.clear("spool")
        self._waiting.clear()
        if taken < len(lines):
            self._lost(len(lines) - taken, "spool")

    def _lost(self, count: int, where: str) -> None:
        self._conditions.counts["events lost"] += count
        self._conditions.set("events lost", f"the {where} is full; {self._conditions.counts['events lost']} are lost")

    async def _send(self, lines: list[bytes]) -> bool:
        """Send a batch; say whether it is done with, be it taken or refused for good."""
        try:
            answer = await self._client.events(lines)
        except RefusedError as refused:
            if refused.status in TRANSIENT or refused.status >= 500:
                self._conditions.set("events", str(refused))
                return False
            self._conditions.counts["events refused"] += len(lines)
            self._conditions.set("events refused", str(refused))
            return True
        except Exception as error:  # no connection, no answer: whatever it was, they are sent again
            self._conditions.set("events", f"Cartellino cannot be reached: {type(error).__name__}")
            return False
        self._conditions.clear("events")
        rejected = answer.get("rejected_count", 0)
        if rejected:
            self._conditions.counts["events refused"] += rejected
            log.warning("Cartellino refused %s events, the first: %s", rejected, answer.get("rejected", [])[:1])
        return True
