"""Personal data is a debt (law 12): what is known of an account, and how it is forgotten.

Erasing replaces the account by an alias that nobody can trace back, wherever it is named: the event log, what was
found, the acts, the tables. Its own events go, with their evidence, texts, files and addresses; what others did to it
stays with them, under the alias. The sanction stays, so that nobody washes a ban away, and so do the rows of the
ledger, which name a pseudonym. A legal hold refuses erasure until it ends.

An erasure is written down before it begins, and begun again at the next start if it was cut off; each step can be
repeated.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from cartellino.appeals.hearing import NotNow
from cartellino.kernel.finding import Context, Finding
from cartellino.service.names import name
from cartellino.service.notes import Noted
from cartellino.service.state import SCHEMA, State
from cartellino.storage import tables
from cartellino.storage.database import Database, Rows
from cartellino.storage.journal import Journal
from cartellino.storage.retention import rewrite
from cartellino.storage.segments import SegmentLog
from cartellino.vocabulary.times import Instant, show_instant

_OF_ACCOUNT = ("decisions", "sanctions", "strikes", "notices", "cases", "outbox")


def known_of(
    rows: Rows, state: State, service: str, account: str, disclosed: Callable[[str], bool] | None = None
) -> dict[str, Any]:
    """Return everything that is kept of an account: its events, decisions, sanctions, notices and cases.

    Who reported it is not part of it: that is theirs. For the holder, `disclosed` says of a rule whether its numbers
    are shown, and the names of those who decided are left out.
    """
    found: dict[str, Any] = {"service": service, "account": account}
    for called in ("decisions", "sanctions", "strikes", "notices", "cases"):
        table = tables.METADATA.tables[called]
        mine = (table.c.service == service) & (table.c.account == account)
        found[called] = [_plain(one) for one in rows.execute(sa.select(table).where(mine))]
    if disclosed is not None:
        _as_disclosed(found, disclosed)
    found["events"] = list(_events(state, service, account))
    return found


def _as_disclosed(found: dict[str, Any], disclosed: Callable[[str], bool]) -> None:
    for one in found["decisions"]:
        if not disclosed(one["rule"]):
            one["record"] = {**one["record"], "evidence": []}
        del one["cluster"]
    for one in found["cases"]:
        del one["closed_by"]


def _events(state: State, service: str, account: str) -> Sequence[dict[str, Any]]:
    hidden = ("source", "row", "credit")
    found = []
    for batch in state.log.read():
        own = pc.and_(pc.equal(batch.column("service"), service), pc.equal(batch.column("account"), account))
        for one in batch.filter(own).to_pylist():
            shown = {key: held for key, held in one.items() if held is not None and key not in hidden}
            if one["kind"] in ("reported", "blocked", "report_withdrawn", "unblocked"):
                shown.pop("peer", None)
            shown["time"] = one["time"].isoformat() if hasattr(one["time"], "isoformat") else one["time"]
            found.append(shown)
    return found


def _plain(row: sa.Row[Any]) -> dict[str, Any]:
    return {key: show_instant(held) if key.endswith("_at") and held else held for key, held in row._mapping.items()}


def begin(rows: Rows, service: str, account: str, subject: str, through: int, now: Instant, by: str) -> str:
    """Write down that an account shall be erased, and return its alias.

    Raises `NotNow` while a legal hold keeps it.
    """
    held = rows.execute(sa.select(tables.holds).where(tables.holds.c.subject == subject)).one_or_none()
    if held is not None:
        raise NotNow(f"a legal hold keeps this account since {show_instant(held.at)[:10]}: {held.why}")
    alias = name("erased")
    record = {"alias": alias, "subject": subject, "service": service, "account": account, "at": now, "by": by}
    rows.execute(sa.insert(tables.erasures).values(**record, through=through, done_at=None))
    return alias


def held_rows(database: Database, pseudonym: Callable[[str, str], str]) -> Callable[[pa.RecordBatch], pa.Array] | None:
    """Return what marks the rows of accounts under a legal hold; `None` where there is no hold."""
    with database.begin() as rows:
        held = set(rows.scalars(sa.select(tables.holds.c.subject)))
    if not held:
        return None

    def spared(batch: pa.RecordBatch) -> pa.Array:
        named = zip(batch.column("service").to_pylist(), batch.column("account").to_pylist(), strict=True)
        return pa.array([pseudonym(service, account) in held for service, account in named], pa.bool_())

    return spared


def unfinished(database: Database) -> list[sa.Row[Any]]:
    """Return the erasures that were begun and not finished."""
    with database.begin() as rows:
        return list(rows.execute(sa.select(tables.erasures).where(tables.erasures.c.done_at.is_(None))))


def carry_out(database: Database, folder: Path, service: str, account: str, alias: str, now: Instant) -> None:
    """Erase an account from the files of a state folder, and then from the tables. Nothing may write meanwhile."""
    _from_quarantine(folder.parent / "quarantine", account)
    _from_log(folder / "log", service, account, alias)
    _from_journal(database, folder / "found.journal", service, account, alias)
    with database.begin_writing() as rows:
        _from_tables(rows, service, account, alias)
        done = {"account": None, "done_at": now}
        rows.execute(sa.update(tables.erasures).where(tables.erasures.c.alias == alias).values(**done))


def _from_quarantine(folder: Path, account: str) -> None:
    """Take out the rows that name the account anywhere; they were never events."""
    for file in folder.glob("*.ndjson") if folder.is_dir() else ():
        lines = file.read_bytes().splitlines(keepends=True)
        named = msgspec.json.encode(account)
        kept = [line for line in lines if named not in line]
        if len(kept) < len(lines):
            written = file.with_suffix(".erasing")
            written.write_bytes(b"".join(kept))
            written.replace(file)


def _from_log(log: Path, service: str, account: str, alias: str) -> None:
    if not log.is_dir():
        return
    SegmentLog(log, SCHEMA)  # cuts off what was never acknowledged

    def without(batch: pa.RecordBatch) -> pa.RecordBatch:
        here = pc.equal(batch.column("service"), service)
        own = pc.fill_null(pc.and_(here, pc.equal(batch.column("account"), account)), False)
        as_peer = pc.fill_null(pc.and_(here, pc.equal(batch.column("peer"), account)), False)
        at = batch.schema.get_field_index("peer")
        renamed = pc.if_else(as_peer, pa.scalar(alias, batch.schema.field(at).type), batch.column("peer"))
        return batch.set_column(at, batch.schema.field(at), renamed).filter(pc.invert(own))

    rewrite(log, without, compression="lz4")


def _from_journal(database: Database, file: Path, service: str, account: str, alias: str) -> None:
    """Take account, evidence and event out of what was found; the names of the decisions stay, as they are derived."""
    if not file.exists():
        return
    decided = tables.decisions.c
    asked = sa.select(tables.decisions).where(decided.service == service, decided.account == account)
    with database.begin() as rows:
        names = {(one.rule, one.record["event"]): one.decision_id for one in rows.execute(asked)}

    def without(one: Finding) -> Finding:
        if (one.service, one.account) != (service, account):
            return one
        named = one.decision or names.get((one.rule, one.event), "")
        return replace(one, account=alias, evidence=(), context=Context(), event="erased", decision=named)

    decoder, encoder = msgspec.msgpack.Decoder(Noted), msgspec.msgpack.Encoder()
    kept = [decoder.decode(record) for record in Journal(file).read()]
    fresh = [Noted(one.through, tuple(map(without, one.findings)), one.released) for one in kept]
    if fresh == kept:
        return
    written = file.with_suffix(".erasing")
    written.unlink(missing_ok=True)
    Journal(written).append([encoder.encode(one) for one in fresh])
    written.replace(file)


def _from_tables(rows: Rows, service: str, account: str, alias: str) -> None:
    for called in _OF_ACCOUNT:
        table = tables.METADATA.tables[called]
        mine = (table.c.service == service) & (table.c.account == account)
        rows.execute(sa.update(table).where(mine).values(**_emptied(rows, called, mine), account=alias))
    for column in ("reporter", "account"):
        held = tables.reports.c[column]
        rows.execute(
            sa.update(tables.reports)
            .where(tables.reports.c.service == service, held == account)
            .values({column: alias})
        )
    by_them = tables.case_rows.c.by == account  # who files with a holder's token does so under the account's name
    rows.execute(sa.update(tables.case_rows).where(by_them).values(by=alias))
    for table in (tables.proofs, tables.codes):
        rows.execute(sa.delete(table).where((table.c.service == service) & (table.c.account == account)))
    _from_acts(rows, service, account, alias)
    _from_rehearsals(rows, service, account, alias)


def _emptied(rows: Rows, called: str, mine: sa.ColumnElement[bool]) -> dict[str, Any]:
    """Return what replaces the content of an account's rows, and empty what hangs on them."""
    if called == "decisions":
        for one in rows.execute(sa.select(tables.decisions).where(mine)).all():
            record = {**one.record, "account": "erased", "event": "erased", "evidence": []}
            this = tables.decisions.c.decision_id == one.decision_id
            rows.execute(sa.update(tables.decisions).where(this).values(record=record, cluster="erased"))
        return {}
    if called == "cases":
        theirs = [one.case_id for one in rows.execute(sa.select(tables.cases).where(mine))]
        rows.execute(sa.delete(tables.attachments).where(tables.attachments.c.case_id.in_(theirs)))
        rows.execute(sa.update(tables.case_rows).where(tables.case_rows.c.case_id.in_(theirs)).values(said=""))
        return {"text": "", "reason": None}
    return _NOTHING.get(called, {})


_NOTHING: dict[str, dict[str, Any]] = {"outbox": {"data": {}}, "notices": {"facts": {"shape": "lifted", "at": 0}}}


def _from_acts(rows: Rows, service: str, account: str, alias: str) -> None:
    for one in rows.execute(sa.select(tables.acts).where(tables.acts.c.kind.in_(("Impose", "Link")))).all():
        data = dict(one.data)
        for prefix in ("", "other_"):
            if (data.get(f"{prefix}service"), data.get(f"{prefix}account")) == (service, account):
                data[f"{prefix}account"] = alias
        if data != one.data:
            rows.execute(
                sa.update(tables.acts).where(tables.acts.c.number == one.number).values(data=data, why="erased")
            )


def _from_rehearsals(rows: Rows, service: str, account: str, alias: str) -> None:
    """The rehearsals of proposals name who would have changed sides."""
    held = tables.proposals.c
    for one in rows.execute(sa.select(tables.proposals).where(held.rehearsal.is_not(None))).all():
        if one.rehearsal is None:
            continue
        changes = [
            {**each, "account": alias} if (each["service"], each["account"]) == (service, account) else each
            for each in one.rehearsal["changes"]
        ]
        if changes != one.rehearsal["changes"]:
            kept = {**one.rehearsal, "changes": changes}
            rows.execute(sa.update(tables.proposals).where(held.proposal_id == one.proposal_id).values(rehearsal=kept))


def hold(rows: Rows, subject: str, now: Instant, by: str, why: str) -> None:
    """Keep an account's data although its holder may ask for erasure: a named exception, with its reason."""
    rows.execute(sa.delete(tables.holds).where(tables.holds.c.subject == subject))
    rows.execute(sa.insert(tables.holds).values(subject=subject, at=now, by=by, why=why))


def end_hold(rows: Rows, subject: str) -> bool:
    """End a hold; say whether there was one."""
    return rows.execute(sa.delete(tables.holds).where(tables.holds.c.subject == subject)).rowcount > 0


__all__ = ["begin", "carry_out", "end_hold", "hold", "known_of", "unfinished"]
