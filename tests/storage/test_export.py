"""The export holds what the log holds, a Parquet file for each segment."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet
import pytest

from cartellino.storage.export import GROUP, export
from cartellino.storage.faults import DamagedLog
from cartellino.storage.retention import forget
from cartellino.storage.segments import SegmentLog

SCHEMA = pa.schema([("sequence", pa.int64()), ("time", pa.timestamp("ms", tz="UTC")), ("kind", pa.string())])


def filled(folder: Path, *sizes: int, roll: int = 4_000) -> SegmentLog:
    log = SegmentLog(folder, SCHEMA, roll=roll)
    for size in sizes:
        add(log, size)
    return log


def add(log: SegmentLog, size: int) -> None:
    numbers = range(log.last + 1, log.last + size + 1)
    times = pa.array(numbers, SCHEMA.field("time").type)
    log.append(pa.RecordBatch.from_pydict({"sequence": numbers, "time": times, "kind": ["read"] * size}, SCHEMA))


def names(files: list[Path]) -> list[str]:
    return [file.name for file in files]


def test_the_files_hold_the_rows_of_the_log(tmp_path: Path) -> None:
    log = filled(tmp_path / "log", *[40] * 9)

    files = export(log, tmp_path / "new" / "out")

    assert names(files) == [f"events-{first:016d}.parquet" for first, _ in log.spans()]
    assert len(files) > 2
    tables = [pa.parquet.read_table(file) for file in files]
    assert pa.concat_tables(tables) == pa.Table.from_batches(log.read())
    assert tables[0].schema.equals(SCHEMA)
    found = duckdb.sql(f"select count(*), max(sequence) from '{tmp_path}/new/out/*.parquet'")
    assert found is not None
    assert found.fetchall() == [(360, 360)]


def test_the_files_are_compressed_and_small_batches_are_put_together(tmp_path: Path) -> None:
    log = filled(tmp_path / "log", *[GROUP // 3] * 4, roll=1 << 30)

    described = pa.parquet.read_metadata(export(log, tmp_path / "out")[0])

    assert described.row_group(0).column(0).compression == "ZSTD"
    assert [described.row_group(i).num_rows for i in range(described.num_row_groups)] == [GROUP // 3 * 4]


def test_a_second_export_brings_up_to_date_what_changed(tmp_path: Path) -> None:
    log = filled(tmp_path / "log", *[40] * 9)
    before = export(log, tmp_path / "out")
    add(log, 5)

    again = export(log, tmp_path / "out", after=360)

    assert names(again) == names(before)[-1:]
    assert pa.parquet.read_table(again[0]).column("sequence")[-1].as_py() == 365
    assert export(log, tmp_path / "out", after=365) == []


def test_rows_that_were_forgotten_leave_the_export_too(tmp_path: Path) -> None:
    log = filled(tmp_path / "log", *[40] * 9)
    export(log, tmp_path / "out")
    forget(tmp_path / "log", SCHEMA, {"read": 0}, 201)

    files = export(log, tmp_path / "out")

    assert [number.as_py() for file in files for number in pa.parquet.read_table(file)["sequence"]] == [
        *range(201, 361)
    ]
    assert pa.parquet.read_table(files[0]).num_rows == 0


def test_an_empty_log_has_no_files(tmp_path: Path) -> None:
    assert export(filled(tmp_path / "log"), tmp_path / "out") == []


def test_damage_is_not_exported_and_leaves_no_half_file(tmp_path: Path) -> None:
    log = filled(tmp_path / "log", 40)
    segment = tmp_path / "log" / "events-0000000000000001.arrows"
    data = bytearray(segment.read_bytes())
    data[-20] ^= 1
    segment.write_bytes(data)

    with pytest.raises(DamagedLog):
        export(log, tmp_path / "out")

    assert list((tmp_path / "out").iterdir()) == []
