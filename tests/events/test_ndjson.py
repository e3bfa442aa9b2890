from __future__ import annotations

import json
import tracemalloc
from codecs import BOM_UTF8 as MARK
from collections.abc import Iterator
from io import BufferedReader, BytesIO, RawIOBase
from math import nan
from typing import Any, BinaryIO, cast

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.events.strategies import events, json_values, spoilt_rows

from cartellino.events.event import Event
from cartellino.events.ndjson import LONGEST_LINE, read, write
from cartellino.events.rejection import Rejection

OK = b'{"id":"e1","time":1795341600000,"kind":"read","account":"a"}'


def judged(content: bytes) -> list[Event | Rejection]:
    return list(read(BytesIO(content), "f"))


def codes(content: bytes) -> list[str]:
    """For each line the id of its event, or the code of its rejection."""
    return [one.code if isinstance(one, Rejection) else one.id for one in judged(content)]


@given(st.lists(events(), max_size=4))
def test_events_are_read_back_as_they_were_written(written: list[Event]) -> None:
    assert judged(b"".join(map(write, written))) == written


@given(st.binary(max_size=200))
@example(b"\r\n \t\n")
@example(b"\x0c\n{}")
@example(b"[" * 100_000)
@example(b'{"a":' * 5_000)
@example(MARK)
@example(b" " + MARK + b"\r\n" + MARK + b"{}\n" + MARK + MARK)
def test_any_bytes_give_one_event_or_rejection_for_each_line_that_is_not_empty(content: bytes) -> None:
    """A byte order mark is no content: a line that holds nothing else is empty."""
    found = judged(content)
    assert len(found) == sum(bool(line.strip().removeprefix(MARK).strip()) for line in content.split(b"\n"))
    for one in found:
        assert isinstance(one, Rejection)
        assert one.row is not None


@given(st.lists(spoilt_rows() | json_values, max_size=4))
def test_any_json_gives_one_event_or_rejection_a_line(written: list[object]) -> None:
    found = judged(b"".join(msgspec.json.encode(one) + b"\n" for one in written if _is_json(one)))
    assert len(found) == sum(map(_is_json, written))
    for one in found:
        if isinstance(one, Rejection):
            msgspec.json.encode(one.record())
            assert one.row is not None


def _is_json(held: object) -> bool:
    try:
        return bool(msgspec.json.encode(held))
    except (UnicodeEncodeError, OverflowError):
        return False


def test_a_rejection_holds_its_line_number_and_the_row_as_it_came() -> None:
    first, second, third, fourth = judged(b'\n{"id":5}\n{oops\n[1]\n\n"text \xff"')
    assert isinstance(first, Rejection)
    assert (first.line, first.row) == (2, {"id": 5})
    assert isinstance(second, Rejection)
    assert (second.line, second.row, second.code) == (3, "{oops", "invalid-json")
    assert isinstance(third, Rejection)
    assert (third.line, third.row) == (4, "[1]")
    assert isinstance(fourth, Rejection)
    assert (fourth.line, fourth.row) == (6, '"text \\xff"')


@pytest.mark.parametrize(
    "broken",
    [
        b'{"id":"\xff"}',
        b'{"id":"\\ud800"}',
        b'{"x_a":NaN',
        b'{"x_a":-NaN}',
        b'{"x_a":NaNs}',
        b'{"x_a":NaN,"id":"\\ud800"}',
        b'{"x_a":NaN,"x_b":Infinity}',
        b'{"x_a":NaN,"x_b":1e999}',
        b'{"x_a":NaN,"x_b":' + b"[" * 50_000 + b"]" * 50_000 + b"}",
        b'{"x_a":1e999}',
        b'{"x_a":Infinity}',
        b"{'id':1}",
        b'{"id":1}{"id":2}',
        b'{"id":1,}',
        b"\x00",
        b"null",
        b"[]",
        b'"id"',
        b"{" * 200,
        b"[" * 900_000,
        b'{"id":' + b"[" * 50_000 + b"]" * 50_000 + b"}",
        b'{"id":' + b"9" * 10_000 + b"}",
    ],
    ids=range(22),
)
def test_what_is_no_json_object_is_refused_and_the_next_line_is_read(broken: bytes) -> None:
    assert codes(broken + b"\n" + OK) == ["invalid-json", "e1"]


def test_a_line_in_another_encoding_says_how_to_write_it_anew() -> None:
    latin, broken = judged(OK.replace(b'"a"', b'"Perch\xe9"') + b"\n{oops")
    assert isinstance(latin, Rejection)
    assert "iconv -f LATIN1 -t UTF-8" in latin.faults[0].expected
    assert isinstance(broken, Rejection)
    assert "iconv" not in broken.faults[0].expected


@pytest.mark.parametrize(("time", "hinted"), [("1795341600000", True), ("1795341600", True), ("yesterday", False)])
def test_a_number_in_quotes_is_told_to_stand_without(time: str, hinted: bool) -> None:
    (refused,) = judged(OK.replace(b"1795341600000", b'"%s"' % time.encode()))
    assert isinstance(refused, Rejection)
    assert ("without quotes" in refused.faults[0].expected) is hinted


def test_what_python_writes_for_a_missing_value_is_missing() -> None:
    written = {"id": "e1", "time": 1795341600000, "kind": "read", "account": "a"}
    line = json.dumps({**written, "peer": nan, "forwards": nan, "x_a": nan, "x_b": "NaN"}).encode()
    assert judged(line) == judged(json.dumps({**written, "x_b": "NaN"}).encode())


def test_deep_nesting_is_refused_at_every_depth_and_can_be_written_again() -> None:
    for depth in (1, 31, 32, 33, 100, *range(900, 1_010, 3), 5_000):
        (one,) = judged(
            b'{"id":"e1","time":1795341600000,"kind":"read","account":"a","x_a":' + b"[" * depth + b"]" * depth + b"}"
        )
        assert isinstance(one, Rejection)
        assert one.code in ("wrong-type", "invalid-json")
        assert isinstance(one.row, dict if depth < 32 else str)
        msgspec.json.encode(one.record())


def test_of_two_equal_keys_the_last_one_counts() -> None:
    assert codes(b'{"id":"first",' + OK[1:]) == ["e1"]
    assert codes(OK[:-1] + b',"id":"last"}') == ["last"]
    assert codes(OK[:-1] + b',"id":null}') == ["missing"]


def test_a_line_of_a_mebibyte_is_read_and_a_longer_one_refused_and_skipped() -> None:
    def line(length: int) -> bytes:
        return OK + b" " * (length - len(OK))

    assert codes(line(LONGEST_LINE) + b"\n" + OK) == ["e1", "e1"]
    assert codes(line(LONGEST_LINE)) == ["e1"]
    assert codes(line(LONGEST_LINE + 1) + b"\n" + OK) == ["too-long", "e1"]
    assert codes(line(LONGEST_LINE + 1)) == ["too-long"]
    assert codes(line(3 * LONGEST_LINE) + b"oops\n" + OK) == ["too-long", "e1"]
    assert codes(line(2 * LONGEST_LINE + 2)[::-1] + b"\n" + OK) == ["too-long", "e1"]


def test_a_line_that_only_begins_with_much_white_space_is_not_lost() -> None:
    assert codes(b" " * (LONGEST_LINE + 5) + OK + b"\n" + OK) == ["too-long", "e1"]
    assert codes(b" " * 100 + OK + b"\r\n") == ["e1"]


class Generated(RawIOBase):
    """A file that is made while it is read."""

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


def peak(blocks: Iterator[bytes]) -> int:
    """The most memory that reading takes."""
    tracemalloc.start()
    try:
        for _ in read(cast(BinaryIO, BufferedReader(Generated(blocks))), "f"):
            pass
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_file_of_any_size_takes_the_memory_of_one_line() -> None:
    block = (OK + b"\n") * 200 + b"{oops\n"
    small, large = (peak(block for _ in range(size // len(block))) for size in (300_000, 3_000_000))
    assert large < small + 100_000


def test_a_line_of_any_length_takes_the_memory_of_the_longest() -> None:
    short, long = (peak(b"a" * 65_536 for _ in range(blocks)) for blocks in (64, 1_600))
    assert long < short + 1_000_000
    assert long < 6 * LONGEST_LINE
