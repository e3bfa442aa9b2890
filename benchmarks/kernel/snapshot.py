"""How long a snapshot holds the events up, how large it is, and how long a restart takes.

    python -m benchmarks.kernel.snapshot [--repeat 5] [--folder build/snapshot]

`copy` is `State.snapshot()`, `write` is `Snapshots.write`, down to the disk (both while no event is judged), `restore`
is reading the file and filling a fresh engine. Twelve rules and the pack, tables of their usual size.
"""

from __future__ import annotations

import json
import shutil
from argparse import ArgumentParser, Namespace
from pathlib import Path
from tempfile import mkdtemp
from time import perf_counter

from benchmarks.kernel.common import GB, POLICIES, alone, processor, show, spread
from benchmarks.kernel.stream import Shape, batches
from cartellino.kernel.engine import Engine
from cartellino.storage.snapshots import Snapshots

RUNS = (("twelve", 100_000, 2_000_000), ("twelve", 1_000_000, 6_000_000), ("pack", 100_000, 2_000_000))


def once(given: Namespace) -> dict[str, object]:
    """Fill an engine, and write it down and read it again so many times."""
    policies = POLICIES[given.policies]()
    engine, first = Engine(policies, workers=2), 1
    shape = Shape(given.events, given.accounts, 36, abusive=2_000, abusive_events=0.005, shared=False, even=True)
    for batch in batches(shape):
        engine.judge(batch, first)
        first += batch.num_rows
    folder = Path(mkdtemp(dir=given.folder))
    snapshots = Snapshots(folder)
    found: dict[str, list[float]] = {"copy": [], "write": [], "cpu": [], "restore": []}
    size = 0
    try:
        for number in range(given.repeat):
            cpu, began = processor(), perf_counter()
            held = engine.state.snapshot()
            found["copy"].append(perf_counter() - began)
            began = perf_counter()
            snapshots.write(number + 1, held)
            found["write"].append(perf_counter() - began)
            found["cpu"].append(processor() - cpu)
            size = max(one.stat().st_size for one in folder.iterdir())
            del held
        fresh = engine
        for _ in range(given.repeat):
            fresh = Engine(policies, workers=2)
            began = perf_counter()
            latest = snapshots.latest(given.repeat)
            assert latest is not None
            fresh.state.restore(latest[1])
            found["restore"].append(perf_counter() - began)
        same = fresh.state.digest() == engine.state.digest()
    finally:
        shutil.rmtree(folder)
    return found | {"size": size, "arrays": engine.state.nbytes, "accounts": engine.state.accounts, "same": same}


def main() -> None:
    """Print one line for each size."""
    command = ArgumentParser(description=__doc__)
    command.add_argument("--repeat", type=int, default=5)
    command.add_argument("--folder", type=Path, default=Path("build/snapshot"), help="on the disk that is measured")
    command.add_argument("--once", action="store_true")
    command.add_argument("--policies", choices=sorted(POLICIES), default="twelve")
    command.add_argument("--accounts", type=int, default=100_000)
    command.add_argument("--events", type=int, default=2_000_000)
    given = command.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    if given.once:
        print(json.dumps(once(given)))
        return
    rows = []
    for policies, accounts, events in RUNS:
        more = ("--policies", policies, "--accounts", accounts, "--events", events)
        one = alone("snapshot", *more, "--folder", given.folder, "--repeat", given.repeat)
        seconds = [spread(one[what]) for what in ("copy", "write", "cpu", "restore")]
        sizes = [f"{one['size'] / 2**20:,.0f}", f"{one['arrays'] / GB:.2f}", "yes" if one["same"] else "no"]
        rows.append([policies, f"{accounts:,}", f"{events:,}", *seconds, *sizes])
    columns = [
        *("policies", "accounts", "events", "copy s", "write s", "CPU s of both", "restore s"),
        *("MB on disk", "GB of arrays", "equal after"),
    ]
    show(f"snapshots, {given.repeat} of each", columns, rows)


if __name__ == "__main__":
    main()
