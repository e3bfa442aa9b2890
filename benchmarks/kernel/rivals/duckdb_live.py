"""DuckDB, asked after every batch of events as a service would have to: the same windows over what has come so far.

For each batch the last day of the accounts in it is fetched again, since a query keeps no state between batches.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import pyarrow as pa

from benchmarks.kernel.question import Candidate, Finding, Question, rested
from benchmarks.kernel.rivals.duckdb_range import hashed, numbered, places


def answer(batches: Sequence[pa.RecordBatch], question: Question, threads: int) -> set[Finding]:
    """Add a batch, ask about its rows, and so on."""
    longest, asked = max(one.over for one in question.series), places(question)
    candidates, first = list[Candidate](), 0
    with duckdb.connect(config={"threads": threads}) as database:
        for batch in batches:
            database.register("stream", numbered([batch], first))
            made = "CREATE TEMP TABLE held AS" if first == 0 else "INSERT INTO held"
            database.execute(f"{made} {hashed(question)}")
            since = batch.column("time").cast(pa.int64())[0].as_py() - longest
            database.execute(
                f"CREATE OR REPLACE TEMP TABLE log AS SELECT * FROM held WHERE time > {since} "
                f"AND account IN (SELECT account FROM held WHERE number >= {first})"
            )
            found = f"SELECT * FROM ({asked}) WHERE number >= {first} ORDER BY number"
            candidates += database.execute(found).fetchall()
            first += batch.num_rows
    return rested(candidates, question.cooldown)
