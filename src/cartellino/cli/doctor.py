"""`cartellino doctor`: what is wrong with an installation, and what to do about it."""

from __future__ import annotations

import argparse
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from cartellino.cli.installation import add_arguments, settings_of
from cartellino.cli.terminal import console
from cartellino.cli.verbs import PLAIN, Verbs
from cartellino.vocabulary.refusals import Refusal

if TYPE_CHECKING:
    from cartellino.service.settings import Settings

_ABOUT = """\
Look at an installation, without changing anything: the data folder and who may read it, room on the disk, the database
and its tables, the event log, the ledger, webhooks that do not answer, cases beyond their deadline. Exit code 1 if
something is wrong.
"""

LEAST_FREE = 1 << 30
"""Bytes."""


class Found(NamedTuple):
    """What a check found: is it well, what was looked at, and what to do if not."""

    well: bool
    what: str
    advice: str = ""


def register(verbs: Verbs) -> None:
    """Add the verb."""
    verb = verbs.add_parser(
        "doctor", help="what is wrong with an installation", description=_ABOUT, formatter_class=PLAIN
    )
    add_arguments(verb)
    verb.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Check everything: 0 when all is well, 1 when not."""
    found = list(_examined(settings_of(chosen)))
    for one in found:
        console().print(f"{'[green]well [/]' if one.well else '[red]WRONG[/]'}  {one.what}")
        if not one.well and one.advice:
            console().print(f"       {one.advice}")
    return 0 if all(one.well for one in found) else 1


def _examined(settings: Settings) -> Iterator[Found]:
    for check in (_folder, _room, _secrets, _tables, _clock, _log, _ledger, _deliveries, _cases):
        yield from _guarded(check, settings)


def _guarded(check: Callable[[Settings], Iterator[Found]], settings: Settings) -> Iterator[Found]:
    try:
        yield from check(settings)
    except Refusal as refusal:
        yield Found(False, str(refusal))
    except Exception as error:  # a doctor does not fall ill of what it finds
        yield Found(False, f"{check.__name__.strip('_')}: {type(error).__name__}: {str(error).splitlines()[0][:200]}")


def _folder(settings: Settings) -> Iterator[Found]:
    there = settings.folder.is_dir()
    yield Found(there, f"data folder {settings.folder}", "start `cartellino serve` once, or name it with --data")
    if there:
        writable = os.access(settings.folder, os.W_OK)
        yield Found(writable, "data folder can be written to", "give it to the user that runs the service")


def _room(settings: Settings) -> Iterator[Found]:
    free = shutil.disk_usage(settings.folder if settings.folder.exists() else Path.cwd()).free
    advice = "make room, or forget old events with `cartellino log forget`"
    yield Found(free >= LEAST_FREE, f"{free / 1e9:,.1f} GB free on the disk", advice)


def _secrets(settings: Settings) -> Iterator[Found]:
    for name in ("salt", "secret"):
        file = settings.folder / name
        if file.exists():
            closed = not stat.S_IMODE(file.stat().st_mode) & 0o077
            yield Found(closed, f"{file} is readable by its owner only", f"chmod 600 {file}")


def _tables(settings: Settings) -> Iterator[Found]:
    from alembic.migration import MigrationContext

    from cartellino.cli.installation import database_of

    database = database_of(settings)
    with database.engine.connect() as connection:
        now = MigrationContext.configure(connection).get_current_revision()
    newest = _newest()
    yield Found(
        now == newest, f"tables are of version {now}, this program's of {newest}", "start `cartellino serve` once"
    )


def _newest() -> str | None:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", "cartellino.storage:migrations")
    return ScriptDirectory.from_config(config).get_current_head()


def _log(settings: Settings) -> Iterator[Found]:
    import sqlalchemy as sa

    from cartellino.cli.installation import database_of
    from cartellino.service.state import SCHEMA
    from cartellino.storage import tables
    from cartellino.storage.segments import SegmentLog

    folder = settings.folder / "state" / "log"
    if not folder.is_dir():
        yield Found(True, "the event log is empty")
        return
    log = SegmentLog(folder, SCHEMA)
    rows = sum(batch.num_rows for batch in log.read())
    yield Found(True, f"the event log is whole: {rows:,} events, up to number {log.last:,}")
    with database_of(settings).begin() as asked:
        known = asked.scalar(sa.select(tables.progress.c.value).where(tables.progress.c.name == "sequence")) or 0
    advice = "the log is older than the database: restore both from the same backup"
    yield Found(known <= log.last, f"the database knows events up to {known:,}", advice)


def _clock(settings: Settings) -> Iterator[Found]:
    import sqlalchemy as sa

    from cartellino.cli.installation import database_of
    from cartellino.service.clock import Certainty, judged, machine, shown
    from cartellino.service.state import SCHEMA
    from cartellino.service.timekeeping import last_seen
    from cartellino.storage import tables
    from cartellino.storage.segments import SegmentLog

    with database_of(settings).begin() as rows:
        known = {row.name: row.value for row in rows.execute(sa.select(tables.progress))}
    seen, now = last_seen(known, SegmentLog(settings.folder / "state" / "log", SCHEMA)), machine()
    advice = (
        "set the clock right; or, if it is, confirm it: POST /v1/clock/confirm, or `cartellino serve --clock-is-right`"
    )
    said = (
        f"the machine's clock shows {shown(now)}; last seen here was {shown(seen.latest) if seen.latest else 'nothing'}"
    )
    yield Found(judged(now, seen) is Certainty.SURE, said, advice)
    departure = known.get("departure", 0)
    apart = f"is {abs(departure) / 1_000:,.0f} s from the service's time" if departure else "agrees with the service's"
    yield Found(not departure, f"the machine's clock {apart}, as the service last wrote down", advice)


def _ledger(settings: Settings) -> Iterator[Found]:
    import sqlalchemy as sa

    from cartellino.cli.installation import database_of
    from cartellino.enforcement.ledger import Change, verify
    from cartellino.storage import tables

    with database_of(settings).begin() as rows:
        found = rows.execute(sa.select(tables.ledger).order_by(tables.ledger.c.number)).all()
    broken = verify(Change(**one._mapping) for one in found)
    advice = f"somebody changed row {broken}; compare with a backup"
    yield Found(broken is None, f"the ledger's chain of {len(found):,} rows holds", advice)


def _deliveries(settings: Settings) -> Iterator[Found]:
    import sqlalchemy as sa

    from cartellino.cli.installation import database_of
    from cartellino.service.clock import machine
    from cartellino.service.webhooks import CODE, takes
    from cartellino.storage import tables
    from cartellino.vocabulary.times import DAY

    held, hooks = tables.deliveries.c, tables.webhooks
    with database_of(settings).begin() as rows:
        dead = rows.scalar(sa.select(sa.func.count()).select_from(tables.deliveries).where(held.state == "dead")) or 0
        known = rows.execute(sa.select(hooks).where(hooks.c.ended_at.is_(None))).all()
        recent = sa.select(sa.func.count()).where(tables.proofs.c.made_at > machine() - DAY)
        asked = rows.scalar(recent) or 0
    yield Found(not dead, f"{dead:,} dead messages of webhooks", "see GET /v1/deliveries/dead, and replay them")
    for one in known:
        if one.paused_at is not None:
            advice = f"end it, or mend its receiver and POST /v1/webhooks/{one.webhook_id}/resume"
            yield Found(False, f"webhook {one.webhook_id} is paused: {one.paused_why}", advice)
    taken = any(takes(one.kinds, CODE) for one in known if one.paused_at is None)
    advice = "nobody gets them: POST /v1/webhooks with the kind `code`"
    yield Found(taken or not asked, f"{asked:,} one-time codes were asked for within a day", advice)


def _cases(settings: Settings) -> Iterator[Found]:
    import sqlalchemy as sa

    from cartellino.cli.installation import database_of
    from cartellino.service.clock import machine
    from cartellino.storage import tables

    late = sa.and_(tables.cases.c.status == "open", tables.cases.c.due_at < machine())
    with database_of(settings).begin() as rows:
        count = rows.scalar(sa.select(sa.func.count()).select_from(tables.cases).where(late)) or 0
    yield Found(not count, f"{count:,} cases beyond their deadline", "see GET /v1/cases?status=open")
