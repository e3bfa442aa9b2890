"""How often is anything raised in a town in which nothing fails, from its first hour on?

    nice -n 15 python -m benchmarks.outages.quiet_towns --days 14 --seeds 1 2 3 --resume build/outages/quiet.ndjson

Small towns with their nights, habits and attackers (`cartellino simulate`, but for its power cut) go through the whole
watch: failures, silence, clients, networks and sessions. Counted is how often a cause is said where none was said for
three hours. Each line of the file is a town; a run can be ended and taken up again.
"""

from __future__ import annotations

import json
from argparse import ArgumentParser
from itertools import product
from pathlib import Path
from typing import Any

from scipy.stats import chi2

from cartellino.availability.replay import replay
from cartellino.simulator.population import populate
from cartellino.simulator.run import START
from cartellino.simulator.town import Town
from cartellino.vocabulary.times import HOUR, Instant, show_instant

SIZES = (60, 200, 600, 2000)
ABUSIVE = 0.01
APART = 3 * HOUR
"""What is said again within this time is the same episode."""


def live(accounts: int, days: int, seed: int) -> dict[str, Any]:
    """Return a town, with what was said in it and when."""
    town = Town(seed, START, days)
    populate(town, accounts, ABUSIVE)
    said, silent_since = list[str](), START - APART
    speaks = False
    for moment in replay(list(town.run())):
        if moment.causes is None:
            continue
        causes = [cause for cause in moment.causes if cause.grade != "ruled_out"]
        if causes and not speaks and moment.time - silent_since >= APART:
            said.append(_line(moment.time, causes[0].kind, causes[0].place))
        if speaks and not causes:
            silent_since = moment.time
        speaks = bool(causes)
    return {"accounts": accounts, "days": days, "seed": seed, "said": said}


def _line(time: Instant, kind: str, place: str) -> str:
    return f"{show_instant(time)} {kind} {place}"


def main() -> None:
    """Live through the towns, and print how often anything was said, with Poisson intervals of 95 %."""
    command = ArgumentParser(description=__doc__)
    command.add_argument("--days", type=int, default=14)
    command.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    command.add_argument("--resume", type=Path, default=Path("build/outages/quiet.ndjson"))
    given = command.parse_args()
    given.resume.parent.mkdir(parents=True, exist_ok=True)
    done = [json.loads(one) for one in given.resume.read_text("utf-8").splitlines()] if given.resume.exists() else []
    known = {(town["accounts"], town["days"], town["seed"]) for town in done}
    for accounts, seed in product(SIZES, given.seeds):
        if (accounts, given.days, seed) not in known:
            done.append(live(accounts, given.days, seed))
            with given.resume.open("a", encoding="utf-8") as out:
                out.write(json.dumps(done[-1]) + "\n")
            print(done[-1], flush=True)
    for accounts in SIZES:
        show(f"{accounts} accounts", [town for town in done if town["accounts"] == accounts])
    show("all", done)


def show(name: str, towns: list[dict[str, Any]]) -> None:
    """Print how often anything was said in some towns."""
    weeks, times = sum(town["days"] for town in towns) / 7, sum(len(town["said"]) for town in towns)
    low = float(chi2.ppf(0.025, 2 * times)) / 2 if times else 0.0
    high = float(chi2.ppf(0.975, 2 * times + 2)) / 2
    print(f"{name:<14}{weeks:>6.1f} weeks, {times:>3} times: {times / weeks:.2f} ({low / weeks:.2f} to "
          f"{high / weeks:.2f}) a week")  # fmt: skip


if __name__ == "__main__":
    main()
