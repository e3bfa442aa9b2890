"""Is it slower than another checkout? The same work in both, in turn, by the processor time that it takes.

    python -m benchmarks.before_after ../before                # what `git worktree add ../before COMMIT` made
    python -m benchmarks.before_after ../before --only pages

A round does the work once in each checkout, in processes of their own, the first of the two by turns. Rounds go on
until the interval of the median ratio (95 %, from order statistics) is within 3 % on both sides, or 40 were done. "Not
slower" means that the interval ends below 1.05.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from math import comb
from pathlib import Path
from time import process_time_ns

HERE = Path(__file__).parents[1]
ROUNDS, FEWEST = 40, 8
WITHIN = 0.03
EVENTS, BODIES = 4_000, 40


def kernel() -> int:
    """Judge a random stream by random policies, compiled, and return nanoseconds of the processor."""
    from tests.kernel.sameness import Author, by_engine

    from cartellino.kernel.engine import Engine

    author = Author(4)
    policies, stream, geometry = author.policies(5), author.stream(60_000, people=300), author.geometry()
    by_engine(Engine(policies, "s", geometry=geometry), stream[:500], [500])  # compiled, and loaded from the cache
    engine = Engine(policies, "s", geometry=geometry)
    began = process_time_ns()
    by_engine(engine, stream, [500])
    return process_time_ns() - began


def ingest() -> int:
    """Send bodies of NDJSON through the application, until they are decided and written."""
    import msgspec
    from litestar.testing import TestClient
    from tests.api.world import NOW, Time, World, begun, settings_for

    from cartellino.api.app import application
    from cartellino.vocabulary.times import show_instant

    def body(part: int) -> bytes:
        return b"".join(
            msgspec.json.encode({"id": f"{part}-{n}", "time": show_instant(NOW - 9_000 + n), "kind": "message_sent",
                                 "account": f"a{n % 997}", "peer": f"p{n % 89}", "known": n % 3 == 0}) + b"\n"
            for n in range(EVENTS)
        )  # fmt: skip

    bodies = [body(part) for part in range(BODIES)]
    time = Time()
    with tempfile.TemporaryDirectory() as folder:
        service = begun(settings_for(Path(folder) / "data", native="always"), time)
        with TestClient(application(service)) as client:
            world = World(service, client, time)
            world.breaks("a")
            began = process_time_ns()
            for one in bodies:
                assert world.key("POST", "/v1/events", one).json()["accepted"] == EVENTS
            world.settle()
            took = process_time_ns() - began
        service.stop()
    return took


def pages() -> int:
    """Open pages of the console and of an account holder, again and again."""
    from litestar.testing import TestClient
    from tests.api.world import Time, World, begun, settings_for

    from cartellino.api.app import application
    from cartellino.console.pages import PAGES
    from cartellino.holder.pages import PAGES as HOLDER
    from cartellino.web.pages import static

    paths = ("/console", "/console/decisions", "/console/policies", "/console/account?account=a", "/console/ledger",
             "/", "/account", "/transparency")  # fmt: skip
    time = Time()
    with tempfile.TemporaryDirectory() as folder:
        service = begun(settings_for(Path(folder) / "data"), time)
        with TestClient(application(service, static, *PAGES, *HOLDER)) as client:
            world = World(service, client, time)
            world.breaks("a", "b")
            for path in paths:
                assert world.people["admin"]("GET", path).status_code == 200, path
            settle()
            began = process_time_ns()
            for _ in range(40):
                for path in paths:
                    world.people["admin"]("GET", path)
            took = process_time_ns() - began
        service.stop()
    return took


def settle() -> None:
    """Do what `cartellino serve` of this checkout does before it answers, if it does anything."""
    from cartellino.cli import serve

    getattr(serve, "keep_what_was_loaded", lambda: None)()


WORK: dict[str, Callable[[], int]] = {"kernel": kernel, "ingest": ingest, "pages": pages}


def done(name: str, checkout: Path) -> int:
    """Do a piece of work in a checkout, and return the nanoseconds that it took."""
    path = os.pathsep.join(map(str, (checkout / "src", checkout)))
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "work.py"
        script.write_text(Path(__file__).read_text())
        environment = {**os.environ, "PYTHONPATH": path}
        said = subprocess.run([sys.executable, str(script), "--work", name], env=environment, cwd=checkout, check=True,
                              capture_output=True, text=True)  # fmt: skip
    return int(said.stdout.split()[-1])


def interval(ratios: Sequence[float]) -> tuple[float, float]:
    """Return a 95 % interval of the median: between the order statistics of which few enough samples lie outside.

    >>> interval([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0])
    (1.0, 8.0)
    """
    ordered, many = sorted(ratios), len(ratios)
    below, outside = 0.0, 0
    while outside < many // 2:
        below += comb(many, outside) / 2**many
        if below > 0.025:
            break
        outside += 1
    place = max(outside - 1, 0)
    return ordered[place], ordered[many - 1 - place]


def compare(name: str, before: Path) -> None:
    """Do a piece of work in both checkouts until the ratio is known well enough, and print it."""
    ratios: list[float] = []
    while len(ratios) < ROUNDS:
        first, second = (before, HERE) if len(ratios) % 2 else (HERE, before)
        took = {checkout: done(name, checkout) for checkout in (first, second)}
        ratios.append(took[HERE] / took[before])
        least, most = interval(ratios)
        middle = statistics.median(ratios)
        print(f"\r{name}: round {len(ratios)}, {middle:.3f} [{least:.3f}, {most:.3f}]", end="", file=sys.stderr)
        if len(ratios) >= FEWEST and middle - least <= WITHIN and most - middle <= WITHIN:
            break
    print(file=sys.stderr)
    print(
        f"| {name} | {middle:.3f} | {least:.3f} to {most:.3f} | {len(ratios)} | {'no' if most < 1.05 else 'perhaps'} |"
    )


def main() -> None:
    """Compare this checkout with another."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("before", nargs="?", type=Path, help="the other checkout")
    asked.add_argument("--only", choices=WORK, action="append", help="some of the work")
    asked.add_argument("--work", choices=WORK, help=argparse.SUPPRESS)
    chosen = asked.parse_args()
    if chosen.work:
        print(WORK[chosen.work]())
        return
    if chosen.before is None:
        asked.error("name the other checkout")
    print("| work | processor time, after / before | 95 % interval | rounds | slower |")
    print("| --- | ---: | --- | ---: | --- |", flush=True)
    for name in chosen.only or WORK:
        compare(name, chosen.before.resolve())


if __name__ == "__main__":
    main()
