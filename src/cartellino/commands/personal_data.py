"""Personal data (law 12): what is stored about an account, and legal holds that keep it. See also `erasure`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from cartellino.appeals.hearing import NotNow
from cartellino.commands import pending_acts
from cartellino.enforcement.wording import wording_in
from cartellino.pipeline.state_folder import StateFolder
from cartellino.queries.health import reported_by
from cartellino.storage import tables
from cartellino.storage.database import Database, Rows
from cartellino.vocabulary.actors import Actor
from cartellino.vocabulary.times import Instant, show_instant

_HIDDEN = ("source", "row", "credit")
_BY_OTHERS = ("reported", "blocked", "report_withdrawn", "unblocked")

_BY_OUTSIDERS = ("complaint", "order")
"""Kinds of case with the words of others: the holder learns of them by what was decided."""

_SEEN_BY_PEER = frozenset(
    {
        "message_sent", "delivered", "read", "reply_received", "member_added", "invite_accepted", "invite_declined",
    }
)  # fmt: skip
"""Kinds of event from which the peer learns the acting account anyway."""

_OF_PEER = ("time", "kind", "service", "peer")  # not the id, in which a service may have put a name
_TOLD_TO_PEER = (*_OF_PEER, "account", "group", "media")


def known_of(
    rows: Rows, state: StateFolder, service: str, account: str, subject: str, *, for_holder: bool = False
) -> dict[str, Any]:
    """Return everything that is stored about an account: its events, decisions, sanctions, notices and cases.

    `subject` is its pseudonym, under which the problems are stored that it reported.

    `named_in` are events of others that name it, as far as the account may know them: who wrote to it, that it made a
    report (not about whom), that it was looked at. Who reported it is never shown, as that is the reporter's own data.
    For the holder, evidence and reasons are shown only as far as the rule discloses them, and reports, and who decided,
    are left out.
    """
    known: dict[str, Any] = {"service": service, "account": account}
    for called in ("decisions", "sanctions", "strikes", "notices", "cases"):
        table = tables.METADATA.tables[called]
        of_account = (table.c.service == service) & (table.c.account == account)
        known[called] = [_plain(row) for row in rows.execute(sa.select(table).where(of_account))]
    known["problems"] = reported_by(rows, subject)
    known["events"] = [_own_event(event) for event in _events(state, service, "account", account)]
    if for_holder:
        _only_disclosed(known)
    of_others = (event for event in _events(state, service, "peer", account) if event["account"] != account)
    known["named_in"] = [_as_peer(event) for event in of_others]
    return known


def _only_disclosed(known: dict[str, Any]) -> None:
    for decision in known["decisions"]:
        wording = wording_in(decision["record"])
        words = {"clause": wording.clause, "reason": wording.told}
        shown = decision["record"]["evidence"] if wording.discloses == "full" else []
        decision["record"] = {**decision["record"], "evidence": shown, "wording": words}
        del decision["cluster"]
    known["cases"] = [case for case in known["cases"] if case["kind"] not in _BY_OUTSIDERS]
    for case in known["cases"]:
        del case["closed_by"]
    known["events"] = [event for event in known["events"] if event["kind"] not in _BY_OTHERS]


def _events(state: StateFolder, service: str, column: str, account: str) -> Iterator[dict[str, Any]]:
    for batch in state.log.read():
        hits = pc.and_(pc.equal(batch.column("service"), service), pc.equal(batch.column(column), account))
        for event in batch.filter(hits).to_pylist():
            shown = {key: value for key, value in event.items() if value is not None and key not in _HIDDEN}
            shown["time"] = event["time"].isoformat()
            yield shown


def _own_event(event: dict[str, Any]) -> dict[str, Any]:
    hidden = ("peer", "id") if event["kind"] in _BY_OTHERS else ()
    return {key: value for key, value in event.items() if key not in hidden}


def _as_peer(event: dict[str, Any]) -> dict[str, Any]:
    columns = _TOLD_TO_PEER if event["kind"] in _SEEN_BY_PEER else _OF_PEER
    return {key: event[key] for key in columns if key in event}


def _plain(row: sa.Row[Any]) -> dict[str, Any]:
    return {key: show_instant(value) if key.endswith("_at") and value else value for key, value in row._mapping.items()}


# Legal holds


def must_not_be_held(rows: Rows, subject: str) -> None:
    """Raises `NotNow` while a legal hold keeps an account's data."""
    legal_hold = rows.execute(sa.select(tables.holds).where(tables.holds.c.subject == subject)).one_or_none()
    if legal_hold is not None:
        raise NotNow(f"a legal hold keeps this account since {show_instant(legal_hold.at)[:10]}: {legal_hold.why}")


def held_rows(database: Database, pseudonym: Callable[[str, str], str]) -> Callable[[pa.RecordBatch], pa.Array] | None:
    """Return a function from a batch of events to a mask of those under a legal hold; `None` if there is no hold."""
    with database.begin() as rows:
        subjects = set(rows.scalars(sa.select(tables.holds.c.subject)))
    if not subjects:
        return None

    def spared(batch: pa.RecordBatch) -> pa.Array:
        named = zip(batch.column("service").to_pylist(), batch.column("account").to_pylist(), strict=True)
        return pa.array([pseudonym(service, account) in subjects for service, account in named], pa.bool_())

    return spared


def hold(rows: Rows, subject: str, now: Instant, by: Actor, why: str) -> None:
    """Place a legal hold: an account's data is kept, for the reason given, even if its holder asks for erasure."""
    rows.execute(sa.delete(tables.holds).where(tables.holds.c.subject == subject))
    rows.execute(sa.insert(tables.holds).values(subject=subject, at=now, by=by, why=why))
    pending_acts.leave_record(rows, now, by, "legal hold", subject, why)


def end_hold(rows: Rows, subject: str, now: Instant, by: Actor) -> bool:
    """End a legal hold; say whether there was one."""
    ended = rows.execute(sa.delete(tables.holds).where(tables.holds.c.subject == subject)).rowcount > 0
    if ended:
        pending_acts.leave_record(rows, now, by, "legal hold ended", subject)
    return ended


__all__ = ["end_hold", "held_rows", "hold", "known_of", "must_not_be_held"]
