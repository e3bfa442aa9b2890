"""Two threads of one process against two processes, each with half the accounts: processor time and wall.

    python -m benchmarks.kernel.two_ways [--events 600000] [--repeat 3]

Through the kernel and the sequencer, without a log. Two processes each count devices, addresses, contents and groups
for themselves, so they do not decide the same: this is what they could gain at most. One process cuts each batch by
account beforehand, which is not timed.
"""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from multiprocessing import get_context
from time import perf_counter
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from benchmarks.kernel.common import POLICIES, alone, bind, processor, show, spread
from benchmarks.kernel.end_to_end import NOW
from benchmarks.kernel.stream import Shape, batches
from cartellino.events.batches import Chunk
from cartellino.pipeline.route import Route

WAYS = ("one thread", "two threads", "two processes")


def half(batch: pa.RecordBatch, number: int) -> pa.RecordBatch:
    """Return the events of the accounts whose name's last digit is even, or odd."""
    last = pc.utf8_slice_codeunits(batch["account"], -1, 2**31 - 1)
    even = pc.is_in(last, value_set=pa.array(list("02468ace")))
    return batch.filter(even if number == 0 else pc.invert(even))


def judge(given: Namespace, workers: int, part: int | None) -> tuple[float, float]:
    """Judge the second half of the stream, or the part of one process; return wall and processor seconds."""
    route = Route(POLICIES[given.policies](), now=NOW, native=True, workers=workers)
    shape = Shape(given.events, given.accounts, 36, abusive=2_000, abusive_events=0.005, shared=False)
    wall = spent = 0.0
    seen = 0
    for batch in batches(shape):
        mine = batch if part is None else half(batch, part)
        seen += batch.num_rows
        began, used = perf_counter(), processor()
        route.take(Chunk(mine, np.arange(mine.num_rows), []), "events")
        if seen > given.events // 2:
            wall, spent = wall + perf_counter() - began, spent + processor() - used
    return wall, spent


def once(given: Namespace) -> dict[str, Any]:
    """Run one way, and return nanoseconds an event of the processor and on the wall."""
    bind(1 if given.way == WAYS[0] else 2)
    if given.way == WAYS[2]:
        with get_context("spawn").Pool(2) as pool:
            runs = pool.starmap(judge, [(given, 1, 0), (given, 1, 1)])
    else:
        runs = [judge(given, 1 + WAYS.index(given.way), None)]
    events = given.events / 2
    return {"cpu": sum(run[1] for run in runs) / events * 1e9, "wall": max(run[0] for run in runs) / events * 1e9}


def main() -> None:
    """Run every way in turn, and print a table."""
    command = ArgumentParser(description=__doc__)
    command.add_argument("--events", type=int, default=600_000)
    command.add_argument("--accounts", type=int, default=100_000)
    command.add_argument("--repeat", type=int, default=3)
    command.add_argument("--policies", choices=sorted(POLICIES), default="pack")
    command.add_argument("--way", choices=WAYS, default=WAYS[0])
    command.add_argument("--once", action="store_true")
    given = command.parse_args()
    if given.once:
        print(json.dumps(once(given)))
        return
    asked = "--events", given.events, "--accounts", given.accounts
    table = []
    for policies in POLICIES:
        runs: dict[str, list[dict[str, Any]]] = {way: [] for way in WAYS}
        for _ in range(given.repeat):
            for way, done in runs.items():
                done.append(alone("two_ways", *asked, "--policies", policies, "--way", way))
        for way, done in runs.items():
            figures = [spread((run[what] for run in done), ",.0f") for what in ("cpu", "wall")]
            table.append([policies, way, *figures])
    show("kernel and sequencer, no log", ["policies", "way", "CPU ns an event", "wall ns an event"], table)


if __name__ == "__main__":
    main()
