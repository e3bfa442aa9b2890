"""The service with a simulated town streaming in: time runs faster, and two weeks lie behind when the pages open.

It runs in a process of its own, which `starting` starts, hears and ends:

    starting   {"accounts": 600, ..., "folder": "/tmp/cartellino-demo-x"}
    starting   {"native": "auto"}       compiling is over
    live       {"day": 5, "of": 14}     of the two weeks
    live       {"tour": ...}            it serves from now on
"""

from __future__ import annotations

import asyncio
import secrets
import shutil
import sys
import time
from contextlib import suppress
from heapq import merge
from pathlib import Path
from threading import Event as Signal
from threading import Thread
from typing import TYPE_CHECKING

import sqlalchemy as sa

from cartellino.cli.helpers import heard, tell
from cartellino.cli.inputs import town_texts
from cartellino.cli.story import SARI, school
from cartellino.cli.town import REVIEWER_NAME, Town
from cartellino.simulator.run import simulate
from cartellino.storage import tables
from cartellino.vocabulary.refusals import Refusal
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


def main() -> int:
    """Let the town live, and serve until told to end."""
    from cartellino.cli.serve import listening, log_to_stderr, serve
    from cartellino.service.versions import first

    parent = heard(at_end=lambda: shutil.rmtree(folder, ignore_errors=True))
    asked = next(parent)
    folder = Path(asked["folder"])
    log_to_stderr("warning")
    begin = time.time_ns() // 1_000_000 // DAY * DAY - HISTORY
    clock = Fast(begin, asked["speed"])
    events, labels = simulate(asked["accounts"], HISTORY // DAY + AHEAD, asked["seed"], begin, asked["abusive"])
    both = merge(events, school(begin, HISTORY // DAY), key=lambda one: one.time)
    service = _service(folder, clock, asked["listen"], next(parent)["native"])
    service.start(first(town_texts(), {}))
    try:
        town = Town(service, both, labels, asked["seed"])
        _history(town, clock, begin + HISTORY + MORNING)
        service.tour = _prepare(service, asked["speed"], asked["accounts"])
        service.writer.pulse.forget()
        clock.start()
        stopping = Signal()
        streaming = Thread(target=_stream, args=(town, clock, stopping), name="town", daemon=True)
        streaming.start()
        tell({"tour": {"roles": ROLES, "password": service.tour.password, "speed": asked["speed"]}})
        asyncio.run(serve(service, *listening(asked["listen"])))
        stopping.set()
        streaming.join(10)
    finally:
        service.stop()
    return 0


def _service(folder: Path, clock: Fast, listen: str, native: str) -> Service:
    from cartellino.service.clock import Clock
    from cartellino.service.service import Service
    from cartellino.service.settings import Settings

    settings = Settings.of(
        {}, data=str(folder / "data"), listen=listen, rate=6_000, audit_share=0.3, native=native
    )  # fmt: skip
    return Service(settings, Clock(clock), Clock())


def _history(town: Town, clock: Fast, until: Instant) -> None:
    begin, days = clock.at, (until - clock.at) // DAY
    while clock.at < until:
        tell({"day": min((clock.at - begin) // DAY, days), "of": days})
        clock.at += STEP
        town.send(clock.at)
        town.live()
    tell({"day": days, "of": days})


def _stream(town: Town, clock: Fast, stopping: Signal) -> None:
    """Send the rest as its time comes."""
    while not stopping.wait(0.25):
        with suppress(Refusal):  # the service cannot take it now; the town goes on
            town.send(clock())
            town.live()


def _prepare(service: Service, speed: float, accounts: int) -> Tour:
    """Make operators for every role, and find what the tour points at."""
    from cartellino.service import credentials
    from cartellino.service.tour import Tour

    password, now = secrets.token_urlsafe(12), service.wall.now()
    with service.database.begin_writing() as rows:
        for name in (*ROLES, REVIEWER_NAME):
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


if __name__ == "__main__":
    sys.exit(main())
