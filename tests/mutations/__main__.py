"""Put small faults into a copy of the code, and see whether its tests notice: `python -m tests.mutations`.

A fault is noticed when a test fails or takes far too long. What was done is kept in the file of --kept, a line a
fault; the same command again goes on with what is left or has changed since. Nothing is compiled: the tests run in
Python alone.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from queue import Queue

import msgspec
from tests.mutations.stated import PACKAGE, ROOT, Mutation, Stated, mutated, stated

PATIENCE = 180
"""Seconds after which tests that go on are taken to hang."""

COPIED = ("src", "tests", "docs", "examples", "pyproject.toml", "README.md")
CAUGHT, SURVIVED, BROKEN = "caught", "SURVIVED", "BROKEN"


class Result(msgspec.Struct, frozen=True):
    """What became of a fault, and the last lines of its tests."""

    name: str
    outcome: str
    seconds: float
    said: str = ""


class Copy:
    """The project in a folder of its own, for one fault at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        for name in COPIED:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy2(source, folder / name)

    def try_it(self, mutation: Mutation, tests: list[str]) -> Result:
        """Put it in, run the tests, and take it out again."""
        place = self._folder / PACKAGE / mutation.file
        whole = place.read_text(encoding="utf-8")
        begun = time.monotonic()
        place.write_text(mutated(self._folder, mutation), encoding="utf-8")
        try:
            outcome, said = self.run([str(PACKAGE / mutation.file), *tests])
        finally:
            place.write_text(whole, encoding="utf-8")
        return Result(mutation.name, outcome, round(time.monotonic() - begun, 1), said)

    def run(self, tests: list[str]) -> tuple[str, str]:
        """Run tests until the first that fails: what that means of a fault, and what was said last."""
        # Without the addopts of the project: no summary of what was skipped. The examples of the file come first.
        options = ["-x", "-q", "-p", "no:cacheprovider", "-o", "addopts="]
        options += ["--doctest-modules", "--import-mode=importlib"]
        named = {"CARTELLINO_EXAMPLES": "faults", "CARTELLINO_NATIVE": "never", "PYTHONPATH": str(self._folder / "src")}
        tests_run = subprocess.Popen(
            [sys.executable, "-B", "-m", "pytest", *options, *tests], cwd=self._folder, env=os.environ | named,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
        )  # fmt: skip
        try:
            said, _ = tests_run.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            # With all that they started, which would otherwise keep the pipe open.
            os.killpg(tests_run.pid, signal.SIGKILL)
            tests_run.communicate()
            return CAUGHT, "the tests went on and on"
        # 1: a test failed; 2: a module could not be imported, which is noticed as well.
        outcome = {0: SURVIVED, 1: CAUGHT, 2: CAUGHT}.get(tests_run.returncode, BROKEN)
        return outcome, "\n".join(said.splitlines()[-3:])


@contextmanager
def copies(count: int) -> Iterator[Queue[Copy]]:
    """Make so many copies, and throw them away afterwards."""
    with tempfile.TemporaryDirectory(prefix="mutations-") as folder:
        found: Queue[Copy] = Queue()
        for number in range(count):
            found.put(Copy(Path(folder) / str(number)))
        yield found


def main() -> int:
    """Try what is left, and say what survived: 0 where enough was noticed, and nothing broke."""
    chosen = _arguments().parse_args()
    known = stated()
    wanted = [one for one in known.mutations if re.search(chosen.only, one.name)]
    kept = _kept(chosen.kept)
    left = [one for one in wanted if one.name not in kept or kept[one.name].outcome != CAUGHT]
    with copies(chosen.jobs) as free, chosen.kept.open("ab") as out:
        with ThreadPoolExecutor(chosen.jobs) as pool:
            for number, tried in enumerate(pool.map(lambda one: _try(free, known, one), left), 1):
                kept[tried.name] = tried
                out.write(msgspec.json.encode(tried) + b"\n")
                out.flush()
                print(f"{number} of {len(left)}  {tried.outcome:8} {tried.seconds:6.1f} s  {tried.name}", flush=True)
        if not _are_sound(free.get(), known, left, kept):
            return 2
    return _summary(wanted, kept)


def _try(free: Queue[Copy], known: Stated, mutation: Mutation) -> Result:
    copy = free.get()
    try:
        return copy.try_it(mutation, known.tests(mutation.file))
    finally:
        free.put(copy)


def _are_sound(copy: Copy, known: Stated, tried: list[Mutation], kept: dict[str, Result]) -> bool:
    """Whether the tests pass where there is no fault: otherwise every fault would seem to be noticed.

    Tests that let a fault through have passed already.
    """
    passed = {tuple(known.tests(one.file)) for one in tried if kept[one.name].outcome == SURVIVED}
    for tests in sorted({tuple(known.tests(one.file)) for one in tried} - passed):
        begun = time.monotonic()
        outcome, said = copy.run(list(tests))
        print(f"without a fault, {time.monotonic() - begun:.0f} s: {' '.join(tests)}", flush=True)
        if outcome != SURVIVED:
            print(f"these tests fail without any fault:\n{said}", file=sys.stderr)
            return False
    return True


def _kept(file: Path) -> dict[str, Result]:
    lines = file.read_bytes().splitlines() if file.exists() else []
    return {one.name: one for one in (msgspec.json.decode(line, type=Result) for line in lines)}


def _summary(wanted: list[Mutation], kept: dict[str, Result]) -> int:
    counted = [one for one in wanted if not one.equivalent]
    survivors = [one.name for one in counted if kept[one.name].outcome == SURVIVED]
    broken = [f"{one.name}\n{kept[one.name].said}" for one in wanted if kept[one.name].outcome == BROKEN]
    wrong = [one.name for one in wanted if one.equivalent and kept[one.name].outcome == CAUGHT]
    for title, names in (("survived", survivors), ("broken", broken), ("said to be equivalent, yet noticed", wrong)):
        for name in names:
            print(f"{title}: {name}")
    caught = len(counted) - len(survivors)
    share = caught / len(counted) if counted else 1.0
    print(f"{caught} of {len(counted)} faults noticed ({share:.1%}); {len(wanted) - len(counted)} are equivalent")
    return 0 if share >= 0.95 and not broken else 1


def _arguments() -> argparse.ArgumentParser:
    asked = argparse.ArgumentParser(prog="python -m tests.mutations", description=__doc__)
    asked.add_argument("--only", default="", metavar="REGEX", help="the faults whose name has this in it")
    asked.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="so many at once")
    asked.add_argument("--kept", type=Path, default=Path("mutations.ndjson"), metavar="FILE", help="what was done")
    return asked


if __name__ == "__main__":
    sys.exit(main())
