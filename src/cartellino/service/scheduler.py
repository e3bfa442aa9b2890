"""Periodic work: announces notices that are due, sends reminders, and demotes rules that are too often wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from threading import Event, Lock, Thread

import sqlalchemy as sa
import structlog

from cartellino.appeals.deadlines import REMIND, remind_at
from cartellino.commands import case_log, pending_acts
from cartellino.commands.notices import send_notice_event
from cartellino.commands.terminations import terminate
from cartellino.commands.unit_of_work import UnitOfWork
from cartellino.learning.judged import Precision
from cartellino.policies.rule import Mode
from cartellino.queries.cases import beyond_deadline, near_deadline
from cartellino.queries.notices import ended_before
from cartellino.queries.transparency import precisions
from cartellino.service.timekeeping import mark
from cartellino.service.write_queue import Unavailable
from cartellino.service.writer import Writer
from cartellino.storage import tables
from cartellino.storage.database import Rows, is_away
from cartellino.vocabulary.actors import PRECISION, SERVICE, TIME
from cartellino.vocabulary.times import DAY, Duration

EVERY = 5.0
"""Seconds between two rounds."""

log = structlog.get_logger()


class Scheduler:
    """Does the periodic work in a thread of its own."""

    def __init__(
        self,
        writer: Writer,
        precision_bound: float,
        keep: Mapping[str, Duration] | None = None,
        also: Callable[[], object] = int,
        look: Callable[[], object] = int,
    ) -> None:
        """Rules whose precision is surely below the bound go back to shadow; `keep` says how long events are kept.

        `also` is called in each round; `look` watches the installation, even while the writer cannot work.
        """
        self._also, self._look = also, look
        self._keep = dict(keep or {})
        self._forgot = 0
        self._judged: tuple[int, ...] = ()
        self._writer = writer
        self._bound = precision_bound
        self._round = Lock()
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="scheduler", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Stop the thread."""
        self._stopping.set()
        self._thread.join(5)

    def _run(self) -> None:
        while not self._stopping.wait(EVERY):
            try:
                self._look()
                self.do()
            except Unavailable:
                continue
            except Exception as error:  # the next round may succeed
                if not is_away(error):
                    log.exception("a chore failed", error=type(error).__name__)

    def do(self) -> None:
        """Do one round of all periodic work, after waiting for a round under way."""
        with self._round:
            self._do()

    def _do(self) -> None:
        self._writer.do(pending_acts.carry_out, SERVICE).result()
        self._writer.do(announce_due, TIME).result()
        self._writer.do(remind, TIME).result()
        if self._writer.clock.is_settled:  # neither this nor forgetting can be undone
            self._writer.do(terminate, TIME).result()
        self._writer.do(UnitOfWork.keep_up, TIME).result()
        for rule in self._too_often_wrong():
            self._demote(rule)
        self._forget()
        self._writer.do(partial(mark, clock=self._writer.clock), TIME).result()
        self._also()

    def _forget(self) -> None:
        """Once a day, remove events older than their kinds are kept, unless the clock may be wrong."""
        now = self._writer.clock.now()
        if self._keep and not 0 <= now - self._forgot < DAY and self._writer.clock.is_settled:
            self._forgot = now
            gone = self._writer.forget(self._keep).result()
            log.info("events forgotten", **gone)
            if gone:
                counts = ", ".join(f"{kind} {count}" for kind, count in sorted(gone.items()))
                self._writer.do(lambda unit: unit.record("events forgotten", "log", counts), TIME).result()

    def _too_often_wrong(self) -> list[str]:
        """Return the rules that are surely too often wrong; none if nothing was judged since the last round."""
        policies = self._writer.live.policies
        with self._writer.database.begin() as rows:
            judged = _judged(rows)
            if judged == self._judged:
                return []
            by_version = precisions(rows)
        self._judged = judged
        wrong: list[str] = []
        for rule in policies.rules:
            known = by_version.get(policies.rule_version(rule))
            if known is None or rule.mode.kind in ("shadow", "off"):
                continue
            share = Precision(known["precision"], known["low"], known["high"], known["looked_at"])
            wrong += [rule.id] if share.is_surely_below(self._bound) else []
        return wrong

    def _demote(self, rule: str) -> None:
        writer = self._writer
        version = writer.versions.version(writer.live.policies.version).with_mode(rule, Mode("shadow"))
        why = f"{rule} was surely less often right than {self._bound:.0%}; it is in shadow now"
        writer.succeed(version, PRECISION, why).result()
        writer.do(lambda unit: unit.send("rule.demoted", "", "", {"rule": rule, "why": why}), PRECISION).result()


def _judged(rows: Rows) -> tuple[int, ...]:
    """Return a value that changes whenever a person has judged a case or an audit."""
    closed = sa.select(sa.func.max(tables.cases.c.closed_at), sa.func.count(tables.cases.c.closed_at))
    looked = sa.select(sa.func.max(tables.audits.c.judged_at), sa.func.count(tables.audits.c.judged_at))
    return tuple(number or 0 for query in (closed, looked) for number in rows.execute(query).one())


def announce_due(unit: UnitOfWork) -> int:
    """Announce the notices that are due by now; return how many."""
    notices = tables.notices.c
    due = unit.read(
        sa.select(tables.notices).where(notices.announced.is_(False), notices.due_at <= unit.now).limit(500)
    )
    for notice in due:
        if not unit.ask(partial(ended_before, notice=notice)):
            send_notice_event(unit, notice.notice_id, notice.service, notice.account, notice.shape)
        unit.change(sa.update(tables.notices).where(notices.notice_id == notice.notice_id).values(announced=True))
    return len(due)


def remind(unit: UnitOfWork) -> int:
    """Send a reminder of each case that is close to its deadline, and word of each that is beyond it, once each; return
    how many reminders there were."""
    due = [case for case in unit.ask(partial(near_deadline, before=unit.now + REMIND, most=500))
           if remind_at(case.opened_at, case.due_at) <= unit.now]  # fmt: skip
    for case in due:
        case_log.announce(unit, case, "reminded", "case.due")
    for case in unit.ask(partial(beyond_deadline, now=unit.now, most=500)):
        case_log.announce(unit, case, "late", "case.late")
    return len(due)
