"""What the benchmarks of the kernel share: policies, runs in processes of their own, and how figures are written.

Twelve rules of the shipped pack stand for a small policy. For growth, rules are made by crossing signals with windows
and then with thresholds, so twelve have as many series and two hundred have eighty.

>>> len(twelve().rules), len(made(12).rules), len(made(200).rules)
(12, 12, 200)
"""

from __future__ import annotations

import json
import os
import platform
import resource
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from importlib.metadata import version
from itertools import islice, product
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any

from rich.console import Console
from rich.table import Table

from cartellino.policies.load import Text, load
from cartellino.policies.packs import pack
from cartellino.policies.policyset import PolicySet

CORES = sorted(os.sched_getaffinity(0))
ROOT = Path(__file__).parents[2]
GB = 1 << 30

TWELVE = (
    *("spam/bulk-to-strangers", "spam/very-many-strangers", "spam/rush-to-strangers", "spam/young-to-strangers"),
    *("spam/blocked-by-many", "spam/unwelcome", "scraping/many-profiles", "scraping/enumeration"),
    *("reports/credible-reporters", "groups/filled-with-strangers", "groups/dozens-of-groups"),
    "broadcast/to-strangers",
)

_SIGNALS = (
    *("count(message_sent, {})", "distinct(message_sent.peer, where=not known, {})", "distinct(message_sent.peer, {})"),
    *("count(number_checked, {})", "distinct(profile_viewed.peer, {})", "sum(broadcast_sent.unknown_recipients, {})"),
    *("distinct(reply_received.peer, {})", "distinct(blocked.peer, {})"),
)
_WINDOWS = ("24h", "1h", "10m", "7d", "30m", "6h", "12h", "3h", "3d", "30d")
_ABOVE = (200, 400, 800)


def twelve() -> PolicySet:
    """Return twelve rules of the shipped pack: spam, scraping, reports, groups, broadcasts."""
    whole = the_pack()
    return replace(whole, rules=tuple(one for one in whole.rules if one.id in TWELVE))


def the_pack() -> PolicySet:
    """Return the shipped pack `messenger`."""
    return load(pack("messenger"))


def made(number: int) -> PolicySet:
    """Return so many rules, each over a signal, a window and a threshold that no other has together."""
    written = ["policy: made", f"observes: [{', '.join(_KINDS)}]", "rules:"]
    for at, (above, over, signal) in enumerate(islice(product(_ABOVE, _WINDOWS, _SIGNALS), number)):
        when = signal.format(f'over="{over}"') + f" > {above}"
        written.append(f"  r{at}: {{when: '{when}', code: {at + 1}, action: review, reason: {{en: Much.}}}}")
    return load([Text("made.yaml", "\n".join(written))])


_KINDS = ("message_sent", "number_checked", "profile_viewed", "broadcast_sent", "reply_received", "blocked")

POLICIES = {"twelve": twelve, "pack": the_pack}


def processor() -> float:
    """Return the processor time of this process, its threads, and its children that have ended."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return process_time() + children.ru_utime + children.ru_stime


def resident() -> int:
    """Return the bytes of memory that this process holds."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def bind(workers: int) -> None:
    """Take the last core alone for one worker, else all cores."""
    os.sched_setaffinity(0, CORES[-1:] if workers == 1 else CORES)


def alone(module: str, *given: object, env: dict[str, str] | None = None) -> dict[str, Any]:
    """Run a benchmark's `--once` in a process of its own, and return the line of JSON that it prints last."""
    asked = [sys.executable, "-m", f"benchmarks.kernel.{module}", "--once", *map(str, given)]
    ran = subprocess.run(
        asked, cwd=ROOT, check=False, capture_output=True, text=True, env={**os.environ, **(env or {})}
    )
    if ran.returncode:
        raise ChildProcessError(f"{' '.join(asked[2:])}: {(ran.stderr.splitlines() or [str(ran.returncode)])[-1]}")
    report: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    return report


def spread(values: Iterable[float], form: str = ",.2f") -> str:
    """Write a median with the least and the most."""
    held = list(values)
    if len(held) == 1:
        return format(held[0], form)
    middle, least, most = (format(value, form) for value in (median(held), min(held), max(held)))
    return f"{middle} ({least}–{most})"


def show(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]], caption: str = "") -> None:
    """Print a table, the first column to the left and the rest to the right, with the machine under it."""
    shown = Table(title=title, caption="\n".join(filter(None, [caption, machine()])))
    for number, name in enumerate(columns):
        shown.add_column(name, justify="right" if number else "left")
    for row in rows:
        shown.add_row(*row)
    Console(width=None if sys.stdout.isatty() else 220).print(shown)


def machine() -> str:
    """Name the processor, its cores, the memory and the versions."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = {line.partition(":")[2].strip() for line in lines if line.startswith(("model name", "model\t"))}
    held = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / GB
    versions = " ".join(f"{one} {version(one)}" for one in ("numba", "numpy", "pyarrow"))
    cpu = " model ".join(sorted(names, reverse=True))
    return f"{cpu}, {len(CORES)} cores, {held:.0f} GB; Python {platform.python_version()} {versions}"
