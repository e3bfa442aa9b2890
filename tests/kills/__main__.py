"""Kill the service again and again, and look each time: `python -m tests.kills [--kind KIND] [--times N] ...`.

What was done is kept in the file of --kept, a line a round; the same command again goes on with what is left, and
prints the table when all is done. A round that fails says why, and leaves its folder.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import traceback
from collections.abc import Iterator
from pathlib import Path
from random import Random

import msgspec
from tests.kills.installation import databases
from tests.kills.kinds import KINDS, Kind


class Round(msgspec.Struct, frozen=True):
    """What came of a round; `failure` is empty where everything held."""

    kind: str
    database: str
    seed: int
    number: int
    failure: str = ""


class Kept:
    """The rounds that were done, in a file."""

    def __init__(self, file: Path) -> None:
        self._file = file
        lines = file.read_bytes().splitlines() if file.exists() else []
        self.rounds = [msgspec.json.decode(line, type=Round) for line in lines]

    def add(self, done: Round) -> None:
        """Keep one."""
        self.rounds.append(done)
        with self._file.open("ab") as out:
            out.write(msgspec.json.encode(done) + b"\n")

    def of(self, kind: str, database: str) -> list[Round]:
        """Return those of a kind."""
        return [one for one in self.rounds if (one.kind, one.database) == (kind, database)]


def main() -> int:
    """Do what is left, and print the table: 0 where everything held."""
    chosen = _arguments().parse_args()
    kept = Kept(chosen.kept)
    for database in chosen.database or ["sqlite", "postgres"]:
        for kind in chosen.kind or KINDS:
            left = range(len(kept.of(kind, database)), chosen.times)
            for done in rounds(kind, database, left, chosen.seed):
                kept.add(done)
                print(f"{kind:12} {database:8} {done.number + 1:3}  {done.failure or 'held'}", flush=True)
    print(table(kept))
    return 1 if any(one.failure for one in kept.rounds) else 0


def rounds(kind: str, database: str, numbers: range, seed: int) -> Iterator[Round]:
    """Do rounds of a kind; after one that fails, a new installation goes on."""
    if not numbers:
        return
    with databases(database) as fresh:
        while numbers:
            folder = Path(tempfile.mkdtemp(prefix=f"kills-{kind}-"))
            killed = KINDS[kind](folder, fresh)
            failed = ""
            while numbers and not failed:
                number, numbers = numbers[0], numbers[1:]
                failed = _failure(killed, number, Random(f"{seed} {kind} {database} {number}"), last=not numbers)
                yield Round(kind, database, seed, number, failed)
            if failed:
                killed.stop()
                print(f"what it left is in {folder}", file=sys.stderr)
            else:
                killed.remove()


def _failure(killed: Kind, number: int, chance: Random, *, last: bool) -> str:
    try:
        killed.round(number, chance)
        if last:
            killed.end()
    except Exception as error:
        traceback.print_exc()
        return f"{type(error).__name__}: {error}"[:500] or "failed"
    return ""


def table(kept: Kept) -> str:
    """Return the table: kind, database, times, failures."""
    lines = ["| kind | database | times | failures |", "| --- | --- | ---: | ---: |"]
    for kind in KINDS:
        for database in ("sqlite", "postgres"):
            done = kept.of(kind, database)
            if done:
                lines.append(f"| {kind} | {database} | {len(done)} | {sum(bool(one.failure) for one in done)} |")
    return "\n".join(lines)


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.kills", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument("--kind", action="append", choices=KINDS, help="one kind; may be given again; default: all")
    parser.add_argument("--database", action="append", choices=["sqlite", "postgres"], help="default: both")
    parser.add_argument("--times", type=int, default=20, metavar="N", help="rounds of each kind (default %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="what chance draws from (default %(default)s)")
    parser.add_argument("--kept", type=Path, default=Path("kills.ndjson"), metavar="FILE",
                        help="where the rounds are kept that were done (default %(default)s)")  # fmt: skip
    return parser


if __name__ == "__main__":
    sys.exit(main())
