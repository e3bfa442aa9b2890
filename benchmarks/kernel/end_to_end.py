"""The whole way: a file of events in, through the route, down to the disk, decided, decisions written.

    python -m benchmarks.kernel.end_to_end [--events 3000000] [--accounts 100000] [--repeat 5] [--folder build/e2e]

Timed is all from opening the file until the last decision is in its file: reading, validation, retries, the kernel, the
sequencer. `log` appends every batch to the event log and waits for the disk; `log, snapshots` also writes down what
the kernel knows every two million events, as shipped. A batch is 32,768 rows, and its latency the time of `Route.take`
and `StateFolder.record`. Compiled before; one worker has one core to itself, bound. `ndjson` is text with one bad row
in a hundred.

The second table compares processor time with that of plain Python on a stream of mostly quiet accounts, `--quiet` of
them in six hours: twelve conditions written by hand, which parse, store and explain nothing (`rivals.plain_exact`).
"""

from __future__ import annotations

import json
import shutil
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from tempfile import mkdtemp
from time import perf_counter
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.ipc
from rich.console import Console
from rich.progress import track

from benchmarks.kernel.common import POLICIES, alone, bind, processor, show, spread
from benchmarks.kernel.rivals import plain_exact
from benchmarks.kernel.stream import Shape, batches
from cartellino.cli.decide import Outputs
from cartellino.cli.loaded import keep_what_was_loaded
from cartellino.events.arrow import SCHEMA, rows
from cartellino.events.batches import Chunk, read_batches
from cartellino.events.reading_ahead import ahead
from cartellino.events.validation import Timestamp
from cartellino.pipeline.route import Route
from cartellino.pipeline.state_folder import StateFolder

NOW = 1_900_000_000_000
KEEPS = ("nothing", "log", "log, snapshots")
BAD: tuple[Callable[[dict[str, object]], bytes], ...] = (
    lambda row: b"{oops",
    lambda row: msgspec.json.encode(row | {"kind": "no_such_kind"}),
    lambda row: msgspec.json.encode({key: held for key, held in row.items() if key != "account"}),
    lambda row: msgspec.json.encode(row | {"time": "yesterday"}),
    lambda row: msgspec.json.encode(row | {"credit": -5}),
)


def write_arrow(shape: Shape, file: Path) -> None:
    """Write a stream of batches as an IPC stream, without the column of the operator's own."""
    with pa.OSFile(str(file), "wb") as sink, pa.ipc.new_stream(sink, SCHEMA) as writer:
        for batch in batches(shape):
            writer.write_batch(batch.select(SCHEMA.names))


def write_lines(shape: Shape, file: Path) -> None:
    """Write a stream as NDJSON; of every hundred rows the last is bad, in one of five ways."""
    with file.open("wb") as out:
        for number, row in enumerate(row for batch in batches(shape) for row in rows(batch.select(SCHEMA.names))):
            known = {
                name: int(held) if isinstance(held, Timestamp) else held
                for name, held in row.items()
                if held is not None
            }
            bad = BAD[number // 100 % len(BAD)] if number % 100 == 99 else msgspec.json.encode
            out.write(bad(known) + b"\n")


def once(given: Namespace) -> dict[str, object]:
    """Run one file through one route, and return the figures."""
    bind(given.workers)
    policies = POLICIES[given.policies]()
    warm = Route(policies, now=NOW, workers=given.workers, native=True)
    warm.take(next(_chunks(given.stream)), "warm-up")
    del warm
    folder = Path(mkdtemp(dir=given.folder))
    try:
        state = StateFolder(folder / "state") if given.keeps != "nothing" else None
        if state is not None and given.keeps == "log":
            state.snapshot_every = 1 << 60
        route = Route(policies, now=NOW, workers=given.workers, store=state, native=True)
        if state is not None:
            (folder / "state").mkdir()
            list(state.resume(route))
        keep_what_was_loaded()  # as commands do
        with ExitStack() as opened:
            outputs = Outputs(folder / "out", opened)
            latencies = list[float]()
            wall, cpu = perf_counter(), processor()
            for chunk in _chunks(given.stream):
                began = perf_counter()
                step = route.take(chunk, "events")
                outputs.write(step)
                if state is not None:
                    state.record(step.decisions, route)
                latencies.append(perf_counter() - began)
            wall, cpu = perf_counter() - wall, processor() - cpu
        tally = route.statistics
        looked, undecided = route.kernel.state.looked
        return {
            "events": tally.read,
            "refused": sum(tally.rejected.values()),
            "decisions": sum(tally.decisions.values()),
            "wall": wall,
            "cpu": cpu,
            "latencies": latencies,
            "forgotten": undecided / looked if looked else 0.0,
        }
    finally:
        shutil.rmtree(folder)


def plain(given: Namespace) -> dict[str, object]:
    """Judge one file by hand-written conditions."""
    bind(1)
    with given.stream.open("rb") as stream:
        rows_of_stream = plain_exact.rows_of(chunk.batch for chunk in read_batches(stream, "events"))
    return {"nanoseconds": plain_exact.nanoseconds(rows_of_stream)}


def _chunks(file: Path) -> Iterator[Chunk]:
    with file.open("rb") as stream:
        yield from ahead(read_batches(stream, "events"))


def main() -> None:
    """Run everything, round by round, and print a table."""
    command = ArgumentParser(description=__doc__)
    command.add_argument("--events", type=int, default=3_000_000)
    command.add_argument("--lines", type=int, default=1_000_000, help="events as NDJSON")
    command.add_argument("--accounts", type=int, default=100_000)
    command.add_argument("--hours", type=float, default=36)
    command.add_argument("--repeat", type=int, default=5)
    command.add_argument("--folder", type=Path, default=Path("build/end_to_end"), help="on the disk that is measured")
    command.add_argument("--quiet", type=int, default=200_000, help="accounts of the stream for plain Python")
    command.add_argument("--once", action="store_true")
    command.add_argument("--plain", action="store_true")
    command.add_argument("--policies", choices=sorted(POLICIES), default="twelve")
    command.add_argument("--workers", type=int, default=1)
    command.add_argument("--keeps", choices=KEEPS, default="log")
    command.add_argument("--stream", type=Path)
    given = command.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    if given.once:
        print(json.dumps(plain(given) if given.plain else once(given)))
        return
    arrow, lines = given.folder / "events.arrows", given.folder / "events.ndjson"
    shape = partial(
        Shape, accounts=given.accounts, hours=given.hours, abusive=2_000, abusive_events=0.005, shared=False
    )
    write_arrow(shape(given.events), arrow)
    write_lines(shape(given.lines), lines)
    runs = [(arrow, policies, keeps, workers) for policies in POLICIES for keeps in KEEPS for workers in (1, 2)]
    runs += [(lines, "twelve", "log", workers) for workers in (1, 2)]
    found: dict[object, list[dict[str, Any]]] = {run: [] for run in runs}
    for number in track(range(given.repeat), description="rounds", console=Console(stderr=True)):
        for run in runs[number % len(runs) :] + runs[: number % len(runs)]:
            stream, policies, keeps, workers = run
            more = ("--stream", stream, "--policies", policies, "--keeps", keeps, "--workers", workers)
            found[run].append(alone("end_to_end", *more, "--folder", given.folder))
    columns = [
        *("policies", "in", "keeps", "workers", "M events/s on the wall", "CPU ns an event"),
        *("batch p50 ms", "p99 ms", "longest ms", "refused", "decisions", "forgotten"),
    ]
    title = f"{given.events:,} events ({given.lines:,} as NDJSON) of {given.accounts:,} accounts in {given.hours:g} h"
    show(f"{title}, {given.repeat} rounds", columns, [_row(run, found[run]) for run in runs])
    arrow.unlink()
    lines.unlink()
    _beside_plain(given)


def _beside_plain(given: Namespace) -> None:
    """Run plain Python and the durable pipeline on the same stream in turn, and print events a processor second."""
    quiet = given.folder / "quiet.arrows"
    write_arrow(Shape(given.events, given.quiet, 6, abusive=2_000, abusive_events=0.005, shared=False), quiet)
    asked = ("--stream", quiet, "--folder", given.folder)
    found: dict[str, list[float]] = {name: [] for name in ("plain", *POLICIES)}
    for _ in range(given.repeat):
        found["plain"].append(alone("end_to_end", "--plain", *asked)["nanoseconds"])
        for policies in POLICIES:
            report = alone("end_to_end", *asked, "--policies", policies, "--keeps", "log")
            found[policies].append(report["cpu"] / report["events"] * 1e9)
    table = [
        [
            name,
            spread(values, ".0f"),
            spread((1e3 / value for value in values), ".3f"),
            spread((other / value for other, value in zip(found["plain"], values, strict=True)), ".2f"),
        ]
        for name, values in found.items()
    ]
    title = f"{given.events:,} events of {given.quiet:,} accounts in 6 h, one worker, durable"
    show(title, ["what judges", "CPU ns an event", "M events a CPU second", "times plain Python"], table)
    quiet.unlink()


def _row(run: tuple[Path, str, str, int], runs: list[dict[str, Any]]) -> list[str]:
    stream, policies, keeps, workers = run
    latencies = np.concatenate([one["latencies"] for one in runs]) * 1e3
    return [
        {"twelve": "12 rules", "pack": "the pack"}[policies],
        "ndjson" if stream.suffix == ".ndjson" else "arrow",
        keeps,
        str(workers),
        spread((one["events"] / one["wall"] / 1e6 for one in runs), ".3f"),
        spread((one["cpu"] / one["events"] * 1e9 for one in runs), ".0f"),
        *(f"{np.quantile(latencies, part):.1f}" for part in (0.5, 0.99, 1)),
        f"{runs[0]['refused']:,}",
        f"{runs[0]['decisions']:,}",
        f"{runs[0]['forgotten']:.4%}",
    ]


if __name__ == "__main__":
    main()
