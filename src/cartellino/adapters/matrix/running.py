"""The process beside the homeserver: follows Cartellino's changes, carries them out, and looks after what was done."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import structlog

from cartellino.adapters.matrix.actuator import MatrixActuator
from cartellino.adapters.matrix.directory import Directory
from cartellino.adapters.matrix.homeserver import Homeserver
from cartellino.adapters.matrix.http import Refused, Unreached
from cartellino.adapters.matrix.journal import Acts, Row
from cartellino.adapters.matrix.service_api import Change, Service
from cartellino.storage.faults import WriteFailed
from cartellino.vocabulary.times import Instant

FROM_NOW = "9" * 18
"""A number that no change has: the stream answers with `reset` and the number of the last one, and goes on from it."""

LIST = 600.0
"""Seconds between readings of the homeserver's list of accounts: somebody may have become an administrator."""

NOTED = 5.0
"""Seconds between notes of how far the changes were read; after a crash some are read again, which changes nothing."""

PAUSES = (1.0, 2.0, 5.0, 10.0, 30.0)
MOST_WAITING = 50_000

IN_A_ROW = 3
"""Accounts or notices that fail before the others wait, too; they come last then, so that none holds up the rest."""

log = structlog.get_logger()


def _nothing(account: str) -> None:
    """Do nothing with a change."""


class Runner:
    """Carries out what Cartellino decides, on one homeserver."""

    def __init__(
        self, homeserver: Homeserver, service: Service, actuator: MatrixActuator, directory: Directory, acts: Acts, *,
        every: float, now: Callable[[], Instant],
    ) -> None:  # fmt: skip
        """`every` is the pause in seconds between looks at accounts on which something holds; `now` is the clock."""
        self._homeserver = homeserver
        self.changed: Callable[[str], None] = _nothing
        """Is told whose standing changed; empty: anybody's."""
        self._every = every
        self._service, self._actuator, self._directory, self._acts, self._now = service, actuator, directory, acts, now
        self._accounts: dict[str, None] = {}
        self._missed: set[str] = set()
        self._notices: dict[str, str] = {}
        self._woken = asyncio.Event()
        self._read_to = acts.read_to
        self.degraded: dict[str, str] = {}

    async def run(self) -> None:
        """Run until it is cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._knock())
            tasks.create_task(self._follow())
            tasks.create_task(self.work())
            tasks.create_task(self._sweep())

    async def reconcile(self, *, everybody: bool) -> dict[str, int]:
        """Compare accounts once: those on which something holds, or all; return how many came to which result.

        Raises `Unreached` and `Refused`.
        """
        if everybody:
            await self._directory.load()
        came: dict[str, int] = {}
        for account in self._directory.accounts() if everybody else self._acts.touched():
            done = await self._actuator.carry_out(await self._service.standing(account), self._now())
            came[done] = came.get(done, 0) + 1
        return came

    async def _knock(self) -> None:
        """Say at once whether the homeserver takes the token, and not only when somebody is suspended."""
        failures = 0
        while True:
            try:
                await self._homeserver.check()
            except (Unreached, Refused) as fault:
                self._say("administrator", str(fault))
                await asyncio.sleep(PAUSES[min(failures, len(PAUSES) - 1)])
                failures += 1
            else:
                self.degraded.pop("administrator", None)
                log.info("the homeserver takes the token")
                return

    async def _follow(self) -> None:
        """Read the stream of changes, and open it again when it ends."""
        failures, is_followed = 0, False
        while True:
            try:
                async for change in self._service.changes(self._read_to or FROM_NOW):
                    if not is_followed or "stream" in self.degraded:
                        log.info("the changes are followed")
                    self.degraded.pop("stream", None)
                    failures, is_followed = 0, True
                    if change.kind == "reset":
                        self.changed("")
                        await self._begin()
                    self._take(change)
            except (Unreached, Refused) as fault:
                self._say("stream", str(fault))
                failures += 1
            await asyncio.sleep(PAUSES[min(failures, len(PAUSES) - 1)])

    async def _begin(self) -> None:
        """Look at everybody, since it is not known which changes were missed."""
        while True:
            try:
                await self._directory.load()
            except (Unreached, Refused) as fault:
                self._say("homeserver", str(fault))
                await asyncio.sleep(PAUSES[-1])
            else:
                self._accounts.update(dict.fromkeys(self._directory.accounts()))
                self._missed.update(self._directory.accounts())
                return

    def _take(self, change: Change) -> None:
        if change.number:
            self._read_to = change.number
        if not change.account or change.service != self._service.name:
            return
        if change.kind == "notice" and len(self._notices) < MOST_WAITING:
            self._notices[str(change.data.get("notice_id", ""))] = change.account
        if change.kind.startswith(("sanction.", "held.", "accounts.")) or change.kind == "notice":
            self.look_at(change.account)
            self.changed(change.account)
        self._woken.set()

    def look_at(self, account: str) -> None:
        """Compare an account soon."""
        self._accounts[account] = None

    async def work(self) -> None:
        """Carry out what waits: notices first, so that a ban finds the account told."""
        failures, noted = 0, 0.0
        while True:
            self._woken.clear()
            read_to = self._read_to  # everything up to there is carried out below
            try:
                faults = [*await self._tell(), *await self._carry_out()]
                if faults:
                    raise faults[0]
                if time.monotonic() - noted > NOTED and read_to != self._acts.read_to:
                    self._acts.add(Row(at=self._now(), what="read to", number=read_to))
                    noted = time.monotonic()
                for name in ("homeserver", "journal"):
                    self.degraded.pop(name, None)
                failures = 0
            except (Unreached, Refused, WriteFailed) as fault:
                self._say("journal" if isinstance(fault, WriteFailed) else "homeserver", str(fault))
                failures += 1
                await asyncio.sleep(PAUSES[min(failures, len(PAUSES) - 1)])
                continue
            with suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), NOTED)

    async def _tell(self) -> list[Unreached]:
        """Bring the notices that wait; return what kept some of them from being brought, which are tried again."""
        faults: list[Unreached] = []
        for notice, account in list(self._notices.items()):
            try:
                await self._actuator.tell(account, notice, self._now())
            except Unreached as fault:
                self._notices[notice] = self._notices.pop(notice)  # comes last
                faults.append(fault)
                if len(faults) >= IN_A_ROW:
                    raise
            else:
                del self._notices[notice]
        return faults

    async def _carry_out(self) -> list[Unreached]:
        """Carry out what waits; return what kept some accounts from it, which are tried again."""
        faults: list[Unreached] = []
        again: dict[str, None] = {}
        try:
            while self._accounts:
                account = next(iter(self._accounts))
                del self._accounts[account]
                again[account] = None
                try:
                    await self._one(account)
                except Unreached as fault:
                    faults.append(fault)
                    if len(faults) >= IN_A_ROW:
                        raise
                else:
                    del again[account]
        finally:
            self._accounts |= again  # they come last
        return faults

    async def _one(self, account: str) -> None:
        try:
            standing = await self._service.standing(account)
            if standing.sanctions and account in self._missed:
                for notice in await self._service.undelivered(account):
                    await self._actuator.tell(account, notice, self._now())
            self._missed.discard(account)
            await self._actuator.carry_out(standing, self._now())
        except Refused as refused:
            if refused.status in (401, 403):  # a token is wrong: nothing will go, until it is set right
                raise
            log.warning("an account could not be looked at", account=account, why=str(refused))

    async def _sweep(self) -> None:
        """Look at what holds again and again: bans that are due to lock, ends, and what administrators did by hand."""
        loaded = time.monotonic()
        while True:
            self._accounts.update(dict.fromkeys(self._acts.touched()))
            self._woken.set()
            await asyncio.sleep(self._every)
            if time.monotonic() - loaded > LIST:
                try:
                    await self._directory.load()
                except (Unreached, Refused) as fault:
                    self._say("homeserver", str(fault))
                loaded = time.monotonic()

    def _say(self, name: str, why: str) -> None:
        if name not in self.degraded:
            log.warning("degraded", what=name, why=why)
        self.degraded[name] = why

    def shown(self) -> dict[str, Any]:
        """Return the state of this process."""
        return {
            "read_to": self._read_to,
            "waiting": len(self._accounts) + len(self._notices),
            "degraded": self.degraded,
        }
