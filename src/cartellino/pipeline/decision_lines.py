"""Reads and writes decisions as NDJSON, the format of `cartellino decide`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from cartellino.enforcement.decision import Decision
from cartellino.vocabulary.refusals import BadFile


def read_lines(file: Path) -> Iterator[dict[str, Any]]:
    """Yield the decisions of a file; none if the file does not exist.

    Raises `BadFile` if an interrupted run left half a line.
    """
    if file.exists():
        with file.open("rb") as lines:
            yield from (_recorded(line, file) for line in lines)


def _recorded(line: bytes, file: Path) -> dict[str, Any]:
    try:
        record: dict[str, Any] = msgspec.json.decode(line)
    except msgspec.DecodeError:
        raise BadFile(f"{file} was cut off; the next run with this folder writes it anew") from None
    return record


def write_lines(out: BinaryIO, decisions: Sequence[Decision]) -> None:
    """Write a line for each decision."""
    for decision in decisions:
        out.write(msgspec.json.encode(decision.record()) + b"\n")
