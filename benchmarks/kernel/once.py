"""One contender, once, in a process of its own: `side_by_side` starts it and reads the line that it prints.

Timed is the way from Arrow batches in memory to the set of findings. Not timed: starting Python, reading the file,
setting up (compiling), and a first run over one batch with separate state. Processor time is that of all threads and
of child processes that have ended.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from time import perf_counter, process_time

import pyarrow as pa
import pyarrow.ipc

from benchmarks.kernel.question import QUESTIONS, Finding, Question

Answer = Callable[[Sequence[pa.RecordBatch]], set[Finding]]


def read(path: Path, events: int) -> list[pa.RecordBatch]:
    """Read the first events of a stream into memory."""
    held: list[pa.RecordBatch] = []
    with pa.OSFile(str(path)) as source, pa.ipc.open_file(source) as file:
        for index in range(file.num_record_batches):
            if events <= 0:
                break
            held.append(file.get_batch(index).slice(0, events))
            events -= held[-1].num_rows
    return held


def ready(module: str, question: Question, threads: int) -> Answer:
    """Set a contender up, with empty state."""
    contender = import_module(module)
    if hasattr(contender, "ready"):
        answer: Answer = contender.ready(question, threads)
        return answer
    return partial(contender.answer, question=question, threads=threads)


def processor() -> float:
    """Return the processor time of this process, its threads, and its children that have ended."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return process_time() + children.ru_utime + children.ru_stime


def memory(what: str) -> float:
    """Return the memory of this process in MB: what it holds (`VmRSS`), or the most it ever held (`VmHWM`)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1_024 for line in lines if line.startswith(what))


def main() -> None:
    """Run a contender and print what came of it as one line of JSON."""
    command = ArgumentParser(description=__doc__)
    command.add_argument("module", help="or `probe`")
    command.add_argument("--stream", type=Path)
    command.add_argument("--events", type=int, default=0)
    command.add_argument("--question", choices=sorted(QUESTIONS))
    command.add_argument("--threads", type=int, default=1)
    command.add_argument("--cores", type=int, nargs="+", required=True)
    given = command.parse_args()
    os.sched_setaffinity(0, given.cores)
    os.environ["POLARS_MAX_THREADS"] = str(given.threads)
    if given.module == "probe":
        json.dump({"probe": import_module("benchmarks.kernel.probe").probe()}, sys.stdout)
        return
    question, batches = QUESTIONS[given.question], read(given.stream, given.events)
    ready(given.module, question, given.threads)(batches[:1])
    began = perf_counter()
    answer = ready(given.module, question, given.threads)
    setup = perf_counter() - began
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")  # the most it ever held begins anew
    held, wall, cpu = memory("VmRSS"), perf_counter(), processor()
    found = answer(batches)
    cpu, wall = processor() - cpu, perf_counter() - wall
    accounts = pa.chunked_array([one.column("account") for one in batches])
    findings = sorted((number, rule, accounts[number].as_py()) for number, rule in found)
    report = {"cpu": cpu, "wall": wall, "setup": setup, "memory": memory("VmHWM") - held, "findings": findings}
    json.dump(report | {"events": sum(one.num_rows for one in batches)}, sys.stdout)


if __name__ == "__main__":
    main()
