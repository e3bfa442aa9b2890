"""What panes cost: counts and different peers of busy accounts, in panes and in exact sliding windows.

    python -m benchmarks.kernel.accuracy [--events 2000000] [--accounts 3000] [--hours 72]

A window of P panes covers between W − W/P and W. So it never counts more than the exact window of W and never less than
that of W − W/P (the bound, checked at every event), and on an even stream 1/2P less on average. A threshold is crossed
at the same event, or late, or, where the exact window falls below it again before, never. The thresholds are what one
event in two, and in ten, passes, so most crossings are of accounts that hover there; `missed` are the accounts that
truly passed it at some time and in panes never did.

Every event holds from its time until it expires; a value seen again before that holds on. What is held at an event is
the number of arrivals up to it less the number of departures, so one formula serves both sorts of window.
"""

from __future__ import annotations

from argparse import ArgumentParser
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute
from rich.console import Console
from rich.table import Table

from benchmarks.kernel.question import DAY, HOUR
from benchmarks.kernel.stream import BEGINS, Shape, batches
from cartellino.signals.window import Window, window

Ints = npt.NDArray[np.int64]
MINUTE = 60_000
FAR = 1 << 40
"""More milliseconds than any stream lasts: accounts lie so far apart on one line of time."""


@dataclass(frozen=True)
class Log:
    """Messages sorted by account and time: who wrote to whom, when."""

    account: Ints
    peer: Ints
    time: Ints

    def held(self, value: Ints, expires: Ints) -> Ints:
        """Return for each event how many different values its account holds then; expiry grows with time."""
        order = np.lexsort((self.time, value, self.account))
        same = (np.diff(self.account[order]) == 0) & (np.diff(value[order]) == 0)
        lasts = np.zeros(len(order), bool)
        lasts[:-1] = same & (expires[order][:-1] > self.time[order][1:])
        arrives, departs = np.ones(len(order), bool), np.ones(len(order), bool)
        arrives[order[1:]] = ~lasts[:-1]
        departs[order] = ~lasts
        left = np.sort((self.account * FAR + expires)[departs])
        return np.cumsum(arrives) - np.searchsorted(left, self.account * FAR + self.time, side="right")

    def exact(self, value: Ints, length: int) -> Ints:
        """Hold every event for `length` ms."""
        return self.held(value, self.time + length)

    def panes(self, value: Ints, cut: Window) -> Ints:
        """Hold every event until its pane is forgotten."""
        return self.held(value, (self.time // cut.pane + cut.panes) * cut.pane)


def read(shape: Shape) -> Log:
    """Take the messages of a stream, ids as numbers."""
    accounts, peers, times = list[Ints](), list[Ints](), list[Ints]()
    for batch in batches(shape):
        sent = batch.filter(pa.compute.equal(batch.column("kind"), "message_sent"))
        accounts.append(_number(sent.column("account")))
        peers.append(_number(sent.column("peer")))
        times.append(sent.column("time").cast("int64").to_numpy())
    account, peer, time = (np.concatenate(one) for one in (accounts, peers, times))
    order = np.lexsort((time, account))
    return Log(_dense(account[order]), _dense(peer[order]), time[order])


def _dense(number: Ints) -> Ints:
    """Number what is equal alike, from 0 on and in the same order."""
    return np.unique(number, return_inverse=True)[1].astype(np.int64)


def _number(ids: pa.Array) -> Ints:
    """Read the 16 hex digits of ids as numbers."""
    digits = pa.compute.utf8_slice_codeunits(ids, 1).cast(pa.binary()).buffers()[2]
    half = np.frombuffer(digits, np.uint8)[: len(ids) * 16].reshape(-1, 16)
    nibbles = (half & 15) + (half >> 6) * 9
    return (nibbles[:, ::2] << 4 | nibbles[:, 1::2]).astype(np.uint8).view(np.int64).ravel()


def row(log: Log, what: str, length: int, part: float) -> tuple[str, ...]:
    """Compare a signal on all events after the first day, at the threshold that this part of them passes."""
    value = log.peer if what == "peers" else np.arange(len(log.time))
    cut = window(length)
    exact, panes = log.exact(value, length), log.panes(value, cut)
    bounded = (panes <= exact) & (panes >= log.exact(value, length - cut.pane))
    steady = log.time >= BEGINS + DAY
    above = int(np.quantile(exact[steady], 1 - part))
    large = steady & (exact >= (5 if length == HOUR else 30))
    error = (panes[large] - exact[large]) / exact[large]
    wrong = ((exact > above) != (panes > above))[steady].sum() / (exact > above)[steady].sum()
    passed, seen = (set(log.account[steady & (one > above)].tolist()) for one in (exact, panes))
    same, late, never, delay = crossings(log, exact > above, panes > above, steady)
    return (
        f"{what} {length // HOUR} h",
        f"{np.median(exact[large]):.0f}",
        f"{error.mean():+.1%}",
        f"{-1 / (2 * cut.panes):+.1%}",
        f"{error.std():.1%}",
        f"{np.quantile(error, 0.01):+.0%}",
        f"{(~bounded).sum()}",
        f"{above}",
        f"{wrong:.1%}",
        f"{same + late + never:,}",
        *(f"{some / (same + late + never):.1%}" for some in (same, late, never)),
        f"{len(passed - seen)} of {len(passed)}",
        f"{np.median(delay) / MINUTE:.0f} / {np.quantile(delay, 0.95) / MINUTE:.0f} min",
    )


def crossings(
    log: Log, exact: npt.NDArray[np.bool_], panes: npt.NDArray[np.bool_], steady: npt.NDArray[np.bool_]
) -> tuple[int, int, int, Ints]:
    """Sort the runs of events that are truly above by when panes see it: at once, later, never; and how late."""
    first = np.ones(len(exact), bool)
    first[1:] = ~exact[:-1] | (np.diff(log.account) != 0)
    begin = np.flatnonzero(exact & first)
    end = np.append(begin[1:], len(exact))
    seen = np.append(np.flatnonzero(exact & panes), len(exact))
    found = seen[np.searchsorted(seen, begin)]
    counted = steady[begin]
    late, never = counted & (found > begin) & (found < end), counted & (found >= end)
    delay = log.time[found[late]] - log.time[begin[late]]
    return int((counted & ~late & ~never).sum()), int(late.sum()), int(never.sum()), delay


def main() -> None:
    """Print one line a signal."""
    command = ArgumentParser(description=__doc__)
    command.add_argument("--events", type=int, default=2_000_000)
    command.add_argument("--accounts", type=int, default=3_000)
    command.add_argument("--hours", type=float, default=72)
    given = command.parse_args()
    log = read(Shape(given.events, given.accounts, given.hours))
    columns = [
        *("signal", "median", "bias", "−1/2P", "spread", "worst in 100", "out of bound", "threshold", "wrong side"),
        *("crossings", "at once", "late", "never", "missed", "late by: median / 95 %"),
    ]
    shown = Table(*columns, title=f"{len(log.time):,} messages of {given.accounts:,} accounts in {given.hours:g} h")
    for what in ("messages", "peers"):
        for length in (HOUR, DAY):
            for part in (0.5, 0.1):
                shown.add_row(*row(log, what, length, part))
    Console(width=180).print(shown)


if __name__ == "__main__":
    main()
