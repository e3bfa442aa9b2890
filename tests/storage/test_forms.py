"""Texts of few values are stored as dictionaries, and numbers in fewer bytes: the log gives back what it took."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars
import pyarrow as pa
import pyarrow.ipc
import pytest
from tests.storage import test_crash as crash
from tests.storage.test_crash import MemoryDisk, crash_points, flipped, prove

from cartellino.pipeline.indexed_log import FORMS
from cartellino.pipeline.indexed_log import SCHEMA as LOGGED
from cartellino.storage import forms
from cartellino.storage.faults import DamagedLog
from cartellino.storage.files import Files
from cartellino.storage.frames import seal_batch
from cartellino.storage.retention import forget, rewrite
from cartellino.storage.segments import SegmentLog, check
from cartellino.vocabulary.refusals import BadFile
from cartellino.vocabulary.times import DAY

TIME = pa.timestamp("ms", tz="UTC")
SCHEMA = pa.schema(
    [("sequence", pa.int64()), ("time", TIME), ("kind", pa.string()), ("client", pa.string()), ("credit", pa.int64())]
)
FEW = {
    "kind": pa.dictionary(pa.int8(), pa.string()),
    "client": pa.dictionary(pa.int16(), pa.string()),
    "credit": pa.int8(),
}


def rows(first: int, number: int, clients: int = 3, scores: int = 101) -> pa.RecordBatch:
    sequence = range(first, first + number)
    columns: dict[str, Any] = {
        "sequence": sequence,
        "time": pa.array(list(sequence), TIME),
        "kind": [("read", "blocked")[n % 2] for n in sequence],
        "client": [None if n % 7 == 0 else f"app/{n % clients}" for n in sequence],
        "credit": [n % scores if n % 5 == 0 else None for n in sequence],
    }
    return pa.RecordBatch.from_pydict(columns, schema=SCHEMA)


def filled(folder: Path, *batches: pa.RecordBatch, **given: Any) -> SegmentLog:
    log = SegmentLog(folder, SCHEMA, forms=FEW, **given)
    for batch in batches:
        log.append(batch)
    return log


def coded(folder: Path) -> list[list[str]]:
    """The columns of each segment that have another form, as any reader of Arrow sees them."""
    found = []
    for path in sorted(folder.glob("*.arrows")):
        with pa.memory_map(str(path)) as file, pa.ipc.open_stream(file) as reader:
            found.append([field.name for field in reader.schema if field.type != SCHEMA.field(field.name).type])
    return found


def in_one(log: SegmentLog) -> list[dict[str, Any]]:
    return [row for batch in log.read() for row in batch.to_pylist()]


def test_what_was_taken_is_given_back_in_its_own_types(tmp_path: Path) -> None:
    batches = [rows(1, 500), rows(501, 1), rows(502, 200).slice(3), rows(700, 300)]
    batches[2] = batches[2].set_column(0, SCHEMA.field(0), pa.array(range(502, 699)))
    batches[3] = batches[3].set_column(0, SCHEMA.field(0), pa.array(range(699, 999)))
    log = filled(tmp_path, *batches)

    assert coded(tmp_path) == [["kind", "client", "credit"]]
    assert list(log.read()) == batches
    assert list(SegmentLog(tmp_path, SCHEMA).read()) == batches, "a reader need not know which columns they are"
    assert [batch.schema for batch in log.read()] == [SCHEMA] * 4
    assert check(tmp_path).rows == 998


def test_dictionaries_are_smaller(tmp_path: Path) -> None:
    filled(tmp_path / "few", rows(1, 5_000))
    SegmentLog(tmp_path / "plain", SCHEMA).append(rows(1, 5_000))

    few, plain = (sum(path.stat().st_size for path in (tmp_path / one).iterdir()) for one in ("few", "plain"))

    assert few < 0.7 * plain


def test_a_segment_that_begins_with_few_rows_has_none_and_is_gone_on_with(tmp_path: Path) -> None:
    batches = [rows(1, 5), rows(6, 1_000)]
    filled(tmp_path, batches[0])
    log = filled(tmp_path, batches[1])

    assert coded(tmp_path) == [[]]
    assert list(log.read()) == batches


@pytest.mark.parametrize("reopened", [False, True])
def test_a_column_of_too_many_values_begins_a_segment_without_its_dictionary(tmp_path: Path, reopened: bool) -> None:
    batches = [rows(1, 200), rows(201, 1_000, scores=10_000), rows(1_201, 200)]
    log = filled(tmp_path, batches[0])
    for batch in batches[1:]:
        log = filled(tmp_path) if reopened else log
        log.append(batch)

    assert coded(tmp_path) == [["kind", "client", "credit"], ["kind", "client"]]
    assert log.spans() == [(1, 200), (201, 1_400)]
    assert list(log.read()) == batches


def test_numbers_up_to_the_last_that_fits(tmp_path: Path) -> None:
    for index, values, fits in (
        ("credit", 128, True),
        ("credit", 129, False),
        ("kind", 128, True),
        ("kind", 129, False),
    ):
        batch = pa.RecordBatch.from_pydict(
            {
                "sequence": range(1, values + 1),
                "time": pa.nulls(values, TIME),
                "kind": [str(n) if index == "kind" else "a" for n in range(values)],
                "client": [str(n) for n in range(values)],
                "credit": pa.array([n if index == "credit" else 0 for n in range(values)]),
            },
            schema=SCHEMA,
        )
        folder = tmp_path / f"{index}-{values}"
        log = filled(folder, batch)

        assert (index in coded(folder)[0]) is fits
        assert list(log.read()) == [batch]


@pytest.mark.parametrize("compression", ["lz4", "zstd"])
def test_dictionaries_may_be_compressed(tmp_path: Path, compression: str) -> None:
    log = filled(tmp_path, rows(1, 500), rows(501, 20), compression=compression)

    assert list(log.read()) == [rows(1, 500), rows(501, 20)]


def test_an_empty_column_after_one_with_values(tmp_path: Path) -> None:
    empty = rows(501, 300)
    empty = empty.set_column(3, SCHEMA.field(3), pa.nulls(300, pa.string()))
    log = filled(tmp_path, rows(1, 500), empty, rows(801, 2))

    assert list(log.read()) == [rows(1, 500), empty, rows(801, 2)]
    assert list(log.read(after=500)) == [empty, rows(801, 2)]


def test_retention_and_erasure_keep_the_form(tmp_path: Path) -> None:
    log = filled(tmp_path, rows(1, 500), rows(501, 500))

    assert forget(tmp_path, SCHEMA, {"read": DAY}, 400 + DAY) == {"read": 199}
    left = [row for batch in (rows(1, 500), rows(501, 500)) for row in batch.to_pylist()]
    left = [row for row in left if row["kind"] == "blocked" or row["sequence"] >= 400]
    assert in_one(log) == in_one(filled(tmp_path)) == left

    def renamed(batch: pa.RecordBatch) -> pa.RecordBatch:
        return batch.set_column(3, SCHEMA.field(3), pa.array(["x"] * batch.num_rows))

    assert rewrite(tmp_path, SCHEMA, renamed) == 1
    assert in_one(log) == [row | {"client": "x"} for row in left]
    assert coded(tmp_path) == [["kind", "client", "credit"]]
    assert check(tmp_path).last == 1_000


def test_rewriting_with_too_many_values_gives_the_dictionaries_up(tmp_path: Path) -> None:
    log = filled(tmp_path, rows(1, 500))

    def other(batch: pa.RecordBatch) -> pa.RecordBatch:
        return batch.set_column(4, SCHEMA.field(4), batch.column("sequence"))

    rewrite(tmp_path, SCHEMA, other)

    assert in_one(log) == [row | {"credit": row["sequence"]} for row in rows(1, 500).to_pylist()]
    assert coded(tmp_path) == [[]]


def test_other_programs_read_segments(tmp_path: Path) -> None:
    batches = [rows(1, 500), rows(501, 500, clients=9), rows(1_001, 130)]
    filled(tmp_path, *batches)
    (path,) = tmp_path.glob("*.arrows")
    table = polars.read_ipc_stream(path)

    assert table["client"].cast(polars.String).to_list() == [one for b in batches for one in b["client"].to_pylist()]
    assert table["sequence"].to_list() == list(range(1, 1_131))


def test_a_column_of_another_type_within_a_dictionary_is_refused(tmp_path: Path) -> None:
    filled(tmp_path, rows(1, 500))
    other = SCHEMA.set(2, pa.field("kind", pa.int64()))

    with pytest.raises(BadFile, match="`kind`"):
        list(SegmentLog(tmp_path, other).read())


def test_a_text_in_a_dictionary_is_not_taken_for_a_frame(tmp_path: Path) -> None:
    plain = pa.schema([("sequence", pa.int64()), ("kind", pa.string())])
    inner = pa.record_batch([pa.array([3]), pa.array(["read"])], schema=plain)
    frame = bytes(seal_batch(inner, 3, 3)).decode("latin-1")
    log = SegmentLog(tmp_path, plain, forms=FEW)
    log.append(pa.record_batch([pa.array(range(1, 301)), pa.array([frame] * 300)], schema=plain))
    (path,) = tmp_path.glob("*.arrows")
    path.write_bytes(path.read_bytes()[:-1])

    assert SegmentLog(tmp_path, plain).last == 0


def test_the_log_stores_the_columns_of_events_that_have_few_values() -> None:
    assert set(FORMS) <= set(LOGGED.names)
    assert {"kind", "service", "source", "client"} <= set(FORMS)
    assert not set(FORMS) & {"id", "account", "peer", "device", "address", "content", "group", "text", "own"}


@pytest.fixture
def dictionaries_in_crashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the log of `test_crash` store its texts as dictionaries."""

    def opened(files: Files) -> SegmentLog:
        return SegmentLog(crash.FOLDER, crash.SCHEMA, files, roll=4_500, forms={"kind": FEW["kind"]})

    monkeypatch.setattr(forms, "WORTH", 0)
    monkeypatch.setattr(crash, "opened", opened)


@pytest.mark.usefixtures("dictionaries_in_crashes")
def test_the_log_survives_a_crash_anywhere() -> None:
    whole = MemoryDisk()
    crash.log_run(whole, [])
    assert 1 < len(whole.list(crash.FOLDER)) < len(crash.SIZES)
    assert prove(crash.log_run, crash.log_check, 53) > 500


@pytest.mark.usefixtures("dictionaries_in_crashes")
@pytest.mark.parametrize("leaves_out", ["sync", "sync_folder"])
def test_a_log_without_its_syncs_is_caught(leaves_out: str) -> None:
    crash.test_a_log_without_its_syncs_is_caught(leaves_out)


@pytest.mark.usefixtures("dictionaries_in_crashes")
def test_the_log_survives_a_crash_while_it_recovers_from_one() -> None:
    assert len(list(crash_points(crash.log_run, every=10_000))) > 20
    crash.test_the_log_survives_a_crash_while_it_recovers_from_one()


@pytest.mark.usefixtures("dictionaries_in_crashes")
def test_a_flipped_bit_is_refused_or_cuts_what_came_last() -> None:
    disk = MemoryDisk()
    crash.log_run(disk, [])
    first = crash.FOLDER / disk.list(crash.FOLDER)[0]
    for at in range(0, disk.size(first), 3):
        try:
            found = crash.held(crash.opened(flipped(disk, first, at, 1 << at % 8)))
        except DamagedLog:
            continue
        assert found == crash.rows(1, len(found))
        assert found == crash.rows(1, crash.ENDS[-1]), "only the last segment may be cut"
