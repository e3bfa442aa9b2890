from __future__ import annotations

import gzip
import json
import tracemalloc
from collections.abc import Callable, Iterator
from decimal import Decimal
from io import BufferedReader, BytesIO, RawIOBase
from time import thread_time
from typing import Any, cast

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.events.strategies import events, json_values, own_names, own_values, rows, spoilt_rows, values
from tests.events.test_arrow import NOW, WRONG, as_file, as_parquet, as_stream, table
from tests.events.test_validation import bounds

from cartellino.events import arrow, lines, moments, ndjson, reading
from cartellino.events.batches import LOGGED, Chunk, events_of, read_batches, to_logged
from cartellino.events.columns import COLUMNS, LARGEST
from cartellino.events.event import Event, row
from cartellino.events.ndjson import LONGEST_LINE
from cartellino.events.rejection import Rejection
from cartellino.events.validation import validate
from cartellino.events.vector import judge
from cartellino.vocabulary.times import LATEST, instant

GOOD: dict[str, Any] = {"id": "e1", "time": 1_795_341_600_000, "kind": "read", "account": "a1"}
OK = msgspec.json.encode(GOOD)
SIZES = (1, 2, 7, 32_768)


def zstd(content: bytes) -> bytes:
    return bytes(pa.Codec("zstd").compress(content, asbytes=True))


FORMATS: dict[str, Callable[[pa.Table, int], bytes]] = {
    "stream": as_stream,
    "file": as_file,
    "parquet": as_parquet,
    "gzip": lambda held, size: gzip.compress(as_stream(held, size)),
    "zstd": lambda held, size: zstd(as_stream(held, size)),
}


def opened(content: bytes) -> BufferedReader:
    return BufferedReader(cast(Any, BytesIO(content)))


def chunks(content: bytes, size: int = 32_768) -> list[Chunk]:
    found = list(read_batches(opened(content), "f", size))
    for one in found:
        one.batch.validate(full=True)
        assert one.batch.schema == LOGGED
        assert one.batch.num_rows == len(one.numbers)
        assert one.numbers.dtype == np.int64
        assert len(one.numbers) + len(one.rejections) <= size
        assert one.numbers.tolist() == sorted({*one.numbers.tolist()})
        assert one.batch.column("service").null_count == 0
    assert [one.behind for one in found] == sorted(one.behind for one in found)
    return found


def told(one: Event | Rejection) -> str:
    """Write down all of it, since 1, 1.0 and True are equal to Python, and NaN is not equal to itself."""
    if isinstance(one, Rejection):
        return repr((one.source, one.line, one.faults, one.row))
    return repr(sorted(row(one).items()))


def taken(found: list[Chunk]) -> list[Event]:
    return [event for one in found for event in events_of(one.batch)]


def refused(found: list[Chunk]) -> list[Rejection]:
    return [rejection for one in found for rejection in one.rejections]


def same(content: bytes, sizes: tuple[int, ...] = SIZES, numbers: list[int] | None = None) -> list[Event | Rejection]:
    """Check that batches give what the reader of rows gives, whatever their size, and return that.

    `numbers` are those of the rows that are not empty; without them rows are numbered from 1 without a gap. An empty
    list says that nobody knows.
    """
    expected = list(reading.read(opened(content), "f"))
    good = [told(one) for one in expected if isinstance(one, Event)]
    bad = [told(one) for one in expected if isinstance(one, Rejection)]
    numbered = list(range(1, len(expected) + 1)) if numbers is None else numbers
    at = [number for number, one in zip(numbered, expected, strict=False) if isinstance(one, Event)]
    for size in sizes:
        found = chunks(content, size)
        assert [told(one) for one in taken(found)] == good
        assert [told(one) for one in refused(found)] == bad
        assert numbers == [] or [number for one in found for number in one.numbers.tolist()] == at
    return expected


def same_lines(content: bytes, sizes: tuple[int, ...] = SIZES) -> list[Event | Rejection]:
    """Check NDJSON, also inside gzip and zstd, where it is not taken for another format."""
    numbers = [
        number
        for number, line in enumerate(content.split(b"\n"), start=1)
        if ndjson.stripped(line) or len(line) > ndjson.LONGEST_LINE
    ]
    for compressed in (gzip.compress(content), zstd(content)):
        same(compressed, sizes[-1:], numbers)
    return same(content, sizes, numbers)


def same_tables(held: pa.Table, sizes: tuple[int, ...] = SIZES, parts: tuple[int, ...] = (3, 8_192)) -> None:
    """Check a table in every format that can hold it, written in parts of several sizes."""
    for name, write in FORMATS.items():
        for part in parts:
            try:
                content = write(held, part)
            except (pa.ArrowNotImplementedError, pa.ArrowInvalid):
                assert name == "parquet"
            else:
                same(content, sizes if name == "stream" else sizes[-1:])


def codes(read: list[Event | Rejection]) -> list[str]:
    return [one.code if isinstance(one, Rejection) else one.id for one in read]


def doubted(content: bytes) -> list[int]:
    """The numbers of the lines that were not read with the others of their block."""
    (block,) = lines.blocks(opened(content), 1 << 20)
    return [int(place) + 1 for place in np.flatnonzero(~lines.Shape().parse(block).clean)]


# Events as batches and back


@given(st.lists(events(), max_size=6))
def test_events_come_back_from_a_batch_as_they_were_put_in(written: list[Event]) -> None:
    batch = to_logged(written)
    batch.validate(full=True)
    assert batch.schema == LOGGED
    for part in (batch, pa.concat_batches([batch, batch]).slice(len(written))):
        assert [told(one) for one in events_of(part)] == [told(one) for one in written]
    assert [one is None for one in batch.column("own").to_pylist()] == [not one.own for one in written]


@given(st.lists(st.dictionaries(own_names, own_values, max_size=4), max_size=6))
def test_own_columns_are_the_same_text_whether_written_one_by_one_or_by_column(held: list[dict[str, Any]]) -> None:
    """Also after a detour over JSON, where other rows are of the same block; sorted, so that cuts cannot be seen."""
    written = [Event(id="e", time=NOW, kind="read", account="a", own=own) for own in held]
    texts = to_logged(written).column("own").to_pylist()
    encode = msgspec.json.Encoder(order="sorted").encode
    assert texts == [encode(own).decode() if own else None for own in held]
    content = b"".join(map(ndjson.write, written))
    assert [text for one in chunks(content) for text in one.batch.column("own").to_pylist()] == texts


def test_the_batches_have_the_fields_of_events() -> None:
    assert tuple(LOGGED.names) == Event.__struct_fields__ == (*COLUMNS, "own")


def test_events_given_out_share_nothing() -> None:
    first, second = events_of(to_logged([Event(**GOOD), Event(**GOOD)]))
    first.own["x_a"] = 1
    assert second.own == {}


# NDJSON


def spelt(held: object, draw: st.DrawFn) -> bytes:
    """One of the ways to write a value as JSON."""
    spell = draw(st.sampled_from(["msgspec", "compact", "spaced", "escaped"]))
    try:
        if spell == "msgspec":
            return msgspec.json.encode(held)
        separators = (",", ":") if spell == "compact" else None
        return json.dumps(held, ensure_ascii=spell == "escaped", separators=separators).encode()
    except (UnicodeEncodeError, OverflowError):
        return b'{"not": JSON'


@st.composite
def contents(draw: st.DrawFn, row_of: st.SearchStrategy[Any]) -> bytes:
    """Lines of rows, here and there one that is broken, empty, or more than one."""
    written: list[bytes] = []
    for held in draw(st.lists(row_of, max_size=8)):
        line = spelt(held, draw)
        twist = draw(st.integers(0, 40))
        if twist == 0:
            line = draw(st.binary(max_size=20))
        elif twist == 1:
            line += draw(st.sampled_from([b"", b" ", b"null", b" null "])) + OK
        elif twist == 2:
            line = draw(st.sampled_from([b"", b" ", b"\r", b"\x0b", b"null", b"{}", b"[]", b"\xef\xbb\xbf" + line]))
        elif twist == 3:
            cut = draw(st.integers(0, len(line)))
            line = line[:cut] + draw(st.sampled_from([b"", b"\n", b"\0", b"\xff", b"}", b'"', b"{"])) + line[cut:]
        elif twist == 4:
            line = line[:-1] + b"," + line[1:]
        written.append(line + draw(st.sampled_from([b"\n", b"\n", b"\n", b"\r\n", b" \n"])))
    content = b"".join(written)
    return content[:-1] if draw(st.booleans()) else content


@st.composite
def alike(draw: st.DrawFn) -> st.SearchStrategy[dict[str, Any]]:
    """Rows of one shape, as a program writes them: each column always of one type; some values are beyond bounds."""
    optional = sorted(set(COLUMNS) - {"reason"} - set(GOOD))
    names = draw(st.lists(st.sampled_from(optional), unique=True, max_size=6))
    columns: dict[str, st.SearchStrategy[Any]]
    columns = {name: values(COLUMNS[name]) for name in (*(set(GOOD) - {"kind"}), *names)}
    columns["kind"] = st.sampled_from(["read", "reported", "number_checked", "raed"])
    columns["reason"] = st.sampled_from(["spam", "hit", "because"])
    spellings = [
        "1970-01-01T00:00:01Z",
        "2026-11-22T10:00:00.123+01:00",
        "2026-11-22t10:00:00.5z",
        "2026-11-31T10:00:00Z",
    ]
    if draw(st.booleans()):
        columns["time"] = st.sampled_from(spellings)
    kinds = [st.text(max_size=3), st.integers(-5, 2**53), st.floats(allow_nan=False), st.sampled_from([1, 1.0, 1.5])]
    for name in draw(st.lists(own_names, unique=True, max_size=3)):
        columns[name] = draw(st.sampled_from([*kinds, st.booleans(), st.none()]))
    if draw(st.booleans()):
        columns["credit"] = st.integers(-1, 101)
    if draw(st.booleans()):
        columns["strange"] = st.none() | st.booleans()
    always = {name: held for name, held in columns.items() if name in GOOD and draw(st.integers(0, 9))}
    seldom = {name: held for name, held in columns.items() if name not in always}
    return st.fixed_dictionaries(always, optional={name: held | st.none() for name, held in seldom.items()})


@pytest.mark.slow
@settings(max_examples=60)
@given(contents(rows() | spoilt_rows() | json_values))
@example(b"\r\n \t\n")
@example(b"\x0c\n{}")
@example(b'{"id":"a"} null {"id":"b"}\nnull\n{}null{}')
@example(b"[" * 100_000)
@example(b'{"a":' * 5_000 + b"}")
def test_lines_of_all_sorts_are_judged_as_one_by_one(content: bytes) -> None:
    same_lines(content)


@pytest.mark.slow
@settings(max_examples=60)
@given(st.data())
def test_lines_of_one_shape_are_judged_as_one_by_one(data: st.DataObject) -> None:
    same_lines(data.draw(contents(data.draw(alike()))))


@pytest.mark.slow
@given(st.lists(rows(), min_size=1, max_size=4), st.integers(0, 10_000), st.binary(min_size=1, max_size=3))
def test_lines_with_any_bytes_in_them_are_judged_as_one_by_one(
    held: list[dict[str, Any]], place: int, garbage: bytes
) -> None:
    content = b"\n".join(map(msgspec.json.encode, held))
    place %= len(content)
    same_lines(content[:place] + garbage + content[place + 1 :], (1, 32_768))


@pytest.mark.parametrize(
    "line",
    [
        b'{"id":"first",' + OK[1:],
        OK[:-1] + b',"id":"last"}',
        OK[:-1] + b',"id":null}',
        OK[:-1] + b',"peer":null,"peer":"b"}',
        OK[:-1] + b',"peer":{"a":1}}',
        OK[:-1] + b',"peer":["a"]}',
        OK[:-1] + b',"x_a":{"a":{}}}',
        OK[:-1] + b',"x_a":}',
        OK + OK,
        OK + b" " + OK,
        OK + b"null" + OK,
        OK + b" null " + OK,
        b"null",
        b"{}",
        b"{}null{}",
        b"null}",
        b"{null}",
        OK[:10] + b"\n" + OK[10:],
        OK[:-1] + b"\n}\n",
        OK + b" ",
        b" " + OK,
        b"\xef\xbb\xbf" + OK,
        b"\xef\xbb\xbf",
        OK + b"\r",
        OK + b"\0",
        OK[:-1] + b"\0}",
        OK[:-1] + b',"credit":1.0}',
        OK[:-1] + b',"credit":1e1}',
        OK[:-1] + b',"credit":-0}',
        OK[:-1] + b',"credit":01}',
        OK[:-1] + b',"credit":true}',
        OK[:-1] + b',"credit":"1"}',
        OK[:-1] + b',"forwards":9007199254740991}',
        OK[:-1] + b',"forwards":9007199254740992}',
        OK[:-1] + b',"forwards":9223372036854775808}',
        OK[:-1] + b',"forwards":' + b"9" * 400 + b"}",
        OK[:-1] + b',"forwards":NaN}',
        OK[:-1] + b',"x_a":NaN}',
        OK[:-1] + b',"x_a":Infinity}',
        OK[:-1] + b',"x_a":-Inf}',
        OK[:-1] + b',"x_a":1e999}',
        OK[:-1] + b',"x_a":1e308}',
        OK[:-1] + b',"x_a":2.5e-400}',
        OK[:-1] + b',"x_a":-0.0}',
        OK[:-1] + b',"x_a":1}',
        OK[:-1] + b',"x_a":1.0}',
        OK[:-1] + b',"x_a":0.1000000000000000055511151231257827021181583404541015625}',
        OK[:-1] + b',"x_a":10000000000000000}',
        OK[:-1] + b',"x_a":-9007199254740992}',
        OK[:-1] + b',"x_a":"2026-11-22"}',
        OK[:-1] + b',"peer":"2026-11-22"}',
        OK[:-1] + b',"peer":"\\u0041\\u00e8\\ud83d\\ude00\\u0000\\/"}',
        OK[:-1] + b',"peer":"\\ud800"}',
        OK[:-1] + b',"peer":"\\udc00"}',
        OK[:-1] + b',"\\udc00":null}',
        OK[:-1] + b',"\xff":null}',
        OK[:-1] + b',"peer":"\xff"}',
        OK[:-1] + b',"peer":"\xed\xa0\x80"}',
        OK[:-1] + b',"peer":"\xc0\x80"}',
        OK[:-1] + b',"peer":"a\tb"}',
        OK[:-1] + b',"peer":"a\\qb"}',
        OK[:-1] + b',"peer":"{}}{"}',
        OK[:-1] + b',"p\\u0065er":"b"}',
        OK[:-1] + b',"peer":"' + "è".encode() * 128 + b'"}',
        OK[:-1] + b',"peer":"' + "è".encode() * 129 + b'"}',
        OK[:-1] + b',"x_a":"' + "è".encode() * 129 + b'"}',
        OK[:-1] + b',"text":"' + b"t" * 4_096 + b'"}',
        OK[:-1] + b',"text":"' + b"t" * 4_097 + b'"}',
        OK[:-1] + b',"peer":""}',
        OK[:-1] + b',"x_a":""}',
        OK[:-1] + b',"strange":null}',
        OK[:-1] + b',"strange":1}',
        OK[:-1] + b',"x_a-b":1}',
        OK[:-1] + b',"x_a-b":null}',
        OK[:-1] + b',"time":"soon"}',
        OK[:-1] + b"," + b",".join(b'"x_%d":1' % number for number in range(64)) + b"}",
        OK[:-1] + b"," + b",".join(b'"x_%d":1' % number for number in range(65)) + b"}",
        OK[:-1] + b"," + b",".join(b'"x_%d":1' % number for number in range(300)) + b"}",
        OK[:-1],
        OK[:-1] + b",}",
        OK + b" // comment}",
        b'{"id":' + b"[" * 50_000 + b"]" * 50_000 + b"}",
    ],
)
def test_a_line_of_every_sort_among_good_ones(line: bytes) -> None:
    for content in (line, line + b"\n" + OK):
        same_lines(content)
    for good in (OK, OK[:-1] + b',"x_a":0.5,"peer":"b"}'):
        same_lines(b"\n".join([good] * 5 + [line] + [good] * 5))
    among = b"\n".join([good] * 5 + [line] + [good] * 5)
    same_lines(among.replace(b"\n", b"\r\n") + b"\r\n")
    same_lines(among + b"\n\n")


def test_typical_lines_are_in_no_doubt() -> None:
    held = GOOD | {
        "time": "2026-11-22T10:00:00.123Z",
        "peer": "b\u00e8",
        "known": False,
        "region": "IT",
        "media": "text",
        "credit": 5,
        "text": 'a "quoted" text\n',
        "image_hash": "aB" * 32,
        "x_shop": "s",
        "x_n": 5,
        "x_f": 0.5,
        "x_b": True,
    }
    content = (msgspec.json.encode(held) + b"\n") * 20
    assert doubted(content) == []
    assert doubted(content.replace(b"\n", b"\r\n")) == []
    (only,) = chunks(content)
    assert only.batch.column("image_hash")[0].as_py() == "ab" * 32
    assert only.behind == len(content)


def test_only_what_is_doubtful_is_read_alone() -> None:
    good = [OK[:-1] + b',"x_n":1}'] * 600
    for strange in (b"", b"{oops", OK[:-1] + b',"credit":1.5}', b'{"id":1}', OK[:-1] + b',"peer":"}"}'):
        assert doubted(b"\n".join([*good, strange, *good]) + b"\n") == [601]
    assert doubted(b"\n".join(good) + b"\n") == []
    twice = OK[:-1] + b',"id":"e2"}'  # which only the parser sees, and it does not say where
    assert 1 <= len(doubted(b"\n".join([*good * 3, twice]) + b"\n")) <= 512


def test_the_shape_is_learnt_again_when_it_changes() -> None:
    shape = lines.Shape()
    kinds = ("1", '"a"', "true", "0.5", "null", "1")
    for number, held in enumerate(kinds):
        time = b'"1970-01-01T00:00:00Z"' if number % 2 else b"1795341600001"
        line = OK[:-1].replace(b"1795341600000", time) + b',"x_a":%s,"x_%d":1,"strange%d":null}\n' % (
            held.encode(),
            number,
            number,
        )
        assert shape.parse(lines.Block(line * 10, 1)).clean.all()


def test_names_that_are_never_the_same_cost_no_memory() -> None:
    content = b"".join(OK[:-1] + b',"x_%d":1,"y_%d":null}\n' % (number, number) for number in range(3_000))
    before = pa.total_allocated_bytes()
    shape = lines.Shape()
    (block,) = lines.blocks(opened(content), 1 << 20)
    shape.parse(block)
    assert len(shape._types) < 200
    assert pa.total_allocated_bytes() - before < 10_000_000
    same(content, (32_768,))


def test_a_line_of_a_mebibyte_is_read_and_a_longer_one_refused_and_skipped() -> None:
    def line(length: int) -> bytes:
        return OK[:-1] + b" " * (length - len(OK)) + b"}"

    for length in (LONGEST_LINE - 1, LONGEST_LINE, LONGEST_LINE + 1, LONGEST_LINE + 2, 5 * LONGEST_LINE):
        expected = ["e1" if length <= LONGEST_LINE else "too-long"]
        for before, after in ((b"", b""), (b"\n" + OK + b"\n", b"\n" + OK), (b"", b"\n"), (b"", b"\r\n\n" + OK)):
            content = before + line(length) + after
            wanted = ["e1"] * bool(before) + expected + ["e1"] * (OK in after)
            if length == LONGEST_LINE and b"\r" in after:
                wanted[0] = "too-long"
            assert codes(same_lines(content, (1, 32_768))) == wanted
    white = b" " * (LONGEST_LINE + 5)
    assert codes(same_lines(white + OK + b"\n" + OK, (32_768,))) == ["too-long", "e1"]
    assert codes(same_lines(b"\n" + white + b"\n" + OK, (32_768,))) == ["too-long", "e1"]
    several = b"\n".join([OK] * 2_000 + [b"x" * (2 * LONGEST_LINE), OK, b"y" * (6 * LONGEST_LINE), OK])
    assert codes(same_lines(several, (700, 32_768)))[-4:] == ["too-long", "e1", "too-long", "e1"]


class Generated(RawIOBase):
    """A file that is made while it is read, as much at a time as there is in a block."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks
        self._held = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - whatever buffer the reader has
        self._held = self._held or next(self._blocks, b"")
        size = min(len(buffer), len(self._held))
        buffer[:size], self._held = self._held[:size], self._held[size:]
        return size


def piped(blocks: Iterator[bytes]) -> BufferedReader:
    return BufferedReader(cast(Any, Generated(blocks)))


@pytest.mark.parametrize("size", [1, 50, 100_000])
def test_a_pipe_is_read_like_a_file(size: int) -> None:
    content = b"\n".join([OK, b"", b"{oops", OK, b"x" * 1_000] * 20)
    parts = [content[place : place + size] for place in range(0, len(content), size)]
    for one, other in zip(read_batches(piped(iter(parts)), "f", 7), chunks(content, 7), strict=True):
        assert one.batch == other.batch
        assert one.rejections == other.rejections
        assert one.behind == 0


def peak(parts: Iterator[bytes]) -> int:
    """The most memory that reading takes."""
    tracemalloc.start()
    before, most = pa.total_allocated_bytes(), 0
    try:
        for _ in read_batches(piped(parts), "f"):
            most = max(most, pa.total_allocated_bytes() - before)
        return most + tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.slow
def test_lines_of_any_number_and_length_take_the_memory_of_a_few_blocks() -> None:
    clean, broken, long = (OK + b"\n") * 1_000, (OK + b"\n") * 200 + b"{oops\n", b"a" * 65_536
    for part, size in ((clean, 20), (broken, 20), (long, 20)):
        small, large = (peak(part for _ in range((many << 20) // len(part))) for many in (size, 3 * size))
        assert large < small + 5_000_000


# Arrow and Parquet

ARRAYS: dict[str, Any] = {
    "strings": (pa.string(), st.text(max_size=4)),
    "large strings": (pa.large_string(), st.text(max_size=4)),
    "string views": (pa.string_view(), st.text(max_size=20)),
    "dictionary": (pa.dictionary(pa.int8(), pa.string()), st.sampled_from(["a", "read", "IT", "", "passed"])),
    "numbers": (pa.int64(), st.integers(-(2**63), 2**63 - 1) | st.integers(-2, 200)),
    "small numbers": (pa.int8(), st.integers(-128, 127)),
    "natural numbers": (pa.uint64(), st.integers(0, 2**64 - 1) | st.integers(0, 200)),
    "bytes of numbers": (pa.uint8(), st.integers(0, 255)),
    "fractions": (pa.float64(), st.floats()),
    "short fractions": (pa.float32(), st.floats(width=32)),
    "half fractions": (pa.float16(), st.floats(width=16).map(np.float16)),
    "truths": (pa.bool_(), st.booleans()),
    "nulls": (pa.null(), st.none()),
    "seconds": (pa.timestamp("s"), st.integers(-(2**63), 2**63 - 1) | st.integers(-2, 10**10)),
    "milliseconds": (pa.timestamp("ms", tz="Europe/Rome"), st.integers(-2, LATEST + 2)),
    "microseconds": (pa.timestamp("us", tz="UTC"), st.integers(-(2**63), 2**63 - 1) | st.integers(-2, 10**16)),
    "nanoseconds": (pa.timestamp("ns"), st.integers(-(2**63), 2**63 - 1) | st.integers(-2_000_000, 10**18)),
    "bytes": (pa.binary(), st.binary(max_size=4)),
    "lists": (pa.list_(pa.string()), st.lists(st.text(max_size=3), max_size=2)),
    "structs": (pa.struct([("a", pa.int64())]), st.fixed_dictionaries({"a": st.integers(0, 5)})),
    "decimals": (pa.decimal128(5, 1), st.sampled_from([Decimal("1.5"), Decimal("2.0")])),
    "dates": (pa.date32(), st.integers(-(2**31), 2**31 - 1)),
    "durations": (pa.duration("ns"), st.integers(0, 2**60)),
}


@st.composite
def tables(draw: st.DrawFn) -> pa.Table:
    """Columns of all types under all names; those that are required are good more often than not."""
    count = draw(st.integers(0, 9))

    def array(kind: pa.DataType, held: st.SearchStrategy[Any]) -> pa.Array:
        return pa.array(draw(st.lists(held | st.none(), min_size=count, max_size=count)), kind)

    good = {
        "id": array(pa.string(), values(COLUMNS["id"])),
        "time": array(*ARRAYS[draw(st.sampled_from(["milliseconds", "seconds", "numbers", "natural numbers"]))]),
        "kind": array(pa.string(), st.sampled_from(["read", "reported", "number_checked", "raed"])),
        "account": array(*ARRAYS[draw(st.sampled_from(["strings", "large strings", "string views"]))]),
    }
    names = st.sampled_from([*COLUMNS, "strange"]) | own_names | st.sampled_from(["x_", "x_a-b"])
    other = {}
    for name in draw(st.lists(names, unique=True, max_size=6)):
        if name in COLUMNS and draw(st.booleans()):
            column = COLUMNS[name]
            other[name] = array(pa.schema(LOGGED).field(name).type, values(column))
        else:
            other[name] = array(*ARRAYS[draw(st.sampled_from(sorted(ARRAYS)))])
    return pa.table(good | other)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(tables())
def test_tables_of_all_sorts_are_judged_as_row_by_row(held: pa.Table) -> None:
    same_tables(held)


@pytest.mark.slow
@settings(deadline=None)
@given(st.lists(rows() | spoilt_rows().filter(lambda one: all(map(_is_plain, one.values()))), min_size=1, max_size=6))
def test_rows_in_columns_are_judged_as_row_by_row(held: list[dict[str, Any]]) -> None:
    columns = {name: [one.get(name) for one in held] for name in sorted({name for one in held for name in one})}
    arrays = {}
    for name, column in columns.items():
        try:
            arrays[name] = pa.array(column)
        except (pa.ArrowException, OverflowError, UnicodeEncodeError):
            arrays[name] = pa.array([None if one is None else ascii(one) for one in column])
    same_tables(pa.table({name: held for name, held in arrays.items() if name.isprintable()}))


def _is_plain(held: object) -> bool:
    return held is None or isinstance(held, str | int | float)


@pytest.mark.parametrize("name", COLUMNS)
def test_every_value_of_a_column_and_the_first_beyond(name: str) -> None:
    """Each in a column of its own type, where Arrow has one, and in NDJSON."""
    good, beyond = bounds(COLUMNS[name])
    for held in (*good, *beyond):
        if isinstance(held, bool | int | str):
            for one in ([held], [held, None, held], [*(one for one in good if type(one) is type(held)), held]):
                base = table(len(one), **{"kind": ["reported" if name == "reason" else "read"] * len(one), name: one})
                same_tables(base, (32_768,), (8_192,))
                content = b"\n".join(msgspec.json.encode(GOOD | {name: value}) for value in one)
                same(content, (32_768,))


@pytest.mark.parametrize("what", WRONG)
def test_each_row_of_a_column_of_the_wrong_type_is_refused_as_row_by_row(what: str) -> None:
    for name in ("peer", "x_a", "time", "credit", "known", "strange"):
        same_tables(table(**{name: WRONG[what]}))


EXOTIC: dict[str, Any] = {
    "a dictionary of numbers": pa.array([5, 6, None]).dictionary_encode(),
    "a dictionary of timestamps": pa.array([5, 6, None], pa.timestamp("ns")).dictionary_encode(),
    "a dictionary of broken texts": pa.DictionaryArray.from_arrays(
        [0, 1, None], pa.Array.from_buffers(pa.string(), 2, pa.array([b"\xff", b"b"]).buffers())
    ),
    "a dictionary with a null": pa.DictionaryArray.from_arrays([0, 1, 0], pa.array(["b", None])),
    "runs": pa.RunEndEncodedArray.from_arrays([2, 3], pa.array(["b", None])),
    "runs of nothing": pa.RunEndEncodedArray.from_arrays([3], pa.array([None], pa.string())),
    "a union": pa.UnionArray.from_sparse(
        pa.array([0, 1, 0], pa.int8()), [pa.array(["b", "c", None]), pa.array([1, 2, 3])]
    ),
    "an extension": pa.array([b"0" * 16, None, b"1" * 16], pa.uuid()),
    "a list of fixed size": pa.array([[1], None, [2]], pa.list_(pa.int64(), 1)),
    "a zone that is not there": pa.array([5, None, 6], pa.timestamp("us", tz="Nowhere/At_all")),
}


@pytest.mark.parametrize("what", EXOTIC)
def test_a_column_of_a_rare_type_is_judged_as_row_by_row(what: str) -> None:
    for name in ("peer", "x_a", "credit", "account_since", "strange"):
        held = pa.RecordBatch.from_pydict(
            {"id": ["1", "2", "3"], "time": [NOW] * 3, "kind": ["read"] * 3, "account": ["a"] * 3, name: EXOTIC[what]}
        )
        for parts in ([held], [held, held.slice(1)]):
            sink = BytesIO()
            with pa.ipc.new_stream(sink, held.schema) as writer:
                for part in parts:
                    writer.write_batch(part)
            same(sink.getvalue())


def test_of_two_columns_of_one_name_the_last_one_counts() -> None:
    arrays = [*table().columns, pa.chunked_array([["b", None]]), pa.chunked_array([["c", None]])]
    held = pa.Table.from_arrays(arrays, [*table().column_names, "peer", "peer"])
    assert [one.peer for one in same(as_stream(held)) if isinstance(one, Event)] == ["c", None]
    held = pa.Table.from_arrays([*table().columns, pa.chunked_array([["e", None]])], [*table().column_names, "id"])
    assert codes(same(as_stream(held))) == ["e", "missing"]


def test_at_most_64_own_columns_may_have_a_value() -> None:
    own: dict[str, Any] = {f"x_{number}": [number, None] for number in range(70)}
    assert codes(same(as_stream(table(**own)))) == ["too-many-columns", "e1"]
    assert codes(same(as_stream(table(**dict(list(own.items())[:64]))))) == ["e0", "e1"]


def test_a_line_with_tens_of_thousands_of_columns_is_refused_at_once() -> None:
    own = {f"x_{number}": 1 for number in range(60_000)}
    line = msgspec.json.encode({**GOOD, **own}) + b"\n"
    began = thread_time()
    assert [one.faults[0].code for one in refused(chunks(line + OK))] == ["too-many-columns"]
    assert thread_time() - began < 5  # it took half a minute when each name was looked up in a list


def test_slices_and_read_only_batches_are_judged_in_place() -> None:
    columns: dict[str, Any] = {
        "peer": ["b", None, "c" * 200, "d", "e"],
        "known": [True, None, False, None, True],
        "credit": [1, None, 3, 101, 5],
        "account_since": ["1970-01-01T00:00:01Z", None, "x", "2026-11-22T10:00:00.5Z", "1970-01-01T00:00:02+00:00"],
        "x_a": ["a", 'b"', None, "", "c"],
        "x_f": [0.5, None, float("nan"), 1.0, 2.0],
    }
    whole = table(5, **columns).combine_chunks().to_batches()[0]
    frozen = pa.ipc.open_stream(pa.py_buffer(as_stream(pa.Table.from_batches([whole])))).read_next_batch()
    for batch in (whole, frozen):
        for first in range(5):
            for count in range(6 - first):
                part = batch.slice(first, count)
                found = judge(part)
                expected = [validate(one) for one in arrow.rows(part)]
                assert found.clean.tolist() == [isinstance(one, Event) for one in expected]
                clean = found.batch.filter(pa.array(found.clean))
                assert [told(one) for one in events_of(clean)] == [
                    told(one) for one in expected if isinstance(one, Event)
                ]


def test_typical_columns_are_in_no_doubt() -> None:
    held = {"peer": "b", "known": False, "credit": 5, "media": "text", "x_a": 1.0, "x_b": "s", "region": "IT"}
    batch = pa.RecordBatch.from_pylist([GOOD | held | {"peer": None}, GOOD | held])
    assert judge(batch).clean.all()
    assert judge(to_logged([Event(**GOOD)]).drop_columns(["own"])).clean.all()


@settings(max_examples=80, deadline=None)
@given(
    st.sampled_from(["stream", "file", "parquet", "gzip", "zstd"]), st.floats(0, 1), st.integers(0, 255), st.booleans()
)
def test_a_broken_file_breaks_off_at_the_same_row(name: str, place: float, byte: int, cut: bool) -> None:
    content = _WRITTEN[name]
    at = int(place * (len(content) - 1))
    same(content[:at] if cut else content[:at] + bytes([byte]) + content[at + 1 :], (7, 32_768))


_WRITTEN = {name: write(table(200, peer=["b", None] * 100), 20) for name, write in FORMATS.items()}


@pytest.mark.slow
@pytest.mark.parametrize("compress", [gzip.compress, zstd])
def test_compressed_lines_that_break_off_do_so_at_the_same_line(compress: Callable[[bytes], bytes]) -> None:
    held = [OK.replace(b"e1", b"e%d" % number) + b"\n" * (1 + number % 2) for number in range(20_000)]
    content = b"".join(held)
    numbers = [number for number, line in enumerate(content.split(b"\n"), start=1) if line]
    whole = compress(content)
    for length in (5, 11, len(whole) // 3, len(whole) // 2, len(whole) - 9, len(whole) - 1):
        assert codes(same(whole[:length], (7_000, 32_768), numbers))[-1] == "unreadable"
        broken = bytearray(whole)
        broken[length] ^= 0xFF
        same(bytes(broken), (32_768,), [])
    long = compress(b"a" * 3_000_000)
    assert codes(same(long[: len(long) - 9], (32_768,)))[-1] == "unreadable"


@given(
    st.sampled_from([b"", b"PAR1", b"ARROW1\0\0", b"\xff\xff\xff\xff", b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd"]),
    st.binary(max_size=100),
)
def test_arbitrary_bytes_are_judged_as_row_by_row(magic: bytes, content: bytes) -> None:
    numbers = [number for number, line in enumerate((magic + content).split(b"\n"), start=1) if ndjson.stripped(line)]
    same(magic + content, numbers=None if magic else numbers)


def test_what_cannot_be_read_from_a_pipe_is_refused_as_a_whole() -> None:
    for content in (as_parquet(table()), as_file(table())):
        for stream in (piped(iter([content])), opened(gzip.compress(content))):
            (only,) = read_batches(stream, "f")
            (refused,) = only.rejections
            assert (refused.line, refused.code, only.batch.num_rows) == (0, "unreadable", 0)
    (only,) = read_batches(piped(iter([as_stream(table())])), "f")
    assert only.batch.num_rows == 2


def test_files_of_several_compressed_parts_are_read_to_their_end() -> None:
    for compress in (gzip.compress, zstd):
        assert len(same(compress(OK + b"\n") + compress(OK + b"\n" + OK))) == 3


@pytest.mark.parametrize(
    "content", [b"", b"\n\n", gzip.compress(b"", mtime=0), as_stream(table(0)), as_parquet(pa.table({}))]
)
def test_a_file_without_rows_gives_no_chunk(content: bytes) -> None:
    assert same(content) == [] == chunks(content)


def test_small_batches_are_put_together_and_large_ones_cut() -> None:
    for part in (1, 3, 100):
        content = as_stream(table(100), part)
        assert [len(one.numbers) for one in chunks(content)] == [100]
        assert all(len(one.numbers) == 7 for one in chunks(content, 7)[:-1]) or part == 3


# Instants


@given(
    st.from_regex(
        r"(19|20|99)\d\d-[01]\d-[0-3]\d[Tt ][0-2]\d:[0-6]\d:[0-6]\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)?", fullmatch=True
    )
)
@example("9999-12-31T23:59:59.999999999Z")
@example("9999-12-31T23:59:59.999-23:59")
@example("1970-01-01T00:59:59.9999+01:00")
@example("2024-02-29T00:00:00Z")
@example("2100-02-29T00:00:00Z")
@example("2026-00-10T00:00:00Z")
@example("2026-13-10T00:00:00Z")
@example("2026-01-00T00:00:00Z")
@example("0000-01-01T00:00:00Z")
@example("2026-01-01T24:00:00Z")
@example("2026-01-01T23:59:60Z")
@example("2026-01-01T00:00:00+24:00")
@example("2026-01-01T00:00:00+00:60")
@example("2026-01-01T00:00:00-00:00")
@example("2026-01-01T00:00:00.Z")
@example("2026-01-01T00:00:00.1234567891Z")
@example("\u0662026-01-01T00:00:00Z")
@example("2026-01-01t00:00:00z")
@example("2026-01-01 00:00:00")
@example("2026-01-01 00:00:00.123456")
def test_a_column_of_instants_is_read_as_one_by_one(text: str) -> None:
    column = pa.array(["1970-01-01T00:00:01Z", text, None, "yesterday", text], pa.string())
    for part, places in ((column, [1, 4]), (column.slice(1), [0, 3]), (column.slice(1, 1), [0])):
        found, sure = moments.read(part)
        try:
            expected = instant(text, assume_utc=True)
        except ValueError:
            assert not sure[places].any()
        else:
            odd = text[-2:] > "59" or text[17:19] == "60" or len(text) > 35
            assert (
                sure[places].all() or odd
            )  # an offset that Python takes or not by its version, a leap second, more digits
            assert not sure[places].any() or found[places].tolist() == [expected] * len(places)


@given(st.lists(st.text("0123456789-T:Z+.", max_size=36) | st.none(), max_size=5))
def test_no_text_is_an_instant_that_is_none(texts: list[str | None]) -> None:
    _, sure = moments.read(pa.array(texts, pa.string()))
    for text, read in zip(texts, sure, strict=True):
        assert not read or (text is not None and instant(text, assume_utc=True) is not None)


def test_long_columns_of_own_values_keep_their_places() -> None:
    held = [0.5, None, LARGEST, -1] * 5_000
    content = as_stream(table(20_000, x_a=held, x_t=["t", 'q"', None, "è"] * 5_000))
    own = pc.list_value_length(pc.split_pattern(chunks(content)[0].batch.column("own"), ",")).to_pylist()
    assert own == [2, 1, 1, 2] * 5_000
