"""Keeps the service's time: records it, puts off events while it is in doubt, and follows a clock that was set.

The table `progress` holds what a restart compares the machine's clock with:

    clock       the latest time of the service, at most a minute old while the database answers
    departure   by how much the machine's clock departed when that was written (ms), 0 while it is believed
    unproven    since when the time goes by a clock that jumped ahead unconfirmed, or that nothing was compared with yet
    disowned    events up to this time may have been dated by a wrong clock; they say nothing about the time
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
import structlog

from cartellino.commands.unit_of_work import UnitOfWork
from cartellino.enforcement.acts import Record, SetBack
from cartellino.events.batches import Chunk
from cartellino.events.intake import AHEAD
from cartellino.kernel.columns import integers
from cartellino.service.clock import Certainty, Clock, Reading, Seen, shown
from cartellino.storage import tables
from cartellino.storage.segments import SegmentLog
from cartellino.vocabulary.refusals import Refusal
from cartellino.vocabulary.times import DAY, MINUTE, Duration, Instant, rough_duration

TAIL = 65_536
"""The number of events at the end of the log that are searched for its latest time."""

UNPROVEN: Duration = 30 * DAY
"""For so long, an unconfirmed jump ahead counts as the mistake if the clock is set back again."""

WATCH: Duration = 5 * MINUTE
"""How far the time that an operator states may differ from the machine's clock that they confirm."""

log = structlog.get_logger()


class NotConfirmed(Refusal):
    """The machine's clock shows another time than the operator's."""

    code = "not-now"


class Watch:
    """Writes a log line whenever the machine's clock becomes doubtful or is believed again."""

    def __init__(self, clock: Clock) -> None:
        """`clock` is the clock of the service."""
        self._clock = clock
        self._last = Certainty.SURE

    def look(self) -> Reading:
        """Read the clock, and log what has changed."""
        reading = self._clock.read()
        if reading.certainty is not self._last:
            self._last = reading.certainty
            if reading.is_sure:
                log.info("the machine's clock is believed again")
            else:
                log.warning("the machine's clock is in doubt", why=reading.sentence, departure=reading.departure)
        return reading


# At start, and in between


def last_seen(progress: Mapping[str, int], events: SegmentLog) -> Seen:
    """Return the latest times of an earlier run."""
    first = max(1, events.last - TAIL + 1)
    batches = [batch for batch in events.read_between(first, events.last) if batch.num_rows]
    latest = max((int(integers(batch.column("time")).max()) for batch in batches), default=0)
    return Seen(progress.get("clock", 0), latest if latest > progress.get("disowned", 0) else 0)


def begin(unit: UnitOfWork) -> None:
    """Mark the time as unproven at the first start, when there is nothing to compare the clock with."""
    _put(unit, "unproven", unit.now)


def mark(unit: UnitOfWork, clock: Clock) -> None:
    """Record the time and the departure once a minute, and when a doubt begins or ends."""
    known, departure = _progress(unit), clock.read().departure
    has_turned = bool(known.get("departure", 0)) != bool(departure)
    if has_turned or unit.now - known.get("clock", 0) >= MINUTE:
        _put(unit, "departure", departure)  # the time goes with every transaction


# While it is in doubt


def put_off(reading: Reading, chunks: Sequence[Chunk]) -> str:
    """Return why these events cannot be judged now; empty if they can.

    After a doubtful start there is no time to judge them by. Later, only events that agree with the machine's clock are
    put off: they would be refused for good as `future` or `late`, although that clock may turn out to be right.
    """
    if not reading.takes_events:
        return reading.sentence
    if reading.is_sure or not any(_sides_with_machine(reading, chunk) for chunk in chunks):
        return ""
    return (
        f"the machine's clock was set by {rough_duration(abs(reading.departure))} and these events go by it; send them "
        "again when it is settled which time is right, within five minutes"
    )


def _sides_with_machine(reading: Reading, chunk: Chunk) -> bool:
    if not chunk.batch.num_rows:
        return False
    times = integers(chunk.batch.column("time"))
    if reading.departure > 0:
        return int(times.max()) > reading.service + AHEAD
    return int(times.min()) <= reading.machine + AHEAD


# Following it


def confirm(unit: UnitOfWork, clock: Clock, at: Instant) -> None:
    """Believe the machine's clock, as confirmed by an operator who states the time `at`.

    Raises `NotConfirmed` when the machine's clock shows another time.
    """
    shows = clock.read().machine
    if abs(shows - at) > WATCH:
        raise NotConfirmed(
            f"the machine's clock shows {shown(shows)}, and you say that it is {shown(at)}; "
            "set the machine's clock right, and it is believed"
        )
    follow(unit, clock, "an operator confirmed it", confirmed=True)


def follow(unit: UnitOfWork, clock: Clock, why: str, *, confirmed: bool) -> None:
    """Follow the machine's clock from now on. This unit of work is the first at the new time."""
    known, before = _progress(unit), clock.now()
    change = clock.follow(confirmed=confirmed)
    if not change:
        return
    unit.now = clock.now()
    log.warning("the machine's clock is followed", change=change, why=why)
    if change > 0:
        what = f"ahead by {rough_duration(change)}"
        unit.act(Record, why, what="clock followed", subject=what)
        _put(unit, "unproven", 0 if confirmed else unit.now)
    else:
        _set_back(unit, -change, _mistaken_since(known, before, unit.now, confirmed=confirmed), why)
        _put(unit, "unproven", 0)
        _put(unit, "disowned", before + AHEAD)
    _put(unit, "departure", 0)


def _mistaken_since(known: Mapping[str, int], before: Instant, now: Instant, *, confirmed: bool) -> Instant:
    """Return since when the recorded times are wrong, given that the clock is set back.

    If a person confirmed the clock, all times after now are wrong. Otherwise, if there was an unconfirmed jump ahead,
    that was the mistake. Else the clock may be wrong now, and nothing that has begun is moved.
    """
    unproven = known.get("unproven", 0)
    if confirmed:
        return now
    return unproven if now < unproven and before - unproven <= UNPROVEN else before + AHEAD + 1


_DATED = (
    (tables.notices, "made_at", ("due_at",)),
    (tables.cases, "opened_at", ("due_at",)),
    (tables.credentials, "made_at", ()),
    (tables.proofs, "made_at", ("ends_at",)),
    (tables.proposals, "made_at", ()),
    (tables.audits, "drawn_at", ()),
)
"""Tables with their column of creation, and the other columns of time that follow from it."""


def _set_back(unit: UnitOfWork, span: Duration, since: Instant, why: str) -> None:
    unit.act(SetBack, why, since=since, span=span)
    session = sa.and_(tables.credentials.c.kind == "session", tables.credentials.c.made_at >= since)
    unit.change(sa.update(tables.credentials).where(session).values(ends_at=tables.credentials.c.ends_at - span))
    for table, made, others in _DATED:
        moved = {name: table.c[name] - span for name in (made, *others)}
        unit.change(sa.update(table).where(table.c[made] >= since).values(moved))
    waiting, hooks = tables.deliveries, tables.webhooks
    late = sa.and_(waiting.c.state == "waiting", waiting.c.next_at > unit.now)
    unit.change(sa.update(waiting).where(late).values(next_at=unit.now))
    unit.change(sa.update(hooks).where(hooks.c.made_at > unit.now).values(made_at=unit.now))


def _progress(unit: UnitOfWork) -> dict[str, int]:
    return {row.name: row.value for row in unit.read(sa.select(tables.progress))}


def _put(unit: UnitOfWork, name: str, value: int) -> None:
    unit.put(tables.progress, {"name": name, "value": value})
