"""Retention takes out what is too old for its kind, and nothing else; crashes are in `test_crash`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.ipc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartellino.storage.faults import DamagedLog
from cartellino.storage.frames import seal_batch
from cartellino.storage.retention import JOINED, forget
from cartellino.storage.segments import SegmentLog
from cartellino.vocabulary.times import DAY

TIME = pa.timestamp("ms", tz="UTC")
SCHEMA = pa.schema([("sequence", pa.int64()), ("time", TIME), ("kind", pa.string())])
Row = tuple[int | None, str | None]
Rows = Sequence[Row]


def filled(folder: Path, *batches: Rows, roll: int = 2_000) -> SegmentLog:
    log = SegmentLog(folder, SCHEMA, roll=roll)
    for held in batches:
        add(log, held)
    return log


def add(log: SegmentLog, held: Rows) -> None:
    numbers = range(log.last + 1, log.last + len(held) + 1)
    times, kinds = pa.array([one[0] for one in held], TIME), [one[1] for one in held]
    log.append(pa.RecordBatch.from_pydict({"sequence": numbers, "time": times, "kind": kinds}, SCHEMA))


def numbers(log: SegmentLog, after: int = 0) -> list[int]:
    return [number for batch in log.read(after) for number in batch.column("sequence").to_pylist()]


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


ROW = st.tuples(st.none() | st.integers(0, 20), st.none() | st.sampled_from(["read", "blocked", "registered"]))


@given(
    st.lists(st.lists(ROW, min_size=1, max_size=40), min_size=1, max_size=8),
    st.dictionaries(st.sampled_from(["read", "blocked"]), st.integers(0, 15)),
    st.integers(10, 25),
)
def test_exactly_the_old_rows_of_the_named_kinds_go(
    tmp_path_factory: pytest.TempPathFactory, batches: list[list[Row]], kinds: dict[str, int], now: int
) -> None:
    folder = tmp_path_factory.mktemp("log")
    log = filled(folder, *batches)
    last, everything = log.last, [row for held in batches for row in held]
    old = [kind for time, kind in everything if kind in kinds and time is not None and time < now - kinds[kind]]
    left = [
        number
        for number, (time, kind) in enumerate(everything, start=1)
        if kind is None or kind not in kinds or time is None or time >= now - kinds[kind]
    ]

    gone = forget(folder, SCHEMA, kinds, now)

    assert gone == {kind: old.count(kind) for kind in set(old)}
    assert numbers(log) == numbers(SegmentLog(folder, SCHEMA)) == left
    assert log.last == SegmentLog(folder, SCHEMA).last == last
    for after in (0, 3, 50):
        assert numbers(log, after) == [number for number in left if number > after]
    assert forget(folder, SCHEMA, kinds, now) == {}


def test_the_log_goes_on_after_its_last_rows_went(tmp_path: Path) -> None:
    log = filled(tmp_path, [(0, "read")] * 3)
    assert forget(tmp_path, SCHEMA, {"read": DAY}, 2 * DAY) == {"read": 3}
    add(log, [(2 * DAY, "read")] * 2)

    assert numbers(log) == [4, 5]
    add(SegmentLog(tmp_path, SCHEMA), [(0, "read")])
    assert numbers(SegmentLog(tmp_path, SCHEMA)) == [4, 5, 6]


def test_segments_without_old_rows_are_not_touched(tmp_path: Path) -> None:
    log = filled(tmp_path, *[[(n, "read")] * 40 for n in range(8)])
    before = files(tmp_path)

    forget(tmp_path, SCHEMA, {"read": 5}, 6)

    after = files(tmp_path)
    assert set(after) == set(before)
    assert [name for name in sorted(before) if after[name] != before[name]] == [sorted(before)[0]]
    assert len(after[sorted(before)[0]]) < len(before[sorted(before)[0]])
    assert forget(tmp_path, SCHEMA, {"blocked": 0}, 10**9) == {}
    assert log.last == 320


def test_a_row_that_is_exactly_as_old_as_it_may_be_stays(tmp_path: Path) -> None:
    log = filled(tmp_path, [(99, "read"), (100, "read")])

    assert forget(tmp_path, SCHEMA, {"read": 50}, 150) == {"read": 1}
    assert numbers(log) == [2]


def test_small_frames_are_joined(tmp_path: Path) -> None:
    log = filled(tmp_path, *[[(0, "read"), (9, "read")]] * 50, roll=1 << 30)

    forget(tmp_path, SCHEMA, {"read": 5}, 10)

    assert [batch.num_rows for batch in log.read()] == [50]


def test_large_frames_are_not_joined(tmp_path: Path) -> None:
    log = filled(tmp_path, *[[(9, "read")] * (JOINED - 1) + [(0, "read")]] * 3, roll=1 << 30)

    forget(tmp_path, SCHEMA, {"read": 5}, 10)

    assert [batch.num_rows for batch in log.read()] == [JOINED - 1] * 3


def test_a_gap_that_retention_left_is_not_damage_and_damage_is_not_such_a_gap(tmp_path: Path) -> None:
    filled(tmp_path, [(0, "read")] * 40, [(9, "read")] * 40, [(9, "read")] * 40, roll=1 << 30)
    forget(tmp_path, SCHEMA, {"read": 5}, 10)
    path = tmp_path / "events-0000000000000001.arrows"
    whole = path.read_bytes()
    log = SegmentLog(tmp_path, SCHEMA)
    assert numbers(log) == list(range(41, 121))
    add(log, [(9, "read")])

    added = path.read_bytes()[len(whole) :]
    path.write_bytes(whole + bytes(seal_batch(next(log.read(120)), 122, 122)))

    assert len(added) > 0
    with pytest.raises(DamagedLog, match="row 121 should begin here"):
        SegmentLog(tmp_path, SCHEMA)


def test_a_damaged_segment_is_left_as_it_is(tmp_path: Path) -> None:
    filled(tmp_path, *[[(n, "read")] * 40 for n in range(8)])
    path = sorted(tmp_path.iterdir())[1]
    data = bytearray(path.read_bytes())
    data[-30] ^= 1
    path.write_bytes(data)

    with pytest.raises(DamagedLog):
        forget(tmp_path, SCHEMA, {"read": 0}, 100)

    assert path.read_bytes() == data


def test_other_programs_read_a_segment_that_was_written_anew(tmp_path: Path) -> None:
    filled(tmp_path, [(0, "read"), (9, "blocked")])
    forget(tmp_path, SCHEMA, {"read": 5}, 10)
    with pa.OSFile(str(tmp_path / "events-0000000000000001.arrows")) as file, pa.ipc.open_stream(file) as reader:
        assert reader.read_all().column("sequence").to_pylist() == [2]


def test_nothing_is_in_a_folder_that_is_not_there(tmp_path: Path) -> None:
    assert forget(tmp_path / "log", SCHEMA, {"read": 0}, 1) == {}
