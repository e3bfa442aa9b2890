"""Where the time goes: nanoseconds an event of each pass of the route and of the kernel, on one core.

    python -m benchmarks.kernel.passes [--events 2000000] [--accounts 100000] [--policies twelve]

Compiled functions have no symbols for a profiler, so each pass is timed by a wrapper around the method that does it.
The log is written before the kernel judges, not beside it as in service, so that the passes add up.
The first half of the events only warms: what is timed is a kernel whose tables are in use.
"""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from concurrent.futures import Future
from io import BufferedReader, BytesIO
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from time import process_time
from types import ModuleType
from typing import Any

import pyarrow as pa
import pyarrow.ipc

from benchmarks.kernel.common import POLICIES, alone, bind, show, spread
from benchmarks.kernel.end_to_end import NOW
from benchmarks.kernel.stream import Shape, batches
from cartellino.cli.loaded import keep_what_was_loaded
from cartellino.enforcement.sequencer import Sequencer
from cartellino.events import arrow
from cartellino.events import batches as event_batches
from cartellino.events.arrow import SCHEMA
from cartellino.events.batches import read_batches
from cartellino.kernel.engine import Engine
from cartellino.kernel.judging import Judge
from cartellino.kernel.passes import Passes
from cartellino.kernel.table import TableShard
from cartellino.pipeline.indexed_log import IndexedLog
from cartellino.pipeline.intake import Arrivals
from cartellino.pipeline.route import Route
from cartellino.pipeline.state_folder import StateFolder
from cartellino.storage import frames, segments
from cartellino.storage.files import _DiskFile
from cartellino.storage.name_index import NameIndex

PASSES: dict[str, list[tuple[type | ModuleType, str]]] = {
    "reading: bytes": [(arrow._IntoArrow, "read_buffer")],
    "reading: structure": [(event_batches, "_are_valid")],
    "reading: values": [(event_batches, "judge")],
    "arrivals: retries": [(Arrivals, "accept")],
    "arrivals: digests": [(Arrivals, "digests")],
    "log: columns of the place, checks": [(StateFolder, "keep")],
    "log: forms of columns": [(segments, "encoded")],
    "log: codes of names": [(IndexedLog, "_codes")],
    "log: index of names": [(NameIndex, "note")],
    "log: frame (IPC)": [(segments, "seal_batch")],
    "log: checksum": [(frames, "_sealed")],
    "log: write": [(_DiskFile, "write")],
    "log: fsync": [(_DiskFile, "sync")],
    "kernel: read": [(Passes, "read")],
    "kernel: note": [(Passes, "note")],
    "kernel: serve": [(Passes, "serve")],
    "kernel: derive": [(Passes, "derive")],
    "kernel: filter": [(Passes, "filter")],
    "kernel: fold": [(Passes, "fold")],
    "kernel: rules": [(Judge, "_hits")],
    "kernel: cool down": [(Judge, "_cool_down")],
    "kernel: findings and evidence": [(Judge, "_found")],
    "tables: growth": [(TableShard, "make_room_for_keys"), (TableShard, "make_room_for_counts")],
    "sequencer": [(Sequencer, "decide")],
    "route: sources, handing over": [(Route, "take")],
    "kernel: judging, the rest": [(Engine, "judge")],
}
"""Methods of each pass; a pass within another (fsync in the log, growth in note and fold) counts once, for itself."""


class AtOnce:
    """Stands in for the thread that writes the log."""

    def submit(self, done: Callable[..., object], *given: object) -> Future[object]:
        """Do it now."""
        future = Future[object]()
        future.set_result(done(*given))
        return future


class Watch:
    """Adds up the time within methods, without that of watched methods they call."""

    def __init__(self) -> None:
        self.spent = dict.fromkeys(PASSES, 0.0)
        self._inner = [0.0]

    def wrap(self, owner: type | ModuleType, name: str, what: str) -> None:
        """Put a clock around a method."""
        done: Callable[..., Any] = getattr(owner, name)

        def timed(*args: Any, **named: Any) -> Any:  # noqa: ANN401
            self._inner.append(0.0)
            began = process_time()
            try:
                return done(*args, **named)
            finally:
                whole = process_time() - began
                self.spent[what] += whole - self._inner.pop()
                self._inner[-1] += whole

        setattr(owner, name, timed)


def once(given: Namespace) -> dict[str, float]:
    """Run the stream through a route with a log, and return nanoseconds an event of each pass."""
    bind(1)
    data = BytesIO()
    shape = Shape(given.events, given.accounts, given.hours, abusive=2_000, abusive_events=0.005, shared=False)
    with pa.ipc.new_stream(data, SCHEMA) as writer:
        for batch in batches(shape):
            writer.write_batch(batch.select(SCHEMA.names))
    data.seek(0)
    watch = Watch()
    for what, methods in PASSES.items():
        for owner, name in methods:
            watch.wrap(owner, name, what)
    folder = Path(mkdtemp(dir=given.folder))
    try:
        state = StateFolder(folder / "state")
        (folder / "state").mkdir()
        state.snapshot_every = 1 << 60
        route = Route(POLICIES[given.policies](), now=NOW, store=state, native=True)
        route._writing = AtOnce()  # type: ignore[assignment]
        list(state.resume(route))
        keep_what_was_loaded()  # as commands do
        began, warm = process_time(), 0
        for chunk in read_batches(BufferedReader(data), "events"):
            state.record(route.take(chunk, "events").decisions, route)
            if not warm and route.sequence >= given.events // 2:
                warm, began = route.sequence, process_time()
                watch.spent = dict.fromkeys(PASSES, 0.0)
        whole, events = process_time() - began, route.sequence - warm
    finally:
        rmtree(folder)
    rest = whole - sum(watch.spent.values())
    found = watch.spent | {"the rest": rest, "all": whole}
    return {what: spent / events * 1e9 for what, spent in found.items()}


def main() -> None:
    """Print one line a pass."""
    command = ArgumentParser(description=__doc__)
    command.add_argument("--events", type=int, default=2_000_000)
    command.add_argument("--accounts", type=int, default=100_000)
    command.add_argument("--hours", type=float, default=36)
    command.add_argument("--repeat", type=int, default=5)
    command.add_argument("--folder", type=Path, default=Path("build/end_to_end"), help="on the disk that is measured")
    command.add_argument("--policies", choices=sorted(POLICIES), default="twelve")
    command.add_argument("--once", action="store_true")
    given = command.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    if given.once:
        print(json.dumps(once(given)))
        return
    asked = ("--events", given.events, "--accounts", given.accounts, "--hours", given.hours, "--folder", given.folder)
    held = {name: [alone("passes", *asked, "--policies", name) for _ in range(given.repeat)] for name in POLICIES}
    rows = [
        [what, *(spread((one[what] for one in runs), ",.0f") for runs in held.values())]
        for what in next(iter(held.values()))[0]
    ]
    title = f"ns an event, the second half of {given.events:,} events of {given.accounts:,} accounts, one core"
    show(title, ["pass", "12 rules", "the pack"], rows)


if __name__ == "__main__":
    main()
