from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.events.strategies import events

from cartellino.events import arrow
from cartellino.events.columns import COLUMNS
from cartellino.events.event import Event, Scalar, row
from cartellino.events.rejection import Rejection

Read = list[Event | Rejection]


def as_stream(table: pa.Table, rows: int = 8_192) -> bytes:
    sink = BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table, rows)
    return sink.getvalue()


def as_file(table: pa.Table, rows: int = 8_192) -> bytes:
    sink = BytesIO()
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table, rows)
    return sink.getvalue()


def as_parquet(table: pa.Table, rows: int = 8_192) -> bytes:
    sink = BytesIO()
    pa.parquet.write_table(table, sink, row_group_size=rows)
    return sink.getvalue()


CODECS: dict[str, tuple[Callable[..., bytes], Callable[[bytes], Read]]] = {
    "stream": (as_stream, lambda content: list(arrow.read_stream(BytesIO(content), "f"))),
    "file": (as_file, lambda content: list(arrow.read_file(BytesIO(content), "f"))),
    "parquet": (as_parquet, lambda content: list(arrow.read_parquet(BytesIO(content), "f"))),
}
NOW = 1_795_341_600_000
every_codec = pytest.mark.parametrize("codec", CODECS)


def table(count: int = 2, **columns: Any) -> pa.Table:
    """A table of good events with other columns added or exchanged."""
    good = {
        "id": [f"e{number}" for number in range(count)],
        "time": list(range(NOW, NOW + count)),
        "kind": ["read"] * count,
        "account": ["a"] * count,
    }
    return pa.table({name: held for name, held in (good | columns).items() if held is not None})


def through(codec: str, held: pa.Table) -> Read:
    write, read = CODECS[codec]
    return read(write(held))


def all_events(read: Read) -> list[Event]:
    assert not [one.show() for one in read if isinstance(one, Rejection)]
    return [one for one in read if isinstance(one, Event)]


def all_rejections(read: Read) -> list[Rejection]:
    assert not [one for one in read if isinstance(one, Event)]
    for one in read:
        msgspec.json.encode(one.record() if isinstance(one, Rejection) else one)
    return [one for one in read if isinstance(one, Rejection)]


@every_codec
@settings(max_examples=30)
@given(written=st.lists(events(), min_size=1, max_size=4))
def test_events_are_read_back_as_they_were_written(codec: str, written: list[Event]) -> None:
    for event in written:
        event.own.clear()
    held = pa.Table.from_batches([arrow.to_batch(written)])
    assert all_events(through(codec, held)) == written


@settings(max_examples=30)
@given(st.lists(events(), max_size=4))
def test_what_is_written_as_parquet_is_what_is_read_but_for_own_columns(written: list[Event]) -> None:
    sink = BytesIO()
    assert arrow.write_parquet(written, sink) == len(written)
    for event in written:
        event.own.clear()
    assert all_events(CODECS["parquet"][1](sink.getvalue())) == written
    assert pa.parquet.ParquetFile(BytesIO(sink.getvalue())).schema_arrow == arrow.SCHEMA


def test_a_file_may_say_that_it_holds_the_whole_past(tmp_path: Path) -> None:
    written = [Event(id="e0", time=0, kind="read", account="a")]
    for name, is_complete in (("whole", True), ("part", False)):
        with (tmp_path / f"{name}.parquet").open("wb") as out:
            arrow.write_parquet(written, out, complete_history=is_complete)
        labelled = pa.Table.from_batches([arrow.to_batch(written)])
        labelled = labelled.replace_schema_metadata(arrow.WHOLE_PAST if is_complete else {b"other": b"label"})
        with pa.OSFile(str(tmp_path / f"{name}.arrow"), "wb") as file, pa.ipc.new_file(file, labelled.schema) as writer:
            writer.write_table(labelled)
    (tmp_path / "broken.parquet").write_bytes(b"PAR1" + bytes(20))
    (tmp_path / "lines.ndjson").write_bytes(b'{"id": "e0"}')
    labels = {one.name: arrow.has_complete_history(BytesIO(one.read_bytes())) for one in tmp_path.iterdir()}
    assert {name for name, is_complete in labels.items() if is_complete} == {"whole.parquet", "whole.arrow"}


@every_codec
def test_own_columns_keep_their_type(codec: str) -> None:
    own: dict[str, Scalar] = {"x_text": "a", "x_int": -5, "x_float": 0.5, "x_bool": False}
    written = [
        Event(id="e0", time=0, kind="read", account="a", own=own),
        Event(id="e1", time=0, kind="read", account="a"),
    ]
    read = all_events(through(codec, pa.Table.from_batches([arrow.to_batch(written)])))
    assert read == written
    assert [type(held) for held in read[0].own.values()] == [type(own[name]) for name in read[0].own]


def test_own_columns_of_mixed_types_are_written_as_texts() -> None:
    written = [Event(id="e", time=0, kind="read", account="a", own={"x_a": held}) for held in ("text", 1, 0.5, True)]
    assert arrow.to_batch(written).column("x_a").to_pylist() == ["text", "1", "0.5", "True"]


def test_the_schema_has_the_columns_of_the_contract_and_only_the_required_ones_are_never_null() -> None:
    assert arrow.SCHEMA.names == list(COLUMNS)
    assert [field.name for field in arrow.SCHEMA if not field.nullable] == ["id", "time", "kind", "account"]


@every_codec
def test_a_null_is_an_unknown_value(codec: str) -> None:
    held = table(3, peer=["b", None, None], known=[False, None, True], credit=[0, None, None], client=pa.nulls(3))
    found = [(one.peer, one.known, one.credit, one.client) for one in all_events(through(codec, held))]
    assert found == [("b", False, 0, None), (None, None, None, None), (None, True, None, None)]
    first, second = through(codec, table(id=["e0", None]))
    assert isinstance(first, Event)
    assert isinstance(second, Rejection)
    assert (second.line, second.faults[0].code, second.faults[0].column) == (2, "missing", "id")
    assert second.row == {"time": NOW + 1, "kind": "read", "account": "a"}


@every_codec
@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "UTC", "+01:00", "Europe/Rome"])
def test_an_instant_is_a_timestamp_of_any_unit_and_zone(codec: str, unit: str, zone: str | None) -> None:
    """The moment counts, not how it is shown; a timestamp without a zone is taken as UTC."""
    per_second = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[unit]
    moments = pa.array([1_795_341_600 * per_second, 1 * per_second], pa.timestamp(unit, tz=zone))
    read = all_events(through(codec, table(time=moments, account_since=moments)))
    assert [one.time for one in read] == [one.account_since for one in read] == [1_795_341_600_000, 1_000]


@every_codec
def test_what_is_finer_than_a_millisecond_is_cut_off(codec: str) -> None:
    read = all_events(through(codec, table(time=pa.array([1_999_999, 2_000_000], pa.timestamp("ns", tz="UTC")))))
    assert [one.time for one in read] == [1, 2]


@every_codec
def test_an_instant_may_be_text_or_whole_milliseconds(codec: str) -> None:
    texts = all_events(through(codec, table(time=["1970-01-01T00:00:01Z", "1970-01-01T01:00:02+01:00"])))
    assert [one.time for one in texts] == [1_000, 2_000]
    for kind in (pa.int64(), pa.uint64(), pa.float64(), pa.decimal128(22, 0), pa.decimal128(22, 2)):
        numbers = pa.array([NOW, NOW + 1]).cast(kind)
        assert [one.time for one in all_events(through(codec, table(time=numbers)))] == [NOW, NOW + 1]
    for kind in (pa.int64(), pa.int32(), pa.float64(), pa.decimal128(22, 0)):
        found = all_rejections(through(codec, table(time=pa.array([1_793_600_000, 0]).cast(kind))))
        assert [one.faults[0].expected for one in found] == [
            "whole milliseconds since 1970 (this number seems to be in seconds: multiply it by 1,000)"
        ] * 2


@pytest.mark.parametrize("unit", ["s", "ms", "us"])
def test_a_timestamp_beyond_all_calendars_is_refused_and_never_wraps_around(unit: str) -> None:
    moments = pa.array([2**64 // 1000 + 1, -1, 2**62, 5], pa.timestamp(unit))
    found = through("stream", table(4, time=moments))
    codes = [one.code if isinstance(one, Rejection) else one.id for one in found]
    if unit == "us":  # 2**64 / 1000 microseconds are the year 2554
        assert codes == ["e0", "e1", "wrong-type", "e3"]  # one microsecond before 1970 is cut off to 1970
    else:
        assert codes == ["wrong-type", "wrong-type", "wrong-type", "e3"]


@every_codec
@pytest.mark.parametrize(
    "kind", [pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int8(), pa.string())], ids=str
)
def test_a_text_may_be_encoded_in_any_way(codec: str, kind: pa.DataType) -> None:
    peers = pa.array(["b", None, "b"]).cast(kind)
    read = all_events(through(codec, table(3, kind=pa.array(["read"] * 3).cast(kind), peer=peers)))
    assert [one.peer for one in read] == ["b", None, "b"]


def test_a_timestamp_may_be_encoded_as_a_dictionary() -> None:
    moments = pa.array([1_000_001, 2_000_000], pa.timestamp("ns")).dictionary_encode()
    assert [one.time for one in all_events(through("stream", table(time=moments)))] == [1, 2]


@every_codec
def test_numbers_of_any_width_are_read(codec: str) -> None:
    for kind in (pa.int8(), pa.uint8(), pa.int32(), pa.uint64()):
        read = all_events(through(codec, table(credit=pa.array([0, 100], kind), x_n=pa.array([5, None], kind))))
        assert [one.credit for one in read] == [0, 100]
        assert [one.own for one in read] == [{"x_n": 5}, {}]
    for kind in (pa.float32(), pa.float64(), pa.decimal128(20, 0), pa.decimal128(22, 2)):
        read = all_events(
            through(codec, table(credit=pa.array([0, 100]).cast(kind), forwards=pa.array([5, None]).cast(kind)))
        )
        assert [(one.credit, one.forwards) for one in read] == [(0, 5), (100, None)]
    for kind in (pa.float16(), pa.float32(), pa.float64()):
        read = all_events(through(codec, table(x_f=pa.array([0.5, -2.0], pa.float64()).cast(kind))))
        assert [one.own["x_f"] for one in read] == [0.5, -2.0]


WRONG: dict[str, Any] = {
    "numbers": pa.array([1, 2]),
    "decimals": pa.array([Decimal("1.5"), Decimal("2.5")]),
    "bytes": pa.array([b"\xff", b"ab"]),
    "lists": pa.array([["b"], []]),
    "mappings": pa.array([{"a": 1}, {"a": 2}]),
    "maps": pa.array([[("k", 1)], []], pa.map_(pa.string(), pa.int64())),
    "dates": pa.array([1, 2], pa.date32()),
    "dates beyond all calendars": pa.array([2**30, -(2**30)], pa.date32()),
    "times": pa.array([1, 2], pa.time64("ns")),
    "durations": pa.array([1, 2**62], pa.duration("ns")),
    "spans": pa.array([(1, 2, 3), (1, 2, 3)], pa.month_day_nano_interval()),
    "timestamps": pa.array([2**62, 1], pa.timestamp("s")),
    "broken texts": pa.Array.from_buffers(pa.string(), 2, pa.array([b"\xff", b"\xfe"]).buffers()),
    "broken large texts": pa.Array.from_buffers(
        pa.large_string(), 2, pa.array([b"\xc3", b"\xfe"], pa.large_binary()).buffers()
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_each_row_of_a_column_of_the_wrong_type_is_refused_and_kept(what: str) -> None:
    for codec in CODECS:
        if what in ("spans", "timestamps") and codec == "parquet":
            continue  # Parquet cannot hold them
        found = all_rejections(through(codec, table(peer=WRONG[what])))
        assert [(one.line, one.code, one.faults[0].column) for one in found] == [
            (1, "wrong-type", "peer"),
            (2, "wrong-type", "peer"),
        ]
        assert all(set(one.row) == {"id", "time", "kind", "account", "peer"} for one in found)


@every_codec
def test_one_broken_text_refuses_its_row_and_no_other(codec: str) -> None:
    peers = pa.Array.from_buffers(pa.string(), 3, pa.array([b"b", b"\xff\xfe", b"c"]).buffers())
    first, second, third = through(codec, table(3, peer=peers))
    assert isinstance(first, Event)
    assert isinstance(second, Rejection)
    assert second.row["peer"] == b"\xff\xfe"
    assert isinstance(third, Event)
    assert (first.peer, third.peer) == ("b", "c")


@every_codec
def test_an_unknown_column_refuses_each_row_in_which_it_has_a_value(codec: str) -> None:
    first, second = through(codec, table(devise=["d", None]))
    assert isinstance(first, Rejection)
    assert first.faults[0].expected == "did you mean `device`?"
    assert isinstance(second, Event)


@every_codec
def test_rows_are_counted_over_batches(codec: str) -> None:
    count = 2 * arrow.BATCH + 5
    kinds = ["read"] * (count - 1) + ["raed"]
    write, read = CODECS[codec]
    found = read(write(table(count, kind=kinds), 1_000))
    assert [one.id for one in found[:-1] if isinstance(one, Event)] == [f"e{number}" for number in range(count - 1)]
    assert isinstance(found[-1], Rejection)
    assert found[-1].line == count


@every_codec
def test_a_file_without_rows_or_columns_holds_no_events(codec: str) -> None:
    assert through(codec, arrow.SCHEMA.empty_table()) == []
    assert through(codec, pa.table({})) == []


@every_codec
def test_a_file_that_breaks_off_says_so_after_the_rows_that_were_read(codec: str) -> None:
    write, read = CODECS[codec]
    whole = write(table(2_000), 500)
    for length in (0, 1, 4, 6, 8, 12, len(whole) // 3, len(whole) // 2, len(whole) - 20, len(whole) - 5):
        found = read(whole[:length])
        assert isinstance(found[-1], Rejection)
        assert found[-1].code == "unreadable"
        assert all(isinstance(one, Event) for one in found[:-1])
        if len(found) > 1:
            assert found[-1].line == len(found)
            assert f"rows 1 to {len(found) - 1} were read" in found[-1].faults[0].expected


@every_codec
@settings(max_examples=40)
@given(at=st.floats(0, 1, exclude_max=True), other=st.binary(min_size=1, max_size=8))
def test_a_file_with_wrong_bytes_never_raises(codec: str, at: float, other: bytes) -> None:
    write, read = CODECS[codec]
    whole = write(table(20, peer=["b"] * 20), 5)
    place = int(at * len(whole))
    for one in read(whole[:place] + other + whole[place + len(other) :]):
        if isinstance(one, Rejection):
            msgspec.json.encode(one.record())


def test_rows_are_plain_values() -> None:
    batch = table(1, time=pa.array([5], pa.timestamp("s")), peer=[None]).to_batches()[0]
    assert list(arrow.rows(batch)) == [{"id": "e0", "time": 5_000, "kind": "read", "account": "a", "peer": None}]


def test_an_event_of_a_batch_is_the_row_that_it_came_from() -> None:
    event = Event(id="e", time=5, kind="read", account="a", known=True, own={"x_a": 1})
    held = {name: one for name, one in next(arrow.rows(arrow.to_batch([event]))).items() if one is not None}
    assert held == row(event)
    assert arrow.to_batch([event]).column("time").to_pylist() == [
        dt.datetime(1970, 1, 1, 0, 0, 0, 5_000, tzinfo=dt.UTC)
    ]
