"""How rate and memory grow with accounts and with rules.

    python -m benchmarks.kernel.growth [--large] [--repeat 5]

Every account acts equally often, so each is touched; abusive ones besides. Rules are made (`common.made`): each crosses
a signal with a window, and what repeats a pair has another threshold. Timed is `Engine.judge` on one core and on two,
the whole stream from an empty kernel. Memory is what the process holds more after the stream than before the engine
was made, and what of the arrays is used by account tables (records, blocks of panes, cells of the index, without lines
of pairs). `dense` is what two bytes for every pane of every series would take, and eight for each total.
"""

from __future__ import annotations

import gc
import json
from argparse import ArgumentParser, Namespace
from time import perf_counter

from rich.console import Console
from rich.progress import track

from benchmarks.kernel.common import GB, alone, bind, made, processor, resident, show, spread
from benchmarks.kernel.stream import Shape, batches
from cartellino.kernel.engine import Engine

MOST = 18 * GB
RUNS = (
    *((100_000, 20, rules) for rules in (12, 60, 200)),
    *((1_000_000, 2, rules) for rules in (12, 60, 200)),
    *((1_000_000, 10, rules) for rules in (12, 60)),
)
LARGE = (10_000_000, 2, 12)


def once(given: Namespace) -> dict[str, object]:
    """Run one stream through one engine, and return rate and memory."""
    bind(given.workers)
    policies = made(given.rules)
    events = given.accounts * given.each
    shape = Shape(events, given.accounts, 36, abusive=2_000, abusive_events=0.005, shared=False, even=True)
    warm = Engine(policies, workers=given.workers)
    began = perf_counter()
    warm.judge(next(batches(shape)), 1)
    compiled = perf_counter() - began
    del warm
    gc.collect()
    before = resident()
    engine = Engine(policies, workers=given.workers)
    first, wall, cpu, broken, found = 1, 0.0, 0.0, False, 0
    for batch in batches(shape):
        began, spent = perf_counter(), processor()
        found += len(engine.judge(batch, first))
        wall, cpu = wall + perf_counter() - began, cpu + processor() - spent
        first += batch.num_rows
        if resident() > MOST:
            broken = True
            break
    gc.collect()
    shards = engine.state.tables["account"]
    used = sum(held.nbytes for shard in shards for name, held in shard.arrays() if name != "lines")
    lines = sum(shard.lines.nbytes for shards in engine.state.tables.values() for shard in shards)
    table = engine.plan.tables["account"]
    series = [*table.counts.values(), *table.sums.values()]
    return {
        "events": first - 1,
        "wall": wall,
        "cpu": cpu,
        "compiled": compiled,
        "resident": resident() - before,
        "used": used,
        "lines": lines,
        "accounts": engine.state.accounts,
        "series": len(series),
        "dense": sum(one.window.panes * 2 + 8 for one in series),
        "findings": found,
        "forgotten": engine.state.looked[1] / max(1, engine.state.looked[0]),
        "broken": broken,
    }


def main() -> None:
    """Print one line for each number of accounts, of events and of rules."""
    command = ArgumentParser(description=__doc__)
    command.add_argument("--repeat", type=int, default=5)
    command.add_argument("--large", action="store_true", help="10 million accounts, too: once, and up to 18 GB")
    command.add_argument("--once", action="store_true")
    command.add_argument("--accounts", type=int, default=100_000)
    command.add_argument("--each", type=int, default=2, help="events of each account")
    command.add_argument("--rules", type=int, default=12)
    command.add_argument("--workers", type=int, default=1)
    given = command.parse_args()
    if given.once:
        print(json.dumps(once(given)))
        return
    runs = [(*run, workers) for run in RUNS for workers in (1, 2)]
    found: dict[tuple[int, ...], list[dict[str, float]]] = {run: [] for run in runs}
    for number in track(range(given.repeat), description="rounds", console=Console(stderr=True)):
        for run in runs[number % len(runs) :] + runs[: number % len(runs)]:
            found[run].append(_alone(*run))
    if given.large:
        found[(*LARGE, 2)] = [_alone(*LARGE, 2)]
    columns = [
        *("accounts", "events each", "rules", "counters", "workers", "M events/s on the wall", "CPU ns an event"),
        *("held GB", "of that lines, at most", "bytes an account", "dense bytes", "forgotten"),
    ]
    show(f"{given.repeat} rounds", columns, [_row(run, runs) for run, runs in found.items()])


def _alone(accounts: int, each: int, rules: int, workers: int) -> dict[str, float]:
    return alone("growth", "--accounts", accounts, "--each", each, "--rules", rules, "--workers", workers)


def _row(run: tuple[int, ...], runs: list[dict[str, float]]) -> list[str]:
    accounts, each, rules, workers = run
    one = runs[0]
    return [
        f"{accounts:,}",
        f"{each}{' (stopped)' if one['broken'] else ''}",
        str(rules),
        f"{one['series']}",
        str(workers),
        spread((each["events"] / each["wall"] / 1e6 for each in runs), ".3f"),
        spread((each["cpu"] / each["events"] * 1e9 for each in runs), ",.0f"),
        spread(each["resident"] / GB for each in runs),
        f"{one['lines'] / GB:.2f}",
        f"{one['used'] / one['accounts']:,.0f}",
        f"{one['dense']:,.0f}",
        f"{one['forgotten']:.2%}",
    ]


if __name__ == "__main__":
    main()
