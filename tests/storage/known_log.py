"""A small log of events, with an intake that knows its rows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa

from cartellino.events.event import Event
from cartellino.events.logged import to_logged
from cartellino.kernel.codes import Coder
from cartellino.kernel.machine import core
from cartellino.pipeline.indexed_log import SCHEMA, IndexedLog
from cartellino.pipeline.intake import Arrivals
from cartellino.storage.files import Disk
from cartellino.storage.growing import make_folder
from cartellino.storage.segments import SegmentLog

_NOW = 500_000


class KnownLog:
    """Rows are numbered events of one source."""

    def __init__(self, path: Path, files: Disk) -> None:
        """Open the log, and know its rows."""
        make_folder(files, path)
        self._events = IndexedLog(path, files)
        self._events._opened = SegmentLog(path / "log", SCHEMA, files, roll=4_000)
        self._arrivals = Arrivals(Coder("s"), _NOW, core=core(native=False), knows=True)
        self._arrivals.follow(self._events, path / "log", files)

    @property
    def last(self) -> int:
        """The number of the last row."""
        return self._events.log.last

    def append(self, size: int) -> None:
        """Append rows."""
        first = self.last + 1
        batch = to_logged([_row(number) for number in range(first, first + size)])
        taken = self._arrivals.accept(batch, np.arange(size), "x")
        self._events.keep(taken.batch, taken.numbers, pa.repeat("x", size), first)
        self._arrivals.logged([("x", taken.batch, taken.codes)], first)

    def known(self, size: int) -> int:
        """Return how many of the first rows are known."""
        batch = to_logged([_row(number) for number in range(1, size + 1)])
        return self._arrivals.accept(batch, np.arange(size), "y").in_log


def known_log(path: Path, files: Disk) -> KnownLog:
    """Open a log in a folder, which may be new."""
    return KnownLog(path, files)


def _row(number: int) -> Event:
    return Event(id=f"e{number}", time=_NOW - 50_000 + number, kind="read", account=f"a{number % 7}")
