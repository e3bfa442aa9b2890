"""Checks the sizes that a Parquet file states, before it is unpacked.

The header of a page states its unpacked size, and the reader allocates as many bytes; so the headers are read here
first. They are Thrift structs in the compact protocol (`parquet.thrift`, `PageHeader`). The footer is bounded by Arrow
itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet

from cartellino.events.allowance import Allowance, must_be_flat

ROWS = 8_192
"""Number of rows in a batch."""

PAGES = 20_000
"""Most pages in a file, and most column chunks (row groups times columns)."""

_UNBOUNDED = frozenset({6, 7})
"""DELTA_LENGTH_BYTE_ARRAY and DELTA_BYTE_ARRAY, in which a few bytes can encode any number of texts, or very long ones.
"""

_LIMITS = {"thrift_string_size_limit": 1 << 24, "thrift_container_size_limit": PAGES, "pre_buffer": False}


def batches(body: pa.Buffer, allowance: Allowance) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a file in batches; texts are kept dictionary-encoded, so that repeated ones take no memory.

    Raises `TooLarge`, `ValueError` if the file cannot be read, and what Arrow raises.
    """
    file = pa.parquet.ParquetFile(pa.BufferReader(body), **_LIMITS)
    allowance.must_fit(file.metadata.num_rows)
    must_be_flat(file.schema_arrow)
    _check_pages(body, file.metadata, allowance)
    texts = [field.name for field in file.schema_arrow if field.type in (pa.string(), pa.binary())]
    yield from pa.parquet.ParquetFile(pa.BufferReader(body), read_dictionary=texts, **_LIMITS).iter_batches(ROWS)


def _check_pages(body: pa.Buffer, footer: pa.parquet.FileMetaData, allowance: Allowance) -> None:
    if footer.num_row_groups * footer.num_columns > PAGES:
        raise ValueError(f"there are {footer.num_row_groups:,} row groups; write fewer and larger ones")
    pages = 0
    for group in range(footer.num_row_groups):
        for number in range(footer.num_columns):
            for page in _pages(body, footer.row_group(group).column(number)):
                pages += 1
                if pages > PAGES:
                    raise ValueError(f"there are more than {PAGES:,} pages; write fewer and larger ones")
                _check_page(page, allowance)


def _check_page(page: _Page, allowance: Allowance) -> None:
    if page.encodings & _UNBOUNDED:
        raise ValueError("texts are delta-encoded; write them plain or with a dictionary")
    for values in page.values:
        allowance.must_fit(values)
    allowance.count_bytes(page.unpacked)


class _Page(NamedTuple):
    unpacked: int
    packed: int
    values: list[int]
    encodings: set[int]


def _pages(body: pa.Buffer, chunk: pa.parquet.ColumnChunkMetaData) -> Iterator[_Page]:
    """Yield the header of every page of a column chunk, beginning where Arrow's reader begins."""
    at, dictionary = chunk.data_page_offset, chunk.dictionary_page_offset
    if chunk.has_dictionary_page and dictionary is not None and 0 < dictionary < at:
        at = dictionary
    end = min(body.size, at + chunk.total_compressed_size)
    if not 0 <= at <= end:
        raise ValueError("a column lies outside of the file")
    thrift = _Thrift(body.slice(at, end - at).to_pybytes())
    while thrift.at < len(thrift.data):
        page = _page(thrift.struct())
        thrift.at += page.packed
        yield page


def _page(header: _Struct) -> _Page:
    """Return what is needed of a page header; fields 5, 7, 8 are the headers of data, dictionary and v2 data pages."""
    unpacked, packed = header.numbers.get(2, -1), header.numbers.get(3, -1)
    if unpacked < 0 or packed < 0:
        raise ValueError("a page has a broken header")
    kinds = [
        (struct.numbers, place) for field, place in ((5, 2), (7, 2), (8, 4)) if (struct := header.structs.get(field))
    ]
    values = [numbers.get(1, 0) for numbers, _ in kinds]
    return _Page(unpacked, packed, values, {numbers.get(place, 0) for numbers, place in kinds})


class _Struct(NamedTuple):
    """The 32-bit numbers and the nested structs of a Thrift struct, by field number."""

    numbers: dict[int, int]
    structs: dict[int, _Struct]


class _Thrift:
    """Reads structs of Thrift's compact protocol; fields that are neither numbers nor structs are skipped."""

    DEEPEST = 8

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def struct(self, depth: int = 0) -> _Struct:
        """Read a struct. Fields of unexpected types are skipped, as Arrow's reader does."""
        result, field = _Struct({}, {}), 0
        while head := self._byte():
            delta, kind = head >> 4, head & 15
            field = field + delta if delta else _signed(self._varint())
            if kind == 5:
                result.numbers[field] = _signed(self._varint())
            elif kind == 12:
                result.structs[field] = self._within(depth)
            else:
                self._pass(kind, depth)
        return result

    def _within(self, depth: int) -> _Struct:
        if depth > self.DEEPEST:
            raise ValueError("a page has a header that is nested too deeply")
        return self.struct(depth + 1)

    def _pass(self, kind: int, depth: int) -> None:
        if kind == 3:
            self._byte()
        elif kind in (4, 5, 6):
            self._varint()
        elif kind in (7, 8):
            self._skip(8 if kind == 7 else self._varint())
        elif kind in (9, 10):
            self._pass_items(depth)
        elif kind == 12:
            self._within(depth)
        elif kind not in (1, 2):
            raise ValueError("a page has a broken header")

    def _pass_items(self, depth: int) -> None:
        if depth > self.DEEPEST:
            raise ValueError("a page has a header that is nested too deeply")
        head = self._byte()
        count, kind = head >> 4, head & 15
        for _ in range(self._varint() if count == 15 else count):
            if kind in (1, 2):
                self._byte()
            else:
                self._pass(kind, depth + 1)

    def _skip(self, count: int) -> None:
        self.at += count
        if self.at > len(self.data):
            raise ValueError("a page has a broken header")

    def _byte(self) -> int:
        if self.at >= len(self.data):
            raise ValueError("a page breaks off")
        self.at += 1
        return self.data[self.at - 1]

    def _varint(self) -> int:
        value = shift = 0
        while shift < 70:
            byte = self._byte()
            value |= (byte & 127) << shift
            if byte < 128:
                return value
            shift += 7
        raise ValueError("a page has a broken header")


def _signed(value: int) -> int:
    """Undo Thrift's zigzag, which numbers 0, -1, 1, -2 ... as 0, 1, 2, 3 ..."""
    return (value >> 1) ^ -(value & 1)
