"""The checks of `cartellino doctor` on the database; they change nothing, and work while a service runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from cartellino.commands.webhooks import CODE, takes
from cartellino.queries.ledger import verified
from cartellino.service.clock import Certainty, Seen, judged, machine, shown
from cartellino.service.examine import Check, Result, well_or
from cartellino.service.settings import Settings
from cartellino.storage import tables
from cartellino.storage.card import read_card
from cartellino.storage.database import Database, Rows
from cartellino.vocabulary.refusals import BadFile
from cartellino.vocabulary.times import DAY

MOST = 20
"""At most so many faults of a database are reported."""


@contextmanager
def opened(settings: Settings) -> Iterator[Database]:
    """Open the database of an installation without creating it.

    Raises `BadFile` when it does not exist.
    """
    database = Database(settings.url)
    if database.file is not None and not database.file.exists():
        raise BadFile(f"there is no database {database.file}: restore it from a backup, or name it with --database")
    try:
        yield database
    finally:
        database.close()


def checks(settings: Settings) -> tuple[Check, ...]:
    """Return the checks that are possible: if the database does not answer, only the one that says so."""
    try:
        with opened(settings) as database:
            database.engine.connect().close()
    except Exception:  # the check says what it is
        return (reachable,)
    return TABLES


def reachable(settings: Settings) -> Iterator[Result]:
    """The database answers, and its tables are those of this version."""
    with opened(settings) as database, database.engine.connect() as connection:
        now = MigrationContext.configure(connection).get_current_revision()
    config = Config()
    config.set_main_option("script_location", "cartellino.storage:migrations")
    newest = ScriptDirectory.from_config(config).get_current_head()
    what = f"the tables are of version {now}, this program's of {newest}"
    yield well_or(now == newest, what, "start `cartellino serve` of the newer version once")
    if now == newest:
        with opened(settings) as database:
            missing = database.missing()
        lacks = (
            f"the database lacks {', '.join(f'`{name}`' for name in missing[:MOST])}"
            if missing
            else "no table is missing"
        )
        yield well_or(not missing, lacks, "restore folder and database from one backup")


def pages(settings: Settings) -> Iterator[Result]:
    """Every page of the database is readable, and every index matches its table."""
    with opened(settings) as database, database.begin() as rows:
        faults = list(_faults_of_file(rows) if database.is_sqlite else _faults_of_server(rows))
    advice = "restore folder and database from one backup; until then, copy both away as they are"
    what = "every page and index of the database can be read" if not faults else f"the database is damaged: {faults[0]}"
    yield well_or(not faults, what, advice)
    for fault in faults[1:MOST]:
        yield Result("wrong", f"the database is damaged: {fault}")


def _faults_of_file(rows: Rows) -> Iterator[str]:
    for (said,) in rows.exec_driver_sql(f"PRAGMA integrity_check({MOST})"):
        if said != "ok":
            yield str(said)
    for table, *_ in rows.exec_driver_sql("PRAGMA foreign_key_check"):
        yield f"a row of `{table}` refers to one that is not there"


def _faults_of_server(rows: Rows) -> Iterator[str]:
    """Read every row; with the extension amcheck, compare indexes and tables as well."""
    invalid = "SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid OR NOT indisready"
    yield from (f"the index {name} is not valid; REINDEX it" for name in rows.scalars(sa.text(invalid)))
    checks = rows.scalar(sa.text("SELECT count(*) FROM pg_extension WHERE extname = 'amcheck'"))
    for table in tables.METADATA.sorted_tables:
        yield from _unreadable(rows, f'SELECT sum(length(t::text)) FROM "{table.name}" t')
        if checks:
            yield from _unreadable(rows, f"SELECT bt_index_check(indexrelid, true) FROM pg_index "
                                         f"WHERE indrelid = '{table.name}'::regclass")  # fmt: skip
            yield from _unreadable(rows, f"SELECT msg FROM verify_heapam('{table.name}')")


def _unreadable(rows: Rows, question: str) -> Iterator[str]:
    try:
        with rows.begin_nested():
            faults = rows.execute(sa.text(question)).scalars().all()
    except sa.exc.DBAPIError as error:
        said = error.orig.args[0] if error.orig is not None and error.orig.args else error
        yield str(said.get("M", said) if isinstance(said, dict) else said)[:300]
    else:
        yield from (str(fault) for fault in faults if isinstance(fault, str) and fault)


def ledger(settings: Settings) -> Iterator[Result]:
    """The chain of the ledger and its reasons are intact, and contain the last row that the folder's card names."""
    card = read_card(settings.folder / "state" / "log")
    with opened(settings) as database, database.begin() as rows:
        chain = verified(rows)
    advice = f"somebody changed row {chain.broken}, or the one before it is missing; compare with a backup"
    yield well_or(chain.broken is None, f"the chain of the ledger's {chain.rows:,} rows holds", advice)
    if chain.broken is None and card is not None and card.ledger:
        seen = chain.seals[card.ledger - 1 : card.ledger] == (card.seal,)
        advice = "rows were cut off or sealed anew since; compare with a backup"
        yield well_or(seen, "the row of the ledger that the folder saw last is in it", advice)


def deliveries(settings: Settings) -> Iterator[Result]:
    """No messages are dead, no webhook is paused, and one-time codes have a receiver."""
    deliveries, hooks = tables.deliveries.c, tables.webhooks
    with opened(settings) as database, database.begin() as rows:
        dead = (
            rows.scalar(sa.select(sa.func.count()).select_from(tables.deliveries).where(deliveries.state == "dead"))
            or 0
        )
        known = rows.execute(sa.select(hooks).where(hooks.c.ended_at.is_(None))).all()
        recent = sa.select(sa.func.count()).where(tables.proofs.c.made_at > machine() - DAY)
        codes = rows.scalar(recent) or 0
    yield well_or(not dead, f"{dead:,} dead messages of webhooks", "see GET /v1/deliveries/dead, and replay them")
    for hook in known:
        if hook.paused_at is not None:
            advice = f"end it, or mend its receiver and POST /v1/webhooks/{hook.webhook_id}/resume"
            yield Result("wrong", f"webhook {hook.webhook_id} is paused: {hook.paused_why}", advice)
    taken = any(takes(hook.kinds, CODE) for hook in known if hook.paused_at is None)
    advice = "nobody gets them: POST /v1/webhooks with the kind `code`"
    yield well_or(taken or not codes, f"{codes:,} one-time codes were asked for within a day", advice)


def clock(settings: Settings) -> Iterator[Result]:
    """The machine's clock agrees with the times of the service, and with the running one."""
    with opened(settings) as database, database.begin() as rows:
        known = {row.name: row.value for row in rows.execute(sa.select(tables.progress))}
    seen, now = Seen(known.get("clock", 0), 0), machine()
    advice = (
        "set the clock right; or, if it is, confirm it: POST /v1/clock/confirm, or `cartellino serve --clock-is-right`"
    )
    latest = shown(seen.latest) if seen.latest else "nothing"
    said = f"the machine's clock shows {shown(now)}; last seen here was {latest}"
    yield well_or(judged(now, seen) is Certainty.SURE, said, advice)
    departure = known.get("departure", 0)
    apart = f"is {abs(departure) / 1_000:,.0f} s from the service's time" if departure else "agrees with the service's"
    yield well_or(not departure, f"the machine's clock {apart}, as the service last wrote down", advice)


def cases(settings: Settings) -> Iterator[Result]:
    """No case is open beyond its deadline."""
    late = sa.and_(tables.cases.c.status == "open", tables.cases.c.due_at < machine())
    with opened(settings) as database, database.begin() as rows:
        count = rows.scalar(sa.select(sa.func.count()).select_from(tables.cases).where(late)) or 0
    yield well_or(not count, f"{count:,} cases beyond their deadline", "see GET /v1/cases?status=open")


TABLES: tuple[Check, ...] = (reachable, pages, clock, ledger, deliveries, cases)
"""The checks on the database, in their order."""
