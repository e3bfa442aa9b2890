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
"""What acts are called where they are kept. These names stay, whatever the classes are called."""

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
        "record": decision.record(),
    }


def of_sanctions(person: AccountRef, standing: Standing) -> list[dict[str, Any]]:
    """Return the rows of an account's sanctions."""
    return [
        {
            "sanction_id": one.id,
            "decision_id": one.decision,
            "service": person[0],
            "account": person[1],
            "rule": one.rule,
            "ladder": one.ladder,
            "kind": one.action.kind,
            "scope": list(one.action.scope),
            "starts_at": one.starts_at,
            "ends_at": one.action.ends_at,
            "lifted_at": one.lifted_at,
            "expired_at": one.expired_at,
            "strike": one.strike,
            "replaced_by": one.replaced_by,
            "replaced_at": one.replaced_at,
        }
        for one in standing.sanctions
    ]


def of_strikes(person: AccountRef, standing: Standing) -> list[dict[str, Any]]:
    """Return the rows of an account's strikes."""
    return [
        {
            "decision_id": one.decision,
            "service": person[0],
            "account": person[1],
            "ladder": one.ladder,
            "at": one.at,
            "rung": one.rung,
            "least": one.least,
            "revoked": one.revoked,
            "replaced_by": one.replaced_by,
            "sequence": one.sequence,
        }
        for one in standing.strikes
    ]


def of_changes(changes: Iterable[Change]) -> list[dict[str, Any]]:
    """Return the rows of the ledger."""
    return [msgspec.to_builtins(one) for one in changes]
