"""What comes in another encoding, packing or order than expected: read, or refused as a whole with what to do."""

from __future__ import annotations

import bz2
import codecs
import gzip
import io
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from io import BufferedReader, BytesIO
from typing import Any, cast

import msgspec
import pyarrow as pa
import pytest

from cartellino.events import reading
from cartellino.events.batches import events_of, read_batches
from cartellino.events.event import Event
from cartellino.events.peeking import LOOK, Pieces, look
from cartellino.events.rejection import Rejection

NOW = 1_795_341_600_000
ROWS = [{"id": f"e{n}", "time": NOW + n, "kind": "read", "account": "a"} for n in range(5)]
LINES = b"".join(msgspec.json.encode(row) + b"\n" for row in ROWS)
TEXT = LINES.decode()


def streamed(pieces: list[bytes]) -> BufferedReader:
    """A pipe into which somebody writes these pieces, one at a time."""
    left = iter(one for one in pieces if one)
    return BufferedReader(Pieces(lambda size: next(left, b"")))


def opened(content: bytes) -> BufferedReader:
    return BufferedReader(cast(Any, BytesIO(content)))


def judged(stream: Callable[[], BufferedReader]) -> list[Event | Rejection]:
    """Read with both readers, which have to agree."""
    one_by_one = list(reading.read(stream(), "f"))
    events: list[Event] = []
    rejections: list[Rejection] = []
    for chunk in read_batches(stream(), "f"):
        events += events_of(chunk.batch)
        rejections += chunk.rejections
    assert [one for one in one_by_one if isinstance(one, Event)] == events
    assert [one.show() for one in one_by_one if isinstance(one, Rejection)] == [one.show() for one in rejections]
    return one_by_one


def ids(content: bytes) -> list[str]:
    """The events that are read, whether the bytes come at once or one by one."""
    found = judged(lambda: opened(content))
    piped = judged(lambda: streamed([content[at : at + 1] for at in range(len(content))]))
    assert [type(one) for one in found] == [type(one) for one in piped]
    return [one.id if isinstance(one, Event) else one.code for one in found]


def zstd(content: bytes) -> bytes:
    return bytes(pa.Codec("zstd").compress(content, asbytes=True))


ALL = [f"e{n}" for n in range(5)]
MARK = codecs.BOM_UTF8
SKIPPABLE = [struct.pack("<II", 0x184D2A50 + number, 4) + b"size" for number in (0, 7, 15)]


@pytest.mark.parametrize("pack", [bytes, gzip.compress, zstd], ids=["plain", "gzip", "zstd"])
def test_a_byte_order_mark_loses_no_event_wherever_files_were_put_together(pack: Callable[[bytes], bytes]) -> None:
    lines = LINES.splitlines(keepends=True)
    assert ids(pack(MARK + LINES)) == ALL
    assert ids(pack(MARK + lines[0] + MARK + lines[1] + b"\r\n" + MARK + b"".join(lines[2:]))) == ALL
    assert ids(pack(LINES + MARK)) == ALL
    assert ids(pack(MARK)) == []


def test_what_zstd_may_hold_beside_data_is_passed_over() -> None:
    halves = LINES[:100], LINES[100:]
    for skippable in SKIPPABLE:
        assert ids(skippable + zstd(LINES)) == ALL
        assert ids(skippable + zstd(halves[0]) + skippable + zstd(halves[1]) + skippable) == ALL


def test_gzip_may_have_many_members_and_padding() -> None:
    members = [gzip.compress(LINES[at : at + 7]) for at in range(0, len(LINES), 7)]
    assert ids(b"".join(members)) == ALL
    assert ids(bytes(3).join(members) + bytes(512)) == ALL
    assert ids(gzip.compress(b"") + gzip.compress(LINES)) == ALL


@pytest.mark.parametrize("pack", [gzip.compress, zstd], ids=["gzip", "zstd"])
def test_what_breaks_off_keeps_the_rows_before_and_says_where(pack: Callable[[bytes], bytes]) -> None:
    packed = pack(LINES) + pack(LINES.replace(b'"e', b'"f'))
    found = judged(lambda: opened(packed[:-6]))
    last = found[-1]
    assert isinstance(last, Rejection)
    assert (last.code, last.line) == ("unreadable", len(found))
    events = [one.id for one in found[:-1] if isinstance(one, Event)]
    assert events[:5] == (ALL if pack is gzip.compress else [])  # Arrow gives up zstd 8 KB at a time


def _archive(kind: str) -> bytes:
    out = io.BytesIO()
    if kind == "zip":
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr("events.ndjson", LINES)
    else:
        with tarfile.open(fileobj=out, mode="w") as archive:
            entry = tarfile.TarInfo("events.ndjson")
            entry.size = len(LINES)
            archive.addfile(entry, BytesIO(LINES))
    return out.getvalue()


ARRAY = b"[" + b",".join(LINES.splitlines()) + b"]"
CSV = "id,time,kind,account\n" + "\n".join(f"e{n},{NOW},read,a" for n in range(5))

FOREIGN: dict[str, tuple[bytes, str, str]] = {
    "bzip2": (bz2.compress(LINES), "bzip2", "bunzip2"),
    "xz": (lzma.compress(LINES), "xz", "unxz"),
    "lzma": (lzma.compress(LINES, format=lzma.FORMAT_ALONE), "lzma", "unlzma"),
    "lz4": (bytes(pa.Codec("lz4").compress(LINES, asbytes=True)), "lz4", "unlz4"),
    "zlib": (zlib.compress(LINES), "zlib", "gzip"),
    "zlib, tighter": (zlib.compress(LINES, 9), "zlib", "gzip"),
    "zip": (_archive("zip"), "zip", "inside"),
    "tar": (_archive("tar"), "tar", "inside"),
    "utf-16": (TEXT.encode("utf-16"), "UTF-16", "UTF-8"),
    "utf-16-be": (codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"), "UTF-16", "UTF-8"),
    "utf-16-le without a mark": (TEXT.encode("utf-16-le"), "UTF-16", "UTF-8"),
    "utf-16-be without a mark": (TEXT.encode("utf-16-be"), "UTF-16", "UTF-8"),
    "utf-32": (TEXT.encode("utf-32"), "UTF-32", "UTF-8"),
    "utf-32-be": (codecs.BOM_UTF32_BE + TEXT.encode("utf-32-be"), "UTF-32", "UTF-8"),
    "an array": (ARRAY, "JSON array", "jq"),
    "a JSON text sequence": (b"".join(b"\x1e" + one + b"\n" for one in LINES.splitlines()), "RFC 7464", "tr -d"),
    "JSON over several lines": (msgspec.json.format(LINES.splitlines()[0]), "spread over lines", "jq -c"),
    "carriage returns alone": (LINES.replace(b"\n", b"\r"), "carriage return alone", "tr"),
    "carriage returns alone, with a mark": (MARK + LINES.replace(b"\n", b"\r"), "carriage return alone", "tr"),
    "an indented array": (b"\n[\n  " + msgspec.json.format(ARRAY)[1:], "JSON array", "jq"),
    "an array with a mark": (MARK + ARRAY, "JSON array", "jq"),
    "csv": (CSV.encode(), "CSV", "NDJSON"),
    "csv in quotes": (CSV.replace("id,time,kind", '"id";"TIME";"kind"').encode(), "CSV", "NDJSON"),
    "tab-separated": (MARK + CSV.replace(",", "\t").encode(), "CSV", "NDJSON"),
}


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
@pytest.mark.parametrize("what", FOREIGN)
def test_what_is_no_events_is_refused_in_one_sentence_with_what_to_do(
    what: str, pack: Callable[[bytes], bytes]
) -> None:
    content, called, hint = FOREIGN[what]
    (only,) = judged(lambda: opened(pack(content)))
    assert isinstance(only, Rejection)
    assert (only.code, only.line) == ("unreadable", 0)
    assert called in only.faults[0].got
    assert hint in only.faults[0].got


@pytest.mark.parametrize("inner", [gzip.compress, zstd], ids=["gzip", "zstd"])
@pytest.mark.parametrize("outer", [gzip.compress, zstd], ids=["in gzip", "in zstd"])
def test_what_is_packed_twice_is_said(inner: Callable[[bytes], bytes], outer: Callable[[bytes], bytes]) -> None:
    (only,) = judged(lambda: opened(outer(inner(LINES))))
    assert isinstance(only, Rejection)
    assert only.faults[0].got.endswith("within a compressed file (unpack it once)")


def test_a_line_that_only_begins_like_something_else_costs_no_other_line() -> None:
    for line in (b"[]", b"[1,2]", b"kind of blue", b"# id, time", b'"id and time"'):
        assert ids(line + b"\n" + LINES)[1:] == ALL


def test_looking_takes_nothing_away_and_does_not_wait_for_more_than_a_line() -> None:
    asked = 0

    def piece(size: int) -> Iterator[bytes]:
        nonlocal asked
        for one in (b"{", b'"id"', b":1}\n", b"{}\n"):
            asked += 1
            yield one

    left = piece(0)
    head, stream = look(BufferedReader(Pieces(lambda size: next(left, b""))))
    assert head == b'{"id":1}\n'
    assert asked == 3
    assert stream.read() == b'{"id":1}\n{}\n'
    for content in (b"", b"a", b"a" * (LOOK - 1), b"a" * (3 * LOOK)):
        for stream in (
            opened(content),
            streamed([content[:1], *(content[at : at + 500] for at in range(1, len(content), 500))]),
        ):
            head, stream = look(stream)
            assert content.startswith(head)
            assert len(head) == min(len(content), LOOK) or len(head) > LOOK
            assert stream.read() == content
