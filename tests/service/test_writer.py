"""The writer outlives whatever goes wrong around it, answers everybody who waits, and keeps what it has promised."""

from __future__ import annotations

import shutil
import time as clock
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from contextlib import AbstractContextManager
from pathlib import Path
from threading import Event

import pytest
import sqlalchemy as sa
from tests.api.world import POLICY, Time, begun, settings_for

from cartellino.commands.unit_of_work import UnitOfWork
from cartellino.pipeline.policy_switch import PolicySwitch
from cartellino.policies.load import Text
from cartellino.queries.policy_versions import Version
from cartellino.service.proposals import SetTexts
from cartellino.service.service import Service
from cartellino.service.write_queue import Unavailable
from cartellino.service.writer import Writer
from cartellino.storage import tables
from cartellino.storage.database import Rows
from cartellino.vocabulary.actors import operator

OTHER = POLICY.replace('over="1h"', 'over="24h"')
"""Counts what `POLICY` does not count, so it has to catch up with the log before it decides."""


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    made = begun(settings_for(tmp_path / "data"), Time())
    yield made
    made.stop()


def eventually(true: Callable[[], bool], seconds: float = 20) -> None:
    until = clock.monotonic() + seconds
    while not true():
        assert clock.monotonic() < until, "it did not come true in time"
        clock.sleep(0.02)


def busy(writer: Writer) -> Callable[[], None]:
    """Keep the writer at work until what is returned is called."""
    began, released = Event(), Event()

    def work(unit: UnitOfWork) -> None:
        began.set()
        assert released.wait(20)

    writer.do(work)
    assert began.wait(20)
    return released.set


def works(writer: Writer) -> bool:
    return writer.do(lambda unit: True).result(20)


def test_requests_that_stop_waiting_do_not_stop_the_writer(service: Service) -> None:
    writer = service.writer
    release = busy(writer)
    done: list[str] = []
    waiting = [writer.do(lambda unit: done.append("never")) for _ in range(3)]
    waiting.append(writer.take("some", []))  # type: ignore[arg-type]
    assert all(future.cancel() for future in waiting)
    release()
    assert works(writer)
    assert done == []
    assert writer.waiting == 0


def test_what_the_writer_has_begun_cannot_be_withdrawn_under_it(service: Service) -> None:
    writer, began, released = service.writer, Event(), Event()

    def work(unit: UnitOfWork) -> str:
        began.set()
        released.wait(20)
        return "done"

    future = writer.do(work)
    assert began.wait(20)
    assert not future.cancel()
    released.set()
    assert future.result(20) == "done"
    assert works(writer)


def test_requests_that_stop_waiting_do_not_stop_a_recovery(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = service.writer
    release = busy(writer)
    monkeypatch.setattr(writer.throughput, "note", lambda *_: 1 / 0)  # a fault of ours, after the work is done
    waiting = [writer.do(lambda unit: None) for _ in range(4)]
    assert waiting[1].cancel()
    release()
    wait(waiting, 20)
    monkeypatch.undo()
    eventually(lambda: not writer.status.reason)
    assert works(writer)


def test_everything_that_was_gathered_with_what_fails_is_answered(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = service.writer
    release = busy(writer)
    monkeypatch.setattr(writer._route, "take_together", lambda *_: 1 / 0)
    rows, work = writer.take("some", []), writer.do(lambda unit: None)
    release()
    for future in (rows, work):
        with pytest.raises(Unavailable):
            future.result(20)
    eventually(lambda: not writer.status.reason)
    assert works(writer)


def test_a_recovery_that_fails_is_tried_again_whatever_it_failed_of(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer, real, tries = service.writer, service.writer._resume, list[int]()

    def resume() -> None:
        tries.append(1)
        if len(tries) < 2:
            raise ZeroDivisionError
        real()

    monkeypatch.setattr(writer, "_resume", resume)
    monkeypatch.setattr(writer.throughput, "note", lambda *_: 1 / 0)
    writer.do(lambda unit: None)
    eventually(lambda: "failed" in writer.status.reason)
    monkeypatch.setattr(writer.throughput, "note", lambda *_: None)
    eventually(lambda: not writer.status.reason)
    assert len(tries) == 2
    assert works(writer)


def test_where_the_writer_has_to_end_it_says_so_and_nobody_waits_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = begun(settings_for(tmp_path / "data"), Time())
    writer, ended = service.writer, Event()
    monkeypatch.setattr(writer, "_ended", ended.set)
    release = busy(writer)

    def end(unit: UnitOfWork) -> None:
        raise SystemExit

    monkeypatch.setattr(writer, "_look_at_the_time", lambda: end(None))  # type: ignore[arg-type]
    waiting = [writer.do(lambda unit: None) for _ in range(2)]
    release()
    assert ended.wait(20)
    assert "ended" in writer.status.reason
    with pytest.raises(Unavailable):
        waiting[1].result(20)
    with pytest.raises(Unavailable):
        writer.do(lambda unit: None)
    service.stop()


def test_a_database_that_is_locked_for_a_while_stops_nobody_for_good(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer, free = service.writer, Event()
    real = service.database.begin_writing

    def begin() -> AbstractContextManager[Rows]:
        if not free.is_set():
            raise sa.exc.OperationalError("insert", {}, Exception("database is locked"))
        return real()

    monkeypatch.setattr(service.database, "begin_writing", begin)
    first = writer.do(lambda unit: unit.send("notice", "main", "a", {}))
    eventually(lambda: bool(writer.status.reason))
    others: list[Future[None]] = [writer.do(lambda unit: unit.send("notice", "main", "a", {})) for _ in range(2)]
    first.cancel()
    others[0].cancel()
    free.set()
    others[1].result(20)
    assert works(writer)


# Policies that catch up


def catching_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PolicySwitch, "is_ready", property(lambda self: False))


def succeed(service: Service) -> str:
    version = Version((Text("p.yaml", OTHER),))
    assert not service.writer.succeed(version, operator("rita"), "other windows").result(20)
    return version.policies().version


def as_a_crash_leaves_it(service: Service, folder: Path, time: Time) -> Service:
    """Return a service over what is on the disk at this moment."""
    shutil.copytree(service.settings.folder, folder)
    service.stop()
    return begun(settings_for(folder), time)


def in_force(service: Service) -> str:
    return str(service.writer.live.policies.version)


def pending(service: Service) -> int:
    with service.database.begin() as rows:
        return rows.scalar(sa.select(sa.func.count()).select_from(tables.policy_switches)) or 0


def test_policies_that_were_answered_for_take_over_after_a_crash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    time = Time()
    service = begun(settings_for(tmp_path / "data"), time)
    catching_up(monkeypatch)
    expected = succeed(service)
    again = as_a_crash_leaves_it(service, tmp_path / "after", time)
    monkeypatch.undo()
    try:
        eventually(lambda: in_force(again) == expected)
        eventually(lambda: pending(again) == 0)
    finally:
        again.stop()


def test_a_proposal_that_was_agreed_holds_after_a_crash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    time = Time()
    service = begun(settings_for(tmp_path / "data"), time)
    change = SetTexts(Version((Text("p.yaml", OTHER),)))
    identity = service.proposals.make(change, operator("rita"), "other windows").result(20)
    catching_up(monkeypatch)
    assert not service.proposals.agree(identity, operator("tom"), "looks right").result(20)
    again = as_a_crash_leaves_it(service, tmp_path / "after", time)
    monkeypatch.undo()
    try:
        eventually(lambda: in_force(again) == change.version.policies().version)
    finally:
        again.stop()


def test_policies_that_catch_up_take_over_after_a_recovery_too(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    catching_up(monkeypatch)
    expected = succeed(service)
    monkeypatch.setattr(service.writer.throughput, "note", lambda *_: 1 / 0)
    service.writer.do(lambda unit: None)
    eventually(lambda: bool(service.writer.status.reason))
    monkeypatch.undo()
    eventually(lambda: in_force(service) == expected)
    eventually(lambda: pending(service) == 0)


def test_policies_that_cannot_take_over_are_given_up_and_that_is_a_row(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PolicySwitch, "activate", lambda self: 1 / 0)
    before = in_force(service)
    succeed(service)
    eventually(lambda: not service.writer.is_succeeding and pending(service) == 0)
    assert in_force(service) == before
    with service.database.begin() as rows:
        said = rows.scalars(sa.select(tables.ledger.c.what)).all()
    assert any("could not take over" in what for what in said)
