"""What is said of thousands of incidents: right, unknown, or a government accused of what it has not done.

    nice -n 15 python -m benchmarks.outages.causes --incidents 10000 --resume build/outages/causes.ndjson

Each incident is drawn: what it is, where, how many reports, accounts and probes there are (any of them may be none),
how noisy they are, and how long it is known before. Small services are as frequent as large ones: the number of
accounts is log-uniform. Judged is what stands an hour after the beginning; of accusations, everything that is ever
said. Each line of the file is one incident; a run can be ended and taken up again, and several may share the work
(`--of 2 --number 0`).
"""

from __future__ import annotations

import gc
import json
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Sequence
from math import log
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.evidence.replay import markdown
from benchmarks.outages.streams import OFFSETS, Fault, Row, World, taken
from cartellino.availability.evidence import ACCUSES, Cause
from cartellino.availability.replay import replay
from cartellino.learning.precision import Share
from cartellino.vocabulary.times import HOUR, MINUTE, instant

FEATURES = ("sending", "media_up", "voice", "calls", "sign_in")
ASIA = ("ID", "MY", "SG", "IN", "HK", "VN")
BEGINS = instant("2025-05-06T00:00:00Z")
RIGHT: dict[str, frozenset[str]] = {
    "everywhere": frozenset({"outage"}),
    "a feature everywhere": frozenset({"feature_outage"}),
    "names gone everywhere": frozenset({"outage"}),
    "a region": frozenset({"regional_outage"}),
    "a country, our servers answer": frozenset({"regional_outage"}),
    "a country, after our change": frozenset({"regional_outage", "change"}),
    "a country, no trace": frozenset({"regional_outage"}),
    "one network": frozenset({"network"}),
    "one client": frozenset({"client"}),
    "sessions": frozenset({"session", "feature_outage"}),
    "one port everywhere": frozenset(),
    "brigade": frozenset(),
    "nothing": frozenset(),
    "restriction, announced": frozenset({"restriction"}),
    "restriction, unannounced": frozenset({"restriction"}),
    "restriction, unannounced, timeouts": frozenset({"restriction"}),
    "block, announced": frozenset({"block", "restriction"}),
}
TRUE = frozenset(name for name in RIGHT if name.startswith(("restriction", "block")))


_TAMPERED = ("throttled", "connection_reset", "dns_nxdomain_error")


def drawn(seed: int) -> tuple[str, str, list[Row], int]:
    """Return an incident: what it is, the country, its rows, and when it begins."""
    rng = np.random.default_rng(seed)
    name = list(RIGHT)[seed % len(RIGHT)]
    countries = [str(one) for one in rng.permutation(list(OFFSETS))[: rng.integers(6, 13)]]
    country, history = countries[0], int(rng.choice([30, 60, 120])) * MINUTE
    begins = BEGINS + int(rng.integers(0, 24 * 60)) * MINUTE
    some = [str(one) for one in rng.permutation(FEATURES[1:4])[: rng.integers(1, 4)]]
    faults, extra = staged(name, rng, begins, countries, some)
    if name == "a region":
        countries = list(dict.fromkeys([*ASIA[:3], "US", "GB", "BR", "ZA", *countries]))[:12]
    sources: list[dict[str, Any]] = [
        {"accounts": float(np.exp(rng.uniform(log(3), log(40))))},
        {"every": int(rng.choice([5, 15, 30])) * MINUTE},
    ]
    given = sources[0] | sources[1] if rng.random() < 0.5 else sources[int(rng.integers(2))]
    world = World(seed=seed, begins=begins - history, ends=begins + 105 * MINUTE, countries=countries,
                  features=FEATURES, reports=float(rng.uniform(0, 2)), size=float(rng.uniform(1, 8)),
                  fails=float(rng.uniform(0.005, 0.06)), noise=float(rng.uniform(0, 0.04)),
                  faults=faults, **given)  # fmt: skip
    return name, country, [*world.rows(), *extra], begins


def staged(
    name: str, rng: np.random.Generator, begins: int, countries: Sequence[str], some: Sequence[str]
) -> tuple[list[Fault], list[Row]]:
    """Return what fails, and the rows beside it."""
    one, every, end = countries[:1], list(dict.fromkeys([*countries, *ASIA, "US", "GB", "BR", "ZA"])), begins + 3 * HOUR
    size, share = float(rng.uniform(3, 40)), float(rng.uniform(0.4, 1.0))
    ramp = int(rng.choice([1, 10, 30])) * MINUTE
    kinds: dict[str, tuple[Sequence[str], Sequence[str], dict[str, Any]]] = {
        "everywhere": (every, ["sending", *some], {}),
        "a feature everywhere": (every, some, {}),
        "names gone everywhere": (every, FEATURES, {"failure": "dns_nxdomain_error"}),
        "a region": (ASIA[:3], ["sending", *some], {}),
        "a country, our servers answer": (one, some, {"failure": "http_503"}),
        "a country, after our change": (one, some, {}),
        "a country, no trace": (one, some, {}),
        "one network": (one, FEATURES, {"networks": (0,)}),
        "one client": (every, ["sending", *some], {"client": "ios/24.3"}),
        "sessions": (every, ["sign_in"], {"failure": "session_invalid"}),
        "restriction, announced": (one, some, {}),
        "restriction, unannounced": (
            one,
            some,
            {"failure": str(rng.choice(["throttled", "connection_reset", "dns_nxdomain_error"]))},
        ),
        "restriction, unannounced, timeouts": (one, some, {}),
        "block, announced": (one, FEATURES, {"failure": "connection_reset"}),
    }
    where, what, more = kinds.get(name, ((), (), {}))
    fault = Fault(begins, end, where, what, surge=size, fails=share, ramp=ramp, **more)
    return [fault] if where else [], beside(name, begins, countries, some)


def beside(name: str, begins: int, countries: Sequence[str], some: Sequence[str]) -> list[Row]:
    """Return announcements, changes, a port that is refused, a brigade."""
    one = countries[0]
    if name.endswith(", announced"):
        features = list(FEATURES if name.startswith("block") else some)
        return [{"row": "announcement", "id": "an", "time": begins + 20 * MINUTE, "country": one, "features": features,
                 "authority": "ministry", "source": "press", "from": begins}]  # fmt: skip
    if name == "a country, after our change":
        return [{"row": "change", "id": "ch", "time": begins - 10 * MINUTE, "source": "/ci", "type": "deploy",
                 "data": {"component": "edge", "region": one}}]  # fmt: skip
    if name == "one port everywhere":
        return [{"row": "probe", "id": f"po{country}{at}{network}", "time": begins + at * 5 * MINUTE,
                 "country": country, "network": network, "feature": "sending", "target": "chat.example:5222",
                 "ok": False, "failure": "connection_refused"}
                for country in countries for at in range(20) for network in ("AS64500", "AS64501")]  # fmt: skip
    if name == "brigade":
        return [{"row": "problem", "id": f"br{number}", "time": begins + number * 9_000, "country": one,
                 "feature": "media_up", "reporter": f"br{number}", "network": f"AS{number % 40}"}
                for number in range(500)]  # fmt: skip
    return []


def judge(seed: int) -> dict[str, Any]:
    """Return what was said of one incident."""
    name, country, rows, begins = drawn(seed)
    held: tuple[Cause, ...] = ()
    accused, after = set[str](), held
    for moment in replay(taken(rows)):
        held = held if moment.causes is None else moment.causes
        accused |= {one.place for one in held if one.kind in ACCUSES and one.grade != "ruled_out"}
        if moment.time <= begins + HOUR + 15 * MINUTE:
            after = held
    said = {one.kind for one in after if one.grade != "ruled_out"}
    right = bool(said & RIGHT[name]) if RIGHT[name] else not said - {"outage", "feature_outage", "regional_outage"}
    wrong = accused - ({country} if name in TRUE else set())
    return {"seed": seed, "name": name, "right": right, "said": sorted(said), "wrong": sorted(wrong)}


def main() -> None:
    """Judge what is missing, and print the table."""
    command = ArgumentParser(description=__doc__)
    command.add_argument("--incidents", type=int, default=10_000)
    command.add_argument("--of", type=int, default=1, help="how many such commands write to the file")
    command.add_argument("--number", type=int, default=0, help="which of them this is, from 0")
    command.add_argument("--resume", type=Path, default=Path("build/outages/causes.ndjson"))
    given = command.parse_args()
    given.resume.parent.mkdir(parents=True, exist_ok=True)
    gc.disable()  # rows are many, and none of them is in a cycle
    done = [json.loads(one) for one in given.resume.read_text("utf-8").splitlines()] if given.resume.exists() else []
    known = {one["seed"] for one in done}
    with given.resume.open("a", encoding="utf-8") as out:
        for seed in range(given.number, given.incidents, given.of):
            if seed in known:
                continue
            done.append(judge(seed))
            gc.collect()
            out.write(json.dumps(done[-1]) + "\n")
            out.flush()
            if seed // given.of % 100 == 99:
                print(
                    f"{seed + 1:,} of {given.incidents:,}: {sum(bool(one['wrong']) for one in done)} wrong", flush=True
                )
    show(done)


def show(done: list[dict[str, Any]]) -> None:
    """Print what was right, unknown and wrong, by what it was."""
    rows = []
    for name in RIGHT:
        of = [one for one in done if one["name"] == name]
        said = Counter(kind for one in of for kind in one["said"])
        rows.append((name, len(of), Share(sum(one["right"] for one in of), len(of)).show(),
                     Share(sum(not one["said"] for one in of), len(of)).show(), sum(bool(one["wrong"]) for one in of),
                     ", ".join(f"{kind} {many}" for kind, many in said.most_common(4))))  # fmt: skip
    print(markdown(("what it was", "incidents", "right within the hour, 95 %", "nothing said", "wrong accusations",
                    "most often said"), rows))  # fmt: skip


if __name__ == "__main__":
    main()
