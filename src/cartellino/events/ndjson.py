"""Codec for NDJSON: one event per line, in UTF-8. Reading a file of any size needs the memory of one line.

>>> from io import BytesIO
>>> for row in read(BytesIO(b'{"id":"e1","time":1795341600000,"kind":"read","account":"a"}\\n{oops\\n'), "sent.ndjson"):
...     print(row.show() if isinstance(row, Rejection) else row.id)
e1
sent.ndjson:2: row: invalid-json: expected one JSON object on the line, got {oops
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from math import isfinite
from typing import BinaryIO

import msgspec

from cartellino.events.event import Event, row
from cartellino.events.rejection import Rejection
from cartellino.events.validation import Fault, shown, validate

LONGEST_LINE = 1 << 20
"""Most bytes in a line; a longer one is refused, and skipped without being kept in memory."""

DEEPEST = 32
"""Most levels of nesting with which a refused row is kept parsed; a deeper one is kept as text, which can always be
written again."""

_decoder = msgspec.json.Decoder()
_encoder = msgspec.json.Encoder()


def read(stream: BinaryIO, source: str) -> Iterator[Event | Rejection]:
    """Yield every line of `stream` as an event or a rejection; empty lines (see `stripped`) are skipped."""
    for number, text in texts(stream, source):
        yield text if isinstance(text, Rejection) else read_line(text, source, number)


def texts(stream: BinaryIO, source: str) -> Iterator[tuple[int, bytes | Rejection]]:
    """Yield every line that is not empty, stripped, with its number; one that is too long as a rejection."""
    for number, line in enumerate(_lines(stream), start=1):
        if len(line) > LONGEST_LINE and not line.endswith(b"\n"):
            yield number, too_long(line, source, number)
        elif text := stripped(line):
            yield number, text


def write(event: Event) -> bytes:
    """Return an event as a line, with its line end."""
    return _encoder.encode(row(event)) + b"\n"


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    while line := stream.readline(LONGEST_LINE + 1):
        yield line
        while len(line) > LONGEST_LINE and not line.endswith(b"\n"):
            line = stream.readline(LONGEST_LINE + 1)


def stripped(line: bytes) -> bytes:
    """Return a line without surrounding white space and without a byte order mark.

    Concatenated files may have a mark before any line; RFC 8259, section 8.1, lets parsers ignore it.
    """
    return line.strip().removeprefix(_MARK).strip()


_MARK = b"\xef\xbb\xbf"


def too_long(line: bytes, source: str, number: int) -> Rejection:
    """Return the rejection of a line that is too long; `line` is its beginning."""
    fault = Fault("too-long", "", f"a line of at most {LONGEST_LINE} bytes", "a longer one")
    return Rejection(source, number, (fault,), _readable(line[:1024]))


def read_line(text: bytes, source: str, number: int) -> Event | Rejection:
    """Return a stripped line as an event or a rejection."""
    decoded = read_object(text, source, number)
    if isinstance(decoded, Rejection):
        return decoded
    result = validate(decoded)
    return result if isinstance(result, Event) else rejected(result, decoded, text, source, number)


def read_object(text: bytes, source: str, number: int) -> dict[str, object] | Rejection:
    """Return a stripped line as an object, whatever it contains, or a rejection."""
    return _object(_decoded, text, source, number)


def read_measured(text: bytes, source: str, number: int) -> dict[str, object] | Rejection:
    """Return a line like `read_object`, with `NaN`, `Infinity` and numbers too large for a float as they stand.

    In measurements they are no missing values, and whoever refuses them can say of which column they are.
    """
    return _object(_measured, text, source, number)


def _object(decode: Callable[[bytes], object], text: bytes, source: str, number: int) -> dict[str, object] | Rejection:
    try:
        decoded = decode(text)
    except (ValueError, RecursionError):
        return _not_an_object(text, source, number)
    return decoded if isinstance(decoded, dict) else _not_an_object(text, source, number)


def rejected(faults: tuple[Fault, ...], decoded: dict[str, object], text: bytes, source: str, number: int) -> Rejection:
    """Return the rejection of an object, which is kept parsed unless it is too deep."""
    return Rejection(source, number, faults, decoded if _is_shallow(decoded, DEEPEST) else _readable(text))


def _decoded(text: bytes) -> object:
    """Parse JSON, reading `NaN` as null: JSON has no NaN, but Python's encoder writes it for missing values.

    Python's parser accepts other deviations as well, so its result goes through msgspec again. Raises `ValueError`.
    """
    try:
        return _decoder.decode(text)
    except ValueError:
        if _NAN not in text:
            raise
    lenient = json.loads(text.decode(), parse_constant=_nothing)
    return _decoder.decode(json.dumps(lenient).encode())


def _measured(text: bytes) -> object:
    try:
        return _decoder.decode(text)
    except ValueError:
        lenient = json.loads(text.decode(), parse_constant=lambda _: None, parse_float=_finite)
    _decoder.decode(json.dumps(lenient).encode())
    return json.loads(text.decode())


def _finite(digits: str) -> float:
    return float(digits) if isfinite(float(digits)) else 0.0


_NAN = b"NaN"


def _nothing(word: str) -> None:
    if word != _NAN.decode():
        raise ValueError(f"{word} is no number")


def _is_shallow(value: object, levels: int) -> bool:
    if not isinstance(value, dict | list):
        return True
    below = value.values() if isinstance(value, dict) else value
    return levels > 0 and all(_is_shallow(child, levels - 1) for child in below)


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
