"""What the whole of it says of staged days: incidents of 2019 to 2026, and days on which nothing is to be said.

    nice -n 15 python -m benchmarks.outages.days --times 3 --resume build/outages/days.ndjson

Each day is staged several times with other noise and sizes, by reports alone, with telemetry, with probes and with
both. Judged is what stands an hour after the beginning (or after the announcement), whether anything was yellow within
15, 30 and 60 minutes, and everything that is ever said of a government. Each line of the file is one day.
"""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.evidence.replay import markdown
from benchmarks.outages.incidents import EVERYWHERE, INCIDENTS, MEDIA, Incident
from benchmarks.outages.streams import Row, World, taken
from cartellino.availability.evidence import ACCUSES, Cause
from cartellino.availability.following import Opened, follow
from cartellino.availability.incident import excused, open_incident
from cartellino.availability.replay import replay
from cartellino.learning.precision import Share
from cartellino.vocabulary.times import DAY, HOUR, MINUTE, Instant, instant

SOURCES: dict[str, dict[str, Any]] = {
    "reports": {"reports": 3.0},
    "reports and telemetry": {"reports": 1.0, "accounts": 15.0},
    "reports and probes": {"reports": 1.0, "every": 15 * MINUTE},
    "all three": {"reports": 1.0, "accounts": 15.0, "every": 15 * MINUTE},
}
HISTORY = {"reports": 4 * DAY}
"""Reports alone say nothing without a history; what is measured needs an hour."""

SIZES = (5, 15, 40)


class Quiet(NamedTuple):
    """A day on which nothing is to be said: when, for how long, and what is done on it."""

    name: str
    begins: Instant
    lasts: int
    rows: Callable[[Instant], Iterator[Row]] = lambda _: iter(())
    busier: float = 1.0


def brigade(begins: Instant, *, feature: str = "media_up", networks: int = 40, country: str = "ID") -> Iterator[Row]:
    """Yield 600 reports of one feature in one country within an hour."""
    for number in range(600):
        yield {"row": "problem", "id": f"b{number}", "time": begins + number * 6_000, "country": country,
               "feature": feature, "reporter": f"b{number}", "network": f"AS{number % networks}"}  # fmt: skip


def port(begins: Instant) -> Iterator[Row]:
    """Yield probes in every country that find one port of the chat servers refused, and another open."""
    for country in EVERYWHERE[:16]:
        for at in range(36):
            for network in ("AS64500", "AS64501"):
                for target, works in (("chat.example:5222", False), ("chat.example:443", True)):
                    yield {"row": "probe", "id": f"{country}{at}{network}{target}", "time": begins + at * 5 * MINUTE,
                           "country": country, "network": network, "feature": "sending", "target": target, "ok": works,
                           **({} if works else {"failure": "connection_refused"})}  # fmt: skip


QUIET = (
    Quiet("January 2026: port 5222 refused everywhere", instant("2026-01-17T10:00:00Z"), 3 * HOUR, port),
    Quiet("New Year's Eve", instant("2025-12-31T14:00:00Z"), 10 * HOUR, busier=4.0),
    Quiet("a holiday", instant("2025-12-25T08:00:00Z"), 10 * HOUR, busier=1.6),
    Quiet("a brigade from 40 networks", instant("2025-06-10T13:00:00Z"), 3 * HOUR, brigade),
    Quiet("a brigade from one network", instant("2025-06-10T13:00:00Z"), 3 * HOUR,
          lambda begins: brigade(begins, networks=1)),
    Quiet("a brigade that wants grace for sending", instant("2025-06-10T13:00:00Z"), 3 * HOUR,
          lambda begins: brigade(begins, feature="sending")),
    Quiet("a day", instant("2025-06-10T00:00:00Z"), DAY),
)  # fmt: skip


def staged(incident: Incident, sources: str, seed: int) -> dict[str, Any]:
    """Return what was said of an incident."""
    size = SIZES[seed % len(SIZES)]
    history = HISTORY.get(sources, HOUR)
    rows = incident.rows(seed=seed, size=size, history=history, **SOURCES[sources])
    told = _told(rows, incident.begins, incident.told)
    right = bool(told.said & incident.right)
    places = told.accused - (incident.places if incident.is_restriction else frozenset())
    return {"day": incident.name, "sources": sources, "seed": seed, "size": size, "right": right,
            "said": sorted(told.said), "wrong": sorted(places), "noticed": told.noticed,
            "restriction": incident.is_restriction, "grace": told.grace}  # fmt: skip


def calm(day: Quiet, sources: str, seed: int) -> dict[str, Any]:
    """Return what was said of a day on which nothing is to be said."""
    given = {name: value * day.busier if name in ("reports", "accounts") else value
             for name, value in SOURCES[sources].items()}  # fmt: skip
    world = World(seed=seed, begins=day.begins - HISTORY.get(sources, HOUR), ends=day.begins, countries=EVERYWHERE[:16],
                  features=("sending", "receiving", *MEDIA, "calls", "sign_in", "status"),
                  **SOURCES[sources])  # fmt: skip
    busy = World(seed=seed, begins=day.begins, ends=day.begins + day.lasts, countries=EVERYWHERE[:16],
                 features=world.features, **given)  # fmt: skip
    told = _told([*world.rows(), *busy.rows(), *day.rows(day.begins)], day.begins, day.lasts)
    return {"day": day.name, "sources": sources, "seed": seed, "size": 0, "right": not told.said,
            "said": sorted(told.said), "wrong": sorted(told.accused), "noticed": told.noticed,
            "restriction": False, "grace": told.grace}  # fmt: skip


class Told(NamedTuple):
    """What stood by the time that counts, whom was ever accused, when anything was yellow, and who had grace."""

    said: frozenset[str]
    accused: frozenset[str]
    noticed: int | None
    grace: bool


def _told(rows: list[Row], begins: Instant, within: int) -> Told:
    held, after, accused, noticed, grace = tuple[Cause, ...](), frozenset[str](), set[str](), None, False
    for moment in replay(taken(rows)):
        held = held if moment.causes is None else moment.causes
        said = [one for one in held if one.grade != "ruled_out"]
        accused |= {one.place for one in said if one.kind in ACCUSES}
        if moment.time > begins and any(level.level in ("warning", "danger") for level in moment.levels):
            noticed = moment.time - begins if noticed is None else noticed
        if begins < moment.time <= begins + within + 15 * MINUTE:
            after = frozenset(one.kind for one in said)
        if moment.time > begins:
            grace |= any(_excuses(one) for one in follow([], held, moment.time, "service") if isinstance(one, Opened))
    return Told(after, frozenset(accused), noticed, grace)


def _excuses(opened: Opened) -> bool:
    return bool(excused(open_incident("i", opened.service, opened.scope, "service", 0)))


def main() -> None:
    """Stage what is missing, and print the tables."""
    command = ArgumentParser(description=__doc__)
    command.add_argument("--times", type=int, default=3)
    command.add_argument("--resume", type=Path, default=Path("build/outages/days.ndjson"))
    given = command.parse_args()
    given.resume.parent.mkdir(parents=True, exist_ok=True)
    done = [json.loads(one) for one in given.resume.read_text("utf-8").splitlines()] if given.resume.exists() else []
    known = {(one["day"], one["sources"], one["seed"]) for one in done}
    with given.resume.open("a", encoding="utf-8") as out:
        for seed in range(given.times):
            for day in (*INCIDENTS, *QUIET):
                for sources in SOURCES:
                    if (day.name, sources, seed) in known:
                        continue
                    done.append(staged(day, sources, seed) if isinstance(day, Incident) else calm(day, sources, seed))
                    out.write(json.dumps(done[-1]) + "\n")
                    out.flush()
    show(done)


def show(done: list[dict[str, Any]]) -> None:
    """Print a line a day, and a table by sources."""
    rows = []
    for day in dict.fromkeys(one["day"] for one in done):
        of = [one for one in done if one["day"] == day]
        rows.append((day, *(_cell([one for one in of if one["sources"] == sources]) for sources in SOURCES),
                     sum(bool(one["wrong"]) for one in of)))  # fmt: skip
    print(markdown(("day", *SOURCES, "wrong accusations"), rows))
    incidents = [one for one in done if one["size"]]
    table = []
    for sources in SOURCES:
        of = [one for one in incidents if one["sources"] == sources]
        table.append((
            sources, *(Share(sum(one["noticed"] is not None and one["noticed"] <= within * MINUTE for one in of),
                             len(of)).show() for within in (15, 30, 60)),
            Share(sum(one["right"] for one in of), len(of)).show(),
            Share(sum(not one["said"] for one in of), len(of)).show(),
        ))  # fmt: skip
    print()
    print(markdown(("sources", "yellow in 15 min", "in 30", "in 60", "right within the hour", "nothing said"), table))


def _cell(of: list[dict[str, Any]]) -> str:
    """Say of so many days how many were right, and what was said where they were not."""
    wrong = sorted({kind for one in of if not one["right"] for kind in one["said"]})
    return f"{sum(one['right'] for one in of)} of {len(of)}" + (f" ({', '.join(wrong)})" if wrong else "")


if __name__ == "__main__":
    main()
