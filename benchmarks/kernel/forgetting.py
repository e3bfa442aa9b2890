"""How much the tables of pairs forget, by how many new pairs a window brings for each line of 64 bytes.

    python -m benchmarks.kernel.forgetting

First: every message goes to somebody new, one rule counts different peers of a day, and the second of two days is
measured. A pair is forgotten where more than seven fell on its line within the window, so the share should depend on
pairs per line alone (beside it: that a Poisson number of that mean is seven or more), at any size of table. Then:
twelve rules of the pack and the whole pack on the synthetic stream, two sizes of table with as many accounts and
events in proportion, the second of two days; accounts as busy as `--each` events a day. Longer windows are not full by
then: over a week the same lines bear fewer events a day. `forgotten` is the share of
look-ups that were undecided, as `summary.json` gives it. Only counts matter here, no times.
"""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from dataclasses import replace
from math import exp, factorial

import numpy as np
import pyarrow as pa
from rich.console import Console
from rich.progress import track

from benchmarks.kernel.common import GB, POLICIES, alone, show
from benchmarks.kernel.stream import BEGINS, Shape, _hash, _ids, batches
from cartellino.events.arrow import SCHEMA
from cartellino.kernel.engine import Engine
from cartellino.kernel.geometry import Geometry
from cartellino.policies.load import Text, load
from cartellino.policies.policyset import PolicySet

SHARDS = Geometry().shards
LOADS = (0.5, 1.0, 1.5, 2.0, 2.25, 2.5, 3.0, 4.0)
SIZES = (1 << 12, 1 << 14, 1 << 16)
DAY = 86_400_000
BATCH = 32_768


def one_rule() -> PolicySet:
    """Return one rule on the different peers of a day."""
    rule = "{when: 'distinct(message_sent.peer, over=\"24h\") > 100000', code: 1, action: review, reason: {en: Many.}}"
    return load([Text("p.yaml", f"policy: p\nobserves: [message_sent]\nrules:\n  many: {rule}")])


def all_new(events: int, days: float) -> list[pa.RecordBatch]:
    """Return messages at an even pace, each to somebody new."""
    return [_all_new(first, min(BATCH, events - first), days * DAY / events) for first in range(0, events, BATCH)]


def _all_new(first: int, size: int, step: float) -> pa.RecordBatch:
    number = np.arange(first, first + size)
    time = pa.array(BEGINS + (number * step).astype(np.int64))
    columns = {
        "id": _ids("e", _hash(number, 5)),
        "time": time.cast(SCHEMA.field("time").type),
        "kind": pa.array(["message_sent"] * size),
        "account": _ids("a", _hash(number % 10_007, 1)),
        "service": pa.array(["main"] * size),
        "peer": _ids("b", _hash(number, 2)),
    }
    held = [columns.get(one.name, pa.nulls(size, one.type)) for one in SCHEMA]
    return pa.RecordBatch.from_arrays(
        [*held, pa.nulls(size, pa.string())], schema=SCHEMA.append(pa.field("own", pa.string()))
    )


def once(given: Namespace) -> dict[str, float]:
    """Run two days, and return the share that the second forgot, and how many tables have lines."""
    geometry = replace(Geometry(), lines=given.lines)
    whole = given.lines * SHARDS
    if given.policies == "one":
        policies, stream = one_rule(), all_new(int(given.load * whole * 2), 2)
    else:
        events = int(given.load * whole * 2)
        policies = POLICIES[given.policies]()
        accounts = max(2_000, int(given.load * whole / given.each))
        stream = list(batches(Shape(events, accounts, 48, abusive=2_000, abusive_events=0.005, shared=False), BATCH))
    engine = Engine(policies, workers=2, geometry=geometry)
    first, middle, events = 1, (0, 0), sum(one.num_rows for one in stream)
    for batch in stream:
        engine.judge(batch, first)
        first += batch.num_rows
        if first <= events / 2:
            middle = engine.state.looked
    looked, undecided = (later - before for later, before in zip(engine.state.looked, middle, strict=True))
    tables = sum(table.has_lines for table in engine.plan.tables.values()) + bool(engine.plan.asks_letters)
    return {"forgotten": undecided / max(1, looked), "tables": tables, "looked": looked / events * 2}


def poisson(load: float) -> float:
    """Return how probable seven or more are where so many are expected."""
    return 1 - sum(exp(-load) * load**number / factorial(number) for number in range(7))


def crossing(loads: list[float], shares: list[float], share: float = 0.01) -> float:
    """Return the load at which a share is reached, between two that were measured; shares are read as logarithms."""
    logs = np.log(np.maximum(shares, 1e-9))
    return float(np.exp(np.interp(np.log(share), logs, np.log(loads)))) if shares[-1] >= share else float("inf")


def main() -> None:
    """Print what is forgotten, and the rates that follow for 8 and 16 GB."""
    command = ArgumentParser(description=__doc__)
    command.add_argument("--once", action="store_true")
    command.add_argument("--policies", choices=["one", *POLICIES], default="one")
    command.add_argument("--lines", type=int, default=SIZES[0], help="of each shard")
    command.add_argument("--load", type=float, default=1.0, help="new pairs, or events, a day for each line")
    command.add_argument("--each", type=float, default=20, help="events of an account a day")
    given = command.parse_args()
    if given.once:
        print(json.dumps(once(given)))
        return
    rows: list[list[str]] = []
    single = [list[float]() for _ in SIZES]
    for pairs in track(LOADS, description="pairs", console=Console(stderr=True)):
        runs = [alone("forgetting", "--policies", "one", "--lines", lines, "--load", pairs) for lines in SIZES]
        found = [one["forgotten"] for one in runs]
        for held, share in zip(single, found, strict=True):
            held.append(share)
        rows.append([f"{pairs:g}", *(f"{share:.3%}" for share in found), f"{poisson(pairs):.3%}"])
    names = [f"{lines * SHARDS:,} lines" for lines in SIZES]
    limits = [crossing([*LOADS], held) for held in single]
    caption = "1 % at " + ", ".join(f"{limit:.2f}" for limit in limits) + " new pairs a window for each line"
    show("forgotten, every pair new", ["new pairs a day a line", *names, "Poisson ≥ 7"], rows, caption)

    rows = []
    measured = {"twelve": (1.0, 2.0, 3.0, 4.0, 6.0), "pack": (0.5, 1.0, 1.5, 2.0, 3.0)}
    for policies, loads in measured.items():
        shares: dict[int, list[float]] = {}
        tables = looked = 0.0
        for lines in SIZES[:2]:
            for events in loads:
                asked = ("--policies", policies, "--lines", lines, "--load", events, "--each", given.each)
                one = alone("forgetting", *map(str, asked))
                shares.setdefault(lines, []).append(one["forgotten"])
                tables, looked = one["tables"], one["looked"]
        limits = [crossing([*loads], held) for held in shares.values()]
        for lines, limit in zip(shares, limits, strict=True):
            rates = (size * GB / 64 / tables * limit / 86_400 for size in (8, 16))
            curve = "  ".join(f"{events:g}: {share:.2%}" for events, share in zip(loads, shares[lines], strict=True))
            rows.append(
                [policies, f"{lines * SHARDS:,}", f"{tables:.0f}", f"{looked:.1f}", curve, f"{limit:.2f}"]
                + [f"{rate:,.0f}" for rate in rates]
            )
    columns = [
        *("policies", "lines a table", "tables of lines", "look-ups an event", "forgotten by events a day a line"),
        *("1 % at", "8 GB: events/s", "16 GB: events/s"),
    ]
    show(f"forgotten on the second day, {given.each:g} events a day an account", columns, rows)


if __name__ == "__main__":
    main()
