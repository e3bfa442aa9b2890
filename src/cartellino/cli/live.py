"""Runs the service with events of a simulated town: time runs faster, and begins with two weeks of history.

It runs in a process of its own, which `starting` starts, listens to and ends:

    starting   {"accounts": 600, ..., "folder": "/tmp/cartellino-demo-x"}
    starting   {"native": "auto"}       compiling is over
    live       {"day": 5, "of": 14}     days of the two weeks
    live       {"tour": ...}            the service answers from now on
"""

from __future__ import annotations

import asyncio
import secrets
import shutil
import sys
import time
from contextlib import suppress
from dataclasses import replace
from heapq import merge
from pathlib import Path
from threading import Event as Signal
from threading import Thread
from typing import TYPE_CHECKING

from cartellino.cli.helpers import heard, tell
from cartellino.cli.inputs import town_texts
from cartellino.cli.outage import Readers, spans, suffered, world
from cartellino.cli.story import MARCO, SARI, school, takeover
from cartellino.cli.town import REVIEWER_NAME, Town
from cartellino.queries import cases, decisions
from cartellino.simulator.run import simulate
from cartellino.vocabulary.refusals import Refusal
from cartellino.vocabulary.times import DAY, HOUR, MINUTE, Instant

if TYPE_CHECKING:
    from cartellino.service.service import Service
    from cartellino.service.tour import Door, Heard, Tour

HISTORY = 14 * DAY
"""The history before the pages open."""

MORNING = 8 * HOUR
"""The time of day at which the town wakes up."""

AHEAD = 14
"""The number of days that the town goes on."""

STEP = 4 * HOUR
WATCHED = 14 * HOUR
"""The last hours of the history go by quarters of an hour, so that the service's health is judged in each."""

QUARTER = 15 * MINUTE
ROLES = ("analyst", "reviewer", "policy-admin", "auditor", "admin")


class Fast:
    """A clock that is set by hand during the history, and then runs `speed` times as fast as real time."""

    def __init__(self, begin: Instant, speed: float) -> None:
        """Stop the clock at the beginning."""
        self.at = begin
        self._speed = speed
        self._began: float | None = None

    def start(self) -> None:
        """Start the clock."""
        self._began = time.monotonic()

    def __call__(self) -> Instant:
        """Return the time in the town."""
        passed = 0.0 if self._began is None else (time.monotonic() - self._began) * 1000
        return self.at + int(passed * self._speed)


def main() -> int:
    """Simulate the history, and then serve while the town goes on."""
    from cartellino.cli.serve import listening, log_to_stderr, serve
    from cartellino.queries.policy_versions import first

    parent = heard(at_end=lambda: shutil.rmtree(folder, ignore_errors=True))
    request = next(parent)
    folder = Path(request["folder"])
    log_to_stderr("warning")
    begin = time.time_ns() // 1_000_000 // DAY * DAY - HISTORY
    clock = Fast(begin, request["speed"])
    events, labels = simulate(request["accounts"], HISTORY // DAY + AHEAD, request["seed"], begin, request["abusive"])
    days = HISTORY // DAY
    today, until = begin + HISTORY, begin + HISTORY + AHEAD * DAY
    failing, since = spans(today, AHEAD), today + MORNING - WATCHED
    abroad = world(since, until)
    every = merge(events, school(begin, days), takeover(begin, days), abroad, key=lambda event: event.time)
    service = _service(folder, clock, request["listen"], next(parent)["native"])
    service.start(first(town_texts(), {}))
    try:
        town = Town(service, suffered(every, failing), labels, request["seed"])
        readers = Readers(service, since, until, failing)
        _history(service, town, readers, clock, today + MORNING)
        service.tour = _prepare(service, request["speed"], request["accounts"])
        service.writer.throughput.forget()
        clock.start()
        stopping = Signal()
        streaming = Thread(target=_stream, args=(service, town, readers, clock, stopping), name="town", daemon=True)
        streaming.start()
        tell({"tour": {"roles": ROLES, "password": service.tour.password, "speed": request["speed"]}})
        asyncio.run(serve(service, *listening(request["listen"])))
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


def _history(service: Service, town: Town, readers: Readers, clock: Fast, until: Instant) -> None:
    service.health.is_ready.wait(60)
    begin, days = clock.at, (until - clock.at) // DAY

    def go_on(to: Instant) -> None:
        tell({"day": min((clock.at - begin) // DAY, days), "of": days})
        clock.at = to
        town.send(to)
        readers.send(to)

    # Nothing is judged before all of it was sent, or hours of which nothing is there yet would look like an outage.
    with service.health.judging_nothing():
        while clock.at < until - WATCHED:
            go_on(min(clock.at + STEP, until - WATCHED))
            town.live()
    while clock.at < until:
        with service.health.judging_nothing():
            go_on(min(clock.at + QUARTER, until))
        service.health.keep_up()
        service.incidents.keep_up()
        if (until - clock.at) % STEP == 0:
            town.live()
    tell({"day": days, "of": days})


def _stream(service: Service, town: Town, readers: Readers, clock: Fast, stopping: Signal) -> None:
    """Send the remaining events as their times come, and keep doors and tour up to date."""
    while not stopping.wait(0.25):
        with suppress(Refusal):  # the service refuses it now, but the town goes on
            town.send(clock())
            readers.send(clock())
            town.live()
        if service.tour is not None:
            service.tour = replace(service.tour, doors=_doors(service), heard=_heard(service))


def _prepare(service: Service, speed: float, accounts: int) -> Tour:
    """Create operators for every role, and the tour."""
    from cartellino.service import credentials
    from cartellino.service.tour import Tour

    password, now = secrets.token_urlsafe(12), service.wall.now()
    with service.database.begin_writing() as rows:
        for name in (*ROLES, REVIEWER_NAME):
            role = name if name in ROLES else "reviewer"
            credentials.make_operator(rows, name, role, now, password if name in ROLES else None)
    rule, parameter = _too_strict(service)
    return Tour(password, ROLES, _doors(service), _heard(service), rule, parameter, speed, accounts)


def _too_strict(service: Service) -> tuple[str, str]:
    """Return the rule that was too strict with Sari, and its threshold."""
    from cartellino.analysis.threshold_trial import parameters

    policies = service.live.policies
    with service.database.begin() as rows:
        rules = [policies.rule(rule) for rule in decisions.rules_against(rows, SARI)]
    with_threshold = [(str(rule.id), name) for rule in rules if rule is not None for name in parameters(rule, policies)]
    return next(iter(with_threshold), ("spam/steady-to-strangers", "quota_older"))


LASTING = 3 * HOUR
"""The shortest rest of a yellow card that is shown, in the town's time: some minutes of real time."""


def _doors(service: Service) -> tuple[Door, ...]:
    """Return the doors, each with an account that has the promised card at present."""
    from cartellino.service.tour import Door

    standing = service.live.standing("main", SARI).name(service.clock.now())
    banned = "Sari, who was banned by mistake and appealed"
    sari = banned if standing == "banned" else "Sari, who was banned by mistake and has her account back"
    return (
        Door("sari", sari, SARI, "id"),
        Door("yellow", "somebody with a yellow card", _yellow(service), "en"),
        Door("green", "somebody with nothing to worry about", "nobody-in-particular", "it"),
    )


def _yellow(service: Service) -> str:
    """Return the account whose yellow card lasts longest; Marco's if all of them end soon."""
    now, register = service.clock.now(), service.live.standings
    ends: dict[str, Instant] = {}
    for person in register.sanctioned(now):
        name, account = person
        holding = register.standing(person).in_force(now)
        is_yellow = {sanction.action.kind for sanction in holding} <= {"restriction", "suspension"}
        if name == "main" and account != SARI and is_yellow:
            ends[account] = max((sanction.action.ends_at or 0 for sanction in holding), default=0)
    latest = max(ends, key=lambda name: (ends[name], name), default=MARCO)
    return latest if ends.get(latest, 0) > now + LASTING else MARCO


def _heard(service: Service) -> Heard:
    """Return the case of the tour: Sari's, or the most urgent one once hers is decided."""
    from cartellino.service.tour import Heard

    with service.database.begin() as rows:
        sari, other = cases.latest_appeal_of(rows, SARI), cases.most_urgent_appeal(rows)
    if sari is not None and (sari.status == "open" or other is None):
        return Heard(sari.case_id, is_of_story=True, is_open=sari.status == "open")
    return Heard(other.case_id if other is not None else "", is_of_story=False, is_open=other is not None)


if __name__ == "__main__":
    sys.exit(main())
