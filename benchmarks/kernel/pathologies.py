"""What does not spread evenly: one account, peer, device, address, content or group with a quarter of all events; ten
million peers, each a new one; clocks in disorder; two hundred rules.

    python -m benchmarks.kernel.pathologies [--events 400000] [--accounts 100000]

The cost of an event, in processor time and against the same stream as it is, through the kernel and the sequencer,
without a log; the first half only warms. A hot `content` is a viral text: strangers get it from everybody, and a rule
fires for each account that sends it. Two hundred rules are against sixty of the same kind (`common.made`). Each run is
a process of its own.
"""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from benchmarks.kernel.common import POLICIES, alone, bind, made, processor, resident, show, spread
from benchmarks.kernel.end_to_end import NOW
from benchmarks.kernel.stream import Shape, batches
from cartellino.cli.loaded import keep_what_was_loaded
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

PEERS = 10_000_000

STREAMS: dict[str, tuple[str, str]] = {
    **dict.fromkeys(HOT, ("pack", "even")),
    "10 million peers": ("pack", "even"),
    "clocks up to 50 s late": ("pack", "disorder"),
    "60 rules": ("sixty", "even"),
    "200 rules": ("two hundred", "even"),
}
"""Every stream, with its policies, and whether one event in twenty comes late."""

RULES = POLICIES | {"sixty": partial(made, 60), "two hundred": partial(made, 200)}

AGAINST = {"200 rules": "60 rules"}
"""What a stream is compared with, if not with `nothing`."""


def crowded(batch: pa.RecordBatch, first: int) -> pa.RecordBatch:
    """Give every event that has a peer another one, of ten million."""
    numbers = np.arange(first, first + batch.num_rows) * 7_919 % PEERS
    peers = pc.if_else(pc.is_valid(batch["peer"]), pa.array(numbers).cast(pa.string()), batch["peer"])
    return batch.set_column(batch.schema.get_field_index("peer"), batch.schema.field("peer"), peers)


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
    policies, order = STREAMS[given.hot]
    route = Route(RULES[policies](), now=NOW, native=True)
    late = 50_000 if order == "disorder" else 0
    shape = Shape(
        given.events, given.accounts, given.hours, abusive=2_000, abusive_events=0.005, disorder=late, shared=False
    )
    keep_what_was_loaded()  # as the service does
    spent, events, number, began_with = 0.0, 0, 0, resident()
    for batch in batches(shape, given.batch):
        hot = heated(batch, HOT.get(given.hot, {}), number)
        hot = crowded(hot, number) if given.hot == "10 million peers" else hot
        number += batch.num_rows
        began = processor()
        route.take(Chunk(hot, np.arange(batch.num_rows), []), "events")
        if number > given.events // 2:
            spent, events = spent + processor() - began, events + batch.num_rows
    decisions = sum(route.statistics.decisions.values())
    return {"cpu": spent / events * 1e9, "decisions": decisions, "memory": resident() - began_with}


def main() -> None:
    """Run every stream in turn, round by round, and print a table."""
    command = ArgumentParser(description=__doc__)
    command.add_argument("--events", type=int, default=400_000)
    command.add_argument("--accounts", type=int, default=100_000)
    command.add_argument("--hours", type=float, default=36)
    command.add_argument("--batch", type=int, default=32_768)
    command.add_argument("--repeat", type=int, default=3)
    command.add_argument("--hot", choices=sorted(STREAMS), default="nothing")
    command.add_argument("--once", action="store_true")
    given = command.parse_args()
    if given.once:
        print(json.dumps(once(given)))
        return
    asked = ("--events", given.events, "--accounts", given.accounts, "--hours", given.hours, "--batch", given.batch)
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in STREAMS}
    for _ in range(given.repeat):
        for name, found in runs.items():
            found.append(alone("pathologies", *asked, "--hot", name))
    table = []
    for name, found in runs.items():
        even = runs[AGAINST.get(name, name if name == "60 rules" else "nothing")]
        ratios = (run["cpu"] / other["cpu"] for run, other in zip(found, even, strict=True))
        figures = spread((run["cpu"] for run in found), ",.0f"), spread(ratios), f"{found[0]['decisions']:,}"
        table.append([name, *figures, spread((run["memory"] / 1e6 for run in found), ",.0f")])
    title = f"{given.events:,} events of {given.accounts:,} accounts, the pack; a quarter of the events with one value"
    columns = ["what is hot", "CPU ns an event", "times what is even", "decisions", "MB resident for it"]
    show(title, columns, table)


if __name__ == "__main__":
    main()
