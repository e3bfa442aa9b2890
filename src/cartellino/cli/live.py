"""The service with a simulated town streaming in: time runs faster, and two weeks lie behind when the pages open."""

from __future__ import annotations

import asyncio
import secrets
import shutil
import tempfile
import time
from heapq import merge
from pathlib import Path
from threading import Event as Signal
from threading import Thread
from typing import TYPE_CHECKING

import sqlalchemy as sa

from cartellino.cli.inputs import history, policy_texts
from cartellino.cli.story import SARI, school
from cartellino.cli.terminal import console, progress
from cartellino.cli.town import REVIEWER, Town
from cartellino.simulator.run import simulate
from cartellino.storage import tables
from cartellino.vocabulary.times import DAY, HOUR, Instant

if TYPE_CHECKING:
    from cartellino.service.service import Service
    from cartellino.service.tour import Door, Tour

HISTORY = 14 * DAY
"""What lies behind when the pages open."""

MORNING = 8 * HOUR
"""When the town is awake."""

AHEAD = 14
"""Days that the town goes on."""

STEP = 4 * HOUR
ROLES = ("analyst", "reviewer", "policy-admin", "auditor", "admin")


class Fast:
    """A clock that is set while the history passes, and then runs `speed` times as fast as ours."""

    def __init__(self, begin: Instant, speed: float) -> None:
        """Stand at the beginning."""
        self.at = begin
        self._speed = speed
        self._began: float | None = None

    def start(self) -> None:
        """Let time run."""
        self._began = time.monotonic()

    def __call__(self) -> Instant:
        """Return the time in the town."""
        passed = 0.0 if self._began is None else (time.monotonic() - self._began) * 1000
        return self.at + int(passed * self._speed)


def run(accounts: int, seed: int, abusive: float, listen: str, speed: float) -> int:
    """Serve until interrupted; everything is in a folder that is gone afterwards."""
    from cartellino.cli.serve import listening, log_to_stderr, must_be_free, serve
    from cartellino.service.versions import first

    log_to_stderr("warning")
    address, port = listening(listen)
    must_be_free(address, port)
    begin = time.time_ns() // 1_000_000 // DAY * DAY - HISTORY
    folder, clock = Path(tempfile.mkdtemp(prefix="cartellino-demo-")), Fast(begin, speed)
    service = _service(folder, clock, listen)
    try:
        service.start(first([*policy_texts("messenger"), *history(True)], {}))
        events, labels = simulate(accounts, HISTORY // DAY + AHEAD, seed, begin, abusive)
        both = merge(events, school(begin, HISTORY // DAY), key=lambda one: one.time)
        town = Town(service, both, labels, seed)
        _history(town, clock, begin + HISTORY + MORNING)
        service.tour = _prepare(service, speed, accounts)
        service.writer.pulse.forget()
        clock.start()
        _welcome(service, address, port)
        stopping = Signal()
        streaming = Thread(target=_stream, args=(town, clock, stopping), name="town", daemon=True)
        streaming.start()
        asyncio.run(serve(service, address, port))
        stopping.set()
        streaming.join(10)
    finally:
        service.stop()
        shutil.rmtree(folder, ignore_errors=True)
    return 0


def _service(folder: Path, clock: Fast, listen: str) -> Service:
    from cartellino.service.clock import Clock
    from cartellino.service.service import Service
    from cartellino.service.settings import Settings

    settings = Settings.of({}, data=str(folder / "data"), listen=listen, rate=6_000, audit_share=0.3)
    return Service(settings, Clock(clock), Clock())


def _history(town: Town, clock: Fast, until: Instant) -> None:
    begin = clock.at
    with progress("the town's last two weeks", (until - begin) / DAY) as advance:
        while clock.at < until:
            clock.at += STEP
            town.send(clock.at)
            town.live()
            advance((clock.at - begin) / DAY, "")


def _stream(town: Town, clock: Fast, stopping: Signal) -> None:
    """Send the rest as its time comes."""
    while not stopping.wait(0.25):
        town.send(clock())
        town.live()


def _prepare(service: Service, speed: float, accounts: int) -> Tour:
    """Make operators for every role, and find what the tour points at."""
    from cartellino.service import credentials
    from cartellino.service.tour import Tour

    password, now = secrets.token_urlsafe(12), service.wall.now()
    with service.database.begin_writing() as rows:
        for name in (*ROLES, REVIEWER):
            role = name if name in ROLES else "reviewer"
            credentials.make_operator(rows, name, role, now, password if name in ROLES else None)
        cases = tables.cases.c
        case = rows.scalar(sa.select(cases.case_id).where(cases.account == SARI, cases.kind == "appeal")) or ""
    return Tour(password, ROLES, _doors(service), case, "spam/bulk-to-strangers", "strangers", speed, accounts)


def _doors(service: Service) -> tuple[Door, ...]:
    from cartellino.service.tour import Door

    now = service.clock.now()
    sequencer = service.writer.route.sequencer
    limited = (account for service_name, account in sequencer.register.sanctioned(now) if account != SARI)
    yellow = next(
        (one for one in limited if sequencer.standing("main", one).name(now) not in ("banned", "clear")), None
    )
    people = [("Sari, who was banned by mistake and appealed", SARI, "id")]
    people += [("somebody with a yellow card", yellow, "en")] if yellow is not None else []
    people += [("somebody with nothing to worry about", "nobody-in-particular", "it")]
    return tuple(Door(about, _enter(service, account, language), language) for about, account, language in people)


def _enter(service: Service, account: str, language: str) -> str:
    from cartellino.appeals.proof import Holder, sign

    token = sign(Holder("main", account, service.wall.now() + DAY), service.secret)
    return f"/account/enter?token={token}&language={language}"


def _welcome(service: Service, address: str, port: int) -> None:
    tour = service.tour
    assert tour is not None, "it was prepared a moment ago"
    console().print(f"[bold]Open http://{address}:{port}/[/] and look around.", highlight=False)
    console().print(f"Every door is prepared: {', '.join(tour.roles)} (password {tour.password}).", highlight=False)
    console().print(
        f"Time runs {tour.speed:g} times as fast as yours. Ctrl-C ends it, and nothing stays.", highlight=False
    )
