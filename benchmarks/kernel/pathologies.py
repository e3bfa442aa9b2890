"""What does not spread evenly: one account, peer, device, address, content or group with a quarter of all events.

    python -m benchmarks.kernel.pathologies [--events 400000] [--accounts 100000] [--policies pack]

The cost of an event, in processor time and against the same stream as it is, through the kernel and the sequencer,
without a log; the first half only warms. A hot `content` is a viral text: strangers get it from everybody, and a rule
fires for each account that sends it. Each run is a process of its own.
"""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from benchmarks.kernel.common import POLICIES, alone, bind, processor, show, spread
from benchmarks.kernel.end_to_end import NOW
from benchmarks.kernel.stream import Shape, batches
from cartellino.events.batches import Chunk
from cartellino.events.logged import LOGGED
from cartellino.pipeline.route import Route

HOT: dict[str, dict[str, object]] = {
    "nothing": {},
    "account": {"account": "hot"},
    "peer": {"peer": "hot"},
    "device": {"device": "hot"},
    "address": {"address": "hot"},
    "content": {"content": "hot", "content_by": "server", "kind": "message_sent", "known": False, "forwards": None},
    "group": {"group": "hot", "kind": "message_sent", "peer": None},
}
"""What a quarter of the events have in common."""


def heated(batch: pa.RecordBatch, common: dict[str, object], first: int) -> pa.RecordBatch:
    """Give every fourth event, drawn by its number, the same values in some columns."""
    numbers = np.arange(first, first + batch.num_rows, dtype=np.uint64)
    drawn = pa.array((numbers * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(62) == 0)
    columns = dict(zip(batch.schema.names, batch.columns, strict=True))
    for name, value in common.items():
        columns[name] = pc.if_else(drawn, pa.scalar(value, batch.schema.field(name).type), columns[name])
    return pa.RecordBatch.from_arrays([columns[name] for name in LOGGED.names], schema=LOGGED)


def once(given: Namespace) -> dict[str, Any]:
    """Judge one stream, and return nanoseconds of processor time an event in its second half, and the decisions."""
    bind(1)
    route = Route(POLICIES[given.policies](), now=NOW, native=True)
    shape = Shape(given.events, given.accounts, given.hours, abusive=2_000, abusive_events=0.005, shared=False)
    spent, events, number = 0.0, 0, 0
    for batch in batches(shape, given.batch):
        hot = heated(batch, HOT[given.hot], number)
        number += batch.num_rows
        began = processor()
        route.take(Chunk(hot, np.arange(batch.num_rows), []), "events")
        if number > given.events // 2:
            spent, events = spent + processor() - began, events + batch.num_rows
    return {"cpu": spent / events * 1e9, "decisions": sum(route.statistics.decisions.values())}


def main() -> None:
    """Run every stream in turn, round by round, and print a table."""
    command = ArgumentParser(description=__doc__)
    command.add_argument("--events", type=int, default=400_000)
    command.add_argument("--accounts", type=int, default=100_000)
    command.add_argument("--hours", type=float, default=36)
    command.add_argument("--batch", type=int, default=32_768)
    command.add_argument("--repeat", type=int, default=3)
    command.add_argument("--policies", choices=sorted(POLICIES), default="pack")
    command.add_argument("--hot", choices=sorted(HOT), default="nothing")
    command.add_argument("--once", action="store_true")
    given = command.parse_args()
    if given.once:
        print(json.dumps(once(given)))
        return
    asked = ("--events", given.events, "--accounts", given.accounts, "--hours", given.hours, "--batch", given.batch)
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in HOT}
    for _ in range(given.repeat):
        for name, found in runs.items():
            found.append(alone("pathologies", *asked, "--policies", given.policies, "--hot", name))
    even = [run["cpu"] for run in runs["nothing"]]
    table = [
        [
            name,
            spread((run["cpu"] for run in found), ".0f"),
            spread((run["cpu"] / other for run, other in zip(found, even, strict=True)), ".2f"),
            f"{found[0]['decisions']:,}",
        ]
        for name, found in runs.items()
    ]
    title = (
        f"{given.events:,} events of {given.accounts:,} accounts, {given.policies}, a quarter of them with one value"
    )
    show(title, ["what is hot", "CPU ns an event", "against nothing", "decisions"], table)


if __name__ == "__main__":
    main()
