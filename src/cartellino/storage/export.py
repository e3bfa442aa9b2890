"""Exports the log as Parquet (zstd), one file per segment.

The files follow segments and not days, for three reasons: a full segment changes only by retention, while a day changes
for as long as late events can arrive; one pass in log order writes the files one after the other, and holds a single
row group in memory; and the name of each file says which rows it holds, so that nothing is exported twice. The rows are
nearly in order of time, so that a query for one day can skip most row groups by their statistics.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet

from cartellino.storage.files import DISK, File, Files
from cartellino.storage.growing import make_folder
from cartellino.storage.replacing import replacing
from cartellino.storage.segments import SegmentLog

GROUP = 131_072
"""Least number of rows in a row group; the last group of a file may have fewer."""


def export(log: SegmentLog, out: Path, *, after: int = 0, files: Files = DISK) -> list[Path]:
    """Export the segments that hold rows above `after`, and return the paths of the files, in order.

    An existing file is replaced atomically. So a second export refreshes the segment that has grown since, and one with
    `after=0` also those that retention has changed. A segment whose rows are all gone becomes a file without rows.
    Raises `DamagedLog`, or `WriteFailed` if a file cannot be written.
    """
    make_folder(files, out)
    return [_export(log, out, span, files) for span in log.spans(after + 1)]


def _export(log: SegmentLog, out: Path, span: tuple[int, int], files: Files) -> Path:
    path = out / f"events-{span[0]:016d}.parquet"
    with (
        replacing(files, path) as file,
        pa.PythonFile(_Sink(file), mode="w") as sink,
        pa.parquet.ParquetWriter(sink, log.schema, compression="zstd") as writer,
    ):
        for table in _groups(log.read_between(*span), log.schema):
            writer.write_table(table)
    return path


def _groups(batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> Iterator[pa.Table]:
    """Join small batches, since a row group for each would compress badly."""
    group: list[pa.RecordBatch] = []
    for batch in batches:
        group.append(batch)
        if sum(part.num_rows for part in group) >= GROUP:
            yield pa.Table.from_batches(group, schema)
            group = []
    if group:
        yield pa.Table.from_batches(group, schema)


class _Sink:
    """Adapts a `File` to what Arrow expects. Closing it leaves the file open, which `replacing` has yet to sync."""

    closed = False

    def __init__(self, file: File) -> None:
        self._file = file
        self._written = 0

    def write(self, data: bytes) -> int:
        self._file.write(data)
        self._written += len(data)
        return len(data)

    def tell(self) -> int:
        return self._written

    def flush(self) -> None:
        """Do nothing, since nothing is buffered."""

    def close(self) -> None:
        self.closed = True
