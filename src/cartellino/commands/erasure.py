"""Erasure (law 12): an account's name gives way to an alias that nobody can trace back, wherever it stands.

Its own events go, with their evidence, texts, files and addresses. What others did to it stays with them, and so does
that it did something to others, under the alias; what it wrote there goes, such as the words of its reports. The
sanction stays, so that nobody washes a ban away, and so do the rows of the ledger, which name a pseudonym.
Somebody who is only named by others (a recipient, a reporter) is erased in the same way.

    1  what the kernel knows is written down, without the account
    2  the erasure is written down, with the alias; from here on it will be finished, also after a crash
    3  the files: quarantine, log, what was found and told, the index of names; each step can be repeated
    4  the tables, in one transaction, which marks it done and leaves the rows of the ledger
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from cartellino.commands import erased_rows
from cartellino.commands.erased_rows import Erased
from cartellino.commands.mentions import Mentions
from cartellino.commands.names import name
from cartellino.commands.personal_data import must_not_be_held
from cartellino.enforcement.acts import ReleaseNumber
from cartellino.events.kinds import DONE_BY_PEER
from cartellino.kernel.finding import Context, Finding
from cartellino.pipeline.findings_journal import Noted
from cartellino.pipeline.indexed_log import SCHEMA
from cartellino.pipeline.route import Route
from cartellino.pipeline.state_folder import StateFolder
from cartellino.storage import tables
from cartellino.storage.database import Database, Rows
from cartellino.storage.journal import Journal
from cartellino.storage.quarantine import Quarantine
from cartellino.storage.retention import rewrite
from cartellino.storage.segments import SegmentLog
from cartellino.vocabulary.accounts import AccountRef
from cartellino.vocabulary.actors import Actor
from cartellino.vocabulary.times import Instant


def erase(
    database: Database, state: StateFolder, route: Route, person: AccountRef, *, now: Instant, by: Actor, why: str
) -> str:
    """Erase an account, and return its alias. Nothing may write meanwhile; afterwards all is taken up anew.

    Raises `NotNow` while a legal hold keeps it.
    """
    subject = route.sequencer.ledger.pseudonym(*person)
    with database.begin() as rows:
        must_not_be_held(rows, subject)
    route.kernel.forget(*person)
    state.will_forget(route)
    with database.begin_writing() as rows:
        must_not_be_held(rows, subject)
        one = _begin(rows, Erased(*person, name("erased"), subject, now, by, why), route.sequence)
    carry_out(database, state.folder, one)
    return one.alias


def _begin(rows: Rows, one: Erased, through: int) -> Erased:
    rows.execute(sa.insert(tables.erasures).values(**one._asdict(), through=through, done_at=None))
    return one


def unfinished(database: Database) -> list[Erased]:
    """Return the erasures that were begun and not finished."""
    with database.begin() as rows:
        found = rows.execute(sa.select(tables.erasures).where(tables.erasures.c.done_at.is_(None))).all()
    return [
        Erased(one.service, one.account, one.alias, one.subject, one.at, Actor(one.by), one.why or "") for one in found
    ]


def carry_out(database: Database, folder: Path, one: Erased) -> None:
    """Erase an account from the files of a state folder, and then from the tables. Nothing may write meanwhile."""
    with database.begin() as rows:
        mentions = erased_rows.mentions_of(rows, one.service, one.account, one.alias)
    Quarantine(folder.parent / "quarantine").remove(lambda line: _names(line, mentions))
    if (folder / "log").is_dir():
        _from_log(folder / "log", mentions)
        _from_journal(database, folder / "found.journal", one)
        StateFolder(folder).retell(lambda line: _untold(line, one))
        StateFolder(folder).events.index_anew()
    with database.begin_writing() as rows:
        erased_rows.erase(rows, one)
        mine = tables.erasures.c.alias == one.alias
        rows.execute(sa.update(tables.erasures).where(mine).values(account=None, done_at=one.at))
    database.drop_deleted()


def is_named(database: Database, state: StateFolder, service: str, account: str) -> bool:
    """Say whether an account is named anywhere: in tables, in the log, or in what was set aside."""
    with database.begin() as rows:
        if erased_rows.is_named(rows, service, account):
            return True
        mentions = erased_rows.mentions_of(rows, service, account, "")
    aside = any(_names(line, mentions) for file in _aside(state.folder.parent / "quarantine") for line in _lines(file))
    return aside or any(not _without(batch, mentions).equals(batch) for batch in state.log.read())


# Rows that were set aside


def _aside(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.ndjson")) if folder.is_dir() else []


def _lines(file: Path) -> list[bytes]:
    return file.read_bytes().splitlines(keepends=True)


def _names(line: bytes, mentions: Mentions) -> bool:
    """Say whether a row has the name as a value, or in a text, however it is escaped; a row of another service has not.

    What cannot be read as a row is taken for one that names it if the letters are there.
    """
    try:
        row = msgspec.json.decode(line)
    except msgspec.DecodeError:
        return mentions.name.casefold() in line.decode("utf-8", "replace").casefold()
    if isinstance(row, dict) and row.get("service", "main") != mentions.service:
        return False
    return any(one == mentions.name or mentions.out_of(one) != one for one in _texts(row))


def _texts(value: Any) -> Iterator[str]:  # noqa: ANN401 - whatever JSON can say
    if isinstance(value, str):
        yield value
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _texts(one)


# The event log


def _from_log(log: Path, mentions: Mentions) -> None:
    SegmentLog(log, SCHEMA)  # cuts off what was never acknowledged
    rewrite(log, lambda batch: _without(batch, mentions), compression="lz4")


def _without(batch: pa.RecordBatch, mentions: Mentions) -> pa.RecordBatch:
    """Return a batch without the account's own events and words, and with the alias where the others name it."""
    here = pc.fill_null(pc.equal(batch.column("service"), mentions.service), False)
    mine = pc.and_(here, pc.fill_null(pc.equal(batch.column("account"), mentions.name), False))
    as_peer = pc.and_(here, pc.fill_null(pc.equal(batch.column("peer"), mentions.name), False))
    batch = _with(batch, "peer", pc.if_else(as_peer, mentions.alias, batch.column("peer")))
    written = pc.and_(as_peer, pc.is_in(batch.column("kind"), value_set=pa.array(sorted(DONE_BY_PEER))))
    for column in ("text", "image_hash"):
        batch = _emptied(batch, column, written)
    batch = _rewritten(batch, "text", here, mentions.name, mentions.out_of)
    encoded = msgspec.json.encode(mentions.name).decode()[1:-1]
    batch = _rewritten(batch, "own", here, encoded, lambda text: _own_columns(text, mentions))
    return batch.filter(pc.invert(mine)) if pc.any(mine).as_py() else batch


def _with(batch: pa.RecordBatch, column: str, held: pa.Array) -> pa.RecordBatch:
    at = batch.schema.get_field_index(column)
    field = batch.schema.field(at)
    return batch.set_column(at, field, held.cast(field.type))


def _emptied(batch: pa.RecordBatch, column: str, where: pa.Array) -> pa.RecordBatch:
    """Empty a column in some rows; made anew, since `if_else` with a null leaves the bytes of the text in the file."""
    if not pc.any(pc.and_(where, pc.is_valid(batch.column(column)))).as_py():
        return batch
    held = zip(batch.column(column).to_pylist(), where.to_pylist(), strict=True)
    return _with(batch, column, pa.array([None if gone else text for text, gone in held], pa.string()))


def _rewritten(batch: pa.RecordBatch, column: str, here: pa.Array, name: str, change: Any) -> pa.RecordBatch:  # noqa: ANN401
    """Change the texts of a column that hold a name; next to none do, so they are looked for column by column."""
    held = batch.column(column)
    found = pc.and_(here, pc.fill_null(pc.match_substring(held, name, ignore_case=True), False))
    if not pc.any(found).as_py():
        return batch
    texts = [change(text) if hit else text for text, hit in zip(held.to_pylist(), found.to_pylist(), strict=True)]
    return _with(batch, column, pa.array(texts, pa.string()))


def _own_columns(text: str, mentions: Mentions) -> str:
    """Replace the name in the operator's own columns."""

    def changed_of(value: Any) -> Any:  # noqa: ANN401
        whole = value == mentions.name
        return mentions.alias if whole else mentions.out_of(value) if isinstance(value, str) else value

    held = msgspec.json.decode(text)
    changed = {key: changed_of(value) for key, value in held.items()}
    return msgspec.json.Encoder(order="sorted").encode(changed).decode() if changed != held else text


# What was found


def _from_journal(database: Database, file: Path, one: Erased) -> None:
    """Take account, evidence and event out of what was found; the names of the decisions stay, as they are derived."""
    if not file.exists():
        return
    decided = tables.decisions.c
    asked = sa.select(tables.decisions).where(decided.service == one.service, decided.account == one.account)
    with database.begin() as rows:
        names = {(row.rule, row.record["event"]): row.decision_id for row in rows.execute(asked)}

    def without(finding: Finding) -> Finding:
        if (finding.service, finding.account) != (one.service, one.account):
            return finding
        named = finding.decision or names.get((finding.rule, finding.event), "")
        return replace(finding, account=one.alias, evidence=(), context=Context(), event="erased", decision=named)

    def released(number: ReleaseNumber) -> ReleaseNumber:
        if number.service != one.service:
            return number
        of_number = one.alias if number.number == one.account else number.number
        return replace(number, number=of_number, account=one.alias if number.account == one.account else number.account)

    decoder, encoder, journal = msgspec.msgpack.Decoder(Noted), msgspec.msgpack.Encoder(), Journal(file)
    kept = [decoder.decode(record) for record in journal.read()]
    fresh = [
        msgspec.structs.replace(
            each, findings=tuple(map(without, each.findings)), released=tuple(map(released, each.released))
        )
        for each in kept
    ]
    if fresh != kept:
        journal.rewrite([encoder.encode(each) for each in fresh])


def _untold(line: dict[str, Any], one: Erased) -> dict[str, Any]:
    """Return a decision of an earlier edition without the account."""
    mine = (line["service"], line["account"]) == (one.service, one.account)
    return erased_rows.without(line, one.alias) if mine else line


__all__ = ["carry_out", "erase", "is_named", "unfinished"]
