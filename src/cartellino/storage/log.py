"""The event log: Arrow IPC segments in a folder, one a run, in the order in which events were taken.

Each batch is flushed to the disk (fsync) before it counts. A row holds the event, its sequence number, and where it
came from (`source`, `row`), so that a second run knows what was taken already. DuckDB and Polars read the segments.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec
import pyarrow as pa
import pyarrow.ipc

from cartellino.events.arrow import SCHEMA, rows, to_batch
from cartellino.events.event import Event

_PLACE = [pa.field("sequence", pa.int64()), pa.field("source", pa.string()), pa.field("row", pa.int64())]
_LOG = pa.schema([*_PLACE, *SCHEMA, pa.field("own", pa.string())])


class Logged(NamedTuple):
    """An event with its number in the log and where it came from."""

    sequence: int
    source: str
    row: int
    event: Event


class EventLog:
    """A folder of segments. One process writes; anybody may read."""

    BATCH = 4_096

    def __init__(self, folder: Path) -> None:
        """The folder is made with the first segment."""
        self._folder = folder
        self._waiting: list[Logged] = []
        self._writer: pa.ipc.RecordBatchStreamWriter | None = None
        self._file: pa.OSFile | None = None

    def read(self) -> Iterator[Logged]:
        """Yield everything that was logged, oldest first. A segment that broke off ends where it broke."""
        for segment in self._segments():
            try:
                with pa.OSFile(str(segment)) as file, pa.ipc.open_stream(file) as reader:
                    for batch in reader:
                        yield from _logged(batch)
            except (pa.ArrowInvalid, OSError):
                continue

    def append(self, logged: Logged) -> None:
        """Take an event; it is on the disk once `flush` returns or the batch is full."""
        self._waiting.append(logged)
        if len(self._waiting) >= self.BATCH:
            self.flush()

    def flush(self) -> None:
        """Write what waits, down to the disk."""
        if not self._waiting:
            return
        writer, file = self._open()
        writer.write_batch(_batch(self._waiting))
        file.flush()
        os.fsync(file.fileno())
        self._waiting = []

    def close(self) -> None:
        """Flush, and end the segment."""
        self.flush()
        if self._writer is not None and self._file is not None:
            self._writer.close()
            self._file.close()
            self._writer = self._file = None

    def _open(self) -> tuple[pa.ipc.RecordBatchStreamWriter, pa.OSFile]:
        if self._writer is None or self._file is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            number = len(self._segments()) + 1
            self._file = pa.OSFile(str(self._folder / f"events-{number:06d}.arrows"), "wb")
            self._writer = pa.ipc.new_stream(self._file, _LOG)
        return self._writer, self._file

    def _segments(self) -> list[Path]:
        return sorted(self._folder.glob("events-*.arrows"))


def _batch(logged: list[Logged]) -> pa.RecordBatch:
    events = to_batch([one.event for one in logged])
    columns = {
        "sequence": pa.array([one.sequence for one in logged], pa.int64()),
        "source": pa.array([one.source for one in logged]),
        "row": pa.array([one.row for one in logged], pa.int64()),
        **{name: events.column(name) for name in SCHEMA.names},
        "own": pa.array(
            [msgspec.json.encode(one.event.own).decode() if one.event.own else None for one in logged], pa.string()
        ),
    }
    return pa.RecordBatch.from_pydict(columns, schema=_LOG)


def _logged(batch: pa.RecordBatch) -> Iterator[Logged]:
    for row in rows(batch):
        held = {name: value for name, value in row.items() if value is not None}
        sequence, source, number = held.pop("sequence"), held.pop("source"), held.pop("row")
        held["own"] = msgspec.json.decode(held["own"]) if "own" in held else {}
        yield Logged(sequence, source, number, msgspec.convert(held, Event))
