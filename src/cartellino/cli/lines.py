"""Rows of a source as text, a line each or in a JSON array, whatever it is compressed with."""

from __future__ import annotations

from collections.abc import Iterator
from io import BufferedReader

import msgspec

from cartellino.events import ndjson
from cartellino.events.foreign import foreign
from cartellino.events.peeking import look
from cartellino.events.reading import COMPRESSIONS, opened
from cartellino.events.rejection import Rejection
from cartellino.events.validation import Fault
from cartellino.vocabulary.refusals import BadArgument


def texts(stream: BufferedReader | BadArgument, source: str) -> Iterator[tuple[int, bytes | Rejection]]:
    """Yield the rows of a source, each with its number; one that cannot be opened, or breaks off, ends with a
    rejection.
    """
    if isinstance(stream, BadArgument):
        yield 0, Rejection(source, 0, (Fault("unreadable", "", "a file that can be opened", str(stream)),))
        return
    head, stream = look(stream)
    for magic, compression in COMPRESSIONS.items():
        if head.startswith(magic):
            head, stream = look(opened(stream, compression))
            break
    number = 0
    try:
        if head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"["):
            yield from _array(stream.read(), source)
        elif refused := foreign(head, source):
            yield 0, refused
        else:
            for number, text in ndjson.texts(stream, source):
                yield number, text
    except OSError as broken:
        fault = Fault("unreadable", "", "a whole file", str(broken)[:200])
        yield number + 1, Rejection(source, number + 1, (fault,))


def _array(text: bytes, source: str) -> Iterator[tuple[int, bytes | Rejection]]:
    try:
        held = msgspec.json.decode(text, type=list[msgspec.Raw])
    except msgspec.DecodeError as error:
        yield 0, Rejection(source, 0, (Fault("invalid-json", "", "an array of rows", str(error)[:200]),))
        return
    for number, one in enumerate(held, start=1):
        yield number, bytes(one)
