"""Chooses the codec for a stream by its first bytes, not by the name of the file.

Parquet, Arrow IPC (file or stream) and NDJSON are supported, NDJSON and Arrow streams also inside gzip or zstd. Other
known formats (`events.foreign`) are refused as a whole, with a hint.

>>> from io import BytesIO
>>> lines = b'{"id":"e1","time":1795341600000,"kind":"read","account":"a"}'
>>> [event.id for event in read(BufferedReader(BytesIO(lines)), "-")]
['e1']
"""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Iterator
from io import BufferedReader

from cartellino.events import arrow, ndjson
from cartellino.events.event import Event
from cartellino.events.foreign import foreign
from cartellino.events.peeking import look
from cartellino.events.rejection import Rejection
from cartellino.events.unpacking import gunzipped, unzstded
from cartellino.events.validation import Fault

_SKIPPABLE = [bytes([0x50 + number]) + b"\x2a\x4d\x18" for number in range(16)]
"""The first bytes of skippable frames of zstd (RFC 8878, 3.1.2), with which pzstd and seekable writers begin a file."""

COMPRESSIONS = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"} | dict.fromkeys(_SKIPPABLE, "zstd")
_SEEKING = {b"PAR1": arrow.read_parquet, b"ARROW1": arrow.read_file}
CONTINUATION = b"\xff\xff\xff\xff"


def passed_over(head: bytes) -> str:
    """Return why a file in a folder is not read as events, by its first bytes; empty if it is.

    >>> passed_over(b'{"id": "e1"}'), passed_over(b"# Notes"), passed_over(BOM_UTF8)
    ('', 'it does not begin like NDJSON, Arrow IPC or Parquet', 'it is empty')
    """
    if not head.removeprefix(BOM_UTF8):
        return "it is empty"
    if head.startswith((*COMPRESSIONS, *_SEEKING, CONTINUATION)):
        return ""
    if refused := foreign(head, ""):
        return f"it is {refused.faults[0].got}"
    is_object = head.removeprefix(BOM_UTF8).lstrip().startswith(b"{")
    return "" if is_object else "it does not begin like NDJSON, Arrow IPC or Parquet"


def read(stream: BufferedReader, source: str) -> Iterator[Event | Rejection]:
    """Yield every row of a stream as an event or a rejection, whatever its format."""
    head, stream = look(stream)
    for magic, compression in COMPRESSIONS.items():
        if head.startswith(magic):
            return _until_broken(opened(stream, compression), source)
    for magic, reader in _SEEKING.items():
        if head.startswith(magic):
            return reader(stream, source) if stream.seekable() else unseekable(source)
    return _in_sequence(stream, source)


def opened(stream: BufferedReader, compression: str) -> BufferedReader:
    """Return the unpacked content of gzip or zstd as a stream; reading raises `OSError` where it is broken."""
    return gunzipped(stream) if compression == "gzip" else unzstded(stream)


def _in_sequence(stream: BufferedReader, source: str) -> Iterator[Event | Rejection]:
    head, stream = look(stream)
    if any(head.startswith(magic) for magic in _SEEKING):
        return unseekable(source)
    if refused := foreign(head, source):
        return iter([refused])
    return arrow.read_stream(stream, source) if head.startswith(CONTINUATION) else ndjson.read(stream, source)


def unseekable(source: str) -> Iterator[Event | Rejection]:
    """Yield the rejection of a format that cannot be read without seeking."""
    expected = "a plain file, since Parquet and Arrow files cannot be read from a pipe or inside gzip or zstd"
    yield Rejection(source, 0, (Fault("unreadable", "", expected, "a stream"),))


def _until_broken(stream: BufferedReader, source: str) -> Iterator[Event | Rejection]:
    """Yield the rows of an unpacked stream; if it is broken, end with a rejection, as for any other broken file."""
    number = 0
    try:
        for number, row in enumerate(_in_sequence(stream, source), start=1):  # noqa: B007 - used after the loop
            yield row
    except OSError as broken:
        yield Rejection(source, number + 1, (Fault("unreadable", "", "a whole file", str(broken)[:200]),))
