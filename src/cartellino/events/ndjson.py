"""NDJSON: one event a line, UTF-8. Lines are read one by one, so a file of any size takes the memory of one line.

>>> from io import BytesIO
>>> for row in read(BytesIO(b'{"id":"e1","time":1795341600000,"kind":"read","account":"a"}\\n{oops\\n'), "sent.ndjson"):
...     print(row.show() if isinstance(row, Rejection) else row.id)
e1
sent.ndjson:2: row: invalid-json: expected one JSON object on the line, got {oops
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import BinaryIO

import msgspec

from cartellino.events.event import Event, row
from cartellino.events.rejection import Rejection
from cartellino.events.validation import Fault, shown, validate

LONGEST_LINE = 1 << 20
"""Bytes of a line; a longer one is refused and skipped without being held."""

DEEPEST = 32
"""Levels of nesting up to which a refused row is kept parsed; deeper, as its text, so that it can be written again."""

_decoder = msgspec.json.Decoder()
_encoder = msgspec.json.Encoder()


def read(stream: BinaryIO, source: str) -> Iterator[Event | Rejection]:
    """Read every line of `stream` as an event or as a rejection; empty lines are passed over."""
    for number, line in enumerate(_lines(stream), start=1):
        if len(line) > LONGEST_LINE and not line.endswith(b"\n"):
            yield too_long(line, source, number)
        elif text := stripped(line):
            yield read_line(text, source, number)


def write(event: Event) -> bytes:
    """Write one event as a line, its end included."""
    return _encoder.encode(row(event)) + b"\n"


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    while line := stream.readline(LONGEST_LINE + 1):
        yield line
        while len(line) > LONGEST_LINE and not line.endswith(b"\n"):
            line = stream.readline(LONGEST_LINE + 1)


def stripped(line: bytes) -> bytes:
    """Return a line without white space around it, and without the byte order mark with which some programs begin.

    Files are put together, so a mark can stand before any line (RFC 8259, section 8.1, lets readers ignore it).
    """
    return line.strip().removeprefix(_MARK).strip()


_MARK = b"\xef\xbb\xbf"


def too_long(line: bytes, source: str, number: int) -> Rejection:
    """Refuse a line of which only the beginning was read."""
    fault = Fault("too-long", "", f"a line of at most {LONGEST_LINE} bytes", "a longer one")
    return Rejection(source, number, (fault,), _readable(line[:1024]))


def read_line(text: bytes, source: str, number: int) -> Event | Rejection:
    """Read one line, its end stripped."""
    try:
        decoded = _decoded(text)
    except (ValueError, RecursionError):
        return _not_an_object(text, source, number)
    if not isinstance(decoded, dict):
        return _not_an_object(text, source, number)
    judged = validate(decoded)
    if isinstance(judged, Event):
        return judged
    return Rejection(source, number, judged, decoded if _is_shallow(decoded, DEEPEST) else _readable(text))


def _decoded(text: bytes) -> object:
    """Parse JSON, also with `NaN` for what is missing, which JSON has no word for and Python writes nevertheless.

    Raises `ValueError`; msgspec has the last word, since Python takes more that is no JSON.
    """
    try:
        return _decoder.decode(text)
    except ValueError:
        if _NAN not in text:
            raise
    held = json.loads(text.decode(), parse_constant=_nothing)
    return _decoder.decode(json.dumps(held).encode())


_NAN = b"NaN"


def _nothing(word: str) -> None:
    if word != _NAN.decode():
        raise ValueError(f"{word} is no number")


def _is_shallow(held: object, levels: int) -> bool:
    if not isinstance(held, dict | list):
        return True
    below = held.values() if isinstance(held, dict) else held
    return levels > 0 and all(_is_shallow(one, levels - 1) for one in below)


def _not_an_object(text: bytes, source: str, number: int) -> Rejection:
    expected = "one JSON object on the line"
    if not _is_utf_8(text):
        expected += ", in UTF-8 (of Latin-1: iconv -f LATIN1 -t UTF-8)"
    fault = Fault("invalid-json", "", expected, shown(_readable(text[:4096])))
    return Rejection(source, number, (fault,), _readable(text))


def _is_utf_8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def _readable(text: bytes) -> str:
    return text.decode("utf-8", errors="backslashreplace")
