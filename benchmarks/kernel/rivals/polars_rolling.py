"""Polars: a rule is one rolling window over the rows of its kinds, for all accounts at once, windows exact.

The whole stream is one batch here, so no event is judged before the last has come. Ids are hashed first and rows
sorted by account, which halves the time of different peers. `POLARS_MAX_THREADS` must be set before Polars is imported.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
import pyarrow as pa

from benchmarks.kernel.question import Finding, Question, Rule, Series, rested

COLUMNS = ["time", "kind", "account", "peer", "known", "unknown_recipients"]


def answer(batches: Sequence[pa.RecordBatch], question: Question, threads: int) -> set[Finding]:
    """Find all rows where a rule is true, then let the rules rest."""
    table = pa.Table.from_batches(batches).select(COLUMNS)
    log = (
        pl.LazyFrame(table)
        .with_row_index("number")
        .filter(pl.col("kind").is_in(question.kinds))
        .with_columns(pl.col("account", "peer").hash())
        .sort("account", "time", maintain_order=True)
    )
    places = pl.concat(pl.collect_all([_places(log, question, rule) for rule in question.rules])).sort("number")
    return rested(((number, rule, account, time) for number, rule, account, time in places.rows()), question.cooldown)


def _places(log: pl.LazyFrame, question: Question, rule: Rule) -> pl.LazyFrame:
    series, kinds = question.series_of(rule), question.judged_on(rule)
    true = pl.col(rule.signal) > rule.above
    if rule.part:
        true &= pl.col(rule.part) / pl.col(rule.whole) < rule.below
    return (
        log.filter(pl.col("kind").is_in(kinds))
        .rolling("time", period=f"{series[0].over}ms", group_by="account")
        .agg(pl.col("number").last(), *(_signal(one, len(kinds) == 1).alias(one.name) for one in series))
        .filter(true)
        .select("number", pl.lit(rule.name).alias("rule"), "account", pl.col("time").to_physical())
    )


def _signal(series: Series, alone: bool) -> pl.Expr:
    """Write one series as an aggregate of the rows in the window; of one kind only, if the rule reads no other."""
    conditions = ([] if alone else [pl.col("kind") == series.kind]) + ([~pl.col("known")] if series.strangers else [])
    column = pl.col({"count": "number", "sum": series.column, "distinct": "peer"}[series.how])
    column = column.filter(*conditions) if conditions else column
    return {"count": column.len, "sum": column.sum, "distinct": column.n_unique}[series.how]()
