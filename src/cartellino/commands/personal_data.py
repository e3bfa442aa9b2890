"""Personal data is a debt (law 12): what is known of an account, and legal holds that keep it. See also `erasure`."""

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
from cartellino.storage import tables
from cartellino.storage.database import Database, Rows
from cartellino.vocabulary.actors import Actor
from cartellino.vocabulary.times import Instant, show_instant

_HIDDEN = ("source", "row", "credit")
_BY_OTHERS = ("reported", "blocked", "report_withdrawn", "unblocked")

_SEEN_BY_PEER = frozenset(
    {
        "message_sent", "delivered", "read", "reply_received", "member_added", "invite_accepted", "invite_declined",
    }
)  # fmt: skip
"""Kinds in which the peer of an event learns whose event it is."""

_OF_PEER = ("time", "kind", "service", "peer")  # not the id, in which a service may have put a name
_TOLD_TO_PEER = (*_OF_PEER, "account", "group", "media")


def known_of(rows: Rows, state: StateFolder, service: str, account: str, *, for_holder: bool = False) -> dict[str, Any]:
    """Return everything that is kept of an account: its events, decisions, sanctions, notices and cases.

    `named_in` are others' events that name it, as far as they are its own to know: whose message it got, that it
    reported or was looked at, and never who reported whom. Who reported it is not part of it: that is theirs. For the
    holder, numbers and reasons are shown as far as the rule disclosed them; who decided, and that and when somebody
    reported, is left out.
    """
    found: dict[str, Any] = {"service": service, "account": account}
    for called in ("decisions", "sanctions", "strikes", "notices", "cases"):
        table = tables.METADATA.tables[called]
        mine = (table.c.service == service) & (table.c.account == account)
        found[called] = [_plain(one) for one in rows.execute(sa.select(table).where(mine))]
    found["events"] = [_own_event(one) for one in _events(state, service, "account", account)]
    if for_holder:
        _only_disclosed(found)
    found["named_in"] = [
        _as_peer(one) for one in _events(state, service, "peer", account) if one["account"] != account
    ]  # fmt: skip
    return found


def _only_disclosed(found: dict[str, Any]) -> None:
    for one in found["decisions"]:
        wording = wording_in(one["record"])
        words = {"clause": wording.clause, "reason": wording.told}
        shown = one["record"]["evidence"] if wording.discloses == "full" else []
        one["record"] = {**one["record"], "evidence": shown, "wording": words}
        del one["cluster"]
    for one in found["cases"]:
        del one["closed_by"]
    found["events"] = [one for one in found["events"] if one["kind"] not in _BY_OTHERS]


def _events(state: StateFolder, service: str, column: str, account: str) -> Iterator[dict[str, Any]]:
    for batch in state.log.read():
        found = pc.and_(pc.equal(batch.column("service"), service), pc.equal(batch.column(column), account))
        for one in batch.filter(found).to_pylist():
            shown = {key: held for key, held in one.items() if held is not None and key not in _HIDDEN}
            shown["time"] = one["time"].isoformat()
            yield shown


def _own_event(one: dict[str, Any]) -> dict[str, Any]:
    hidden = ("peer", "id") if one["kind"] in _BY_OTHERS else ()
    return {key: held for key, held in one.items() if key not in hidden}


def _as_peer(one: dict[str, Any]) -> dict[str, Any]:
    columns = _TOLD_TO_PEER if one["kind"] in _SEEN_BY_PEER else _OF_PEER
    return {key: one[key] for key in columns if key in one}


def _plain(row: sa.Row[Any]) -> dict[str, Any]:
    return {key: show_instant(held) if key.endswith("_at") and held else held for key, held in row._mapping.items()}


# Legal holds


def must_not_be_held(rows: Rows, subject: str) -> None:
    """Raises `NotNow` while a legal hold keeps an account's data."""
    held = rows.execute(sa.select(tables.holds).where(tables.holds.c.subject == subject)).one_or_none()
    if held is not None:
        raise NotNow(f"a legal hold keeps this account since {show_instant(held.at)[:10]}: {held.why}")


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


def hold(rows: Rows, subject: str, now: Instant, by: Actor, why: str) -> None:
    """Keep an account's data although its holder may ask for erasure: a named exception, with its reason."""
    rows.execute(sa.delete(tables.holds).where(tables.holds.c.subject == subject))
    rows.execute(sa.insert(tables.holds).values(subject=subject, at=now, by=by, why=why))
    pending_acts.leave_record(rows, now, by, "legal hold", subject, why)


def end_hold(rows: Rows, subject: str, now: Instant, by: Actor) -> bool:
    """End a hold; say whether there was one."""
    ended = rows.execute(sa.delete(tables.holds).where(tables.holds.c.subject == subject)).rowcount > 0
    if ended:
        pending_acts.leave_record(rows, now, by, "legal hold ended", subject)
    return ended


__all__ = ["end_hold", "held_rows", "hold", "known_of", "must_not_be_held"]
