"""The log gives back what it took, in order, also after a segment broke off."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa

from cartellino.events.event import Event
from cartellino.storage.log import EventLog, Logged


def entries(begin: int, number: int) -> list[Logged]:
    return [
        Logged(n, "a.ndjson", n, Event(id=f"e{n}", time=n, kind="read", account="a", known=n % 2 == 0, own={"x_n": n}))
        for n in range(begin, begin + number)
    ]


def written(folder: Path, *runs: list[Logged]) -> EventLog:
    for run in runs:
        log = EventLog(folder)
        for entry in run:
            log.append(entry)
        log.close()
    return EventLog(folder)


def test_runs_come_back_in_order_with_own_columns(tmp_path: Path) -> None:
    first, second = entries(1, EventLog.BATCH + 5), entries(EventLog.BATCH + 6, 3)

    assert list(written(tmp_path, first, second).read()) == first + second


def test_a_segment_that_broke_off_ends_where_it_broke_and_the_next_goes_on(tmp_path: Path) -> None:
    first, second = entries(1, 2 * EventLog.BATCH), entries(2 * EventLog.BATCH + 1, 3)
    log = written(tmp_path, first, second)
    segment = tmp_path / "events-000001.arrows"
    segment.write_bytes(segment.read_bytes()[:-2_000])

    found = list(log.read())

    assert found == first[: EventLog.BATCH] + second


def test_nothing_is_lost_that_was_flushed_when_the_process_dies(tmp_path: Path) -> None:
    log = EventLog(tmp_path)
    for entry in entries(1, 10):
        log.append(entry)
    log.flush()
    log.append(entries(11, 1)[0])

    assert list(EventLog(tmp_path).read()) == entries(1, 10)


def test_duckdb_reads_the_segments_through_arrow(tmp_path: Path) -> None:
    written(tmp_path, entries(1, 100))
    with pa.OSFile(str(tmp_path / "events-000001.arrows")) as file, pa.ipc.open_stream(file) as reader:
        events = reader.read_all()

    found = duckdb.sql("select count(*), max(sequence) from events where known")

    assert found is not None
    assert found.fetchall() == [(50, 100)]
    assert len(events) == 100
