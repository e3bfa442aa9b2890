"""Starting again on a state folder, and sending what is in it again; before and after, in turn.

    python -m benchmarks.kernel.restart [../before] [--events 3000000] [--rounds 3]

In each round this checkout and another one (for example `git worktree add ../before <commit>`) make a folder from the
same stream with 12 rules, open it again in a new process, and are sent the first rows once more. Processor time, and
the memory that knowing the rows takes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from argparse import ArgumentParser, Namespace
from io import BufferedReader, BytesIO
from pathlib import Path
from shutil import rmtree
from statistics import median
from time import process_time
from typing import Any

import pyarrow as pa
import pyarrow.ipc

from benchmarks.kernel.common import ROOT, bind, twelve
from benchmarks.kernel.end_to_end import NOW
from benchmarks.kernel.stream import Shape, batches
from cartellino.events.arrow import SCHEMA
from cartellino.events.batches import Chunk, read_batches
from cartellino.pipeline.route import Route
from cartellino.pipeline.state_folder import StateFolder

AGAIN = 20
"""Batches that are sent a second time."""


def chunks(events: int) -> list[Chunk]:
    """Return the stream."""
    data = BytesIO()
    with pa.ipc.new_stream(data, SCHEMA) as writer:
        for batch in batches(Shape(events, 100_000, 36, abusive=2_000, abusive_events=0.005, shared=False)):
            writer.write_batch(batch.select(SCHEMA.names))
    data.seek(0)
    return list(read_batches(BufferedReader(data), "events"))


def route_on(folder: Path) -> tuple[Route, StateFolder]:
    """Open a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    state = StateFolder(folder)
    return Route(twelve(), now=NOW, store=state, native=True), state


def fill(given: Namespace) -> dict[str, float]:
    """Make a folder, and return the nanoseconds an event of the second half."""
    route, state = route_on(given.folder)
    list(state.resume(route))
    sent, began, warm = chunks(given.events), process_time(), 0
    for chunk in sent:
        state.record(route.take(chunk, "events").decisions, route)
        if not warm and route.sequence >= given.events // 2:
            warm, began = route.sequence, process_time()
    spent = process_time() - began
    state.snapshot(route)
    size = sum(file.stat().st_size for file in (given.folder / "log").iterdir())
    return {"ns an event": spent / (route.sequence - warm) * 1e9, "bytes an event in log/": size / route.sequence}


def held_by(arrivals: Any) -> int:  # noqa: ANN401 - other checkouts have another intake
    """Return the bytes of memory by which rows of the log are known."""
    if hasattr(arrivals, "cells"):
        return int(arrivals.cells.nbytes)
    return int(arrivals.known.cells.nbytes + sum(part.digests.blocks.nbytes for part in arrivals.known.finished))


def again(given: Namespace) -> dict[str, float]:
    """Open the folder, and send the first rows again."""
    route, state = route_on(given.folder)
    route.arrivals.core = route.kernel.core
    began = process_time()
    state._learn(route)
    learned = process_time() - began
    events, sent = state.log.last, chunks(given.events)[:AGAIN]
    route.take(sent[0], "another")
    began = process_time()
    known = sum(route.take(chunk, "another").in_log for chunk in sent[1:])
    spent = process_time() - began
    assert known == sum(chunk.batch.num_rows for chunk in sent[1:])
    return {
        "restart: seconds for the intake": learned,
        "known rows: bytes an event in memory": held_by(route.arrivals) / events,
        "sent again: ns a row": spent / known * 1e9,
    }


def round_of(checkout: Path, given: Namespace) -> dict[str, float]:
    """Let a checkout fill a folder and open it again, each in a process of its own."""
    folder, found = given.folder.absolute() / "restart", dict[str, float]()
    for part in ("fill", "again"):
        command = [*(sys.executable, "-m", "benchmarks.kernel.restart", "--part", part)]
        command += ["--events", str(given.events), "--folder", str(folder)]
        env = {**os.environ, "PYTHONPATH": f"{checkout / 'src'}:{checkout}"}
        told = subprocess.run(command, cwd=checkout, env=env, check=True, capture_output=True, text=True).stdout
        found |= json.loads(told.splitlines()[-1])
    rmtree(folder)
    return found


def main() -> None:
    """Compare this checkout with another."""
    command = ArgumentParser(description=__doc__)
    command.add_argument("before", nargs="?", type=Path)
    command.add_argument("--events", type=int, default=3_000_000)
    command.add_argument("--rounds", type=int, default=3)
    command.add_argument("--folder", type=Path, default=Path("build/end_to_end"))
    command.add_argument("--part", choices=("fill", "again"))
    given = command.parse_args()
    if given.part:
        bind(1)
        print(json.dumps({"fill": fill, "again": again}[given.part](given)))
        return
    checkouts = [ROOT] if given.before is None else [given.before.resolve(), ROOT]
    rounds = [[round_of(checkout, given) for checkout in checkouts] for _ in range(given.rounds)]
    for name in rounds[0][0]:
        columns = [[each[at][name] for each in rounds] for at in range(len(checkouts))]
        print(name, *(f"{median(one):,.2f} ({min(one):,.2f} to {max(one):,.2f})" for one in columns), sep=" | ")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
