"""Retention: removes rows from the log that are older than events of their kind may be kept.

A segment with such rows is rewritten without them and replaced atomically, so that a crash leaves it either old or new.
The other rows keep their numbers, and frames the numbers that they cover, so that a gap left by retention and damage
cannot be mistaken for each other. Frames that have become small are joined.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from cartellino.storage.columns import check_readable, conform
from cartellino.storage.digest_file import discard_digests
from cartellino.storage.files import DISK, Files
from cartellino.storage.forms import encoded, plain
from cartellino.storage.frames import seal_batch, seal_schema
from cartellino.storage.replacing import replacing
from cartellino.storage.segment import Segment, begins
from cartellino.vocabulary.times import Duration, Instant

Spared = Callable[[pa.RecordBatch], pa.Array]
"""Returns a Boolean array that marks the rows of a batch that are kept however old they are."""

Change = Callable[[pa.RecordBatch], pa.RecordBatch]
"""Returns what becomes of a batch: rows may be missing or changed, but not their sequence numbers."""

JOINED = 32_768
"""Most rows in a frame joined from several."""


class _Part(NamedTuple):
    """The rows that are left of the numbers `first` to `last`."""

    first: int
    last: int
    rows: pa.RecordBatch


def forget(
    log_folder: Path,
    schema: pa.Schema,
    kinds: Mapping[str, Duration],
    now: Instant,
    files: Files = DISK,
    *,
    compression: str | None = None,
    spared: Spared | None = None,
) -> dict[str, int]:
    """Remove the rows whose `time` is more than their kind's duration before `now`; return their number by kind.

    `schema` are the columns of the log; `spared` gets all of them, also those that a segment does not store. Kinds that
    are not in `kinds` are kept, and so are rows whose kind or time is null, and those that `spared` marks. A writer may
    be active; it waits while a segment is rewritten. Raises `DamagedLog`, which leaves the segment unchanged, or
    `WriteFailed` if the disk has no space for another segment.
    """
    limits = {kind: now - kept for kind, kept in kinds.items()}
    gone: Counter[str] = Counter()
    for first in begins(files, log_folder):
        with files.lock(log_folder):
            segment = Segment(files, log_folder, first)
            parts = partial(_parts, segment, _last(files, log_folder, first), schema)
            gone += _forget(files, segment, parts, limits, compression, spared)
    return dict(gone)


def rewrite(
    log_folder: Path,
    schema: pa.Schema,
    change: Change,
    files: Files = DISK,
    *,
    compression: str | None = None,
) -> int:
    """Apply `change` to every batch of the log; return the number of segments that were changed.

    `change` gets all columns of `schema`, also those that a segment does not store, which stay empty. It may remove
    rows and change values, but not sequence numbers. A crash leaves each segment either old or new.
    """
    changed = 0
    for first in begins(files, log_folder):
        with files.lock(log_folder):
            segment, last = Segment(files, log_folder, first), _last(files, log_folder, first)
            parts = partial(_parts, segment, last, schema)
            if any(not change(part.rows).equals(part.rows) for part in parts()):
                _rewrite(files, segment, partial(_changed, parts, change), compression)
                changed += 1
    return changed


def _last(files: Files, folder: Path, first: int) -> int:
    """Return the last number that a segment covers: one below the next segment's first, or where the log ends."""
    following = [begin for begin in begins(files, folder) if begin > first]
    return following[0] - 1 if following else Segment(files, folder, first).end().last


def _forget(
    files: Files,
    segment: Segment,
    parts: Callable[[], Iterator[_Part]],
    limits: Mapping[str, Instant],
    compression: str | None,
    spared: Spared | None,
) -> Counter[str]:
    gone: Counter[str] = Counter()
    for part in parts():
        gone += _expired(part.rows, limits, spared)
    if gone:
        change = partial(_kept, limits=limits, spared=spared)
        _rewrite(files, segment, partial(_changed, parts, change), compression)
    return gone


def _parts(segment: Segment, last: int, schema: pa.Schema) -> Iterator[_Part]:
    if last < segment.first:
        return  # a crash interrupted the writing of its first frame
    stored = segment.schema()
    check_readable(stored, schema, segment.path)
    for frame in segment.frames(last):
        yield _Part(frame.first, frame.last, conform(segment.batch(frame, stored), schema))


def _changed(parts: Callable[[], Iterable[_Part]], change: Change) -> Iterator[_Part]:
    return _joined(part._replace(rows=change(part.rows)) for part in parts())


def _rewrite(files: Files, segment: Segment, parts: Callable[[], Iterable[_Part]], compression: str | None) -> None:
    stored = segment.schema()
    if any(encoded(part.rows, stored) is None for part in parts()):  # changed or joined rows need another form
        stored = plain(stored, next(iter(parts())).rows.schema)
    discard_digests(files, segment.path.parent, segment.first)  # they are of the rows that go
    with replacing(files, segment.path) as file:
        file.write(seal_schema(stored, segment.first))
        for part in parts():
            file.write(seal_batch(encoded(part.rows, stored), part.first, part.last, compression))


def _joined(parts: Iterable[_Part]) -> Iterator[_Part]:
    small: list[_Part] = []
    for part in parts:
        if small and sum(earlier.rows.num_rows for earlier in small) + part.rows.num_rows > JOINED:
            yield _join(small)
            small = []
        small.append(part)
    yield _join(small)


def _join(parts: list[_Part]) -> _Part:
    return _Part(parts[0].first, parts[-1].last, pa.concat_batches([part.rows for part in parts]))


def _expired(rows: pa.RecordBatch, limits: Mapping[str, Instant], spared: Spared | None) -> Counter[str]:
    counts = {kind: pc.sum(_older(rows, kind, limits[kind], spared)).as_py() for kind in limits}
    return Counter({kind: count for kind, count in counts.items() if count})


def _kept(rows: pa.RecordBatch, limits: Mapping[str, Instant], spared: Spared | None) -> pa.RecordBatch:
    for kind, limit in limits.items():
        rows = rows.filter(pc.invert(_older(rows, kind, limit, spared)))
    return rows


def _older(rows: pa.RecordBatch, kind: str, limit: Instant, spared: Spared | None) -> pa.Array:
    """Mark the rows of a kind that are older than a limit and not spared; a row with a null is never marked."""
    unit = pa.timestamp("ms", tz="UTC")
    older = pc.less(rows.column("time").cast(unit), pa.scalar(limit, unit))
    expired = pc.fill_null(pc.and_(pc.equal(rows.column("kind"), kind), older), False)
    return expired if spared is None else pc.and_(expired, pc.invert(spared(rows)))
