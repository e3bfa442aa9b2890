"""`POST /v1/events`: accepts events, which are durable before the answer.

The body is NDJSON, an Arrow IPC stream or file, or Parquet, plain or compressed by gzip or zstd; the format is detected
by its first bytes. Refused rows are counted, and the first of them are listed; the others are accepted. Rows of an
unknown kind are also stored in `quarantine` of the data folder, to be sent again after an upgrade that knows the kind.

A few bytes can expand to many rows, or to long work. So the decompressed bytes, the rows, the seconds of work, and the
number of bodies that are parsed at a time are limited. Parsed events count as memory in use until they are written.
"""

from __future__ import annotations

from collections.abc import Callable
from io import BufferedReader, BytesIO
from pathlib import Path
from time import thread_time
from typing import Any

import anyio.to_thread
import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from litestar import post

from cartellino.events.allowance import Allowance, TooLarge
from cartellino.events.batches import Chunk, read_batches
from cartellino.events.rejection import Rejection
from cartellino.events.validation import Fault
from cartellino.pipeline.route import Step
from cartellino.storage.quarantine import Quarantine
from cartellino.web.bodies import keep
from cartellino.web.bounds import KB, LISTED, Bound
from cartellino.web.guard import allow
from cartellino.web.problems import Problem
from cartellino.web.requests import Asked, principal_of, service_of
from cartellino.web.work import written

ROWS = 8_192
"""Rows that are parsed before the refused ones among them are reduced, to save memory."""

SMALL = 64 * KB
"""Bytes of plain NDJSON that are read apart from larger bodies, and from what few bytes can stand for much."""

WORK = 5.0
"""Most seconds of CPU time for parsing a body."""

_AFTER = 1 << 62
"""The line number of refused rows that are only counted; it sorts after all others."""


@post("/v1/events", opt=allow("ingest", "events"), status_code=200, tags=["events"], summary="Take events")
async def take(request: Asked) -> dict[str, Any]:
    """Accept events, durable before the answer. `?history=true`: a source's past, in any order (scope `history`).

    A retry is counted as a duplicate, and so is a row that is the same in every column as one that another source sent:
    it is the same event. An id alone is one only within its source. A past is sorted and feeds signals, but nothing is
    decided on it; `older` counts its events before the latest one of an earlier request. A body that breaks off is
    refused as a whole.
    """
    service, source, past = service_of(request), principal_of(request).source, _is_past(request)
    body, state = await request.body(), request.app.state
    async with (state.quick if _is_quick(body) else state.parsing).turn(request.state.caller):
        chunks = await anyio.to_thread.run_sync(_read, body, source, state.bounds["events"], limiter=state.parsers)
    if chunks:
        keep(request, sum(chunk.batch.nbytes for chunk in chunks))
    steps = await written(service.writer.take(source, chunks, past=past))
    return await anyio.to_thread.run_sync(_answer, steps, service.settings.folder)


def _is_quick(body: bytes) -> bool:
    """Say whether a body is surely read in a moment, so that it need not wait for those that may not be."""
    return len(body) <= SMALL and body[:1] == b"{"


def _is_past(request: Asked) -> bool:
    """Say whether these events are a source's past; raises `Problem` if the sender lacks the permission."""
    history = request.query_params.get("history", "false")
    if history not in ("true", "false"):
        raise Problem("bad-argument", "`history` is true or false", "history")
    needed = "import-history" if history == "true" else "send-events"
    if not principal_of(request).may(needed):
        raise Problem("not-allowed", f"this needs the permission `{needed}`", "Authorization")
    return history == "true"


def _must_be_whole(rejections: list[Rejection]) -> None:
    """Raises `Problem` for a body that cannot be parsed to its end; nothing of it is taken, so it can be repeated."""
    for rejection in rejections:
        if rejection.code == "unreadable":
            fault = rejection.faults[0]
            where = f"row {rejection.line}" if rejection.line else "the body"
            raise Problem(
                "bad-request", f"{where}: expected {fault.expected}, got {fault.got}; nothing was taken", where
            )


def _read(body: bytes, source: str, bound: Bound) -> list[Chunk]:
    allowance = Allowance(bound.rows, bound.decoded, _watch(WORK))
    chunks, named = [], 0
    try:
        for read in read_batches(BufferedReader(BytesIO(body)), source, ROWS, allowance):
            _must_be_whole(read.rejections)
            chunk = _without_nul(read, source)
            chunks.append(chunk._replace(rejections=_smaller(chunk.rejections, LISTED - named)))
            named += len(chunk.rejections)
    except (pa.ArrowException, UnicodeDecodeError) as broken:  # of columns that no event has, in a broken file
        raise Problem("bad-request", f"the body cannot be read: {str(broken)[:200]}") from None
    return chunks


def _watch(seconds: float) -> Callable[[], None]:
    """Return a function that raises `TooLarge` once this thread has used its CPU time; waiting does not count."""
    until = thread_time() + seconds

    def watch() -> None:
        if thread_time() > until:
            raise TooLarge("this takes too long to read; send it in parts")

    return watch


def _smaller(rejections: list[Rejection], named: int) -> list[Rejection]:
    """Reduce rejections that will not be listed to their code, and those for the quarantine to their text."""
    return [*rejections[: max(0, named)], *(_small(rejection) for rejection in rejections[max(0, named) :])]


def _small(rejection: Rejection) -> Rejection:
    if rejection.code == "unknown-kind":
        return Rejection(
            rejection.source, rejection.line, rejection.faults[:1], msgspec.Raw(msgspec.json.encode(rejection.row))
        )
    return Rejection(rejection.source, _AFTER, (Fault(rejection.code, "", "", ""),))


def _without_nul(chunk: Chunk, source: str) -> Chunk:
    """Reject rows with the character U+0000, which PostgreSQL cannot store."""
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
    rejections = [rejection for step in steps for rejection in step.rejections]
    duplicates = sum(rejection.code == "duplicate" for rejection in rejections) + sum(step.in_log for step in steps)
    refused = [rejection for rejection in rejections if rejection.code != "duplicate"]
    _set_aside([rejection for rejection in refused if rejection.code == "unknown-kind"], folder)
    older = sum(step.older for step in steps)
    return {
        "accepted": sum(step.taken for step in steps),
        "duplicates": duplicates,
        "rejected_count": len(refused),
        "rejected": [_shown(rejection) for rejection in refused[:LISTED] if rejection.line < _AFTER],
        **({"older": older} if older else {}),
    }


def _shown(rejection: Rejection) -> dict[str, Any]:
    fault = rejection.faults[0]
    return {
        "row": rejection.line,
        "column": fault.column,
        "expected": fault.expected,
        "got": fault.got,
        "code": fault.code,
    }


def _set_aside(rejections: list[Rejection], folder: Path) -> None:
    if rejections:
        rows = [msgspec.json.encode(rejection.row) for rejection in rejections]
        Quarantine(folder / "quarantine").keep(rejections[0].source, rows)
