"""Bodies of a few bytes or kilobytes that stand for very much."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pyarrow as pa
import pyarrow.parquet

ROWS = 90_000
"""Fewer than may come at once: what is too much here is not their number."""


def packed(piece: bytes, times: int) -> bytes:
    """Return gzip of a piece that repeats."""
    made = zlib.compressobj(9, wbits=31)
    return b"".join([*(made.compress(piece) for _ in range(times)), made.flush()])


def stream(columns: dict[str, pa.Array], compression: str | None = "zstd") -> bytes:
    sink, batch = pa.BufferOutputStream(), pa.record_batch(columns)
    with pa.ipc.new_stream(sink, batch.schema, options=pa.ipc.IpcWriteOptions(compression=compression)) as out:
        out.write_batch(batch)
    return bytes(sink.getvalue().to_pybytes())


def parquet(columns: dict[str, pa.Array], **how: Any) -> bytes:
    sink = BytesIO()
    pa.parquet.write_table(pa.table(columns), sink, **how)
    return sink.getvalue()


def _dictionary() -> bytes:
    zeros = pa.array([0] * ROWS, pa.int8())
    return stream({"id": pa.DictionaryArray.from_arrays(zeros, pa.array(["y" * 70_000]))})


def _runs(rows: int, text: str) -> bytes:
    return stream({"id": pa.RunEndEncodedArray.from_arrays(pa.array([rows], pa.int32()), pa.array([text]))}, None)


def _views() -> bytes:
    text = b"z" * 5_000
    view = struct.pack("<i4sii", len(text), text[:4], 0, 0)
    buffers = [None, pa.py_buffer(view * ROWS), pa.py_buffer(text)]
    return stream({"id": pa.Array.from_buffers(pa.string_view(), ROWS, buffers)})


def _lists() -> bytes:
    starts, sizes = pa.array([0] * ROWS, pa.int32()), pa.array([1_000_000] * ROWS, pa.int32())
    return stream({"x_a": pa.ListViewArray.from_arrays(starts, sizes, pa.nulls(1_000_000))})


def _alike() -> bytes:
    texts = {"id": pa.array(["y" * 50_000] * 1_000)}
    return parquet(texts, compression="none", use_dictionary=False, column_encoding={"id": "DELTA_BYTE_ARRAY"})


MOST = (1 << 31) - 1

BOMBS: dict[str, Callable[[], bytes]] = {
    "lines that are none": lambda: packed(b"x\n" * 20_000, 100),
    "blank lines": lambda: packed(b"\n" * 1_000_000, 100),
    "one line without end": lambda: packed(b"a" * 1_000_000, 100),
    "a dictionary": _dictionary,
    "runs": lambda: _runs(ROWS, "y" * 70_000),
    "one endless run": lambda: _runs(MOST, "y"),
    "views of one text": _views,
    "packed columns": lambda: stream({"id": pa.array(["y" * 1_000] * ROWS)}),
    "rows without columns": lambda: stream({"id": pa.nulls(MOST), "x_a": pa.nulls(MOST)}, None),
    "rows of Parquet": lambda: parquet({"id": pa.nulls(200_000, pa.string())}),
    "a page of one text": lambda: parquet(
        {"id": pa.array(["y" * 100_000] * 800)}, compression="zstd", use_dictionary=False
    ),
    "a dictionary of Parquet": lambda: parquet({"id": pa.array(["y" * 50_000] * 2_000)}, compression="zstd"),
    "lists of one list": _lists,
    "lists of fixed size": lambda: stream({"x_a": pa.FixedSizeListArray.from_arrays(pa.nulls(10_000_000), 100_000)}),
    "texts that begin alike": _alike,
    "a great many columns": lambda: stream({f"x_{number}": pa.nulls(1) for number in range(3_000)}, None),
}
