"""Rows of the log are known again after restarts, whatever happened to the files beside the segments."""

from __future__ import annotations

import random
import shutil
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cartellino.events.event import Event
from cartellino.events.intake import Intake
from cartellino.events.logged import events_of, to_logged
from cartellino.kernel.codes import Coder
from cartellino.kernel.machine import core
from cartellino.pipeline.indexed_log import SCHEMA, IndexedLog
from cartellino.pipeline.intake import Arrivals
from cartellino.storage.files import DISK
from cartellino.storage.growing import make_folder
from cartellino.storage.retention import forget, rewrite
from cartellino.storage.segment import Segment
from cartellino.storage.segments import SegmentLog

NOW = 500_000
ROLL = 4_000
"""Bytes of a segment: a few rows."""


class Folder:
    """A log and an intake that knows it, begun anew at each restart."""

    def __init__(self, path: Path, *, native: bool = False, salt: str = "s", roll: int = ROLL) -> None:
        self.path, self.native, self.salt, self.roll = path, native, salt, roll
        self.restart()

    def restart(self) -> None:
        make_folder(DISK, self.path)
        self.events = IndexedLog(self.path, DISK)
        self.events._opened = SegmentLog(self.path / "log", SCHEMA, DISK, roll=self.roll)
        self.arrivals = Arrivals(Coder(self.salt), NOW, core=core(native=self.native), knows=True)
        self.arrivals.follow(self.events, self.path / "log", DISK)

    def take(self, source: str, events: list[Event]) -> list[Any]:
        """Return what is taken, how many are in the log, and which are refused and why."""
        taken = self.arrivals.accept(to_logged(events), np.arange(len(events)), source)
        if taken.batch.num_rows:
            first = self.events.log.last + 1
            self.events.keep(taken.batch, taken.numbers, pa.repeat(source, taken.batch.num_rows), first)
            self.arrivals.logged([(source, taken.batch, taken.codes)], first)
        refused = [(one.line, one.code) for one in taken.rejections]
        return [list(events_of(taken.batch)), taken.in_log, refused]

    def files(self) -> list[Path]:
        return sorted((self.path / "log").glob("*.digests"))


def expected(intakes: dict[str, Intake], log: list[Event], source: str, events: list[Event]) -> list[Any]:
    """Answer event by event, as an intake that is never restarted."""
    taken, known, refused = list[Event](), 0, list[tuple[int, str]]()
    for number, event in enumerate(events):
        if event in log:
            known += 1
        elif (fault := intakes[source].refuse(event)) is not None:
            refused.append((number, fault.code))
        else:
            taken.append(event)
            log.append(event)
    return [taken, known, refused]


def damage(folder: Folder, how: str, chance: random.Random) -> None:
    """Do something to one of the files."""
    if how == "missing all":
        for file in folder.files():
            file.unlink()
    if not folder.files():
        return
    file = chance.choice(folder.files())
    data = file.read_bytes()
    if how == "missing":
        file.unlink()
    elif how == "torn":
        file.write_bytes(data[: chance.randrange(len(data))])
    elif how == "changed":
        at = chance.randrange(len(data))
        file.write_bytes(data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at + 1 :])
    elif how == "stale":
        file.write_bytes(chance.choice(folder.files()).read_bytes())
    elif how == "half replaced":
        file.with_name(file.name + ".tmp").write_bytes(data[: len(data) // 2])


_EVENT = st.builds(
    Event,
    id=st.sampled_from(("e1", "e2", "e3", "e4", "e5")),
    time=st.sampled_from((0, 100_000, 119_999, 120_000, 200_000, NOW - 60_001, NOW - 60_000, NOW, NOW + 60_001)),
    kind=st.sampled_from(("read", "connected")),
    account=st.sampled_from(("a", "b")),
    credit=st.sampled_from((None, 1)),
    device=st.sampled_from((None, "d")),
)
_TURN = st.tuples(
    st.sampled_from(("x", "y")),
    st.lists(_EVENT, min_size=1, max_size=6),
    st.sampled_from(("go on", "restart", "missing", "missing all", "torn", "changed", "stale", "half replaced")),
)


@settings(max_examples=60)
@given(st.lists(_TURN, min_size=4, max_size=25), st.integers(0, 1_000))
def test_the_answers_are_those_of_an_intake_that_forgets_nothing(turns: list[Any], seed: int) -> None:
    intakes, log, chance = defaultdict[str, Intake](lambda: Intake(NOW)), list[Event](), random.Random(seed)
    with tempfile.TemporaryDirectory() as place:
        folder = Folder(Path(place) / "state")
        for source, events, then in turns:
            assert folder.take(source, events) == expected(intakes, log, source, events)
            if then != "go on":
                damage(folder, then, chance)
                folder.restart()


def rows(first: int, last: int) -> list[Event]:
    return [Event(id=f"e{n}", time=NOW - 50_000 + n, kind="read", account=f"a{n % 7}") for n in range(first, last + 1)]


def filled(path: Path, count: int = 400, **how: Any) -> Folder:
    folder = Folder(path, **how)
    for first in range(1, count, 20):
        assert folder.take("x", rows(first, first + 19))[1:] == [0, []]
    assert len(folder.events.log.finished()) > 4
    return folder


def all_known(folder: Folder, count: int = 400) -> None:
    assert folder.take("y", rows(1, count)) == [[], count, []]
    assert folder.take("y", rows(count + 1, count + 1))[1:] == [0, []]


@pytest.mark.parametrize("native", [False, True])
def test_a_restart_reads_only_the_segment_that_grows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, native: bool
) -> None:
    folder = filled(tmp_path / "state", native=native)
    last, read = folder.events.log.growing, list[int]()
    whole = Segment.batch

    def batch(self: Segment, *given: Any) -> pa.RecordBatch:
        read.append(self.first)
        return whole(self, *given)

    monkeypatch.setattr(Segment, "batch", batch)
    folder.restart()
    assert set(read) == {last}
    read.clear()
    all_known(folder)
    assert not read
    for file in folder.files():  # without them, all is read
        file.unlink()
    folder.restart()
    assert set(read) == {*(first for first, _ in folder.events.log.finished()), last}


def test_files_made_anew_are_those_that_were_written(tmp_path: Path) -> None:
    folder = filled(tmp_path / "state")
    before = {file.name: file.read_bytes() for file in folder.files()}
    assert len(before) == len(folder.events.log.finished())
    for file in folder.files():
        file.unlink()
    folder.restart()
    assert {file.name: file.read_bytes() for file in folder.files()} == before


def test_rows_of_finished_segments_leave_the_memory(tmp_path: Path) -> None:
    folder = filled(tmp_path / "state")
    log, known = folder.events.log, folder.arrivals.known
    growing = log.last - log.growing + 1
    assert int(known.counts[0]) == int((known.cells != 0).sum()) == growing
    assert sum(len(part.digests.ordered) for part in known.finished) == log.last - growing
    assert all(part.digests.blocks.nbytes <= 2 * len(part.digests.ordered) + 64 for part in known.finished)


def test_another_salt_makes_the_files_anew(tmp_path: Path) -> None:
    folder = filled(tmp_path / "state")
    before = folder.files()[0].read_bytes()
    folder.salt = "other"
    folder.restart()
    all_known(folder)
    assert folder.files()[0].read_bytes() != before


def test_what_cannot_be_written_is_kept_in_memory(tmp_path: Path) -> None:
    folder = filled(tmp_path / "state")
    for file in folder.files():
        file.unlink()
        file.mkdir()  # nothing can be written in its place
    folder.restart()
    all_known(folder)


def test_retention_takes_the_files_of_what_it_removes(tmp_path: Path) -> None:
    folder = filled(tmp_path / "state")
    gone = forget(folder.path / "log", SCHEMA, {"read": 0}, NOW - 50_000 + 151)
    assert gone == {"read": 150}
    assert len(folder.files()) < len(folder.events.log.finished())
    all_known(folder)  # this process knows them still, as before
    folder.restart()
    assert folder.take("z", rows(1, 10))[1:] == [0, []]  # and the next does not
    assert folder.take("z", rows(151, 400)) == [[], 250, []]
    assert len(folder.files()) == len(folder.events.log.finished())


def test_an_erasure_leaves_no_digest_of_what_was_there(tmp_path: Path) -> None:
    folder = filled(tmp_path / "state")

    def change(batch: pa.RecordBatch) -> pa.RecordBatch:
        at = batch.schema.get_field_index("account")
        names = ["erased" if name == "a3" else name for name in batch.column("account").to_pylist()]
        return batch.set_column(at, batch.schema.field(at), pa.array(names))

    before = {file.name: file.read_bytes() for file in folder.files()}
    rewrite(folder.path / "log", SCHEMA, change)
    for name, data in list(before.items())[:3]:  # a crash brings some of them back
        (folder.path / "log" / name).write_bytes(data)
    folder.restart()
    named = [event for event in rows(1, 400) if event.account == "a3"]
    others = [event for event in rows(1, 400) if event.account != "a3"]
    assert folder.take("y", others) == [[], len(others), []]
    assert folder.take("y", named)[0] == named
    assert all((folder.path / "log" / name).read_bytes() != data for name, data in before.items())


@pytest.mark.parametrize("native", [False, True])
def test_a_digest_is_found_among_a_million(native: bool) -> None:
    functions, choose = core(native=native), np.random.default_rng(1)
    size = 1_000_000 if native else 3_000
    ordered = np.sort(choose.integers(np.iinfo(np.int64).min, np.iinfo(np.int64).max, size))
    ordered[:3], ordered[-3:] = np.iinfo(np.int64).min + np.arange(3), np.iinfo(np.int64).max - np.arange(3)[::-1]
    blocks = np.zeros((-(-size // 32), 8), np.int64)
    others = choose.integers(np.iinfo(np.int64).min, np.iinfo(np.int64).max, size)
    with np.errstate(over="ignore"):
        functions.fill_filter(ordered, blocks)
        ordered.flags.writeable = blocks.flags.writeable = False
        for asked, share in ((np.array(ordered), 1.0), (others, 0.0)):
            out = np.zeros(size, np.int8)
            functions.look_up(asked, np.zeros(size, np.int64), 0, 0, blocks, ordered, out)
            assert out.mean() == share
        maybe = np.mean([functions.may_hold(code, blocks) for code in others[:3_000]])
    assert maybe < 0.005


def test_a_log_written_before_there_were_such_files_is_carried_over(tmp_path: Path) -> None:
    shutil.copytree(Path(__file__).parent / "written_before", tmp_path / "state")
    folder = Folder(tmp_path / "state")
    assert len(folder.files()) == len(folder.events.log.finished()) > 2
    assert folder.take("y", rows(1, 100)) == [[], 100, []]
    assert folder.take("x", [Event(id="e100", time=NOW - 50_000 + 100, kind="read", account="other")])[2] == [
        (0, "id-reused")
    ]
