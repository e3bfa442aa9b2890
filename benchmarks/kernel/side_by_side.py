"""All contenders beside each other on the same stream, round by round, so that noise of the machine hits all alike.

    python -m benchmarks.kernel.side_by_side [--events 1000000] [--accounts 100000] [--variant distinct] [--out FILE]

Each run is a process of its own, bound to one core or free to use all. The table gives medians, and the least and the
most of all rounds. The probe (a random load in 512 MB) runs in every round: `loads` is the time of an event as a
multiple of it. Exact sliding windows and panes do not fire at the very same events: `other events` counts findings
that only the contender has and that only plain Python has; `other accounts` counts pairs of account and rule so.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pyarrow.ipc
from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks.kernel import ours
from benchmarks.kernel.question import QUESTIONS
from benchmarks.kernel.stream import Shape, batches

CORES = sorted(os.sched_getaffinity(0))
ROOT = Path(__file__).parents[2]


@dataclass
class Contender:
    """Who, on how many threads, over at most how many events, seeing how much at a time; and what its runs gave."""

    name: str
    module: str
    needs: str
    threads: int
    sees: str
    most: int = 10**12
    runs: list[dict[str, Any]] = field(default_factory=list)
    broken: str = ""

    @property
    def missing(self) -> str:
        """Why it cannot run; nothing when it can."""
        if self.broken:
            return self.broken
        if find_spec(self.needs) is not None:
            return ""
        return "not there yet" if self.needs == ours.ENGINE else f"{self.needs} is not installed"

    def middle(self, what: str) -> float:
        """Return the median over the rounds."""
        return float(median(one[what] for one in self.runs))

    def rate(self, what: str) -> list[float]:
        """Return median, least and most events a second."""
        rates = [one["events"] / one[what] for one in self.runs]
        return [median(rates), min(rates), max(rates)]

    def findings(self, before: int) -> set[tuple[int, str, str]]:
        """Return what it found among the first events; every round finds the same, or it says so."""
        found = {frozenset((number, rule, account) for number, rule, account in one["findings"]) for one in self.runs}
        if len(found) != 1:
            raise ValueError(f"{self.name} found different things in different rounds")
        return {one for one in found.pop() if one[0] < before}


def contenders(cores: int) -> list[Contender]:
    """Return all, ours first."""
    rivals, everything = "benchmarks.kernel.rivals", "the whole stream"
    made = [
        Contender("ours", "benchmarks.kernel.ours", ours.ENGINE, 1, "a batch"),
        Contender("ours", "benchmarks.kernel.ours", ours.ENGINE, cores, "a batch"),
        Contender("plain Python", f"{rivals}.plain", "sys", 1, "an event", 2_000_000),
        Contender("Polars", f"{rivals}.polars_rolling", "polars", 1, everything),
        Contender("Polars", f"{rivals}.polars_rolling", "polars", cores, everything),
        Contender("DuckDB", f"{rivals}.duckdb_range", "duckdb", 1, everything),
        Contender("DuckDB", f"{rivals}.duckdb_range", "duckdb", cores, everything),
        Contender("DuckDB", f"{rivals}.duckdb_live", "duckdb", 1, "a batch", 1_000_000),
        Contender("DuckDB", f"{rivals}.duckdb_live", "duckdb", cores, "a batch", 1_000_000),
        Contender("bytewax", f"{rivals}.bytewax_flow", "bytewax", 1, "a batch", 500_000),
        Contender("bytewax", f"{rivals}.bytewax_flow", "bytewax", cores, "a batch", 500_000),
    ]
    return made if cores > 1 else list({one.module: one for one in made}.values())


def once(module: str, threads: int, *more: str) -> dict[str, Any]:
    """Run in a new process, on the last core alone if it has one thread."""
    cores = CORES[-1:] if threads == 1 else CORES
    asked = ["-m", "benchmarks.kernel.once", module, "--threads", str(threads), "--cores", *map(str, cores), *more]
    ran = subprocess.run([sys.executable, *asked], cwd=ROOT, check=False, capture_output=True, text=True)
    if ran.returncode:
        raise ChildProcessError((ran.stderr.splitlines() or [f"stopped with {ran.returncode}"])[-1])
    report: dict[str, Any] = json.loads(ran.stdout)
    return report


def race(given: Namespace, stream: Path) -> tuple[list[Contender], list[list[float]]]:
    """Run everybody once a round, each round beginning with another."""
    entered, probes = contenders(len(CORES)), list[list[float]]()
    if given.only:
        entered = [one for one in entered if one.module.rpartition(".")[2] in given.only]
    for number in track(range(given.repeat), description="rounds", console=Console(stderr=True)):
        probes.append(once("probe", 1)["probe"])
        turn = number % len(entered)
        for one in entered[turn:] + entered[:turn]:
            if one.missing:
                continue
            events = str(min(given.events, one.most))
            more = ("--stream", str(stream), "--events", events, "--question", given.variant)
            try:
                one.runs.append(once(one.module, one.threads, *more))
            except ChildProcessError as fault:
                one.broken = f"failed: {fault}"
    return entered, probes


def apart(one: Contender, other: Contender, *, accounts: bool) -> str:
    """Count findings that only one has, and that only the other has, as far as both went."""
    before = min(one.runs[0]["events"], other.runs[0]["events"])
    cut = slice(1, 3) if accounts else slice(0, 2)
    mine, theirs = ({found[cut] for found in it.findings(before)} for it in (one, other))
    return f"+{len(mine - theirs)} −{len(theirs - mine)}"


def spread(values: Iterable[float], form: str = ",.2f") -> str:
    """Write a median with its least and most."""
    middle, least, most = (format(value, form) for value in values)
    return f"{middle} ({least}–{most})"


def table(entered: list[Contender], probes: list[list[float]], given: Namespace) -> Table:
    """Lay out what was measured."""
    loads = [cpu for cpu, _ in probes]
    title = f"{given.variant}: {given.events:,} events of {given.accounts:,} accounts, {given.repeat} rounds"
    caption = f"a load in 512 MB: {spread((median(loads), min(loads), max(loads)))} ns"
    shown = Table(title=title, caption=caption)
    columns = [
        *("contender", "threads", "sees", "events", "M events a processor second", "M events/s on the wall"),
        *("× ours", "× plain", "loads", "MB", "findings", "other events", "other accounts"),
    ]
    for name in columns:
        shown.add_column(name, justify="left" if name in ("contender", "sees") else "right")
    base = {one.name: one for one in reversed(entered) if one.runs and not one.broken}
    mine, plain = base.get("ours"), base.get("plain Python")
    for one in entered:
        if one.broken or not one.runs:
            shown.add_row(one.name, str(one.threads), one.sees, one.missing)
            continue
        cpu, wall = one.rate("cpu"), one.rate("wall")
        shown.add_row(
            *(one.name, str(one.threads), one.sees, f"{one.runs[0]['events']:,}"),
            *(spread((rate / 1e6 for rate in rates), ".3f") for rates in (cpu, wall)),
            *(f"{cpu[0] / other.rate('cpu')[0]:.2f}" if other else "" for other in (mine, plain)),
            *(f"{1e9 / cpu[0] / median(loads):.0f}", f"{one.middle('memory'):.0f}", f"{len(one.runs[0]['findings'])}"),
            *(apart(one, plain, accounts=accounts) if plain else "" for accounts in (False, True)),
        )
    return shown


def main() -> None:
    """Make the stream, race, print and write."""
    command = ArgumentParser(description=__doc__)
    command.add_argument("--events", type=int, default=1_000_000)
    command.add_argument("--accounts", type=int, default=100_000)
    command.add_argument("--hours", type=float, default=36)
    command.add_argument("--seed", type=int, default=1)
    command.add_argument("--repeat", type=int, default=5)
    command.add_argument("--variant", choices=sorted(QUESTIONS), default="distinct")
    command.add_argument("--only", nargs="+", help="names of modules, such as `ours plain`")
    command.add_argument("--out", type=Path, help="the JSON file to write")
    given = command.parse_args()
    with TemporaryDirectory() as folder:
        stream = Path(folder) / "stream.arrow"
        made = batches(Shape(given.events, given.accounts, given.hours, given.seed))
        first = next(made)
        with pa.OSFile(str(stream), "wb") as sink, pa.ipc.new_file(sink, first.schema) as writer:
            writer.write_batch(first)
            for batch in made:
                writer.write_batch(batch)
        entered, probes = race(given, stream)
    Console(width=None if sys.stdout.isatty() else 220).print(table(entered, probes, given))
    if given.out is not None:
        held = {key: str(value) if isinstance(value, Path) else value for key, value in vars(given).items()}
        runs = [{"name": one.name, "threads": one.threads, "missing": one.missing, "runs": one.runs} for one in entered]
        given.out.write_text(json.dumps({"given": held, "probes": probes, "contenders": runs}))


if __name__ == "__main__":
    main()
