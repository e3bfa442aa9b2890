"""Reads a body with rows of health: NDJSON, a JSON array or one object, plain or compressed by gzip or zstd."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from io import BufferedReader, BytesIO
from typing import Any, NamedTuple

import msgspec

from cartellino.availability.reading import read_rows
from cartellino.availability.rows import Refused
from cartellino.events import ndjson
from cartellino.events.allowance import Allowance
from cartellino.events.foreign import foreign
from cartellino.events.reading import COMPRESSIONS, opened
from cartellino.events.rejection import Rejection
from cartellino.events.validation import Fault, shown
from cartellino.queries.health import KINDS, Sent
from cartellino.web.bounds import LISTED, Bound
from cartellino.web.problems import Problem

Complete = Callable[[dict[str, Any]], dict[str, Any]]
"""Fills in what a caller need not say."""


class Read(NamedTuple):
    """The rows of a body with the number of the line that each came from, and the faults of those that are refused."""

    rows: list[tuple[int, Sent]]
    faults: list[tuple[int, Fault]]

    def refuse(self, number: int, fault: Fault) -> None:
        """Refuse a row."""
        self.faults.append((number, fault))

    def answer(self, accepted: int, duplicates: int) -> dict[str, Any]:
        """Return the answer, in the form of that to events."""
        listed = sorted(self.faults, key=lambda fault: fault[0])[:LISTED]
        return {
            "accepted": accepted,
            "duplicates": duplicates,
            "rejected_count": len(self.faults),
            "rejected": [{"row": number, **msgspec.to_builtins(fault)} for number, fault in listed],
        }


def read_body(body: bytes, kind: str, bound: Bound, complete: Complete) -> Read:
    """Read rows of one kind.

    Raises `Problem` for what cannot be read at all, `TooLarge` for more than the bound.
    """
    allowance, read = Allowance(bound.rows, bound.decoded), Read([], [])
    for number, text in _texts(_unpacked(body, allowance)):
        allowance.count_rows(1)
        row = ndjson.read_measured(text, "", number) if isinstance(text, bytes) else text
        if isinstance(row, Rejection):
            read.refuse(number, row.faults[0])
        else:
            _read_row(read, number, row, kind, complete)
    return read


def _read_row(read: Read, number: int, row: dict[str, Any], kind: str, complete: Complete) -> None:
    if row.get("row", kind) != kind:
        read.refuse(number, Fault("unknown-row", "row", f"`{kind}` here", shown(row["row"])))
        return
    judged = read_rows({**complete(row), "row": kind})
    if isinstance(judged, Refused):
        read.refuse(number, judged.faults[0])
        return
    for one in judged:
        if not isinstance(one, KINDS[kind]):
            read.refuse(number, Fault("unknown-row", "row", f"`{kind}` here", type(one).__name__))
        elif b"\\u0000" in msgspec.json.encode(one):
            read.refuse(number, Fault("wrong-type", "row", "texts without the character U+0000", "one with it"))
        else:
            read.rows.append((number, one))


def _unpacked(body: bytes, allowance: Allowance) -> bytes:
    compression = next((name for magic, name in COMPRESSIONS.items() if body.startswith(magic)), None)
    if compression is None:
        return body
    try:
        return allowance.counted(opened(BufferedReader(BytesIO(body)), compression)).read()
    except OSError as broken:
        raise Problem("bad-request", f"the body cannot be unpacked: {str(broken)[:200]}") from None


def _texts(body: bytes) -> Iterator[tuple[int, bytes | Rejection]]:
    """Yield the text of each row with its number: elements of an array, one object, or else lines."""
    text = ndjson.stripped(body)
    if text.startswith(b"["):
        yield from enumerate(_elements(text), start=1)
    elif _is_one(text):
        yield 1, text
    else:
        if refused := foreign(text[:512], ""):
            fault = refused.faults[0]
            raise Problem("bad-request", f"expected rows of JSON, got {fault.got}")
        yield from ndjson.texts(BytesIO(body), "")


def _elements(text: bytes) -> list[bytes]:
    """Return the texts of the elements of an array, which may hold numbers that JSON does not have."""
    try:
        return [bytes(element) for element in msgspec.json.decode(text, type=list[msgspec.Raw])]
    except msgspec.DecodeError as error:
        try:
            return [json.dumps(element).encode() for element in json.loads(text)]
        except (ValueError, RecursionError):
            raise Problem("bad-request", f"the body is no JSON array: {str(error)[:200]}") from None


def _is_one(text: bytes) -> bool:
    """Say whether a text of several lines is one object, as people write it."""
    if b"\n" not in text or not text.startswith(b"{"):
        return False
    try:
        msgspec.json.decode(text, type=Mapping[str, msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True
