"""The service with a simulated town streaming in: time runs faster, the first days are history already."""

from __future__ import annotations

import asyncio
import secrets
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from threading import Event as Signal
from threading import Thread
from typing import TYPE_CHECKING

import numpy as np

from cartellino.cli.inputs import policy_texts
from cartellino.cli.terminal import console, progress
from cartellino.events.batches import Chunk
from cartellino.events.event import Event
from cartellino.events.logged import to_logged
from cartellino.simulator.label import Label
from cartellino.simulator.run import START, simulate
from cartellino.vocabulary.times import DAY, Instant

if TYPE_CHECKING:
    from cartellino.service.service import Service

HISTORY = 2 * DAY
"""What lies behind when the pages open."""

ROLES = ("analyst", "reviewer", "policy-admin", "auditor", "admin")
PLEA = "These are people I know: I told them my new number. Please look again."


class Fast:
    """A clock that begins in the town's third day and runs `speed` times as fast as ours."""

    def __init__(self, speed: float) -> None:
        """Until `start`, it is the end of the history."""
        self._speed = speed
        self._began: float | None = None

    def start(self) -> None:
        """Let time run."""
        self._began = time.monotonic()

    def __call__(self) -> Instant:
        """Return the time in the town."""
        passed = 0.0 if self._began is None else (time.monotonic() - self._began) * 1000
        return START + HISTORY + int(passed * self._speed)


def run(accounts: int, days: int, seed: int, abusive: float, listen: str, speed: float) -> int:
    """Serve until interrupted; everything is in a folder that is gone afterwards."""
    from cartellino.cli.serve import listening, log_to_stderr, serve
    from cartellino.service.clock import Clock
    from cartellino.service.service import Service
    from cartellino.service.settings import Settings
    from cartellino.service.versions import first

    log_to_stderr("warning")
    address, port = listening(listen)
    folder, clock = Path(tempfile.mkdtemp(prefix="cartellino-demo-")), Fast(speed)
    settings = Settings.of({}, data=str(folder / "data"), listen=listen, rate=6_000, audit_share=0.2)
    service = Service(settings, Clock(clock))
    service.start(first(policy_texts("messenger"), {}))
    try:
        events, labels = simulate(accounts, days, seed, abusive=abusive)
        town = _Town(service, events, labels)
        with progress("the town's first two days", HISTORY / DAY) as advance:
            town.history(lambda at: advance((at - START) / DAY, ""))
        clock.start()
        _welcome(service, address, port)
        Thread(target=town.stream, name="town", daemon=True).start()
        asyncio.run(serve(service, address, port))
        town.stop()
    finally:
        service.stop()
        shutil.rmtree(folder, ignore_errors=True)
    return 0


class _Town:
    """Sends what happens in the town, and lets somebody appeal: an honest person, if one was bothered."""

    def __init__(self, service: Service, events: Iterator[Event], labels: list[Label]) -> None:
        self._service = service
        self._events = events
        self._labels = labels
        self._next: Event | None = None
        self._number = 0
        self._stopping = Signal()
        self._appealed = False

    def history(self, told: Callable[[Instant], object]) -> None:
        """Send everything up to the time that the clock shows."""
        now = self._service.clock.now()
        while self._send(now, 2_000):
            told(self._next.time if self._next is not None else now)
        self._appeal()

    def stream(self) -> None:
        """Send the rest as its time comes."""
        while not self._stopping.wait(0.25) and (self._next is not None or self._number == 0):
            self._send(self._service.clock.now(), 5_000)
            self._appeal()

    def stop(self) -> None:
        """Send no more."""
        self._stopping.set()

    def _send(self, until: Instant, most: int) -> bool:
        batch: list[Event] = []
        while len(batch) < most:
            if self._next is None:
                self._next = next(self._events, None)
            if self._next is None or self._next.time > until:
                break
            batch.append(self._next)
            self._next = None
        if batch:
            numbers = np.arange(self._number, self._number + len(batch))
            self._number += len(batch)
            self._service.writer.take("town", [Chunk(to_logged(batch), numbers, [])]).result()
        return len(batch) == most

    def _appeal(self) -> None:
        """The first honest account that is held back asks for a review; where nobody is, another tries."""
        from cartellino.service.cases import file_appeal

        if self._appealed:
            return
        writer, now = self._service.writer, self._service.clock.now()
        honest = {one.account for one in self._labels if not one.abusive}
        sanctioned = [account for _, account in writer.route.sequencer.register.sanctioned(now)]
        for account in sorted(sanctioned, key=lambda one: one not in honest):
            held = writer.route.sequencer.standing("main", account).in_force(now)
            if held:
                writer.do(partial(file_appeal, sanction=held[0].id, text=PLEA, door="page"), account).result()
                self._appealed = True
                return


def _welcome(service: Service, address: str, port: int) -> None:
    """Say where to look, and with which names and passwords."""
    from cartellino.appeals.proof import Holder, sign
    from cartellino.service import credentials

    password = secrets.token_urlsafe(12)
    now = service.clock.now()
    with service.database.begin_writing() as rows:
        for role in ROLES:
            credentials.make_operator(rows, role, role, now, password)
    here = f"http://{address}:{port}"
    standings = service.writer.route.sequencer.register.sanctioned(now)
    account = next(iter(standings), None)
    token = sign(Holder("main", account[1], now + 30 * DAY), service.secret) if account else ""
    page = f"{here}/account/enter?token={token}" if token else f"{here}/account"
    for said, where in (
        ("The console", f"{here}/console"),
        (f"  sign in as {', '.join(ROLES)}", f"password {password}"),
        ("The page of somebody with a card", page),
        ("How often we were wrong", f"{here}/transparency"),
        ("The interface for programs", f"{here}/openapi.json"),
    ):
        console().print(f"{said}: {where}", soft_wrap=True, highlight=False)
    console().print("Ctrl-C ends it, and nothing stays.")
