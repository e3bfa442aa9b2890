"""Data frames of pandas and Polars are read as they write them, in every format, with the types that gaps give them."""

from __future__ import annotations

import datetime as dt
import gzip
from collections.abc import Callable
from decimal import Decimal
from io import BufferedReader, BytesIO
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import duckdb
import msgspec
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet
import pytest

from cartellino.events import reading
from cartellino.events.allowance import Allowance
from cartellino.events.batches import events_of, read_batches
from cartellino.events.event import Event

MOMENTS = [dt.datetime(2026, 11, 22, 10, 0, n, 500_000, tzinfo=dt.UTC) for n in range(3)]
ROWS: dict[str, list[Any]] = {
    "id": ["e0", "e1", "e2"],
    "time": MOMENTS,
    "kind": ["message_sent", "broadcast_sent", "message_sent"],
    "account": ["a", "a", "b"],
    "peer": ["b", None, "c"],
    "known": [True, None, False],
    "recipients": [None, 5, None],
    "device": [None, None, None],
    "x_share": [0.5, None, 2.0],
}
FIRST, LAST = {"x_share": 0.5}, {"x_share": 2.0}
EXPECTED = [
    Event(id="e0", time=1_795_341_600_500, kind="message_sent", account="a", peer="b", known=True, own={**FIRST}),
    Event(id="e1", time=1_795_341_601_500, kind="broadcast_sent", account="a", recipients=5),
    Event(id="e2", time=1_795_341_602_500, kind="message_sent", account="b", peer="c", known=False, own={**LAST}),
]


def read(content: bytes) -> list[Event]:
    """Read with both readers, and as a stranger's body is read; they have to agree, and nothing may be refused."""
    one_by_one = list(reading.read(BufferedReader(cast(Any, BytesIO(content))), "f"))
    found: list[Event] = []
    for allowance in (Allowance(), Allowance(rows=1_000, decoded=1 << 24)):
        found = []
        for chunk in read_batches(BufferedReader(cast(Any, BytesIO(content))), "f", allowance=allowance):
            assert [one.show() for one in chunk.rejections] == []
            found += events_of(chunk.batch)
        assert found == one_by_one
    return found


def into(write: Callable[[BytesIO], object]) -> bytes:
    out = BytesIO()
    write(out)
    return out.getvalue()


PANDAS: dict[str, Callable[[pd.DataFrame], bytes]] = {
    "parquet": lambda frame: into(lambda out: frame.to_parquet(out)),
    "parquet with its index": lambda frame: into(lambda out: frame.to_parquet(out, index=True)),
    "feather": lambda frame: into(lambda out: frame.reset_index(drop=True).to_feather(out)),
    "lines": lambda frame: frame.to_json(orient="records", lines=True, date_format="iso").encode(),
    "lines in gzip": lambda frame: gzip.compress(
        frame.to_json(orient="records", lines=True, date_format="iso").encode()
    ),
}

FRAMES: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "as it is": lambda frame: frame,
    "times without a zone": lambda frame: frame.assign(time=frame["time"].dt.tz_localize(None)),
    "times of Rome": lambda frame: frame.assign(time=frame["time"].dt.tz_convert("Europe/Rome")),
    "times in seconds and more": lambda frame: frame.assign(time=frame["time"].astype("datetime64[ns, UTC]")),
    "milliseconds": lambda frame: frame.assign(time=frame["time"].astype("datetime64[ms, UTC]").astype("int64")),
    "fractional milliseconds": lambda frame: frame.assign(
        time=frame["time"].astype("datetime64[ms, UTC]").astype("int64").astype("float64")
    ),
    "categories": lambda frame: frame.astype({"kind": "category", "peer": "category"}),
    "nullable types": lambda frame: frame.convert_dtypes(),
    "objects": lambda frame: frame.astype(object).assign(time=frame["time"]),
    "an index of its own": lambda frame: frame.set_index(pd.Index([7, 5, 3])),
    "an index of two": lambda frame: frame.set_index(pd.MultiIndex.from_tuples([(1, "a"), (1, "b"), (2, "a")])),
    "decimals": lambda frame: frame.assign(
        recipients=[None, Decimal("5"), None], time=[Decimal(one.time) for one in EXPECTED]
    ),
}


@pytest.mark.parametrize("how", FRAMES)
@pytest.mark.parametrize("form", PANDAS)
def test_what_pandas_writes_is_read(form: str, how: str) -> None:
    if form.startswith("lines") and how == "decimals":
        pytest.skip("pandas writes no decimals as JSON numbers")
    assert read(PANDAS[form](FRAMES[how](pd.DataFrame(ROWS)))) == EXPECTED


POLARS: dict[str, Callable[[pl.DataFrame], bytes]] = {
    "parquet": lambda frame: into(frame.write_parquet),
    "ipc": lambda frame: into(frame.write_ipc),
    "ipc, compressed": lambda frame: into(lambda out: frame.write_ipc(out, compression="zstd")),
    "ipc stream": lambda frame: into(frame.write_ipc_stream),
    "lines": lambda frame: into(frame.write_ndjson),
}

COLUMNS: dict[str, list[pl.Expr]] = {
    "as it is": [],
    "times without a zone": [pl.col("time").dt.replace_time_zone(None)],
    "nanoseconds": [pl.col("time").cast(pl.Datetime("ns", "UTC"))],
    "milliseconds": [pl.col("time").dt.epoch("ms")],
    "categories": [pl.col("kind").cast(pl.Categorical), pl.col("peer").cast(pl.Categorical)],
    "enumerations": [pl.col("kind").cast(pl.Enum(["message_sent", "broadcast_sent"]))],
    "small numbers": [pl.col("recipients").cast(pl.UInt8), pl.col("x_share").cast(pl.Float32)],
    "fractions with NaN": [pl.col("recipients", "x_share").cast(pl.Float64).fill_null(float("nan"))],
    "decimals": [pl.col("recipients").cast(pl.Decimal(20, 0))],
    "texts of nothing": [pl.col("device").cast(pl.String)],
    "NaN for texts": [pl.lit(float("nan")).alias("device")],
}


@pytest.mark.parametrize("how", COLUMNS)
@pytest.mark.parametrize("form", POLARS)
def test_what_polars_writes_is_read(form: str, how: str) -> None:
    if form == "lines" and how == "decimals":
        pytest.skip("Polars writes decimals as JSON texts")
    assert read(POLARS[form](pl.DataFrame(ROWS).with_columns(COLUMNS[how]))) == EXPECTED


IDS = [UUID(int=2**127 + n) for n in range(3)]
DUCKDB: dict[str, str] = {
    "as it is": "* REPLACE (id::uuid AS id)",
    "times without a zone": "* REPLACE (id::uuid AS id, time AT TIME ZONE 'UTC' AS time)",
    "milliseconds": "* REPLACE (id::uuid AS id, epoch_ms(time) AS time)",
    "huge numbers": "* REPLACE (id::uuid AS id, recipients::hugeint AS recipients)",
    "decimals": "* REPLACE (id::uuid AS id, recipients::decimal(18, 2) AS recipients)",
    "enumerations": "* REPLACE (id::uuid AS id, kind::enum('message_sent', 'broadcast_sent') AS kind)",
}


@pytest.mark.parametrize("how", DUCKDB)
@pytest.mark.parametrize("zone", ["UTC", "Europe/Rome", "America/St_Johns"])
@pytest.mark.parametrize("form", ["parquet", "json"])
def test_what_duckdb_writes_is_read(form: str, zone: str, how: str, tmp_path: Path) -> None:
    frame = pd.DataFrame(ROWS).assign(id=[str(one) for one in IDS])  # noqa: F841 - DuckDB finds it by its name
    with duckdb.connect() as database:
        database.execute(f"SET TimeZone = '{zone}'")
        database.execute("CREATE TABLE sent AS SELECT * FROM frame")
        database.execute(f"COPY (SELECT {DUCKDB[how]} FROM sent) TO '{tmp_path / 'sent'}' (FORMAT {form})")
    expected = [msgspec.structs.replace(one, id=str(name)) for one, name in zip(EXPECTED, IDS, strict=True)]
    assert read((tmp_path / "sent").read_bytes()) == expected


def test_what_arrow_defines_on_top_of_other_types_is_what_it_is() -> None:
    eight = pa.ExtensionArray.from_storage(pa.bool8(), pa.array([1, None, 0], pa.int8()))
    texts = pa.ExtensionArray.from_storage(pa.json_(), pa.array(["{}", None, "[1]"]))
    ids = pa.array([one.bytes for one in IDS], pa.uuid())
    times = pa.array([one.time for one in EXPECTED])
    columns = {"id": ids, "time": times, "kind": ROWS["kind"], "account": ids, "known": eight, "x_text": texts}
    found = read(into(lambda out: pa.parquet.write_table(pa.table(columns), out)))
    assert [(one.account, one.known, one.own) for one in found] == [
        (str(IDS[0]), True, {"x_text": "{}"}), (str(IDS[1]), None, {}), (str(IDS[2]), False, {"x_text": "[1]"})
    ]  # fmt: skip


def test_a_refused_row_of_a_frame_can_be_written_down_whatever_it_holds() -> None:
    """Where pandas is installed, Arrow gives spans and moments as types of pandas, which are no JSON."""
    odd = pd.DataFrame(ROWS).assign(span=pd.Timedelta(5, "ns"), moments=[[pd.Timestamp(1)]] * 3)
    content = into(lambda out: odd.to_parquet(out))
    for chunk in read_batches(BufferedReader(cast(Any, BytesIO(content))), "f"):
        assert len(chunk.rejections) == 3
        for one in chunk.rejections:
            assert {"span", "moments"} < set(one.row)
            msgspec.json.encode(one.record())
