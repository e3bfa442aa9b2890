"""How long from the start of a process to its first decision, with compiled code in the cache and without.

    python -m benchmarks.kernel.start [--repeat 5]

A small Arrow file (5,000 events, many abusive) is decided by a process that was not there before. `library` is a route
with `native=True`, up to its first decision, and compiles in one process if it must; `cartellino decide` is the
command, up to its end: with an empty cache Python judges, and what is compiled beside meanwhile is ended with it.
`cartellino policies compile` compiles on all cores, as the set-up does.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from argparse import ArgumentParser
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from benchmarks.kernel.common import ROOT, TWELVE, show, spread
from benchmarks.kernel.end_to_end import write_arrow
from benchmarks.kernel.stream import Shape

EVENTS = 5_000

_LIBRARY = """
import sys
from dataclasses import replace
from cartellino.events.batches import read_batches
from cartellino.policies.load import load
from cartellino.policies.packs import pack
from cartellino.pipeline.route import Route

policies = load(pack("messenger"))
if len(sys.argv) > 2:
    policies = replace(policies, rules=tuple(one for one in policies.rules if one.id in sys.argv[2:]))
route = Route(policies, now=1_900_000_000_000, native=True, workers=2)
with open(sys.argv[1], "rb") as stream:
    steps = (route.take(chunk, "f") for chunk in read_batches(stream, "f"))
    print(next(step.decisions[0].rule for step in steps if step.decisions))
"""


def timed(asked: list[str], cache: str | None) -> tuple[float, float]:
    """Run a process; return its time by the clock on the wall and of the processor."""
    env = {**os.environ, **({"CARTELLINO_CACHE": cache} if cache else {})}
    wall, cpu = perf_counter(), _children()
    ran = subprocess.run(asked, cwd=ROOT, env=env, check=False, capture_output=True, text=True)
    wall, cpu = perf_counter() - wall, _children() - cpu
    if ran.returncode:
        raise ChildProcessError(ran.stderr[-500:])
    return wall, cpu


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Print one line for each way to start."""
    command = ArgumentParser(description=__doc__)
    command.add_argument("--repeat", type=int, default=5)
    command.add_argument("--cold", type=int, default=3, help="runs with an empty cache")
    given = command.parse_args()
    rows = []
    with TemporaryDirectory() as folder:
        file = Path(folder) / "events.arrows"
        write_arrow(Shape(EVENTS, accounts=1_000, hours=1, abusive_events=0.5, shared=False), file)
        python, program = sys.executable, str(Path(sys.executable).parent / "cartellino")
        ways = {
            "library, 12 rules": [python, "-c", _LIBRARY, str(file), *TWELVE],
            "library, the pack": [python, "-c", _LIBRARY, str(file)],
            "cartellino decide, the pack": [program, "decide", str(file)],
            "cartellino policies compile": [program, "policies", "compile"],
        }
        for what, asked in ways.items():
            timed(asked, None)
            for cache in ("warm", "empty"):
                runs = list[tuple[float, float]]()
                for _ in range(given.repeat if cache == "warm" else given.cold):
                    with TemporaryDirectory() as fresh:
                        runs.append(timed(asked, fresh if cache == "empty" else None))
                walls, cpus = zip(*runs, strict=True)
                rows.append([what, cache, str(len(runs)), spread(walls), spread(cpus)])
    show("start", ["way", "cache", "runs", "seconds", "CPU seconds"], rows)


if __name__ == "__main__":
    main()
