"""`POST /v1/events`: rows in, durable before the answer.

The body is NDJSON, an Arrow IPC stream or file, or Parquet, plain or inside gzip or zstd; it is recognised by its first
bytes. What cannot be taken is named row by row; the rest is taken. Rows of an unknown kind are also kept aside, in
`quarantine` of the data folder, to be sent again after an upgrade that knows the kind.
"""

from __future__ import annotations

import os
from io import BufferedReader, BytesIO
from pathlib import Path
from threading import Lock
from typing import Any

import anyio.to_thread
import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from litestar import post

from cartellino.api.asking import Asked, principal_of, service_of, written
from cartellino.events.batches import Chunk, read_batches
from cartellino.events.rejection import Rejection
from cartellino.events.validation import Fault
from cartellino.service.route import Step
from cartellino.web.problems import Problem

SWELLS = 16
"""How many times larger than the allowed body its content may be."""

_lock = Lock()


@post("/v1/events", opt={"may": "ingest"}, status_code=200, tags=["events"], summary="Take events")
async def take(request: Asked) -> dict[str, Any]:
    """Take events; answered once they are durable. `?history=true`: a source's past, in any order (scope `history`).

    A retry is counted as a duplicate, and taken once. A past is sorted before it is kept; it feeds signals, and nothing
    is decided or told. A body that breaks off is refused whole.
    """
    service, source, past = service_of(request), principal_of(request).source, _is_past(request)
    body = await request.body()
    chunks = await anyio.to_thread.run_sync(_read, body, source, service.settings.body * SWELLS)
    must_be_whole(chunks)
    steps = await written(service.writer.take(source, chunks, past=past))
    return await anyio.to_thread.run_sync(_answer, steps, service.settings.folder)


def _is_past(request: Asked) -> bool:
    """Say whether these events are a source's past, and whether whoever sends them may send such."""
    asked = request.query_params.get("history", "false")
    if asked not in ("true", "false"):
        raise Problem("bad-argument", "`history` is true or false", "history")
    needed = "import-history" if asked == "true" else "send-events"
    if not principal_of(request).may(needed):
        raise Problem("not-allowed", f"this needs the permission `{needed}`", "Authorization")
    return asked == "true"


def must_be_whole(chunks: list[Chunk]) -> None:
    """Refuse a body that cannot be read to its end, before anything of it is taken; it can be sent again.

    Raises `Problem`.
    """
    for one in (rejection for chunk in chunks for rejection in chunk.rejections):
        if one.code == "unreadable":
            fault = one.faults[0]
            where = f"row {one.line}" if one.line else "the body"
            raise Problem(
                "bad-request", f"{where}: expected {fault.expected}, got {fault.got}; nothing was taken", where
            )


def _read(body: bytes, source: str, most: int) -> list[Chunk]:
    chunks, size = [], 0
    for chunk in read_batches(BufferedReader(BytesIO(body)), source):
        size += chunk.batch.nbytes
        if size > most:
            raise Problem("too-much", f"the content is larger than {most:,} bytes; send it in parts")
        chunks.append(_without_noughts(chunk, source))
    return chunks


def _without_noughts(chunk: Chunk, source: str) -> Chunk:
    """Refuse rows with the character U+0000, which PostgreSQL cannot keep."""
    bad = np.zeros(chunk.batch.num_rows, np.bool_)
    for name, column in zip(chunk.batch.schema.names, chunk.batch.columns, strict=True):
        if pa.types.is_string(column.type):
            text = "\\u0000" if name == "own" else "\x00"
            bad |= pc.fill_null(pc.match_substring(column, text), False).to_numpy(zero_copy_only=False)
    if not bad.any():
        return chunk
    fault = Fault("wrong-type", "row", "texts without the character U+0000", "one with it")
    refused = [Rejection(source, int(number), (fault,)) for number in chunk.numbers[bad]]
    kept = chunk.batch.filter(pa.array(~bad))
    return chunk._replace(batch=kept, numbers=chunk.numbers[~bad], rejections=[*chunk.rejections, *refused])


def _answer(steps: list[Step], folder: Path) -> dict[str, Any]:
    rejections = [one for step in steps for one in step.rejections]
    duplicates = sum(one.code == "duplicate" for one in rejections) + sum(step.held for step in steps)
    refused = [one for one in rejections if one.code != "duplicate"]
    _set_aside([one for one in refused if one.code == "unknown-kind"], folder)
    return {
        "accepted": sum(step.taken for step in steps),
        "duplicates": duplicates,
        "rejected": [_shown(one) for one in refused],
    }


def _shown(one: Rejection) -> dict[str, Any]:
    fault = one.faults[0]
    return {
        "row": one.line,
        "column": fault.column,
        "expected": fault.expected,
        "got": fault.got,
        "code": fault.code,
    }


def _set_aside(rejections: list[Rejection], folder: Path) -> None:
    if not rejections:
        return
    aside = folder / "quarantine"
    lines = b"".join(msgspec.json.encode(one.row) + b"\n" for one in rejections)
    with _lock:
        aside.mkdir(exist_ok=True, mode=0o700)
        with (aside / f"{rejections[0].source.replace('/', '_')[:100]}.ndjson").open("ab") as out:
            out.write(lines)
            out.flush()
            os.fsync(out.fileno())
