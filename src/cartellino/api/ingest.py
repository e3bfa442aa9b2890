"""`POST /v1/events`: rows in, durable before the answer.

The body is NDJSON, an Arrow IPC stream or file, or Parquet, plain or inside gzip or zstd; it is recognised by its first
bytes. What cannot be taken is named row by row; the rest is taken. Rows of an unknown kind are also kept aside, in
`quarantine` of the data folder, to be sent again after an upgrade that knows the kind.
"""

from __future__ import annotations

from io import BufferedReader, BytesIO
from pathlib import Path
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
from cartellino.storage.quarantine import Quarantine
from cartellino.web.problems import Problem

SWELLS = 16
"""How many times larger than the allowed body its content may be."""


@post("/v1/events", opt={"may": "ingest"}, status_code=200, tags=["events"], summary="Take events")
async def take(request: Asked) -> dict[str, Any]:
    """Take events; answered once they are durable. A retry is counted as a duplicate, and taken once."""
    service, source = service_of(request), principal_of(request).source
    body = await request.body()
    chunks = await anyio.to_thread.run_sync(_read, body, source, service.settings.body * SWELLS)
    steps = await written(service.writer.take(source, chunks))
    return await anyio.to_thread.run_sync(_answer, steps, service.settings.folder)


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
    if rejections:
        rows = [msgspec.json.encode(one.row) for one in rejections]
        Quarantine(folder / "quarantine").keep(rejections[0].source, rows)
