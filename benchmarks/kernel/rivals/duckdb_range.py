"""DuckDB: RANGE windows over the account's rows, exact to the millisecond.

The whole stream is one table here, so no event is judged before the last has come. Ids are hashed first.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import numpy as np
import pyarrow as pa

from benchmarks.kernel.question import Finding, Question, Rule, Series, rested

COLUMNS = ["time", "kind", "account", "peer", "known", "unknown_recipients"]


def answer(batches: Sequence[pa.RecordBatch], question: Question, threads: int) -> set[Finding]:
    """Find all rows where a rule is true, then let the rules rest."""
    with duckdb.connect(config={"threads": threads}) as database:
        database.register("stream", numbered(batches, 0))
        database.execute(f"CREATE TEMP TABLE log AS {hashed(question)}")
        return rested(database.execute(f"{places(question)} ORDER BY number").fetchall(), question.cooldown)


def numbered(batches: Sequence[pa.RecordBatch], first: int) -> pa.Table:
    """Put batches together and number their rows from `first` on."""
    table = pa.Table.from_batches(batches).select(COLUMNS)
    return table.append_column("number", pa.array(np.arange(first, first + len(table))))


def hashed(question: Question) -> str:
    """Ask for the rows of `stream` that matter, ids as numbers."""
    kinds = ", ".join(f"'{kind}'" for kind in question.kinds)
    return (
        "SELECT number, epoch_ms(time) AS time, kind, hash(account) AS account, hash(peer) AS peer, known, "
        f"unknown_recipients FROM stream WHERE kind IN ({kinds})"
    )


def places(question: Question) -> str:
    """Ask for every row of `log` where a rule is true."""
    return " UNION ALL ".join(_places(question, rule) for rule in question.rules)


def _places(question: Question, rule: Rule) -> str:
    series, kinds = question.series_of(rule), question.judged_on(rule)
    where = " OR ".join(f"kind = '{kind}'" for kind in kinds)
    window = f"ORDER BY time RANGE BETWEEN {series[0].over - 1} PRECEDING AND CURRENT ROW"
    share = f" AND {rule.part}::DOUBLE / {rule.whole} < {rule.below}::DOUBLE" if rule.part else ""
    signals = ", ".join(f"{_signal(one, len(kinds) == 1)} OVER w AS {one.name}" for one in series)
    return (
        f"SELECT number, '{rule.name}' AS rule, account, time FROM (SELECT *, {signals} FROM log WHERE {where} "
        f"WINDOW w AS (PARTITION BY account {window})) WHERE {rule.signal} > {rule.above}{share}"
    )


def _signal(series: Series, alone: bool) -> str:
    conditions = [] if alone else [f"kind = '{series.kind}'"]
    if series.strangers:
        conditions.append("NOT known")
    what = {"count": "count(*)", "sum": f"sum({series.column})", "distinct": "count(DISTINCT peer)"}[series.how]
    return what + (f" FILTER (WHERE {' AND '.join(conditions)})" if conditions else "")
