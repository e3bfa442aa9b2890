from __future__ import annotations

import gzip
import random
from io import BufferedReader, BytesIO, RawIOBase
from typing import Any, cast

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.events.strategies import events
from tests.events.test_arrow import as_file, as_parquet, as_stream

from cartellino.events import arrow, ndjson
from cartellino.events.event import Event
from cartellino.events.reading import read
from cartellino.events.rejection import Rejection

OK = b'{"id":"e1","time":1795341600000,"kind":"read","account":"a"}\n'


def judged(content: bytes) -> list[Event | Rejection]:
    return list(read(BufferedReader(cast(Any, BytesIO(content))), "f"))


def zstd(content: bytes) -> bytes:
    return bytes(pa.Codec("zstd").compress(content, asbytes=True))


@settings(max_examples=30)
@given(st.lists(events(), min_size=1, max_size=4))
def test_every_format_gives_the_same_events(written: list[Event]) -> None:
    for event in written:
        event.own.clear()
    lines = b"".join(map(ndjson.write, written))
    held = pa.Table.from_batches([arrow.to_batch(written)])
    streamed = as_stream(held)
    for content in (
        *(lines, gzip.compress(lines), zstd(lines)),
        *(streamed, gzip.compress(streamed), zstd(streamed)),
        *(as_file(held), as_parquet(held)),
    ):
        assert judged(content) == written


def test_a_file_of_several_compressed_parts_is_read_to_its_end() -> None:
    assert len(judged(gzip.compress(OK) + gzip.compress(OK * 2))) == 3
    assert len(judged(zstd(OK) + zstd(OK * 2))) == 3


@pytest.mark.parametrize("compress", [gzip.compress, zstd])
def test_a_compressed_file_that_breaks_off_says_so_after_the_rows_that_were_read(compress: Any) -> None:  # noqa: ANN401
    whole = compress(b"".join(OK.replace(b"e1", b"e%d" % number) for number in range(20_000)))
    assert len(judged(whole)) == 20_000
    for length in (5, 11, len(whole) // 2, len(whole) - 1):
        found = judged(whole[:length])
        *rows, last = found
        assert all(isinstance(one, Event) for one in rows)
        assert isinstance(last, Rejection)
        assert (last.code, last.line) == ("unreadable", len(found))


@pytest.mark.parametrize("compress", [gzip.compress, zstd])
def test_of_a_compressed_file_that_breaks_off_what_came_whole_is_read(compress: Any) -> None:  # noqa: ANN401
    choose = random.Random(1)
    lines = b"".join(OK.replace(b"e1", choose.randbytes(8).hex().encode()) for _ in range(20_000))
    whole = compress(lines)
    *rows, last = judged(whole[: len(whole) // 2])
    assert isinstance(last, Rejection)
    assert len(rows) > 8_000  # zstd unpacks by blocks, so what came of the last one is lost


def test_a_compressed_file_with_wrong_bytes_says_so() -> None:
    whole = bytearray(gzip.compress(OK * 1_000))
    whole[len(whole) // 2] ^= 0xFF
    *_, last = judged(bytes(whole))
    assert isinstance(last, Rejection)
    assert last.code == "unreadable"


def test_an_empty_file_holds_no_events() -> None:
    assert judged(b"") == judged(b"\n\n") == judged(gzip.compress(b"")) == []


def test_parquet_and_arrow_files_are_refused_as_a_whole_where_one_cannot_seek() -> None:
    class Pipe(RawIOBase):
        def __init__(self, content: bytes) -> None:
            self._content = BytesIO(content)

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - whatever buffer the reader has
            return self._content.readinto(buffer)

    held = pa.Table.from_batches([arrow.to_batch([Event(id="e1", time=0, kind="read", account="a")])])
    for content in (as_parquet(held), as_file(held)):
        assert [type(one) for one in judged(content)] == [Event]
        for found in (list(read(BufferedReader(Pipe(content)), "-")), judged(gzip.compress(content))):
            (only,) = found
            assert isinstance(only, Rejection)
            assert (only.line, only.code) == (0, "unreadable")
            assert "cannot be read from a pipe" in only.faults[0].expected
    for content in (OK, as_stream(held), gzip.compress(OK)):
        assert [type(one) for one in read(BufferedReader(Pipe(content)), "-")] == [Event]


@pytest.mark.parametrize(
    "content",
    [b"PAR1", b"ARROW1", b"ARROW1\0\0", b"\xff\xff\xff\xff", b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"\0", b"PK\x03\x04"],
)
def test_what_only_begins_like_a_format_is_told_in_one_rejection(content: bytes) -> None:
    for garbage in (content, content + b"\x01" * 100, content + bytes(range(11, 256))):
        (only,) = judged(garbage)
        assert isinstance(only, Rejection)
        assert only.code in ("unreadable", "invalid-json")


@given(
    st.sampled_from([b"", b"PAR1", b"ARROW1\0\0", b"\xff\xff\xff\xff", b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd"]),
    st.binary(max_size=100),
)
def test_arbitrary_bytes_never_raise(magic: bytes, content: bytes) -> None:
    for one in judged(magic + content):
        assert isinstance(one, Rejection)
