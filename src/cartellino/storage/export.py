"""The log as Parquet (zstd), one file a segment.

By segment and not by day: a segment that is full never changes but by retention, while a day changes for as long as a
late event can arrive; one pass in the order of the log writes one file after the other with the memory of one row
group; and each file states which rows it holds by its name, so that nothing is exported twice. The rows are nearly in
the order of time, so a query for a day skips what it does not need by the statistics of the row groups.
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
"""Rows of a row group, at least; the last one of a file has what is left."""


def export(log: SegmentLog, out: Path, *, after: int = 0, files: Files = DISK) -> list[Path]:
    """Write the segments that hold rows above `after`, and return the files, in order.

    A file of that name is replaced in one step: it is as it was, or as the log is now. So a second export brings the
    segment up to date that grew meanwhile, and one with `after=0` what retention took. A segment of which retention
    left no row becomes a file without rows. Raises `DamagedLog`, and `WriteFailed` when the disk does not take a file.
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
    """Put small batches together, since a row group for each would compress badly."""
    group: list[pa.RecordBatch] = []
    for batch in batches:
        group.append(batch)
        if sum(part.num_rows for part in group) >= GROUP:
            yield pa.Table.from_batches(group, schema)
            group = []
    if group:
        yield pa.Table.from_batches(group, schema)


class _Sink:
    """A file as Arrow wants it: it writes, says where it is, and closing is for whoever opened it."""

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
        """Nothing is held back."""

    def close(self) -> None:
        self.closed = True
