"""`cartellino availability replay`: what the service would have said of every country and feature, from rows alone."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from cartellino.cli.inputs import Sources
from cartellino.cli.lines import texts
from cartellino.cli.terminal import Advance, complain, console, escape, progress
from cartellino.cli.verbs import PLAIN, Verbs
from cartellino.events import ndjson
from cartellino.events.rejection import Rejection
from cartellino.events.validation import Fault
from cartellino.vocabulary.refusals import BadArgument
from cartellino.vocabulary.times import show_instant

if TYPE_CHECKING:
    from cartellino.availability.monitor import Moment
    from cartellino.availability.rows import Row

_ABOUT = """\
Levels and causes from rows of health, as the service would have told them. No clock is read: the same rows give the
same answer, in whatever files and order they come. Files are NDJSON, also inside gzip or zstd, or a JSON array; `-` is
standard input, a folder is all its files.

Every row says what it is in `row`: `problem`, `probe`, `change` (CloudEvents, CDEvents), `announcement` or `event`;
measurements of OONI's WhatsApp test and CloudEvents need not.

Written to the --out folder:
  levels.ndjson    time, country, feature, service and level (none, warning, danger, unknown): a line a change
  verdicts.ndjson  time and causes, each with kind, grade, place, features, since and evidence: a line a change
  rejected.ndjson  rows that could not be taken: file, line, column, what was expected, and the row itself

Rows whose time is years after all others, or decades before them, are rejected, too, where they are few.

Exit code 2: there was no row in any of them that could be read.

  cartellino availability replay rows.ndjson.zst --out out
"""


def register(verbs: Verbs) -> None:
    """Add the verb."""
    verb = verbs.add_parser("availability", help="banned, down or restricted: replay rows of health",
                            description=_ABOUT, formatter_class=PLAIN)  # fmt: skip
    verb.add_argument("what", choices=["replay"], metavar="replay")
    verb.add_argument("rows", nargs="+", metavar="ROWS", help="file, folder or - for standard input")
    verb.add_argument("--out", type=Path, required=True, metavar="DIR", help="where to write the results")
    verb.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Replay all rows of all files."""
    from cartellino.availability.replay import replay

    sources = Sources(chosen.rows)
    chosen.out.mkdir(parents=True, exist_ok=True)
    with progress("reading", sources.size) as advance:
        read, rejections = _read(sources, advance)
    rows, far = _meant(read)
    rejections += far
    _write(chosen.out / "rejected.ndjson", (one.record() for one in rejections))
    if rejections:
        complain(f"{len(rejections):,} rows were rejected; see {chosen.out / 'rejected.ndjson'}. The first:")
        for one in rejections[:3]:
            complain(f"  {one.show()}")
    if not rows:
        raise BadArgument("the input has no row of health; the columns are in docs/explanation")
    levels, causes = _tell(replay(rows), chosen.out)
    console().print(f"{len(rows):,} rows: {levels:,} changes of level and {causes:,} of causes in "
                    f"{escape(str(chosen.out))}")  # fmt: skip
    return 0


class _Read(NamedTuple):
    """A row, with the file and line that it is of."""

    row: Row
    source: str
    line: int


def _read(sources: Sources, advance: Advance) -> tuple[list[_Read], list[Rejection]]:
    from cartellino.availability.reading import read_rows
    from cartellino.availability.rows import Refused

    rows: list[_Read] = []
    rejections: list[Rejection] = []
    for source, stream, before in sources.streams():
        for number, text in texts(stream, source):
            if number % 10_000 == 0:
                advance(before, f"{len(rows):,} rows")
            held = text if isinstance(text, Rejection) else ndjson.read_measured(text, source, number)
            if isinstance(held, Rejection):
                rejections.append(held)
                continue
            found = read_rows(held)
            if isinstance(found, Refused):
                rejections.append(ndjson.rejected(found.faults, held, bytes(text), source, number))  # type: ignore[arg-type]
            else:
                rows += (_Read(row, source, number) for row in found)
    return rows, rejections


def _meant(read: list[_Read]) -> tuple[list[Row], list[Rejection]]:
    """Return the rows, and apart from them those whose time is absurdly far from all others."""
    from cartellino.availability.rows import Announcement, Change
    from cartellino.availability.stray import strays

    ordered = sorted(read, key=lambda one: one.row.time)
    first, last = strays([one.row.time for one in ordered])
    far = [one for one in ordered[:first] if not isinstance(one.row, Announcement | Change)] + ordered[last:]
    lost = {id(one) for one in far}
    rows = [one.row for one in read if id(one) not in lost]
    if not far:
        return rows, []
    expected = (f"a time near those of all other rows, which are from {show_instant(ordered[first].row.time)} to "
                f"{show_instant(ordered[last - 1].row.time)}")  # fmt: skip
    return rows, [
        Rejection(one.source, one.line, (Fault("far-off", "time", expected, show_instant(one.row.time)),),
                  msgspec.to_builtins(one.row))
        for one in sorted(far, key=lambda one: (one.source, one.line))
    ]  # fmt: skip


def _tell(moments: Iterable[Moment], folder: Path) -> tuple[int, int]:
    """Write levels and verdicts as the replay yields them; return the number of lines of each."""
    levels = causes = 0
    with (folder / "levels.ndjson").open("wb") as of_levels, (folder / "verdicts.ndjson").open("wb") as of_causes:
        for moment in moments:
            for level in moment.levels:
                of_levels.write(msgspec.json.encode(level.record()) + b"\n")
            levels += len(moment.levels)
            if moment.causes is not None:
                of_causes.write(msgspec.json.encode(moment.record()) + b"\n")
                causes += 1
    return levels, causes


def _write(file: Path, records: Iterable[dict[str, Any]]) -> None:
    file.write_bytes(b"".join(msgspec.json.encode(record) + b"\n" for record in records))
