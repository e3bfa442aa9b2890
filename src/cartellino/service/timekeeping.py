"""What the service does about its clock: remember the time, put off events in doubt, and follow a clock that was set.

The table `progress` holds what a restart compares the machine's clock with:

    clock       the latest time of the service, at most a minute old while the database answers
    departure   by how much the machine's clock departed when that was written (ms), 0 while it is believed
    unproven    since when the time goes by a clock that jumped ahead unconfirmed, or that nothing was compared with yet
    disowned    events up to this time may come from a time that never was; they say nothing about the clock
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
"""Events at the end of the log among which its latest time is looked for."""

UNPROVEN: Duration = 30 * DAY
"""For how long a jump ahead that nobody confirmed is held to be the mistake when the clock is set back again."""

WATCH: Duration = 5 * MINUTE
"""How far the time that an operator reads elsewhere may be from the machine's clock that they confirm."""

log = structlog.get_logger()


class NotConfirmed(Refusal):
    """The machine's clock shows another time than the operator's."""

    code = "not-now"


class Watch:
    """Notes in the log whenever the machine's clock falls into doubt or is believed again."""

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
    """Return the latest times that an earlier run has left."""
    first = max(1, events.last - TAIL + 1)
    batches = [batch for batch in events.read_between(first, events.last) if batch.num_rows]
    latest = max((int(integers(batch.column("time")).max()) for batch in batches), default=0)
    return Seen(progress.get("clock", 0), latest if latest > progress.get("disowned", 0) else 0)


def begin(unit: UnitOfWork) -> None:
    """At the first start there is nothing to compare the clock with."""
    _put(unit, "unproven", unit.now)


def mark(unit: UnitOfWork, clock: Clock) -> None:
    """Once a minute, and when a doubt begins or ends, write down the time and the departure."""
    known, departure = _progress(unit), clock.read().departure
    has_turned = bool(known.get("departure", 0)) != bool(departure)
    if has_turned or unit.now - known.get("clock", 0) >= MINUTE:
        _put(unit, "departure", departure)  # the time goes with every transaction


# While it is in doubt


def put_off(reading: Reading, chunks: Sequence[Chunk]) -> str:
    """Say why these events cannot be judged now; empty where they can.

    A doubtful start leaves nothing to judge their times by. Later only those are put off that go by the machine's
    clock: as `future` or `late` they would be refused for good, and it may turn out to be right.
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
    """Believe the machine's clock because an operator does: `at` is the time that they read elsewhere.

    Raises `NotConfirmed` when the machine's clock shows another.
    """
    shows = clock.read().machine
    if abs(shows - at) > WATCH:
        raise NotConfirmed(
            f"the machine's clock shows {shown(shows)}, and you say that it is {shown(at)}; "
            "set the machine's clock right, and it is believed"
        )
    follow(unit, clock, "an operator confirmed it", confirmed=True)


def follow(unit: UnitOfWork, clock: Clock, why: str, *, confirmed: bool) -> None:
    """Go by the machine's clock from now on. This piece of work is the first at the new time."""
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
    """Return from when on the times that were written are mistaken, now that the clock is set back.

    A person who confirms answers for it that every time after now is. Without them a jump ahead that nobody confirmed
    was the mistake; else it may be the clock as it is now that is wrong, and nothing is moved that has begun.
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
"""What was made when, and which of its other times follow from that."""


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
