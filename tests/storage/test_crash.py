"""What was acknowledged survives: a crash at any operation and any byte, a full disk, a failing disk, a flipped bit.

`MemoryDisk` forgets what was not synced. Each test runs a small store on it, stops it at every point there is, and
looks at what is left. That the same look finds the losses of a careless writer is tested, too.
"""

from __future__ import annotations

import errno
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Self

import pyarrow as pa
import pyarrow.parquet
import pytest

from cartellino.storage.export import export
from cartellino.storage.faults import DamagedLog, DiskFull, WriteFailed
from cartellino.storage.files import File, Files
from cartellino.storage.journal import Journal
from cartellino.storage.retention import forget
from cartellino.storage.segments import SegmentLog

FOLDER, OUT = Path("/state/log"), Path("/state/out")


class Crash(BaseException):
    """The machine is down, or the process is dead."""


@dataclass
class Node:
    """A file: its bytes as the disk has them, and as the system shows them."""

    synced: bytes = b""
    now: bytearray = field(default_factory=bytearray)


Survival = Callable[[bytes, bytes], bytes]
"""What a crash leaves of a file, by what was synced and what was not."""


def lost(synced: bytes, _: bytes) -> bytes:
    return synced


def kept(_: bytes, now: bytes) -> bytes:
    return now


def half(synced: bytes, now: bytes) -> bytes:
    return now[: (len(synced) + len(now)) // 2] if now.startswith(synced) else synced


def zeroed(synced: bytes, now: bytes) -> bytes:
    return synced.ljust(len(now), b"\0")


def holed(synced: bytes, now: bytes) -> bytes:
    """The later half of the pages was written, the earlier was not."""
    middle = (len(synced) + len(now)) // 2
    return synced.ljust(middle, b"\0") + now[middle:] if now.startswith(synced) else synced


SURVIVALS: tuple[Survival, ...] = (lost, kept, half, zeroed, holed)


class MemoryDisk:
    """A disk that can crash at an operation, fill up after some bytes, and fail at some operations."""

    def __init__(
        self, *, crash_at: int = 0, torn: int = 0, space: int | None = None, failing: Sequence[int] = ()
    ) -> None:
        self.names: dict[Path, Node] = {}
        self.durable: dict[Path, Node] = {}
        self.folders: set[Path] = set()
        self.crash_at, self.torn, self.space, self.failing = crash_at, torn, space, failing
        self.operations = 0
        self.writes: dict[int, int] = {}
        self.down = self.locked = False

    def step(self) -> None:
        if self.down:
            raise Crash
        self.operations += 1
        if self.operations == self.crash_at:
            self.down = True
            raise Crash
        if self.operations in self.failing:
            raise OSError(errno.EIO, "Input/output error")

    def after_power_loss(self, survival: Survival, *, names_kept: bool) -> MemoryDisk:
        """The disk after a restart; names that were not synced are there or not."""
        disk = MemoryDisk()
        disk.folders = set(self.folders)
        for path, node in (self.names if names_kept else self.durable).items():
            left = survival(node.synced, bytes(node.now))
            disk.names[path] = disk.durable[path] = Node(left, bytearray(left))
        return disk

    def after_kill(self) -> MemoryDisk:
        """The disk as a new process sees it: nothing is gone, and nothing more is durable."""
        disk = MemoryDisk()
        nodes = {id(node): Node(node.synced, bytearray(node.now)) for node in self._nodes()}
        disk.folders = set(self.folders)
        disk.names = {path: nodes[id(node)] for path, node in self.names.items()}
        disk.durable = {path: nodes[id(node)] for path, node in self.durable.items()}
        return disk

    def _nodes(self) -> list[Node]:
        return [*self.names.values(), *self.durable.values()]

    @contextmanager
    def lock(self, folder: Path) -> Iterator[None]:
        assert folder in self.folders
        assert not self.locked, "a writer waits for itself"
        self.locked = True
        try:
            yield
        finally:
            self.locked = False

    def make_folder(self, folder: Path, mode: int = 0o777) -> None:
        if folder not in self.folders:
            self.step()
            self.folders.add(folder)

    def list(self, folder: Path) -> list[str]:
        return sorted(path.name for path in self.names if path.parent == folder)

    def size(self, path: Path) -> int:
        return len(self.names[path].now) if path in self.names else 0

    def open(self, path: Path) -> File:
        self.step()
        return MemoryFile(self, self.names.setdefault(path, Node()))

    def map(self, path: Path) -> memoryview:
        return memoryview(bytes(self.names[path].now))

    def sync_folder(self, folder: Path) -> None:
        self.step()
        self.durable = {path: node for path, node in self.durable.items() if path.parent != folder}
        self.durable |= {path: node for path, node in self.names.items() if path.parent == folder}

    def rename(self, old: Path, new: Path) -> None:
        self.step()
        self.names[new] = self.names.pop(old)

    def remove(self, path: Path) -> None:
        self.step()
        if path not in self.names:
            raise FileNotFoundError(errno.ENOENT, "No such file")
        del self.names[path]


class MemoryFile:
    def __init__(self, disk: MemoryDisk, node: Node) -> None:
        self._disk, self._node = disk, node

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def write(self, data: bytes | memoryview) -> None:
        data = bytes(data)
        self._disk.writes[self._disk.operations + 1] = len(data)
        try:
            self._disk.step()
        except (Crash, OSError):
            self._node.now += data[: self._disk.torn]
            raise
        self._node.now += data if self._disk.space is None else data[: self._disk.space]
        if self._disk.space is not None:
            full = len(data) > self._disk.space
            self._disk.space = max(0, self._disk.space - len(data))
            if full:
                raise OSError(errno.ENOSPC, "No space left on device")

    def sync(self) -> None:
        self._disk.step()
        self._node.synced = bytes(self._node.now)

    def truncate(self, size: int) -> None:
        self._disk.step()
        del self._node.now[size:]


Run = Callable[[Files, list[int]], None]
"""Does something with a store, and notes each number that was acknowledged."""


def crashed(run: Run, disk: MemoryDisk) -> list[int]:
    acked: list[int] = []
    with suppress(Crash):
        run(disk, acked)
    return acked


def crash_points(run: Run, every: int = 1) -> Iterator[tuple[int, int]]:
    """Every operation of a run, and of a write every byte at which it can tear (or each so many)."""
    disk = MemoryDisk()
    run(disk, [])
    for operation in range(1, disk.operations + 1):
        size = disk.writes.get(operation, 0)
        yield from ((operation, torn) for torn in sorted({0, size // 2, size, *range(0, size, every)}))


Check = Callable[[MemoryDisk, int], None]
"""Looks at a store after a crash, knowing what had been acknowledged, and goes on with it."""


def prove(run: Run, check: Check, every: int = 1, within: Sequence[Survival] = (kept,)) -> int:
    """Crash a run everywhere, and check what is left in every way in which a disk can be left; count the crashes."""
    number = 0
    for operation, torn in crash_points(run, every):
        disk = MemoryDisk(crash_at=operation, torn=torn)
        acked = max(crashed(run, disk), default=0)
        inside = 0 < torn < disk.writes.get(operation, 0)
        for left in remains(disk, within if inside else SURVIVALS):
            check(left, acked)
            number += 1
    return number


def remains(disk: MemoryDisk, survivals: Sequence[Survival]) -> Iterator[MemoryDisk]:
    yield disk.after_kill()
    for survival in survivals:
        for names_kept in (True, False):
            yield disk.after_power_loss(survival, names_kept=names_kept)


# The event log: row n is the same in every run, so what is read back is judged by its numbers.

SCHEMA = pa.schema([pa.field("sequence", pa.int64(), nullable=False), ("kind", pa.string()), ("known", pa.bool_())])
SIZES = (1, 3, 4, 40, 2)
ENDS = [sum(SIZES[: index + 1]) for index in range(len(SIZES))]
ROLL = 1_700


def row(number: int) -> dict[str, Any]:
    """Row 1 has no value of a column that the others have, so that the second batch begins a segment."""
    known = None if number == 1 else (None, True, False)[number % 3]
    return {"sequence": number, "kind": f"k{number % 3}" * (number % 4), "known": known}


def rows(first: int, last: int) -> list[dict[str, Any]]:
    return [row(number) for number in range(first, last + 1)]


def batch(first: int, last: int) -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist(rows(first, last), schema=SCHEMA)


def opened(files: Files) -> SegmentLog:
    return SegmentLog(FOLDER, SCHEMA, files, roll=ROLL)


def held(log: SegmentLog, after: int = 0) -> list[dict[str, Any]]:
    return [one for found in log.read(after) for one in found.to_pylist()]


def go_on(log: SegmentLog, acked: list[int]) -> None:
    """Append the batches that the log does not have."""
    for end in ENDS:
        if end > log.last:
            log.append(batch(log.last + 1, end))
            acked.append(log.last)


def log_run(files: Files, acked: list[int]) -> None:
    go_on(opened(files), acked)


def log_check(disk: MemoryDisk, acked: int) -> None:
    log = opened(disk)
    assert held(log) == rows(1, log.last)
    under_way = next(end for end in [*ENDS, acked] if end > acked or end == ENDS[-1])
    assert log.last in (acked, under_way)
    before = log.last
    assert opened(disk.after_power_loss(lost, names_kept=False)).last == before, "it was called durable and was not"
    go_on(log, [])
    assert held(log) == held(opened(disk)) == rows(1, ENDS[-1])


@pytest.mark.slow
@pytest.mark.parametrize("every", [7, pytest.param(1, marks=pytest.mark.thorough)])
def test_the_log_survives_a_crash_at_every_operation_and_every_so_many_bytes(every: int) -> None:
    assert prove(log_run, log_check, every) > 2_000 // every


def test_the_run_rolls_and_has_segments_of_several_batches() -> None:
    disk = MemoryDisk()
    log_run(disk, [])

    assert 2 < len(disk.list(FOLDER)) < len(SIZES)


def test_the_log_survives_a_crash_while_it_recovers_from_one() -> None:
    for operation, torn in crash_points(log_run, every=10_000):
        first = MemoryDisk(crash_at=operation, torn=torn)
        acked = crashed(log_run, first)
        for survival in (kept, half):
            for again in range(1, 12):
                second = first.after_power_loss(survival, names_kept=True)
                second.crash_at, second.torn = again, 100
                now = crashed(log_run, second)
                log_check(second.after_power_loss(holed, names_kept=False), max(acked + now, default=0))


class Careless:
    """A disk for a writer that leaves something out."""

    def __init__(self, disk: Files, leaves_out: str) -> None:
        self._disk, self._leaves_out = disk, leaves_out

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the disk has
        if name == "open":
            return lambda path: CarelessFile(self._disk.open(path), self._leaves_out)
        return getattr(self._disk, name) if name != self._leaves_out else lambda *_: None


class CarelessFile:
    def __init__(self, file: File, leaves_out: str) -> None:
        self._file, self._leaves_out = file, leaves_out

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the file has
        return getattr(self._file, name) if name != self._leaves_out else lambda *_: None


def careless(run: Run, leaves_out: str, files: Files, acked: list[int]) -> None:
    run(Careless(files, leaves_out), acked)


@pytest.mark.parametrize("leaves_out", ["sync", "sync_folder"])
def test_a_log_without_its_syncs_is_caught(leaves_out: str) -> None:
    with pytest.raises((AssertionError, DamagedLog)):
        prove(partial(careless, log_run, leaves_out), log_check, every=10_000)


def test_a_log_that_takes_what_it_finds_for_durable_is_caught() -> None:
    def trusting(disk: MemoryDisk, acked: int) -> None:
        log = SegmentLog(FOLDER, SCHEMA, Careless(disk, "sync"), roll=ROLL)
        assert opened(disk.after_power_loss(lost, names_kept=False)).last == log.last

    with pytest.raises((AssertionError, DamagedLog)):
        prove(log_run, trusting, every=10_000)


def test_a_log_that_cuts_no_torn_tail_is_caught() -> None:
    def leaving(disk: MemoryDisk, acked: int) -> None:
        go_on(SegmentLog(FOLDER, SCHEMA, Careless(disk, "truncate"), roll=ROLL), [])
        assert held(opened(disk)) == rows(1, ENDS[-1])

    with pytest.raises((AssertionError, DamagedLog)):
        prove(log_run, leaving, every=10_000)


def written() -> int:
    disk = MemoryDisk()
    log_run(disk, [])
    return sum(disk.writes.values())


@pytest.mark.slow
@pytest.mark.parametrize("fresh", [pytest.param(True, marks=pytest.mark.thorough), False])
def test_a_disk_that_is_full_after_any_byte_loses_nothing(fresh: bool) -> None:
    for space in range(int(fresh), written(), 2):  # every byte in one of the two
        disk = MemoryDisk(space=space)
        log, acked = opened(disk), [0]
        with pytest.raises(DiskFull, match="free space and run again"):
            go_on(log, acked)

        assert held(log) == held(opened(disk)) == rows(1, acked[-1])
        assert sum(disk.size(FOLDER / name) for name in disk.list(FOLDER)) <= space

        with pytest.raises(DiskFull):
            go_on(log, acked)
        disk.space = None
        log = opened(disk) if fresh else log
        go_on(log, acked)
        assert held(log) == held(opened(disk)) == rows(1, ENDS[-1])


@pytest.mark.parametrize("fresh", [True, False])
@pytest.mark.parametrize("in_a_row", [1, 2, 3, 4])
def test_a_disk_that_fails_at_any_operation_loses_nothing(fresh: bool, in_a_row: int) -> None:
    """Several failures in a row: also taking back what could not be written fails."""
    disk = MemoryDisk()
    log_run(disk, [])
    for operation in range(1, disk.operations + 1):
        for torn in (0, 100, 10_000):
            failing = range(operation, operation + in_a_row)
            disk = MemoryDisk(failing=failing, torn=torn)
            log, acked = opened(disk), [0]
            for _ in range(in_a_row + 1):
                with suppress(WriteFailed):
                    log = opened(disk) if fresh else log
                    go_on(log, acked)
            assert log.last == ENDS[-1]
            assert sorted(set(acked)) == acked
            assert held(log) == held(opened(disk.after_power_loss(lost, names_kept=False))) == rows(1, ENDS[-1])


def flipped(disk: MemoryDisk, path: Path, at: int, bits: int) -> MemoryDisk:
    other = disk.after_power_loss(kept, names_kept=True)
    other.names[path].now[at] ^= bits
    return other


def read_all(disk: MemoryDisk, after: int = 0) -> list[dict[str, Any]] | None:
    try:
        return held(opened(disk), after)
    except DamagedLog:
        return None


def test_a_flipped_bit_gives_the_exact_rows_or_a_refusal_or_cuts_the_last_batch() -> None:
    disk = MemoryDisk()
    log_run(disk, [])
    names = disk.list(FOLDER)
    cuts = 0
    for name in names:
        for at in range(disk.size(FOLDER / name)):
            for bits in (1 << at % 8, 0xFF):
                found = read_all(flipped(disk, FOLDER / name, at, bits))
                cut = found == rows(1, ENDS[-2]) and name == names[-1]
                assert found is None or cut, f"{name}, byte {at}"
                cuts += cut
    assert 0 < cuts < 2 * disk.size(FOLDER / names[-1])


def test_a_flipped_bit_gives_no_wrong_rows_to_whoever_reads_a_part() -> None:
    disk = MemoryDisk()
    log_run(disk, [])
    refused = 0
    for name in disk.list(FOLDER):
        for at in range(disk.size(FOLDER / name)):
            other = flipped(disk, FOLDER / name, at, 1 << at % 8)
            for after in (2, 4, 20):
                found = read_all(other, after)
                assert found in (None, rows(after + 1, ENDS[-1]), rows(after + 1, ENDS[-2])), f"{name}, byte {at}"
                refused += found is None
    assert refused


def test_a_bit_that_flips_while_the_log_is_open_is_refused_not_cut() -> None:
    disk = MemoryDisk()
    log = opened(disk)
    go_on(log, [])
    path = FOLDER / disk.list(FOLDER)[-1]
    disk.names[path].now[-3] ^= 4

    with pytest.raises(DamagedLog, match=r"checksum.*Put the file back from a copy") as refused:
        held(log)

    assert refused.value.file == path


# The journal.

JOURNAL = Path("/state/decisions.journal")
GROUPS = [[b"a"], [b"", b"bb" * 20, b"c"], [b"\0" * 30], [b"last", b"of all"]]
RECORDS = [record for group in GROUPS for record in group]
MARKS = [sum(len(group) for group in GROUPS[: index + 1]) for index in range(len(GROUPS))]


def fill(journal: Journal, acked: list[int]) -> None:
    for end in MARKS:
        if end > len(journal):
            journal.append(RECORDS[len(journal) : end])
            acked.append(len(journal))


def journal_run(files: Files, acked: list[int]) -> None:
    fill(Journal(JOURNAL, files), acked)


def journal_check(disk: MemoryDisk, acked: int) -> None:
    journal = Journal(JOURNAL, disk)
    under_way = next(end for end in [*MARKS, acked] if end > acked or end == MARKS[-1])
    assert acked <= len(journal) <= under_way
    assert list(journal.read()) == RECORDS[: len(journal)]
    assert len(Journal(JOURNAL, disk.after_power_loss(lost, names_kept=False))) == len(journal)
    fill(journal, [])
    assert list(journal.read()) == list(Journal(JOURNAL, disk).read()) == RECORDS


def test_the_journal_survives_a_crash_at_every_operation_and_every_byte() -> None:
    assert prove(journal_run, journal_check, within=(kept, half, holed)) > 1_000


@pytest.mark.parametrize("leaves_out", ["sync", "sync_folder"])
def test_a_journal_without_its_syncs_is_caught(leaves_out: str) -> None:
    with pytest.raises((AssertionError, DamagedLog)):
        prove(partial(careless, journal_run, leaves_out), journal_check)


@pytest.mark.parametrize("leaves_out", ["sync", "sync_folder"])
def test_a_journal_that_takes_what_it_finds_for_durable_is_caught(leaves_out: str) -> None:
    def trusting(disk: MemoryDisk, acked: int) -> None:
        journal = Journal(JOURNAL, Careless(disk, leaves_out))
        assert len(Journal(JOURNAL, disk.after_power_loss(lost, names_kept=False))) == len(journal)

    with pytest.raises((AssertionError, DamagedLog)):
        prove(journal_run, trusting, every=10_000)


def schema_alone_lost(synced: bytes, now: bytes) -> bytes:
    """The sector with the schema was not written, and the first batch behind it was."""
    begins = bytes(now).find(b"\xff\xff\xff\xff", 8)
    return now if len(synced) > 0 or begins < 0 else bytes(begins) + bytes(now[begins:])


def test_a_first_batch_whose_schema_was_not_written_is_cut_off() -> None:
    """What nobody acknowledged must not be taken for damage: the schema of a segment is durable before its rows."""
    for operation, torn in crash_points(log_run, every=10_000):
        disk = MemoryDisk(crash_at=operation, torn=torn)
        acked = max(crashed(log_run, disk), default=0)
        log_check(disk.after_power_loss(schema_alone_lost, names_kept=True), acked)


def test_a_journal_that_was_being_cut_is_as_long_as_before_or_as_it_should_be() -> None:
    for operation in range(1, 10):
        disk = MemoryDisk()
        journal_run(disk, [])
        disk.crash_at = disk.operations + operation
        with suppress(Crash):
            Journal(JOURNAL, disk).truncate_to(3)
        for survival in SURVIVALS:
            left = Journal(JOURNAL, disk.after_power_loss(survival, names_kept=True))
            assert list(left.read()) in (RECORDS, RECORDS[:3])


@pytest.mark.parametrize("fresh", [True, False])
def test_a_full_disk_leaves_the_journal_as_it_was(fresh: bool) -> None:
    clean = MemoryDisk()
    journal_run(clean, [])
    for space in range(clean.size(JOURNAL)):
        disk = MemoryDisk(space=space)
        journal, acked = Journal(JOURNAL, disk), [0]
        with pytest.raises(DiskFull):
            fill(journal, acked)
        assert list(journal.read()) == list(Journal(JOURNAL, disk).read()) == RECORDS[: acked[-1]]
        disk.space = None
        journal = Journal(JOURNAL, disk) if fresh else journal
        fill(journal, acked)
        assert list(Journal(JOURNAL, disk).read()) == RECORDS


@pytest.mark.parametrize("in_a_row", [1, 2, 3, 4])
def test_a_failing_disk_leaves_the_journal_as_it_was(in_a_row: int) -> None:
    clean = MemoryDisk()
    journal_run(clean, [])
    for operation in range(1, clean.operations + 1):
        disk = MemoryDisk(failing=range(operation, operation + in_a_row), torn=10_000)
        journal = Journal(JOURNAL, disk)
        for _ in range(in_a_row + 1):
            with suppress(WriteFailed):
                fill(journal, [])
        assert list(Journal(JOURNAL, disk.after_power_loss(lost, names_kept=False)).read()) == RECORDS


def test_a_flipped_bit_in_the_journal_is_refused_or_cuts_the_last_append() -> None:
    disk = MemoryDisk()
    journal_run(disk, [])
    for at in range(disk.size(JOURNAL)):
        for bits in (1 << at % 8, 0xFF):
            try:
                found = list(Journal(JOURNAL, flipped(disk, JOURNAL, at, bits)).read())
            except DamagedLog:
                continue
            assert found == RECORDS[: len(found)]
            assert MARKS[-2] <= len(found) < MARKS[-1]


# Retention and export write a file anew, so a crash leaves the old one or the new one.

EVENTS = pa.schema([("sequence", pa.int64()), ("time", pa.timestamp("ms", tz="UTC")), ("kind", pa.string())])
OLD = 30


def events(files: Files) -> SegmentLog:
    return SegmentLog(FOLDER, EVENTS, files, roll=1_500)


def filled() -> MemoryDisk:
    disk = MemoryDisk()
    log = events(disk)
    for first in range(1, 61, 10):
        numbers = list(range(first, first + 10))
        kinds = ["read" if number % 3 else "registered" for number in numbers]
        log.append(pa.record_batch([numbers, pa.array(numbers, EVENTS.field("time").type), kinds], schema=EVENTS))
    disk.operations, disk.writes = 0, {}
    return disk


def numbers_in(log: SegmentLog) -> list[int]:
    return [number for found in log.read() for number in found.column("sequence").to_pylist()]


ALL = list(range(1, 61))
LEFT = [number for number in ALL if number >= OLD or number % 3 == 0]


def retain(files: Files) -> dict[str, int]:
    return forget(FOLDER, EVENTS, {"read": 20}, OLD + 20, files)


def test_retention_that_crashes_leaves_each_segment_as_it_was_or_as_it_should_be() -> None:
    whole = filled()
    retain(whole)
    for operation in range(1, whole.operations + 1):
        for torn in (0, 100, whole.writes.get(operation, 0)):
            disk = filled()
            disk.crash_at, disk.torn = operation, torn
            with suppress(Crash):
                retain(disk)
            for survival in SURVIVALS:
                for names_kept in (True, False):
                    left = disk.after_power_loss(survival, names_kept=names_kept)
                    log = events(left)
                    assert set(LEFT) <= set(numbers_in(log)) <= set(ALL)
                    assert log.last == 60
                    retain(left)
                    assert numbers_in(log) == numbers_in(events(left)) == LEFT


def test_what_retention_took_stays_away() -> None:
    disk = filled()
    retain(disk)

    assert numbers_in(events(disk.after_power_loss(lost, names_kept=False))) == LEFT


def test_retention_without_its_syncs_is_caught() -> None:
    disk = filled()
    retain(Careless(disk, "sync"))
    with pytest.raises(DamagedLog):
        numbers_in(events(disk.after_power_loss(half, names_kept=True)))


def test_retention_on_a_full_disk_changes_nothing() -> None:
    for space in range(0, 3_000, 50):
        disk = filled()
        disk.space = space
        with suppress(DiskFull):
            retain(disk)
        assert set(LEFT) <= set(numbers_in(events(disk))) <= set(ALL)
        assert not [name for name in disk.list(FOLDER) if name.endswith(".tmp")]


def exported(disk: MemoryDisk) -> list[int]:
    tables = [
        pa.parquet.read_table(pa.BufferReader(bytes(disk.map(OUT / name))))
        for name in disk.list(OUT)
        if name.endswith(".parquet")
    ]
    return [number for table in tables for number in table.column("sequence").to_pylist()]


@pytest.mark.slow
def test_an_export_that_crashes_leaves_only_whole_files() -> None:
    whole = filled()
    names = [path.name for path in export(events(whole), OUT, files=whole)]
    assert exported(whole.after_power_loss(lost, names_kept=False)) == ALL
    assert whole.list(OUT) == names
    for operation in range(1, whole.operations + 1):
        disk = filled()
        disk.crash_at, disk.torn = operation, 50
        with suppress(Crash):
            export(events(disk), OUT, files=disk)
        for survival in SURVIVALS:
            left = disk.after_power_loss(survival, names_kept=True)
            found = exported(left)
            assert found == ALL[: len(found)]
            export(events(left), OUT, files=left)
            assert exported(left) == ALL


def test_an_export_to_a_full_disk_leaves_only_whole_files() -> None:
    for space in range(0, 4_000, 37):
        disk = filled()
        disk.space = space
        with suppress(DiskFull):
            export(events(disk), OUT, files=disk)
        assert exported(disk) == ALL[: len(exported(disk))]
        assert all(name.endswith(".parquet") for name in disk.list(OUT))


# The real disk: what can be tried without pulling a plug.

PROGRAM = """
import resource, sys
from pathlib import Path
from tests.storage import test_crash as crash
from cartellino.storage.faults import WriteFailed
from cartellino.storage.segments import SegmentLog
"""


def program(text: str, folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM + text, folder], cwd=Path(__file__).parents[2], stdout=subprocess.PIPE, text=True
    )


def test_a_process_that_is_killed_while_it_writes_loses_nothing(tmp_path: Path) -> None:
    text = """
log = SegmentLog(Path(sys.argv[1]), crash.SCHEMA, roll=20_000)
while True:
    log.append(crash.batch(log.last + 1, log.last + 30))
    print(log.last, flush=True)
"""
    with program(text, tmp_path) as child:
        assert child.stdout is not None
        acked = [int(child.stdout.readline()) for _ in range(40)]
        child.kill()
        acked += [int(line) for line in child.stdout if line.endswith("\n")]

    log = SegmentLog(tmp_path, SCHEMA)

    assert log.last in (acked[-1], acked[-1] + 30)
    assert held(log) == rows(1, log.last)


def test_a_write_that_the_system_cuts_short_is_taken_back(tmp_path: Path) -> None:
    text = """
log = SegmentLog(Path(sys.argv[1]), crash.SCHEMA)
log.append(crash.batch(1, 4))
resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, resource.RLIM_INFINITY))
try:
    log.append(crash.batch(5, 44))
except WriteFailed as refused:
    print(refused)
size = sum(file.stat().st_size for file in Path(sys.argv[1]).iterdir())
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
log.append(crash.batch(5, 8))
print(size)
"""
    with program(text, tmp_path) as child:
        told, size = child.communicate()[0].splitlines()

    assert "File too large. Nothing acknowledged was lost; see to the disk and run again" in told
    assert int(size) < 1_000
    assert held(SegmentLog(tmp_path, SCHEMA)) == rows(1, 8)
