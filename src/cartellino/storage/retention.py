"""Retention: rows that are older than their kind may be kept are taken out of the log, and nothing else changes.

A segment that holds such rows is written anew without them and put in place in one step, so a crash leaves it as it was
or as it should be. The numbers of the other rows stay. What frames cover stays too, so that a gap that retention left
is not taken for damage, nor damage for such a gap. Frames that became small are joined.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from cartellino.storage.files import DISK, Files
from cartellino.storage.frames import seal_batch, seal_schema
from cartellino.storage.replacing import replacing
from cartellino.storage.segment import Segment, begins
from cartellino.vocabulary.times import Duration, Instant

Spared = Callable[[pa.RecordBatch], pa.Array]
"""Marks the rows of a batch that are kept however old they are."""

JOINED = 32_768
"""Rows up to which frames are joined."""


class _Part(NamedTuple):
    """What is left of the numbers `first` to `last`."""

    first: int
    last: int
    rows: pa.RecordBatch


def forget(
    log_folder: Path,
    kinds: Mapping[str, Duration],
    now: Instant,
    files: Files = DISK,
    *,
    compression: str | None = None,
    spared: Spared | None = None,
) -> dict[str, int]:
    """Take out the rows whose `time` is more than their kind's duration before `now`; return how many, by kind.

    `spared` marks rows that are kept however old they are. Kinds that are not named are kept, and so are rows whose
    kind or time is unknown. It may run beside a writer, which waits while a segment is written. Raises `DamagedLog`,
    and then that segment is as it was; `WriteFailed` when the disk has no room for one more segment.
    """
    limits = {kind: now - kept for kind, kept in kinds.items()}
    gone: Counter[str] = Counter()
    for first in begins(files, log_folder):
        with files.lock(log_folder):
            segment = Segment(files, log_folder, first)
            gone += _forget(files, segment, _last(files, log_folder, first), limits, compression, spared)
    return dict(gone)


def rewrite(
    log_folder: Path,
    change: Callable[[pa.RecordBatch], pa.RecordBatch],
    files: Files = DISK,
    *,
    compression: str | None = None,
) -> int:
    """Write the log anew with every batch changed; return in how many segments something changed.

    `change` may take rows out and change values, not numbers. A crash leaves each segment as it was or as it should be.
    """
    changed = 0
    for first in begins(files, log_folder):
        with files.lock(log_folder):
            segment, last = Segment(files, log_folder, first), _last(files, log_folder, first)
            if any(not change(part.rows).equals(part.rows) for part in _parts(segment, last)):
                kept = (part._replace(rows=change(part.rows)) for part in _parts(segment, last))
                _rewrite(files, segment, _joined(kept), compression)
                changed += 1
    return changed


def _last(files: Files, folder: Path, first: int) -> int:
    """Return the last number of a segment: by the name of the next one, and in the last segment by its end."""
    following = [begin for begin in begins(files, folder) if begin > first]
    return following[0] - 1 if following else Segment(files, folder, first).end().last


def _forget(
    files: Files,
    segment: Segment,
    last: int,
    limits: Mapping[str, Instant],
    compression: str | None,
    spared: Spared | None,
) -> Counter[str]:
    gone: Counter[str] = Counter()
    for part in _parts(segment, last):
        gone += _expired(part.rows, limits, spared)
    if gone:
        kept = (part._replace(rows=_kept(part.rows, limits, spared)) for part in _parts(segment, last))
        _rewrite(files, segment, _joined(kept), compression)
    return gone


def _parts(segment: Segment, last: int) -> Iterator[_Part]:
    if last < segment.first:
        return  # a crash left it before its first frame was whole
    schema = segment.schema()
    for frame in segment.frames(last):
        yield _Part(frame.first, frame.last, segment.batch(frame, schema))


def _rewrite(files: Files, segment: Segment, parts: Iterable[_Part], compression: str | None) -> None:
    with replacing(files, segment.path) as file:
        file.write(seal_schema(segment.schema(), segment.first))
        for part in parts:
            file.write(seal_batch(part.rows, part.first, part.last, compression))


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
    """Mark the rows of a kind that are older than a limit and not spared; what is unknown is not older."""
    unit = pa.timestamp("ms", tz="UTC")
    older = pc.less(rows.column("time").cast(unit), pa.scalar(limit, unit))
    expired = pc.fill_null(pc.and_(pc.equal(rows.column("kind"), kind), older), False)
    return expired if spared is None else pc.and_(expired, pc.invert(spared(rows)))
