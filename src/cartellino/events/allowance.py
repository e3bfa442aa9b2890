"""Limits on how much of a stream is read: rows, bytes after unpacking, and time.

A few hundred bytes can expand to gigabytes: gzip of a single line repeated, rows without columns, one text that every
row refers to. So bytes are counted as they are unpacked, and the sizes that a file states about itself are checked
before anything relies on them (`events.ipc`, `events.parquet`).

>>> allowance = Allowance(rows=10)
>>> allowance.count_rows(8)
>>> allowance.count_rows(8)
Traceback (most recent call last):
    ...
cartellino.events.allowance.TooLarge: there are more than 10 rows; send them in parts
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import BufferedReader, RawIOBase
from math import inf
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from cartellino.vocabulary.refusals import Refusal

COLUMNS = 512
"""Most columns that a file may have, if the reading is bounded."""

WIDEST = 64
"""Most bytes in a value of a fixed-width type."""


class TooLarge(Refusal):
    """A stream contains more than may be read at once."""

    code = "too-much"


def _nothing() -> None:
    """Do nothing: the default `watch`, which does not limit the time."""


class Allowance:
    """Counts what is read of one stream, and raises once a limit is exceeded."""

    def __init__(self, rows: float = inf, decoded: float = inf, watch: Callable[[], object] = _nothing) -> None:
        """The limits are `rows` and `decoded` (bytes); `watch` is called regularly, and raises to limit the time."""
        self.rows = rows
        self.decoded = decoded
        self.watch = watch
        self._rows = 0
        self._decoded = 0

    @property
    def is_bounded(self) -> bool:
        """Whether there is any limit; without one a file is trusted, and what it states is not checked."""
        return self.rows != inf or self.decoded != inf

    def count_rows(self, count: int) -> None:
        """Count rows before they are read.

        Raises `TooLarge`.
        """
        self.watch()
        self._rows += count
        self.must_fit(self._rows)

    def must_fit(self, count: int) -> None:
        """Check a number of rows that a file states, without counting them.

        Raises `TooLarge`.
        """
        if not 0 <= count <= self.rows:
            raise TooLarge(f"there are more than {self.rows:,} rows; send them in parts")

    def count_bytes(self, count: int) -> None:
        """Count bytes that have been unpacked, or are about to be.

        Raises `TooLarge`.
        """
        self.watch()
        self._decoded += count
        if self._decoded > self.decoded:
            raise TooLarge(f"the content is larger than {self.decoded:,} bytes; send it in parts")

    def counted(self, stream: BufferedReader) -> BufferedReader:
        """Return a stream whose bytes are counted as they are read."""
        return BufferedReader(_Counted(stream, self)) if self.is_bounded else stream

    def checked(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Yield batches, counting each before its columns are unpacked.

        Raises `TooLarge`, or `ValueError` for columns of a type that no event has.
        """
        for batch in batches:
            self.count_rows(batch.num_rows)
            if self.is_bounded:
                must_be_flat(batch.schema)
                for column in batch.columns:
                    self.count_bytes(_unpacked(column))
            yield batch


class _Counted(RawIOBase):
    def __init__(self, stream: BufferedReader, allowance: Allowance) -> None:
        self._stream = stream
        self._allowance = allowance

    def readable(self) -> bool:
        return True

    def readinto(self, into: Any) -> int:  # noqa: ANN401 - whatever takes bytes
        piece = self._stream.read1(len(into))
        self._allowance.count_bytes(len(piece))
        into[: len(piece)] = piece
        return len(piece)


def must_be_flat(schema: pa.Schema) -> None:
    """Check the columns of a file before any row is read.

    Raises `ValueError` for nested types such as lists, which no event has, and whose size cannot be bounded in advance.
    """
    if len(schema) > COLUMNS:
        raise ValueError(f"there are {len(schema):,} columns; an event has at most {COLUMNS}")
    for field in schema:
        if pa.types.is_timestamp(field.type):
            str(field.type.tz)  # a time zone that is not UTF-8 raises here, before any row has been read
        if not _is_flat(field.type):
            raise ValueError(
                f"the column `{field.name[:60]}` is {str(field.type)[:60]}; an event has plain values only"
            )


def _is_flat(kind: pa.DataType) -> bool:
    """Return whether a type has plain values, possibly dictionary- or run-end-encoded."""
    if isinstance(kind, pa.BaseExtensionType):
        return _is_plain(kind.storage_type)
    if pa.types.is_dictionary(kind) or pa.types.is_run_end_encoded(kind):
        return _is_plain(kind.value_type)
    return _is_plain(kind)


def _is_plain(kind: pa.DataType) -> bool:
    refers = isinstance(kind, pa.BaseExtensionType | pa.DictionaryType) or pa.types.is_run_end_encoded(kind)
    wide = pa.types.is_fixed_size_binary(kind) and kind.byte_width > WIDEST
    return not (refers or wide or pa.types.is_nested(kind))


def _unpacked(column: pa.Array) -> int:
    """Return the size in bytes of a column after decoding, when each row has its own value.

    Only the structure of the column is validated: its offsets are subtracted from each other, never followed.
    """
    column.validate()
    if isinstance(column.type, pa.BaseExtensionType):
        return _unpacked(column.storage)
    if pa.types.is_dictionary(column.type):
        column.indices.validate(full=True)
        lengths = _lengths(column.dictionary)
        return 8 * len(column) if lengths is None else _total(lengths.take(column.indices))
    if pa.types.is_run_end_encoded(column.type):
        lengths = _lengths(column.values)
        longest = 8 if lengths is None else pc.max(lengths).as_py() or 0
        return len(column) * int(longest)
    lengths = _lengths(column)
    return 8 * len(column) if lengths is None else _total(lengths)


def _lengths(column: pa.Array) -> pa.Array | None:
    """Return the length in bytes of each text in a column; `None` for a column of another type."""
    column.validate()
    kind = column.type
    if kind in (pa.string_view(), pa.binary_view()):
        views = column.buffers()[1]
        words = pa.Array.from_buffers(pa.int32(), 4 * (column.offset + len(column)), [None, views])
        return words.slice(4 * column.offset).take(pa.array(range(0, 4 * len(column), 4), pa.int64()))
    is_text = pa.types.is_binary(kind) or pa.types.is_string(kind)
    is_large = pa.types.is_large_binary(kind) or pa.types.is_large_string(kind)
    return pc.binary_length(column) if is_text or is_large else None


def _total(lengths: pa.Array) -> int:
    """Return the sum of lengths, at least 0: corrupt offsets give negative lengths, and are refused later."""
    return max(0, int(pc.sum(lengths.cast(pa.int64())).as_py() or 0))
