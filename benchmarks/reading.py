"""How fast events are read, row by row and as batches: `python -m benchmarks.reading [rows]`.

The rows are made up: ids and instants of their own, eight accounts in ten known, a few percent with a text. `doubtful`
is the same as NDJSON with one line in a hundred that is refused or has to be read alone.
"""

from __future__ import annotations

import gzip
import sys
from collections.abc import Callable, Iterator
from io import BufferedReader, BytesIO
from random import Random
from statistics import median
from time import perf_counter, thread_time
from typing import Any, cast

import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet

from cartellino.events import ndjson
from cartellino.events.arrow import to_batch
from cartellino.events.batches import events_of, read_batches, to_logged
from cartellino.events.event import Event
from cartellino.events.reading import read
from cartellino.vocabulary.times import show_instant

ROUNDS = 5
BEGINS = 1_795_341_600_000
KINDS = ("message_sent", "message_sent", "message_sent", "delivered", "read", "reply_received", "connected")


def events(rows: int) -> Iterator[Event]:
    random = Random(1)
    for number in range(rows):
        yield Event(
            id=f"e{number:012d}",
            time=BEGINS + 7 * number,
            kind=random.choice(KINDS),
            account=f"a{random.randrange(10**6):015x}",
            peer=f"a{random.randrange(10**6):015x}",
            device=f"d{random.randrange(10**6):08x}",
            address=f"10.0.{random.randrange(256)}.{random.randrange(256)}",
            client="android/2.26.11",
            known=random.random() < 0.8,
            attestation="passed",
            media="text",
            text="Ciao, come stai?" if random.random() < 0.03 else None,
        )


def lines(made: list[Event], *, shown: bool = True, doubtful: bool = False) -> bytes:
    written = []
    for number, event in enumerate(made):
        line = ndjson.write(event)
        if shown:
            line = line.replace(b'"time":%d' % event.time, b'"time":"%s"' % show_instant(event.time).encode())
        if doubtful and number % 100 == 50:
            line = line[:-2] if number % 200 == 50 else line.replace(b'"peer":', b'"pere":')
        written.append(line.rstrip(b"\n") + b"\n")
    return b"".join(written)


def streamed(held: pa.Table) -> bytes:
    sink = BytesIO()
    with pa.ipc.new_stream(sink, held.schema) as writer:
        writer.write_table(held, 8_192)
    return sink.getvalue()


def as_parquet(held: pa.Table) -> bytes:
    sink = BytesIO()
    pa.parquet.write_table(held, sink, compression="zstd")
    return sink.getvalue()


def opened(content: bytes) -> BufferedReader:
    return BufferedReader(cast(Any, BytesIO(content)))


def row_by_row(content: bytes) -> int:
    return sum(1 for _ in read(opened(content), "-"))


def as_batches(content: bytes) -> int:
    return sum(len(one.numbers) + len(one.rejections) for one in read_batches(opened(content), "-"))


def rates(run: Callable[[], int]) -> tuple[list[float], float]:
    """Thousands of rows per second of each round, and the microseconds of a row that the processor took at least."""
    found, spent = [], []
    for _ in range(ROUNDS):
        begun, worked = perf_counter(), thread_time()
        rows = run()
        found.append(rows / (perf_counter() - begun) / 1_000)
        spent.append((thread_time() - worked) / rows * 1e6)
    return sorted(found), min(spent)


def show(what: str, how: str, run: Callable[[], int]) -> None:
    found, spent = rates(run)
    print(
        f"{what:<22}{how:<12}{median(found):>9,.0f} k/s {found[0]:>9,.0f}-{found[-1]:<7,.0f}{spent:>7.2f} us",
        flush=True,
    )


def main(rows: int = 100_000) -> None:
    made = list(events(rows))
    held = pa.Table.from_batches([to_batch(made)])
    contents = {
        "NDJSON": lines(made),
        "NDJSON, ms": lines(made, shown=False),
        "NDJSON, doubtful": lines(made, doubtful=True),
        "NDJSON, gzip": gzip.compress(lines(made), 6),
        "Arrow stream": streamed(held),
        "Parquet": as_parquet(held),
    }
    print(
        f"{rows:,} rows, {len(contents['NDJSON']) / rows:.0f} bytes a line; median of {ROUNDS}, spread, least CPU a row"
    )
    for what, content in contents.items():
        show(what, "by row", lambda content=content: row_by_row(content))  # type: ignore[misc]
        show(what, "batches", lambda content=content: as_batches(content))  # type: ignore[misc]
    parts = [made[place : place + 32_768] for place in range(0, rows, 32_768)]
    batches = [to_logged(part) for part in parts]
    show("events to columns", "to_logged", lambda: sum(to_logged(part).num_rows for part in parts))
    show("columns to events", "events_of", lambda: sum(1 for batch in batches for _ in events_of(batch)))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
