"""The rivals of the benchmark answer the same question: what is compared is speed, not meaning."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module

import numpy as np
import pyarrow as pa
import pytest
from benchmarks.kernel import accuracy
from benchmarks.kernel.question import DAY, HOUR, QUESTIONS, Finding, Question
from benchmarks.kernel.rivals import duckdb_live, duckdb_range, plain
from benchmarks.kernel.stream import Shape, batches

from cartellino.events.arrow import SCHEMA, rows
from cartellino.events.event import Event
from cartellino.events.validation import validate
from cartellino.kernel.reference import Kernel
from cartellino.policies.load import Text, load
from cartellino.signals.window import window

SHAPE = Shape(events=3_000, accounts=320, hours=60, abusive=5, abusive_events=0.8)


def milder(question: Question) -> Question:
    """The same with limits that a small stream passes."""
    return replace(question, rules=tuple(replace(rule, above=rule.above // 12) for rule in question.rules))


BOTH = pytest.mark.parametrize("question", [milder(one) for one in QUESTIONS.values()], ids=list(QUESTIONS))


def reference(stream: list[pa.RecordBatch], question: Question) -> set[Finding]:
    kernel = Kernel(load([Text(question.policy.name, question.policy.read_text())], question.parameters))
    log = [validate(row) for batch in stream for row in rows(batch.drop_columns(["own"]))]
    assert all(isinstance(event, Event) for event in log)
    found = [kernel.judge(event, at) for at, event in enumerate(log) if isinstance(event, Event)]
    assert not any(kernel.unknown.values())
    return {(one.sequence, one.rule.partition("/")[2]) for findings in found for one in findings}


def agrees(found: set[Finding], stream: list[pa.RecordBatch], question: Question) -> None:
    """Exact windows cover up to a pane more, so they fire somewhat earlier: one finding in ten may be another."""
    expected = plain.answer(stream, question, 1)
    assert len(found ^ expected) <= max(2, len(expected) // 5)
    assert {rule for _, rule in found} == {rule for _, rule in expected}


def test_the_stream_is_the_same_however_it_is_cut() -> None:
    small, large = (pa.Table.from_batches(batches(SHAPE, size)) for size in (700, 3_000))
    assert small.combine_chunks() == large.combine_chunks()
    assert small.select(SCHEMA.names).schema == SCHEMA
    small.validate(full=True)
    assert len(set(small["id"].to_pylist())) == SHAPE.events
    times = small["time"].cast("int64").to_numpy()
    assert (np.diff(times) >= 0).all()


@BOTH
@pytest.mark.parametrize("disorder", [0, 50_000])
def test_plain_python_finds_what_the_reference_finds(question: Question, disorder: int) -> None:
    stream = list(batches(replace(SHAPE, disorder=disorder)))
    found = plain.answer(stream, question, 1)
    assert found == reference(stream, question)
    assert {rule for _, rule in found} == {rule.name for rule in question.rules}


@BOTH
@pytest.mark.parametrize("threads", [1, 2])
def test_duckdb_finds_nearly_the_same(question: Question, threads: int) -> None:
    stream = list(batches(SHAPE))
    agrees(duckdb_range.answer(stream, question, threads), stream, question)


@BOTH
def test_asked_batch_by_batch_duckdb_finds_the_same(question: Question) -> None:
    pieces = list(batches(SHAPE, 500))
    assert duckdb_live.answer(pieces, question, 1) == duckdb_range.answer(pieces, question, 1)


@BOTH
def test_polars_finds_what_duckdb_finds(question: Question) -> None:
    pytest.importorskip("polars")
    rival = import_module("benchmarks.kernel.rivals.polars_rolling")
    stream = list(batches(SHAPE))
    assert rival.answer(stream, question, 1) == duckdb_range.answer(stream, question, 1)


@BOTH
def test_bytewax_finds_what_plain_python_finds(question: Question) -> None:
    pytest.importorskip("bytewax")
    rival = import_module("benchmarks.kernel.rivals.bytewax_flow")
    stream = list(batches(SHAPE))
    assert rival.answer(stream, question, 1) == plain.answer(stream, question, 1)


@pytest.mark.parametrize("length", [HOUR, DAY])
def test_accuracy_counts_what_is_there(length: int) -> None:
    log, cut = accuracy.read(SHAPE), window(length)
    exact, panes = log.exact(log.peer, length), log.panes(log.peer, cut)
    for at in range(0, len(log.time), 37):
        before = (log.account == log.account[at]) & (np.arange(len(log.time)) <= at)
        since = log.time > log.time[at] - length
        assert exact[at] == len(set(log.peer[before & since]))
        assert panes[at] == len(set(log.peer[before & (log.time // cut.pane > log.time[at] // cut.pane - cut.panes)]))
