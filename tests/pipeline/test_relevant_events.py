"""What explains a decision is found without reading the whole log, and explains it as the whole log would."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from tests.pipeline.test_resume import POLICY, policies, run, stream

from cartellino.analysis.explain import explain
from cartellino.events.event import Event
from cartellino.pipeline.state_folder import StateFolder
from cartellino.storage.name_index import NameIndex
from cartellino.storage.segments import SegmentLog


def crowd(size: int) -> list[Event]:
    """Many others, after whom the stream comes."""
    return [
        Event(id=f"c{number}", time=event.time - 10_000_000, kind="message_sent", account=f"other{number}", peer="x")
        for number, event in enumerate(stream(size, seed=5))
    ]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("state")
    run(folder, [*crowd(1_000), *stream(300)], 50)
    return folder


def test_an_explanation_says_what_was_decided_and_reads_little(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state = StateFolder(folder)
    reads: list[tuple[int, int]] = []
    original = SegmentLog.read_between

    def watched(self: SegmentLog, first: int, last: int) -> Iterator[pa.RecordBatch]:
        reads.append((first, last))
        return original(self, first, last)

    monkeypatch.setattr(SegmentLog, "read_between", watched)
    explained = 0
    for decision in state.decisions():
        reads.clear()
        found = explain(decision, policies(), state)
        assert found is not None
        shown = {one.signal: one.least for one in decision_evidence(decision)}
        measured = {str(part.node.name): part.value for part in found.parts if hasattr(part.node, "name")}
        assert shown.keys() == {"strangers"} or decision["rule"] != "strangers"
        if decision["rule"] == "strangers":
            assert measured["strangers"].least == shown["strangers"]  # type: ignore[union-attr]
        assert sum(last - first + 1 for first, last in reads) < 700
        explained += 1
    assert explained > 10
    assert "strangers" in POLICY


class _Shown:
    def __init__(self, held: dict[str, object]) -> None:
        self.signal, self.least = str(held["signal"]), held["least"]


def decision_evidence(decision: dict[str, object]) -> list[_Shown]:
    return [_Shown(one) for one in decision["evidence"]]  # type: ignore[attr-defined]


def test_a_log_without_whereabouts_is_read_whole_and_explains_the_same(folder: Path) -> None:
    state = StateFolder(folder)
    decision = list(state.decisions())[-1]
    expected = explain(decision, policies(), state)
    (folder / "names.bits").write_bytes((folder / "names.bits").read_bytes()[:5_000])
    found = explain(decision, policies(), StateFolder(folder))
    assert found is not None
    assert expected is not None
    assert (found.parts, found.counted) == (expected.parts, expected.counted)


def test_a_bit_that_is_not_set_is_certain(tmp_path: Path) -> None:
    choose = np.random.default_rng(1)
    names = NameIndex(tmp_path / "n")
    held = [choose.integers(-(2**62), 2**62, 200) for _ in range(20)]
    for number, codes in enumerate(held):
        names.note(number * 10 + 1, number * 10 + 10, 1_000 + number, ["read"], codes)
    for number, codes in enumerate(held):
        for code in codes[:20].tolist():
            assert (number * 10 + 1, number * 10 + 10) in names.stretches({code}, (), 200)
    errs = [len(names.stretches({code}, (), 200)) - 1 for code in choose.integers(-(2**62), 2**62, 50).tolist()]
    assert sum(errs) < 50 * 20 * 0.2
