"""The log gives back the batches it took, rolls, refuses what does not continue it, and others read it."""

from __future__ import annotations

import errno
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.ipc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartellino.events.arrow import SCHEMA as EVENT
from cartellino.pipeline.indexed_log import SCHEMA as LOGGED
from cartellino.storage.faults import DamagedLog, DiskFull
from cartellino.storage.files import Disk, File
from cartellino.storage.frames import frame_at, seal_batch
from cartellino.storage.segments import SegmentLog, check
from cartellino.vocabulary.refusals import BadArgument, BadFile

SCHEMA = pa.schema(
    [
        pa.field("sequence", pa.int64(), nullable=False),
        ("source", pa.string()),
        ("row", pa.int64()),
        *EVENT,
        ("own", pa.string()),
    ]
)
SMALL = pa.schema([("sequence", pa.int64()), ("kind", pa.string())])


def events(first: int, number: int) -> pa.RecordBatch:
    sequence = list(range(first, first + number))
    held: dict[str, list[Any]] = {
        "sequence": sequence,
        "source": ["a"] * number,
        "row": sequence,
        "id": [f"e{n}" for n in sequence],
        "time": sequence,
        "kind": ["read"] * number,
        "account": ["a"] * number,
        "known": [n % 2 == 0 for n in sequence],
    }
    columns = [pa.array(held[field.name], field.type) if field.name in held else None for field in SCHEMA]
    filled = [
        column if column is not None else pa.nulls(number, SCHEMA.field(i).type) for i, column in enumerate(columns)
    ]
    return pa.RecordBatch.from_arrays(filled, schema=SCHEMA)


def small(first: int, number: int) -> pa.RecordBatch:
    sequence = range(first, first + number)
    return pa.RecordBatch.from_pydict({"sequence": sequence, "kind": [f"k{n}" for n in sequence]}, schema=SMALL)


def log_of(folder: Path, *sizes: int, roll: int = 2_000) -> SegmentLog:
    log = SegmentLog(folder, SMALL, roll=roll)
    for size in sizes:
        log.append(small(log.last + 1, size))
    return log


def numbers(batches: Iterator[pa.RecordBatch]) -> list[int]:
    return [number for batch in batches for number in batch.column("sequence").to_pylist()]


def test_batches_come_back_as_they_were(tmp_path: Path) -> None:
    log = SegmentLog(tmp_path / "a" / "log", SCHEMA)
    taken = [events(1, 5), events(6, 1), events(7, 300)]
    for batch in taken:
        log.append(batch)

    assert list(log.read()) == taken
    assert list(SegmentLog(tmp_path / "a" / "log", SCHEMA).read()) == taken
    assert all(batch.schema.equals(SCHEMA, check_metadata=True) for batch in log.read())


def test_a_log_is_empty_before_the_first_batch_and_makes_no_folder(tmp_path: Path) -> None:
    log = SegmentLog(tmp_path / "log", SMALL)

    assert log.last == 0
    assert list(log.read()) == list(log.read_between(1, 9)) == []
    log.append(small(1, 0))
    assert not (tmp_path / "log").exists()


@given(st.lists(st.integers(1, 30), min_size=1, max_size=12), st.integers(-2, 120), st.integers(-2, 120))
def test_any_range_is_read_exactly(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int], first: int, last: int
) -> None:
    log = log_of(tmp_path_factory.mktemp("log"), *sizes)
    everything = range(1, sum(sizes) + 1)

    assert numbers(log.read(first)) == [n for n in everything if n > first]
    assert numbers(log.read_between(first, last)) == [n for n in everything if first <= n <= last]


def test_a_slice_of_a_batch_is_written_as_itself(tmp_path: Path) -> None:
    log = SegmentLog(tmp_path, SCHEMA)
    log.append(events(1, 3))
    log.append(events(1, 20).slice(3, 5))

    assert list(log.read(3)) == [events(4, 5)]


def test_a_segment_is_named_by_its_first_row(tmp_path: Path) -> None:
    log = log_of(tmp_path, 30, 30, 30, 30)

    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == [f"events-{first:016d}.arrows" for first, _ in log.spans()]
    assert [first for first, _ in log.spans()] == [1, 61]


def test_a_batch_larger_than_a_segment_has_one_for_itself(tmp_path: Path) -> None:
    log = log_of(tmp_path, 2, 500, 2)

    assert log.spans() == [(1, 2), (3, 502), (503, 504)]
    assert numbers(log.read()) == list(range(1, 505))


class Watching(Disk):
    """A disk that notes what was opened to be read."""

    def __init__(self) -> None:
        self.mapped: list[str] = []

    def map(self, path: Path) -> memoryview:
        self.mapped.append(path.name)
        return super().map(path)


def test_only_the_segments_that_hold_the_rows_are_opened(tmp_path: Path) -> None:
    log_of(tmp_path, *[30] * 12)
    disk = Watching()
    log = SegmentLog(tmp_path, SMALL, disk)
    opened = list(disk.mapped)
    disk.mapped.clear()

    found = numbers(log.read_between(130, 185)) + numbers(log.read(after=359))

    assert found == [*range(130, 186), 360]
    assert opened == ["events-0000000000000301.arrows"]
    assert disk.mapped == [f"events-{first:016d}.arrows" for first in (121, 181, 301)]


def test_batches_that_are_passed_over_are_not_read(tmp_path: Path) -> None:
    """A checksum that does not hold shows only to whoever reads that batch."""
    log = log_of(tmp_path, 5, 5, roll=100_000)
    path = tmp_path / "events-0000000000000001.arrows"
    data = bytearray(path.read_bytes())
    data[data.index(b"k1k2k3")] ^= 1
    path.write_bytes(data)

    assert numbers(log.read(after=5)) == [6, 7, 8, 9, 10]
    with pytest.raises(DamagedLog):
        list(log.read(after=4))


@pytest.mark.parametrize("first", [1, 3, 5])
def test_a_batch_that_does_not_go_on_is_refused(tmp_path: Path, first: int) -> None:
    log = log_of(tmp_path, 3)

    with pytest.raises(BadArgument, match="goes on with row 4"):
        log.append(small(first, 2))

    assert numbers(log.read()) == [1, 2, 3]


def test_numbers_that_are_not_one_by_one_are_refused(tmp_path: Path) -> None:
    log = log_of(tmp_path)
    for sequence in ([1, 3], [1, None], [1, 1], [2, 1]):
        with pytest.raises(BadArgument):
            log.append(pa.RecordBatch.from_pydict({"sequence": sequence, "kind": ["a", "b"]}, schema=SMALL))


def test_other_columns_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadArgument, match="columns"):
        log_of(tmp_path).append(pa.RecordBatch.from_pydict({"sequence": pa.array([1], pa.int64())}))


@pytest.mark.parametrize(
    "schema",
    [
        pa.schema([]),
        pa.schema([("kind", pa.string())]),
        pa.schema([("sequence", pa.int32())]),
        pa.schema([("sequence", pa.int64()), ("kind", pa.dictionary(pa.int8(), pa.string()))]),
        pa.schema([("sequence", pa.int64()), ("kind", pa.list_(pa.dictionary(pa.int8(), pa.string())))]),
    ],
)
def test_a_schema_that_cannot_be_logged_is_refused(tmp_path: Path, schema: pa.Schema) -> None:
    with pytest.raises(BadArgument):
        SegmentLog(tmp_path, schema)


def test_a_second_writer_is_refused_and_does_no_damage(tmp_path: Path) -> None:
    one, other = log_of(tmp_path, 3), log_of(tmp_path)
    one.append(small(4, 2))
    with pytest.raises(BadArgument, match="goes on with row 6"):
        other.append(small(4, 1))
    other.append(small(6, 60))
    other.append(small(66, 60))
    with pytest.raises(BadArgument, match="goes on with row 126"):
        one.append(small(6, 1))
    one.append(small(126, 1))

    assert numbers(one.read()) == numbers(SegmentLog(tmp_path, SMALL).read()) == list(range(1, 127))


def test_a_torn_tail_is_cut_off_when_the_log_is_opened(tmp_path: Path) -> None:
    log_of(tmp_path, 3)
    path = tmp_path / "events-0000000000000001.arrows"
    whole = path.read_bytes()
    path.write_bytes(whole + bytes(seal_batch(small(4, 9), 4, 12))[:-1])

    log = SegmentLog(tmp_path, SMALL)

    assert log.last == 3
    assert path.read_bytes() == whole


def damaged(path: Path, at: int) -> bytes:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)
    return bytes(data)


def test_damage_before_whole_rows_is_refused_and_nothing_is_changed(tmp_path: Path) -> None:
    log_of(tmp_path, 3, 3, 3, roll=100_000)
    path = tmp_path / "events-0000000000000001.arrows"
    header = frame_at(memoryview(path.read_bytes()), 0)
    assert header is not None
    data = damaged(path, header.end + 50)

    with pytest.raises(DamagedLog, match="row 1 should begin here, and whole rows follow") as refused:
        SegmentLog(tmp_path, SMALL)

    assert (refused.value.file, refused.value.offset, refused.value.code) == (path, header.end, "damaged-log")
    assert path.read_bytes() == data


@pytest.mark.parametrize("lost", [1, 61, 121])
def test_a_segment_that_is_missing_is_damage(tmp_path: Path, lost: int) -> None:
    log_of(tmp_path, *[30] * 8)
    (tmp_path / f"events-{lost:016d}.arrows").unlink()
    log = SegmentLog(tmp_path, SMALL)

    with pytest.raises(DamagedLog):
        numbers(log.read())

    assert numbers(log.read(after=lost + 59)) == list(range(lost + 60, 241))


def test_a_segment_cut_between_two_batches_is_damage(tmp_path: Path) -> None:
    log_of(tmp_path, *[30] * 8)
    path = tmp_path / "events-0000000000000061.arrows"
    path.write_bytes(path.read_bytes()[: -len(seal_batch(small(91, 30), 91, 120))])

    with pytest.raises(DamagedLog, match="row 91 should begin here") as refused:
        numbers(SegmentLog(tmp_path, SMALL).read())

    assert refused.value.offset == path.stat().st_size


def test_a_batch_that_is_missing_between_two_is_damage(tmp_path: Path) -> None:
    log_of(tmp_path, *[20] * 8, roll=4_000)
    path = tmp_path / "events-0000000000000001.arrows"
    missing = bytes(seal_batch(small(21, 20), 21, 40))
    assert missing in path.read_bytes()
    path.write_bytes(path.read_bytes().replace(missing, b""))
    log = SegmentLog(tmp_path, SMALL)

    assert len(log.spans()) > 1
    assert log.spans()[0][1] > 60
    assert numbers(log.read_between(1, 20)) == list(range(1, 21))
    with pytest.raises(DamagedLog, match="row 21 should begin here"):
        numbers(log.read(after=40))


def test_a_log_whose_last_rows_vanish_while_it_is_open_is_refused(tmp_path: Path) -> None:
    log = log_of(tmp_path, 3, 3, roll=100_000)
    path = tmp_path / "events-0000000000000001.arrows"
    path.write_bytes(path.read_bytes()[:-8])

    with pytest.raises(DamagedLog, match="row 6 had been written and is missing"):
        log.append(small(7, 1))


def test_columns_may_be_added_and_a_new_segment_begins(tmp_path: Path) -> None:
    log_of(tmp_path, 2)
    wider = pa.schema([*SMALL, ("region", pa.string())])
    log = SegmentLog(tmp_path, wider)
    log.append(pa.RecordBatch.from_pydict({"sequence": [3], "kind": ["k3"], "region": ["IT"]}, schema=wider))

    assert [row for batch in log.read() for row in batch.to_pylist()] == [
        {"sequence": 1, "kind": "k1", "region": None},
        {"sequence": 2, "kind": "k2", "region": None},
        {"sequence": 3, "kind": "k3", "region": "IT"},
    ]
    assert log.spans() == [(1, 2), (3, 3)]


@pytest.mark.parametrize(
    "other",
    [
        pa.schema([("sequence", pa.int64())]),
        pa.schema([("sequence", pa.int64()), ("kind", pa.int64())]),
        pa.schema([*SMALL, pa.field("region", pa.string(), nullable=False)]),
    ],
)
def test_columns_that_cannot_be_given_back_are_refused(tmp_path: Path, other: pa.Schema) -> None:
    log_of(tmp_path, 2)

    with pytest.raises(BadFile, match="has other columns"):
        list(SegmentLog(tmp_path, other).read())


def columns_by_segment(folder: Path) -> list[list[str]]:
    segments = []
    for path in sorted(folder.iterdir()):
        with pa.memory_map(str(path)) as file, pa.ipc.open_stream(file) as reader:
            segments.append(reader.schema.names)
    return segments


def wide(first: int, **columns: Any) -> pa.RecordBatch:
    size = len(next(iter(columns.values())))
    return pa.RecordBatch.from_pydict(
        {name: columns.get(name, [None] * size) for name in WIDE.names} | {"sequence": range(first, first + size)},
        schema=WIDE,
    )


WIDE = pa.schema([pa.field("sequence", pa.int64(), nullable=False), *((name, pa.string()) for name in "abc")])


def test_a_segment_stores_only_the_columns_that_have_had_a_value(tmp_path: Path) -> None:
    taken = [wide(1, b=["x", None]), wide(3, b=[None]), wide(4, a=["y"], b=["z"]), wide(5, c=["w"])]
    log = SegmentLog(tmp_path, WIDE)
    for batch in taken[:2]:
        log.append(batch)
    log = SegmentLog(tmp_path, WIDE)
    for batch in taken[2:]:
        log.append(batch)

    assert list(log.read()) == list(SegmentLog(tmp_path, WIDE).read()) == taken
    assert columns_by_segment(tmp_path) == [["sequence", "b"], ["sequence", "a", "b"], ["sequence", "a", "b", "c"]]
    assert log.spans() == [(1, 3), (4, 4), (5, 5)]


def test_a_segment_after_a_full_one_drops_columns_that_went_out_of_use(tmp_path: Path) -> None:
    log = SegmentLog(tmp_path, WIDE, roll=3_000)
    log.append(wide(1, a=["x" * 1_000], b=["y"]))
    log.append(wide(2, b=["x" * 3_000]))
    log.append(wide(3, b=["x" * 3_000]))

    assert columns_by_segment(tmp_path) == [["sequence", "a", "b"], ["sequence", "a", "b"], ["sequence", "b"]]
    assert [row["b"][:1] for batch in log.read() for row in batch.to_pylist()] == ["y", "x", "x"]


class NearlyFull(Disk):
    """A disk that has no room for a large batch."""

    def __init__(self, size: int) -> None:
        self.too_large = size

    def open(self, path: Path) -> File:
        return _Refusing(super().open(path), self)


class _Refusing:
    def __init__(self, file: File, disk: NearlyFull) -> None:
        self._file, self._disk = file, disk
        self.sync, self.truncate = file.sync, file.truncate

    def __enter__(self) -> _Refusing:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.__exit__(None, None, None)

    def write(self, data: bytes | memoryview) -> None:
        if len(data) >= self._disk.too_large:
            raise OSError(errno.ENOSPC, "No space left on device")
        self._file.write(data)


def test_another_batch_may_follow_one_that_could_not_begin_a_segment(tmp_path: Path) -> None:
    """The schema of the segment was written for the batch that the disk had no room for."""
    log = SegmentLog(tmp_path, WIDE, NearlyFull(20_000))
    with pytest.raises(DiskFull):
        log.append(wide(1, a=["x" * 30_000]))
    log.append(wide(1, b=["y"]))
    with pytest.raises(DiskFull):
        log.append(wide(2, c=["x" * 30_000]))
    log.append(wide(2, a=["z"]))

    assert list(SegmentLog(tmp_path, WIDE).read()) == list(log.read()) == [wide(1, b=["y"]), wide(2, a=["z"])]


BEFORE = Path(__file__).parent / "written_before" / "log"
"""Forty events as the log stored them while every segment had all columns and was compressed with lz4."""


def test_a_log_that_an_earlier_version_wrote_is_read_and_gone_on_with(tmp_path: Path) -> None:
    for path in BEFORE.iterdir():
        shutil.copy(path, tmp_path)
    log = SegmentLog(tmp_path, LOGGED)
    before = [row for batch in log.read() for row in batch.to_pylist()]
    more = pa.concat_batches(list(log.read_between(1, 3)))
    more = more.set_column(0, LOGGED.field(0), pa.array([41, 42, 43]))
    log.append(more)

    assert [row["id"] for row in before] == [f"e{n}" for n in range(1, 41)]
    fifth = [before[4][name] for name in ("own", "peer", "known", "region")]
    assert fifth == ['{"x_n":5}', "p5", False, None]
    assert [row["id"] for row in pa.Table.from_batches(SegmentLog(tmp_path, LOGGED).read()).to_pylist()][37:] == [
        "e38", "e39", "e40", "e1", "e2", "e3",
    ]  # fmt: skip
    assert check(tmp_path).rows == 43


@pytest.mark.parametrize("compression", ["lz4", "zstd"])
def test_a_log_may_be_compressed(tmp_path: Path, compression: str) -> None:
    log = SegmentLog(tmp_path, SCHEMA, compression=compression)
    log.append(events(1, 3_000))

    assert list(SegmentLog(tmp_path, SCHEMA).read()) == [events(1, 3_000)]
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < 0.6 * len(seal_batch(events(1, 3_000), 1, 3_000))


def test_a_log_in_an_event_is_not_taken_for_the_log(tmp_path: Path) -> None:
    """The text of an event may say what it likes; the bytes that begin a frame are in no text."""
    frame = bytes(seal_batch(small(3, 1), 3, 3)).decode("latin-1")
    log = log_of(tmp_path)
    log.append(pa.RecordBatch.from_pydict({"sequence": [1, 2], "kind": [frame, frame]}, schema=SMALL))
    path = tmp_path / "events-0000000000000001.arrows"
    path.write_bytes(path.read_bytes()[:-1])

    assert SegmentLog(tmp_path, SMALL).last == 0


def test_a_reader_keeps_what_it_reads_while_the_log_grows(tmp_path: Path) -> None:
    log = log_of(tmp_path, 3, 3)
    reading = log.read()
    first = next(reading)
    log.append(small(7, 3))

    assert numbers(iter([first, *reading])) == [1, 2, 3, 4, 5, 6]


def test_any_arrow_reader_reads_a_segment(tmp_path: Path) -> None:
    log_of(tmp_path, 3, 4, roll=100_000)
    with pa.memory_map(str(tmp_path / "events-0000000000000001.arrows")) as file, pa.ipc.open_stream(file) as reader:
        batches = list(reader)

    assert batches == [small(1, 3), small(4, 4)]


PAGE = Path(__file__).parents[2] / "docs" / "reference" / "log.md"


def test_duckdb_reads_the_log_as_the_page_says(tmp_path: Path) -> None:
    log = SegmentLog(tmp_path, SCHEMA, roll=20_000)
    for first in range(1, 301, 30):
        log.append(events(first, 30))
    program = next(
        block for block in re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.S) if "duckdb" in block
    )

    found: dict[str, Any] = {}
    exec(program.replace("DIR/log", str(tmp_path)), found)  # what the page shows is what is tested

    assert found["of_one"].fetchall()[0][0] == "read"
    assert found["of_all"].fetchall() == [("read", 300)]


def test_polars_is_not_needed(tmp_path: Path) -> None:
    log_of(tmp_path, 3)
    program = (
        "import sys; sys.modules['polars'] = None\n"
        "from pathlib import Path; import pyarrow as pa\n"
        "from cartellino.storage import export, journal, retention, segments\n"
        "schema = pa.schema([('sequence', pa.int64()), ('kind', pa.string())])\n"
        f"log = segments.SegmentLog(Path({str(tmp_path)!r}), schema)\n"
        f"export.export(log, Path({str(tmp_path / 'out')!r}))\n"
        "sys.exit(log.last)\n"
    )

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 3
