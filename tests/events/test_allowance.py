"""What is read within an allowance: no few bytes take much memory, and what is honest is read as ever."""

from __future__ import annotations

import gzip
import struct
from collections.abc import Callable
from io import BufferedReader, BytesIO

import pyarrow as pa
import pytest
from tests.events import bombs

from cartellino.events.allowance import Allowance, TooLarge
from cartellino.events.arrow import to_batch
from cartellino.events.batches import Chunk, read_batches
from cartellino.events.event import Event
from cartellino.events.ipc import _places

MB = 1 << 20


def read(body: bytes, allowance: Allowance | None = None) -> list[Chunk]:
    return list(read_batches(BufferedReader(BytesIO(body)), "f", 1_000, allowance))


def bounded(watch: Callable[[], object] = bool) -> Allowance:
    return Allowance(100_000, 64 * MB, watch)


@pytest.mark.parametrize("name", bombs.BOMBS)
def test_what_stands_for_very_much_is_not_unpacked(name: str) -> None:
    body = bombs.BOMBS[name]()
    before = pa.total_allocated_bytes()
    allowance = bounded()
    try:
        chunks = read(body, allowance)
    except TooLarge:
        return
    finally:
        assert pa.total_allocated_bytes() - before < 64 * MB
    assert [one.rejections[0].code for one in chunks] == ["unreadable"]


HONEST = [
    Event(id=f"e{n}", time=1_000 + n, kind="message_sent", account=f"a{n % 7}", peer=f"p{n % 3}", known=bool(n % 2))
    for n in range(3_000)
]


def as_dictionaries(batch: pa.RecordBatch) -> pa.RecordBatch:
    columns = [one.dictionary_encode() if one.type == pa.string() else one for one in batch.columns]
    return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)


def forms() -> dict[str, bytes]:
    batch, columns = to_batch(HONEST), {}
    for field in batch.schema:
        columns[field.name] = batch.column(field.name)
    file = pa.BufferOutputStream()
    with pa.ipc.new_file(file, batch.schema) as out:
        out.write_batch(batch)
    encoded = as_dictionaries(batch)
    views = {name: one.cast(pa.string_view()) if one.type == pa.string() else one for name, one in columns.items()}
    return {
        "stream": bombs.stream(columns, None),
        "compressed stream": bombs.stream(columns, "lz4"),
        "file": file.getvalue().to_pybytes(),
        "dictionaries": bombs.stream(dict(zip(encoded.schema.names, encoded.columns, strict=True))),
        "views": bombs.stream(views),
        "gzip": gzip.compress(bombs.stream(columns)),
        "parquet": bombs.parquet(columns),
        "parquet plain": bombs.parquet(columns, use_dictionary=False, compression="gzip", data_page_version="2.0"),
        "parquet groups": bombs.parquet(columns, row_group_size=100, write_page_index=True),
    }


@pytest.mark.parametrize("form", forms())
def test_what_is_honest_is_read_as_without_a_bound(form: str) -> None:
    body = forms()[form]
    within, without = read(body, bounded()), read(body)
    assert sum(one.batch.num_rows for one in within) == len(HONEST)
    rows = [row for one in without for row in one.batch.to_pylist()]
    assert [row for one in within for row in one.batch.to_pylist()] == rows


@pytest.mark.parametrize("form", forms())
def test_what_breaks_off_is_told_as_broken(form: str) -> None:
    body = forms()[form]
    for cut in (len(body) // 3, len(body) // 2, len(body) - 9):
        chunks = read(body[:cut], bounded())
        assert sum(one.batch.num_rows for one in chunks) <= len(HONEST)
        refused = [one.code for chunk in chunks for one in chunk.rejections]
        assert refused in (["unreadable"], []), refused


@pytest.mark.parametrize("form", ["stream", "compressed stream", "file", "dictionaries", "parquet", "parquet plain"])
def test_no_changed_byte_is_a_fault(form: str) -> None:
    body = forms()[form]
    for at in [*range(0, min(len(body), 2_000), 37), *range(max(0, len(body) - 2_000), len(body), 41)]:
        changed = bytearray(body)
        changed[at] ^= 0xFF
        try:
            read(bytes(changed), bounded())
        except TooLarge:
            continue


def test_a_file_cannot_name_a_message_twice_so_that_little_stands_for_much() -> None:
    """A footer says where the messages of a file are, so that one could be read again and again."""
    file = pa.BufferOutputStream()
    with pa.ipc.new_file(file, to_batch(HONEST).schema) as out:
        for number in range(3):
            out.write_batch(to_batch(HONEST[number * 10 :][: 10 * (number + 1)]))
    body = file.getvalue()
    first, second, third = (struct.pack("<q", at) for at in _places(body))
    whole = body.to_pybytes()
    assert sum(len(one.numbers) for one in read(whole, bounded())) == 60
    for place, instead in ((second, first), (third, struct.pack("<q", -8)), (third, struct.pack("<q", len(whole)))):
        begins = whole.rindex(place)
        broken = read(whole[:begins] + instead + whole[begins + 8 :], bounded())
        assert [one.code for chunk in broken for one in chunk.rejections] == ["unreadable"]


def test_rows_are_counted_over_all_batches() -> None:
    line = b'{"id":"e1","time":1795341600000,"kind":"read","account":"a"}\n'
    assert sum(len(one.numbers) for one in read(line * 10, Allowance(rows=10, decoded=MB))) == 10
    with pytest.raises(TooLarge, match="more than 10 rows"):
        read(line * 11, Allowance(rows=10, decoded=MB))


def test_work_that_takes_too_long_is_given_up() -> None:
    calls = iter(range(1_000))

    def watch() -> None:
        if next(calls) == 100:
            raise TooLarge("too long")

    with pytest.raises(TooLarge, match="too long"):
        read(b"{oops\n" * 500, bounded(watch))
