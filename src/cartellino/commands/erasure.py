"""Erasure (law 12 in CONTRIBUTING.md): a random alias that nobody can trace back replaces an account's name everywhere.

The account's own events are deleted, with their evidence, texts, files and addresses. Events of others that name it
stay, with the alias; what it wrote there, such as the text of its reports, is deleted. Its sanctions stay, so that a
ban cannot be escaped by erasure, and so do the rows of the ledger, which name a pseudonym. Somebody who is only named
by others (a recipient, a reporter) is erased in the same way.

    1  save the kernel's state without the account
    2  record the erasure and its alias; from here on it is finished even after a crash
    3  rewrite the files: quarantine, event log, journal, decision lines, name index; each step can be repeated
    4  rewrite the tables in one transaction, which marks the erasure done and leaves its acts for the ledger
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from cartellino.commands import erased_rows
from cartellino.commands.erased_rows import Erasure
from cartellino.commands.mentions import Mentions
from cartellino.commands.names import random_id
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
    database: Database, state: StateFolder, route: Route, account: AccountRef, *, now: Instant, by: Actor, why: str
) -> str:
    """Erase an account, and return its alias.

    The caller must prevent other writes meanwhile, and reload all in-memory state afterwards. Raises `NotNow` if the
    account is under legal hold.
    """
    subject = route.sequencer.ledger.pseudonym(*account)
    with database.begin() as rows:
        must_not_be_held(rows, subject)
    # 1. A crash before 2 leaves the account as it is, but for what the kernel had counted: that only spares it.
    route.kernel.forget(*account)
    state.will_forget(route)
    # 2
    erasure = Erasure(*account, random_id("erased"), subject, now, by, why)
    with database.begin_writing() as rows:
        must_not_be_held(rows, subject)  # again, inside the writing transaction: it may have been placed meanwhile
        _begin(rows, erasure, route.sequence)
    carry_out(database, state.folder, erasure)
    return erasure.alias


def _begin(rows: Rows, erasure: Erasure, log_end: int) -> None:
    rows.execute(sa.insert(tables.erasures).values(**erasure._asdict(), through=log_end, done_at=None))


def unfinished(database: Database) -> list[Erasure]:
    """Return the erasures that were begun and not finished."""
    with database.begin() as rows:
        begun = rows.execute(sa.select(tables.erasures).where(tables.erasures.c.done_at.is_(None))).all()
    return [
        Erasure(row.service, row.account, row.alias, row.subject, row.at, Actor(row.by), row.why or "") for row in begun
    ]


def carry_out(database: Database, folder: Path, erasure: Erasure) -> None:
    """Erase an account from the files of a state folder, then from the tables (steps 3 and 4).

    The caller must prevent other writes meanwhile. After a crash the next start calls this again, from the beginning:
    what was rewritten already is not changed any more, and the tables are rewritten entirely or not at all.
    """
    with database.begin() as rows:
        mentions = erased_rows.mentions_of(rows, erasure.service, erasure.account, erasure.alias)
    # 3
    Quarantine(folder.parent / "quarantine").remove(lambda line: _mentions_account(line, mentions))
    if (folder / "log").is_dir():  # no log before the first event
        _from_log(folder / "log", mentions)
        _from_journal(database, folder / "found.journal", erasure)
        StateFolder(folder).rewrite_earlier_decisions(lambda line: _without_account(line, erasure))
        StateFolder(folder).events.rebuild_index()
    # 4
    with database.begin_writing() as rows:
        erased_rows.erase(rows, erasure)
        this = tables.erasures.c.alias == erasure.alias
        # The time of the order, not that of a restart: repeating an erasure must write the same row.
        rows.execute(sa.update(tables.erasures).where(this).values(account=None, done_at=erasure.at))
    database.drop_deleted()


def is_named(database: Database, state: StateFolder, service: str, account: str, subject: str) -> bool:
    """Say whether an account, whose pseudonym is `subject`, is named in the tables, the event log or the quarantine."""
    with database.begin() as rows:
        if erased_rows.is_named(rows, service, account, subject):
            return True
        mentions = erased_rows.mentions_of(rows, service, account, "")
    files = _quarantine_files(state.folder.parent / "quarantine")
    in_quarantine = any(_mentions_account(line, mentions) for file in files for line in _lines(file))
    # Erasing with an empty alias changes exactly the batches that name the account.
    return in_quarantine or any(not _without(batch, mentions).equals(batch) for batch in state.log.read())


# The quarantine


def _quarantine_files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.ndjson")) if folder.is_dir() else []


def _lines(file: Path) -> list[bytes]:
    return file.read_bytes().splitlines(keepends=True)


def _mentions_account(line: bytes, mentions: Mentions) -> bool:
    """Say whether a quarantined row mentions the account, as a value or in a text.

    A row of another service does not. A line that is not valid JSON does if it contains the name, since its service is
    unknown.
    """
    try:
        row = msgspec.json.decode(line)
    except msgspec.DecodeError:
        return mentions.name.casefold() in line.decode("utf-8", "replace").casefold()
    if isinstance(row, dict) and row.get("service", "main") != mentions.service:
        return False
    return any(text == mentions.name or mentions.out_of(text) != text for text in _texts(row))


def _texts(value: Any) -> Iterator[str]:  # noqa: ANN401 - whatever JSON can say
    if isinstance(value, str):
        yield value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _texts(part)


# The event log


def _from_log(log: Path, mentions: Mentions) -> None:
    SegmentLog(log, SCHEMA)  # opening it truncates a tail that was never acknowledged
    rewrite(log, SCHEMA, lambda batch: _without(batch, mentions))


def _without(batch: pa.RecordBatch, mentions: Mentions) -> pa.RecordBatch:
    """Return a batch of events without the account's own events and words, and with the alias where others name it."""
    in_service = pc.fill_null(pc.equal(batch.column("service"), mentions.service), False)
    own = pc.and_(in_service, pc.fill_null(pc.equal(batch.column("account"), mentions.name), False))
    as_peer = pc.and_(in_service, pc.fill_null(pc.equal(batch.column("peer"), mentions.name), False))
    batch = _with(batch, "peer", pc.if_else(as_peer, mentions.alias, batch.column("peer")))
    done_by_peer = pc.is_in(batch.column("kind"), value_set=pa.array(sorted(DONE_BY_PEER)))
    written_by_account = pc.and_(as_peer, done_by_peer)  # in these kinds the peer is the author
    for column in ("text", "image_hash"):
        batch = _emptied(batch, column, written_by_account)
    batch = _rewritten(batch, "text", in_service, mentions.name, mentions.out_of)
    encoded = msgspec.json.encode(mentions.name).decode()[1:-1]  # as in a JSON string, without the quotes
    batch = _rewritten(batch, "own", in_service, encoded, lambda text: _own_columns(text, mentions))
    return batch.filter(pc.invert(own)) if pc.any(own).as_py() else batch


def _with(batch: pa.RecordBatch, column: str, values: pa.Array) -> pa.RecordBatch:
    at = batch.schema.get_field_index(column)
    field = batch.schema.field(at)
    return batch.set_column(at, field, values.cast(field.type))


def _emptied(batch: pa.RecordBatch, column: str, where: pa.Array) -> pa.RecordBatch:
    """Set a text column to null in some rows.

    The array is built anew, since `if_else` with a null would leave the bytes of the text in the file.
    """
    if not pc.any(pc.and_(where, pc.is_valid(batch.column(column)))).as_py():
        return batch
    pairs = zip(batch.column(column).to_pylist(), where.to_pylist(), strict=True)
    return _with(batch, column, pa.array([None if gone else text for text, gone in pairs], pa.string()))


def _rewritten(
    batch: pa.RecordBatch, column: str, where: pa.Array, text_to_find: str, change: Callable[[str], str]
) -> pa.RecordBatch:
    """Change the texts of a column that contain a text, in some rows.

    Few contain it, so they are found by a vectorised search first.
    """
    texts = batch.column(column)
    hits = pc.and_(where, pc.fill_null(pc.match_substring(texts, text_to_find, ignore_case=True), False))
    if not pc.any(hits).as_py():
        return batch
    pairs = zip(texts.to_pylist(), hits.to_pylist(), strict=True)
    return _with(batch, column, pa.array([change(text) if hit else text for text, hit in pairs], pa.string()))


def _own_columns(text: str, mentions: Mentions) -> str:
    """Replace the name in the operator's own columns, a JSON object."""

    def changed_of(value: Any) -> Any:  # noqa: ANN401
        whole = value == mentions.name
        return mentions.alias if whole else mentions.out_of(value) if isinstance(value, str) else value

    columns = msgspec.json.decode(text)
    changed = {key: changed_of(value) for key, value in columns.items()}
    return msgspec.json.Encoder(order="sorted").encode(changed).decode() if changed != columns else text


# The journal and the decision lines


def _from_journal(database: Database, file: Path, erasure: Erasure) -> None:
    """Remove account, evidence and event from the findings in the journal.

    The ids of their decisions are written into them, since they can no longer be derived from account and event.
    Released phone numbers that equal the name are replaced as well.
    """
    if not file.exists():
        return
    decisions = tables.decisions.c
    of_account = (decisions.service == erasure.service) & (decisions.account == erasure.account)
    asked = sa.select(tables.decisions).where(of_account)
    with database.begin() as rows:
        decision_ids = {(row.rule, row.record["event"]): row.decision_id for row in rows.execute(asked)}

    def without(finding: Finding) -> Finding:
        if (finding.service, finding.account) != (erasure.service, erasure.account):
            return finding
        decision_id = finding.decision or decision_ids.get((finding.rule, finding.event), "")
        return msgspec.structs.replace(
            finding, account=erasure.alias, evidence=(), context=Context(), event="erased", decision=decision_id
        )

    def released(release: ReleaseNumber) -> ReleaseNumber:
        if release.service != erasure.service:
            return release
        number = erasure.alias if release.number == erasure.account else release.number
        account = erasure.alias if release.account == erasure.account else release.account
        return replace(release, number=number, account=account)

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


def _without_account(line: dict[str, Any], erasure: Erasure) -> dict[str, Any]:
    """Return a decision of an earlier edition without the account."""
    is_own = (line["service"], line["account"]) == (erasure.service, erasure.account)
    return erased_rows.without(line, erasure.alias) if is_own else line


__all__ = ["carry_out", "erase", "is_named", "unfinished"]
