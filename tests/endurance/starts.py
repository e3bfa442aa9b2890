"""Starts the demonstration again and again, and says how often something went wrong.

    .venv/bin/python -m tests.endurance.starts --resume starts.ndjson
    .venv/bin/python -m tests.endurance.starts --warm 45 --cold 5 --resume starts.ndjson

Each start is `./run`, in a session of its own, with its own port and temporary folder; a cold one has an empty cache of
compiled rules and an empty home. Half of them are ended as soon as the pages were looked at, the others at a moment
drawn by chance, by SIGTERM, Ctrl-C, a closed terminal, or SIGKILL. Afterwards no process and no file may be left, no
traceback may have been shown, and the exit code must be right. One in five has the town of the usual size; the others
a smaller one, which saves time. A line of `--resume` is one start: those that are there are not done again.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import httpx
from tests.api.process import free_port

ROOT = Path(__file__).parents[2]
LONGEST = 900.0
"""Seconds for a start to be ready; an empty cache on a busy machine takes minutes."""

MARK = "CARTELLINO_START_MARK"
"""The variable by which the processes of a start are found again."""

WAITS = "Cartellino is starting"
PAGES = {"/": 200, "/console": 200, "/account": 200, "/health/ready": 200}
ENDINGS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGKILL)


class Plan(NamedTuple):
    """One start: the size of its town, when it is ended, and how. `after` of none: when the pages were looked at."""

    number: int
    cold: bool
    accounts: int
    after: float | None
    ending: signal.Signals


def plans(warm: int, cold: int, seed: int) -> Iterator[Plan]:
    """Yield the starts, the same for the same seed."""
    for number in range(warm + cold):
        chance = random.Random(f"{seed} {number}")
        is_cold = number >= warm
        accounts = 600 if number % 5 == 0 else 150
        after = None if number % 2 == 0 else chance.uniform(0, 120 if is_cold else 45)
        yield Plan(number, is_cold, accounts, after, chance.choice(ENDINGS))


class Start:
    """A running start. Everything of it lies in `folder`."""

    def __init__(self, folder: Path, cache: Path, *arguments: str, command: Sequence[str] = ("./run",)) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.temporary = folder / "tmp"
        self._mark = f"{folder.name}-{self.port}"
        self._log = folder / f"start-{self.port}.log"
        self.temporary.mkdir(parents=True, exist_ok=True)
        (folder / "home").mkdir(exist_ok=True)
        changed = {"HOME": str(folder / "home"), "TMPDIR": str(self.temporary), "CARTELLINO_CACHE": str(cache)}
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [*command, "--listen", f"127.0.0.1:{self.port}", *arguments], cwd=ROOT, stdout=log, stderr=log,
                env={**os.environ, **changed, MARK: self._mark}, start_new_session=True, preexec_fn=_as_at_a_terminal,
            )  # fmt: skip
        self.began = time.monotonic()

    @property
    def output(self) -> str:
        """What it said."""
        return self._log.read_text(errors="replace")

    def look(self, path: str) -> httpx.Response | None:
        """Ask for a page; nothing where nobody answers."""
        try:
            return httpx.get(self.url + path, timeout=20, follow_redirects=True)
        except httpx.TransportError:
            return None

    def wait(self, *, until_ready: bool, seconds: float = LONGEST) -> float:
        """Wait until a page is shown, or the product's, and return after how many seconds that was; -1: it ended."""
        while self.process.poll() is None and time.monotonic() - self.began < seconds:
            shown = self.look("/")
            if shown is not None and shown.status_code == 200 and not (until_ready and WAITS in shown.text):
                return time.monotonic() - self.began
            time.sleep(0.1)
        return -1

    def end(self, how: signal.Signals) -> int:
        """End it as a person would (Ctrl-C and a closed terminal reach all of the terminal's processes)."""
        if self.process.poll() is None:
            (os.killpg if how in (signal.SIGINT, signal.SIGHUP) else os.kill)(self.process.pid, how)
        return self.process.wait(60)

    def left_over(self, seconds: float = 20) -> list[str]:
        """Return what is left of it: processes, and files in the temporary folder; processes may take a moment."""
        until = time.monotonic() + seconds
        while (found := self.processes()) and time.monotonic() < until:
            time.sleep(0.1)
        return [*found, *(one.name for one in self.temporary.iterdir())]

    def processes(self) -> list[str]:
        """Return the commands of its processes that run."""
        found: list[str] = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if f"{MARK}={self._mark}".encode() in (folder / "environ").read_bytes().split(b"\0"):
                    found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode())
            except OSError:
                continue
        return found


def _as_at_a_terminal() -> None:
    """What runs in the background ignores Ctrl-C, and so does whatever it starts; here it must not."""
    for one in (signal.SIGINT, signal.SIGHUP):
        signal.signal(one, signal.SIG_DFL)


def do(plan: Plan, folder: Path, cache: Path) -> dict[str, Any]:
    """Do one start, and return what was seen of it."""
    start = Start(folder, cache, "--accounts", str(plan.accounts))
    faults: list[str] = []
    page = ready = -1.0
    if plan.after is None:
        page, ready = start.wait(until_ready=False), start.wait(until_ready=True)
        faults += [f"{path} is not shown" for path, status in PAGES.items() if not _shows(start, path, status)]
    else:
        time.sleep(plan.after)
        shown = start.look("/")
        ready = plan.after if shown is not None and WAITS not in shown.text else -1.0
    code = start.end(plan.ending)
    faults += _faults(start, plan, code, is_ready=ready >= 0)
    return {**plan._asdict(), "ending": plan.ending.name, "page": page, "ready": ready, "code": code, "faults": faults}


def _shows(start: Start, path: str, status: int) -> bool:
    shown = start.look(path)
    return shown is not None and shown.status_code == status


def _faults(start: Start, plan: Plan, code: int, *, is_ready: bool) -> Iterator[str]:
    right = {-signal.SIGKILL} if plan.ending == signal.SIGKILL else {128 + plan.ending, -plan.ending, 0}
    if code not in ({0} if is_ready and plan.ending != signal.SIGKILL else right):
        yield f"exit code {code}"
    if "Traceback" in start.output or "Exception" in start.output:
        yield f"a traceback: {start.output[-2_000:]}"
    yield from (f"left over: {one}" for one in start.left_over())


def main() -> int:
    """Do the starts that are not done yet, and print the table."""
    chosen = _arguments()
    done = _read(chosen.resume)
    with _folder() as folder:
        warm = folder / "warm"
        for plan in plans(chosen.warm, chosen.cold, chosen.seed):
            if plan.number in done:
                continue
            if not plan.cold and not warm.exists():
                _compile(warm)
            own = folder / f"{plan.number}"
            done[plan.number] = do(plan, own, own / "cache" if plan.cold else warm)
            shutil.rmtree(own, ignore_errors=True)
            _write(chosen.resume, done[plan.number])
    _print(list(done.values()))
    return int(any(one["faults"] for one in done.values()))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--warm", type=int, default=45, help="starts with compiled rules (default 45)")
    parser.add_argument("--cold", type=int, default=5, help="starts with an empty cache (default 5)")
    parser.add_argument("--seed", type=int, default=1, help="draws the moments (default 1)")
    parser.add_argument("--resume", type=Path, help="file of the starts that are done")
    return parser.parse_args()


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="starts-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def _compile(cache: Path) -> None:
    command = [str(ROOT / ".venv" / "bin" / "cartellino"), "policies", "compile"]
    subprocess.run(command, check=True, env={**os.environ, "CARTELLINO_CACHE": str(cache)})


def _read(file: Path | None) -> dict[int, dict[str, Any]]:
    lines = file.read_text().splitlines() if file is not None and file.exists() else []
    return {one["number"]: one for one in map(json.loads, lines)}


def _write(file: Path | None, one: dict[str, Any]) -> None:
    print(json.dumps(one), flush=True)
    if file is not None:
        with file.open("a") as out:
            out.write(json.dumps(one) + "\n")


def _print(done: Sequence[dict[str, Any]]) -> None:
    print("| starts | with a fault | seconds to the first page | seconds to the product |")
    print("| --- | --- | --- | --- |")
    for called, cold in (("warm", False), ("cold", True)):
        these = [one for one in done if one["cold"] is cold]
        faults = sum(bool(one["faults"]) for one in these)
        print(f"| {len(these)} {called} | {faults} | {_spread(these, 'page')} | {_spread(these, 'ready')} |")
    for one in done:
        print(*(f"{one['number']}: {fault}" for fault in one["faults"]), sep="\n", end="\n" if one["faults"] else "")


def _spread(these: Sequence[dict[str, Any]], name: str) -> str:
    seconds = [one[name] for one in these if one["after"] is None and one[name] >= 0]
    return f"{median(seconds):.1f} (at most {max(seconds):.1f})" if seconds else "none measured"


if __name__ == "__main__":
    sys.exit(main())
