"""Rows of the database that follow from decisions, standings, acts and the ledger, and acts read back from rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
import sqlalchemy as sa

from cartellino.enforcement import acts
from cartellino.enforcement.acts import Act
from cartellino.enforcement.decision import Decision
from cartellino.enforcement.ledger import Change
from cartellino.enforcement.standing import Standing
from cartellino.storage import tables
from cartellino.storage.database import Rows
from cartellino.vocabulary.accounts import AccountRef

KINDS: dict[str, type[Act]] = {
    "Lift": acts.Lift, "Shorten": acts.Shorten, "Overturn": acts.Overturn, "Expire": acts.Expire,
    "Impose": acts.Impose, "Link": acts.Link, "Erase": acts.Erase, "Redact": acts.Redact, "Record": acts.Record,
    "Adopt": acts.Adopt, "SetBack": acts.SetBack, "Release": acts.Release, "Discard": acts.Discard,
    "OpenIncident": acts.OpenIncident, "CloseIncident": acts.CloseIncident, "ReleaseNumber": acts.ReleaseNumber,
}  # fmt: skip
"""The names under which acts are stored. They must not change, even if a class is renamed."""

KIND_OF: dict[type[Act], str] = {kind: name for name, kind in KINDS.items()}
_COMMON = ("after", "at", "by", "why")


def of_act(number: int, act: Act) -> dict[str, Any]:
    """Return the row of an act."""
    data = msgspec.to_builtins(act)
    common = {name: data.pop(name) for name in _COMMON}
    sealed = data.pop("sealed") or None
    return {"number": number, "kind": KIND_OF[type(act)], "data": data, "sealed": sealed, **common}


def act_of(row: sa.Row[Any]) -> Act:
    """Return the act of a row."""
    data = {**row.data, **{name: getattr(row, name) for name in _COMMON}, "sealed": row.sealed or ""}
    return msgspec.convert(data, KINDS[row.kind])


def all_acts(rows: Rows) -> Iterator[tuple[int, Act]]:
    """Yield all acts with their numbers, in their order."""
    for row in rows.execute(sa.select(tables.acts).order_by(tables.acts.c.number)):
        yield row.number, act_of(row)


def of_decision(decision: Decision, rule_version: str, cluster: str) -> dict[str, Any]:
    """Return the row of a decision."""
    return {
        "decision_id": decision.id,
        "sanction_id": decision.sanction,
        "service": decision.service,
        "account": decision.account,
        "at": decision.at,
        "sequence": decision.sequence,
        "rule": decision.rule,
        "rule_version": rule_version,
        "policy_version": decision.version,
        "code": decision.code,
        "kind": decision.action.kind,
        "mode": decision.mode,
        "cluster": cluster,
        "region": decision.context.region if decision.context is not None else None,
        "record": decision.record(),
    }


def of_sanctions(person: AccountRef, standing: Standing) -> list[dict[str, Any]]:
    """Return the rows of an account's sanctions."""
    return [
        {
            "sanction_id": sanction.id,
            "decision_id": sanction.decision,
            "service": person[0],
            "account": person[1],
            "rule": sanction.rule,
            "ladder": sanction.ladder,
            "kind": sanction.action.kind,
            "scope": list(sanction.action.scope),
            "starts_at": sanction.starts_at,
            "ends_at": sanction.action.ends_at,
            "lifted_at": sanction.lifted_at,
            "expired_at": sanction.expired_at,
            "strike": sanction.strike,
            "replaced_by": sanction.replaced_by,
            "replaced_at": sanction.replaced_at,
        }
        for sanction in standing.sanctions
    ]


def of_strikes(person: AccountRef, standing: Standing) -> list[dict[str, Any]]:
    """Return the rows of an account's strikes."""
    return [
        {
            "decision_id": strike.decision,
            "service": person[0],
            "account": person[1],
            "ladder": strike.ladder,
            "at": strike.at,
            "rung": strike.rung,
            "least": strike.least,
            "revoked": strike.revoked,
            "replaced_by": strike.replaced_by,
            "sequence": strike.sequence,
        }
        for strike in standing.strikes
    ]


def of_changes(changes: Iterable[Change]) -> list[dict[str, Any]]:
    """Return the rows of the ledger."""
    return [msgspec.to_builtins(change) for change in changes]
