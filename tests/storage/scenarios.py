"""Small lives of the stores: what each does to a disk, what it calls durable meanwhile, and what must be left of it.

A life runs in a process of its own, on the real disk, and prints what it was told is kept. Parts of it die before one
of their syncs, as a `kill -9` would have it, and a next process goes on with what it finds; parts meet a disk that
fails. Each life is judged from an image of a disk alone and the lines that were printed before.
"""

from __future__ import annotations

import errno
import os
import signal
from collections.abc import Callable, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import sqlalchemy as sa
from tests.storage.known_log import known_log

from cartellino.kernel.state import Snapshot
from cartellino.storage.database import Database
from cartellino.storage.faults import WriteFailed
from cartellino.storage.files import Disk, File
from cartellino.storage.growing import make_folder
from cartellino.storage.journal import Journal
from cartellino.storage.quarantine import Quarantine
from cartellino.storage.replacing import replacing
from cartellino.storage.retention import forget
from cartellino.storage.segments import SegmentLog
from cartellino.storage.snapshots import Snapshots

Tell = Callable[[str], None]
"""Says that something is kept."""

DEATHS = 6
"""No step of a life has more syncs than this."""


class Scenario(Protocol):
    """A life: it runs in a folder, and is judged by what is left of the folder."""

    def run(self, folder: Path, tell: Tell) -> None:
        """Live."""

    def check(self, folder: Path, told: Sequence[str]) -> None:
        """Raises whatever shows that something told is not there, or that something is there that never was."""


class Counted(Disk):
    """The disk of this machine; the sync of this number is its last, or the first that fails."""

    def __init__(self, number: int, fails: int = 0) -> None:
        """`fails` is how many syncs fail; where none does, the process dies before the sync."""
        self._left, self._fails = number, fails

    def before_sync(self) -> None:
        self._left -= 1
        if self._left <= 0 and not self._fails:
            os.kill(os.getpid(), signal.SIGKILL)
        if -self._fails < self._left <= 0:
            raise OSError(errno.EIO, "Input/output error")

    def open(self, path: Path) -> File:
        return _CountedFile(super().open(path), self)

    def sync_folder(self, folder: Path) -> None:
        self.before_sync()
        super().sync_folder(folder)


class _CountedFile:
    def __init__(self, file: File, disk: Counted) -> None:
        self._file, self._disk = file, disk
        self.write, self.truncate = file.write, file.truncate

    def __enter__(self) -> _CountedFile:
        return self

    def __exit__(self, *how: Any) -> None:
        self._file.__exit__(*how)

    def sync(self) -> None:
        self._disk.before_sync()
        self._file.sync()


def dies(step: Callable[[Disk], object], sync: int) -> None:
    """Do a step in another process that dies before one of its syncs, if it has so many."""
    process = os.fork()
    if process == 0:
        with suppress(BaseException):
            step(Counted(sync))
        os._exit(0)
    os.waitpid(process, 0)


# What was appended stays: the log, the journal.

SCHEMA = pa.schema([
    pa.field("sequence", pa.int64()), ("time", pa.timestamp("ms", tz="UTC")), ("kind", pa.string()),
])  # fmt: skip


def rows(first: int, last: int) -> list[dict[str, Any]]:
    return [{"sequence": n, "time": n, "kind": "read" if n % 3 else "registered"} for n in range(first, last + 1)]


def batch(first: int, last: int) -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist(rows(first, last), schema=SCHEMA)


def held(log: SegmentLog) -> list[dict[str, Any]]:
    return [{**row, "time": int(row["time"].timestamp() * 1000)} for found in log.read() for row in found.to_pylist()]


def log_in(folder: Path, files: Disk | None = None) -> SegmentLog:
    return SegmentLog(folder, SCHEMA, Disk() if files is None else files, roll=1_500)


def by_name(told: Sequence[str]) -> dict[str, int]:
    """Return the last number that was told of the last two names; what is older was looked at when it was told."""
    latest = {name: int(number) for name, _, number in (line.partition(" ") for line in told)}
    return dict(list(latest.items())[-2:])


class Log:
    """Batches are appended, segments begin; processes die in between."""

    def run(self, folder: Path, tell: Tell) -> None:
        for sync in range(1, DEATHS + 1):
            path = folder / f"{sync}" / "log"
            dies(lambda disk, path=path: log_in(path, disk).append(batch(1, 20)), sync)  # type: ignore[misc]
            self._go_on(path, sync, tell)
            dies(lambda disk, path=path: self._append(log_in(path, disk), 60), min(sync, 3))  # type: ignore[misc]
            self._go_on(path, sync, tell)

    def _go_on(self, path: Path, name: int, tell: Tell) -> None:
        log = log_in(path)
        tell(f"{name} {log.last}")  # what is there is taken for durable
        for size in (1, 40):
            self._append(log, size)
            tell(f"{name} {log.last}")

    def _append(self, log: SegmentLog, size: int) -> None:
        log.append(batch(log.last + 1, log.last + size))

    def check(self, folder: Path, told: Sequence[str]) -> None:
        for name, last in by_name(told).items():
            log = log_in(folder / name / "log")
            assert log.last >= last
            assert held(log) == rows(1, log.last)
            self._append(log, 2)
            assert log_in(folder / name / "log").last == log.last


class Refused:
    """A disk fails for a while: what was refused is not there, and what was kept is."""

    def run(self, folder: Path, tell: Tell) -> None:
        for fails in (1, 2):
            for sync in range(3, 8):  # opening a log takes two
                log_in(folder / f"{fails}{sync}").append(batch(1, 5))
                self._go_on(folder / f"{fails}{sync}", log_in(folder / f"{fails}{sync}", Counted(sync, fails)), tell)

    def _go_on(self, path: Path, log: SegmentLog, tell: Tell) -> None:
        for size in (3, 60, 70, 2):
            tell(f"{path.name} trying")
            with suppress(WriteFailed):
                log.append(batch(log.last + 1, log.last + size))
            tell(f"{path.name} {log.last}")

    def check(self, folder: Path, told: Sequence[str]) -> None:
        for name in sorted({line.partition(" ")[0] for line in told[-8:]}):
            log, lines = log_in(folder / name), [line.partition(" ")[2] for line in told if line.startswith(name)]
            assert held(log) == rows(1, log.last)
            assert log.last >= max((int(line) for line in lines if line != "trying"), default=5)
            if name.startswith("1") and lines[-1] != "trying":  # where taking back fails as well, it may be there
                assert log.last == int(lines[-1])


class Journaled:
    """Records are appended, and all of them written anew."""

    def run(self, folder: Path, tell: Tell) -> None:
        for sync in range(1, DEATHS + 1):
            path = folder / f"{sync}" / "a" / "found.journal"
            dies(lambda disk, path=path: Journal(path, disk).append([b"1", b"22"]), sync)  # type: ignore[misc]
            self._go_on(path, sync, tell)
            dies(lambda disk, path=path: self._rewrite(Journal(path, disk)), sync)  # type: ignore[misc]
            journal = Journal(path)
            if b"1" in journal.read():
                self._rewrite(journal)
            tell(f"{sync} -{len(journal)}")  # negative: written anew

    def _go_on(self, path: Path, name: int, tell: Tell) -> None:
        journal = Journal(path)
        tell(f"{name} {len(journal)}")
        for _ in range(2):
            journal.append([b"%d" % (len(journal) + 1), b"x" * 700])
            tell(f"{name} {len(journal)}")

    def _rewrite(self, journal: Journal) -> None:
        journal.rewrite([b"erased" for _ in journal.read()])

    def check(self, folder: Path, told: Sequence[str]) -> None:
        for name, number in by_name(told).items():
            found = list(Journal(folder / name / "a" / "found.journal").read())
            assert len(found) >= abs(number)
            assert number >= 0 or set(found) <= {b"erased"}
            assert set(found) in ({b"erased"}, set()) or b"erased" not in found


# What was written anew is the old or the new: snapshots, single files, segments without what was forgotten.


def snapshot(number: int) -> Snapshot:
    return Snapshot({"a": np.full(200, number)}, (f"d{number}",), ("main",))


class Snapshotted:
    """Snapshots follow each other."""

    def run(self, folder: Path, tell: Tell) -> None:
        path = folder / "state" / "snapshots"
        for number in range(1, DEATHS + 1):
            dies(lambda disk, n=number: Snapshots(path, disk).write(n, snapshot(n)), number)  # type: ignore[misc]
            Snapshots(path).write(number, snapshot(number))
            tell(f"{number}")

    def check(self, folder: Path, told: Sequence[str]) -> None:
        if told:
            found = Snapshots(folder / "state" / "snapshots").latest(at_most=100)
            assert found is not None
            number, held = found
            assert number >= int(told[-1])
            assert held.arrays["a"].tolist() == [number] * 200
            assert held.names == (f"d{number}",)


class Replaced:
    """A file is written anew again and again."""

    def run(self, folder: Path, tell: Tell) -> None:
        path = folder / "state" / "policies.json"
        for number in range(1, DEATHS + 1):
            dies(lambda disk, n=number: self._write(disk, path, n), number)  # type: ignore[misc]
            self._write(Disk(), path, number)
            tell(f"{number}")

    def _write(self, files: Disk, path: Path, number: int) -> None:
        make_folder(files, path.parent)
        with replacing(files, path) as file:
            file.write(b"%d." % number * 900)

    def check(self, folder: Path, told: Sequence[str]) -> None:
        path = folder / "state" / "policies.json"
        if told or path.exists():
            number = int(path.read_bytes().partition(b".")[0])
            assert path.read_bytes() == b"%d." % number * 900
            assert number >= int(told[-1] if told else 1)


class Forgotten:
    """Old rows are taken out of the log."""

    ALL, LEFT = rows(1, 90), [row for row in rows(1, 90) if row["kind"] == "registered" or row["sequence"] >= 80]

    def run(self, folder: Path, tell: Tell) -> None:
        for sync in range(1, DEATHS + 1):
            path = folder / f"{sync}"
            log = log_in(path)
            for first in range(1, 91, 30):
                log.append(batch(first, first + 29))
            tell(f"{sync} {log.last}")
            dies(lambda disk, path=path: forget(path, SCHEMA, {"read": 0}, 80, disk), sync)  # type: ignore[misc]
            log_in(path)
            forget(path, SCHEMA, {"read": 0}, 80)
            tell(f"{sync} -{log.last}")

    def check(self, folder: Path, told: Sequence[str]) -> None:
        for name, last in by_name(told).items():
            log = log_in(folder / name)
            found = held(log)
            assert log.last == abs(last) == 90
            assert found == self.LEFT if last < 0 else all(row in found for row in self.LEFT)
            assert all(row in self.ALL for row in found)


class Quarantined:
    """Rows are set aside, and those of an account removed."""

    def run(self, folder: Path, tell: Tell) -> None:
        for sync in range(1, DEATHS + 1):
            path = folder / f"{sync}" / "quarantine"
            dies(lambda disk, path=path: Quarantine(path, disk).keep("s", self._rows(0)), sync)  # type: ignore[misc]
            Quarantine(path).keep("s", self._rows(1))
            tell(f"{sync} 1")
            dies(lambda disk, path=path: Quarantine(path, disk).keep("s", self._rows(2)), sync)  # type: ignore[misc]
            dies(lambda disk, path=path: Quarantine(path, disk).remove(lambda row: b"alice" in row), sync)  # type: ignore[misc]
            Quarantine(path).keep("s", self._rows(3))
            tell(f"{sync} 3")
            Quarantine(path).remove(lambda row: b"alice" in row)
            tell(f"{sync} -3")

    def _rows(self, number: int) -> list[bytes]:
        return [b"%d alice " % number + b"x" * 300, b"%d bob " % number + b"y" * 300]

    def check(self, folder: Path, told: Sequence[str]) -> None:
        for name, number in by_name(told).items():
            lines = (folder / name / "quarantine" / "s.ndjson").read_bytes().split(b"\n")
            kept = [1] if number == 1 else [1, 3]
            assert all(self._rows(one)[1] in lines for one in kept)
            named = [line for line in lines if b"alice" in line]
            assert not named or number == 1 or (number == 3 and self._rows(3)[0] in named)


class Committed:
    """Tables are made, rows committed, the write-ahead log moved into the database; processes die."""

    def run(self, folder: Path, tell: Tell) -> None:
        make_folder(Disk(), folder / "data")
        with self._opened(folder, migrate=True) as database:
            tell("0")
            for number in range(1, 9):
                self._commit(database, number)
                tell(f"{number}")
                if number % 3 == 0:
                    self._checkpoint(database, "TRUNCATE" if number == 3 else "RESTART")
        process = os.fork()
        if process == 0:
            with self._opened(folder, migrate=False) as database:
                self._commit(database, 9)
                tell("9")
                os.kill(os.getpid(), signal.SIGKILL)
        os.waitpid(process, 0)
        with self._opened(folder, migrate=True) as database:
            self._commit(database, 10)
            tell("10")

    @contextmanager
    def _opened(self, folder: Path, *, migrate: bool) -> Any:  # noqa: ANN401
        database = Database(f"sqlite:///{folder / 'data' / 'cartellino.db'}")
        try:
            if migrate:
                database.migrate()
            yield database
        finally:
            database.close()

    def _commit(self, database: Database, number: int) -> None:
        with database.begin_writing() as rows:
            rows.execute(sa.text("INSERT INTO progress (name, value) VALUES (:name, :value)"),
                         {"name": "x" * 900 + str(number), "value": number})  # fmt: skip

    def _checkpoint(self, database: Database, mode: str) -> None:
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.connection.cursor().execute(f"PRAGMA wal_checkpoint({mode})")

    def check(self, folder: Path, told: Sequence[str]) -> None:
        if not told:  # nobody was told anything: it must be possible to begin
            (folder / "data").mkdir(exist_ok=True)
        with self._opened(folder, migrate=not told) as database, database.begin() as rows:
            assert rows.execute(sa.text("PRAGMA integrity_check")).scalar() == "ok"
            found = sorted(rows.scalars(sa.text("SELECT value FROM progress")))
        assert found == list(range(1, len(found) + 1))
        assert len(found) >= int(told[-1] if told else 0)


# What is derived stays derived: the digests of a finished segment, and the rows that are known by them.


class Digested:
    """Segments are finished and their digests written; processes die in between."""

    def run(self, folder: Path, tell: Tell) -> None:
        for sync in range(1, DEATHS + 4):  # beginning a segment takes five, its digests two
            path = folder / f"{sync}"
            known_log(path, Disk()).append(20)
            dies(lambda disk, path=path: known_log(path, disk).append(60), sync)  # type: ignore[misc]
            log = known_log(path, Disk())
            tell(f"{sync} {log.last}")  # what is there is taken for durable
            log.append(60)
            tell(f"{sync} -{log.last}")

    def check(self, folder: Path, told: Sequence[str]) -> None:
        for name, last in by_name(told).items():
            files = list((folder / name / "log").glob("*.digests"))
            assert files or last > 0  # a restart need not read what was finished
            log = known_log(folder / name, Disk())
            assert log.last >= abs(last)
            assert log.known(log.last + 5) == log.last


STORES: dict[str, Scenario] = {
    "log": Log(), "refused": Refused(), "journal": Journaled(), "snapshots": Snapshotted(), "replaced": Replaced(),
    "forgotten": Forgotten(), "quarantine": Quarantined(), "committed": Committed(),
    "digested": Digested(),
}  # fmt: skip
