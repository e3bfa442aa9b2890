"""Erases an account from the tables. Every column is listed here, by what it holds, and treated accordingly.

The account's own rows are emptied and stay under its alias; rows of others that name it name the alias instead. Columns
that name an operator stay as they are, even where the names are equal: an account never acts as an operator. The ledger
keeps its pseudonyms and seals; reasons are redacted, and a new row holds the digest of what is left of each
(`enforcement.ledger`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import sqlalchemy as sa

from cartellino.commands import pending_acts
from cartellino.commands.mentions import Mentions
from cartellino.enforcement.acts import Erase, Redact
from cartellino.enforcement.ledger import Change, content_digest, row_name, text_digest
from cartellino.storage import tables
from cartellino.storage.database import Rows
from cartellino.vocabulary.actors import Actor
from cartellino.vocabulary.times import Instant

ACCOUNTS: dict[str, tuple[str, ...]] = {
    "decisions": ("account",), "sanctions": ("account",), "strikes": ("account",), "notices": ("account",),
    "cases": ("account",), "outbox": ("account",), "reports": ("reporter", "account"), "proofs": ("account",),
    "codes": ("account",), "told_sanctions": ("account",), "told_strikes": ("account",),
    "complaint_subjects": ("account",),
}  # fmt: skip
"""Columns that hold the name of an account, beside the column `service`."""

WORDS: dict[str, tuple[str, ...]] = {
    "cases": ("text", "reason"), "case_rows": ("said",), "attachments": ("name",), "golden": ("why",),
    "proposals": ("why", "words", "settled_why"), "holds": ("why",), "policy_versions": ("why",),
    "policy_switches": ("why",),
    "deliveries": ("error",), "erasures": ("why",), "pending_acts": ("why",), "incident_entries": ("note",),
    "order_entries": ("note",), "complaints": ("text", "law"), "referrals": ("note", "receipt"),
    "filer_entries": ("why",),
}  # fmt: skip
"""Columns that hold free text. The reasons of acts are redacted together with the ledger."""

DATA: dict[str, tuple[str, ...]] = {
    "decisions": ("record",), "notices": ("facts",), "outbox": ("data",), "proposals": ("rehearsal",),
    "acts": ("data",), "pending_acts": ("data",), "health": ("row",), "order_entries": ("data",),
    "cases": ("reasons",), "mails": ("data",),
}  # fmt: skip
"""Columns that hold JSON in which accounts may be named, in fields or in free text."""

KEPT: dict[str, tuple[str, ...]] = {
    "acts": ("by", "kind", "sealed", "key", "why"),
    "attachments": ("attachment_id", "case_id", "media_type"),
    "authorities": ("authority_id", "name", "kind", "country", "domains", "credential_id", "by"),
    "audits": ("decision_id", "rule_version", "rule", "cluster", "judged_by"),
    "case_rows": ("case_id", "by", "what"),
    "codes": ("code_id", "webhook_id", "service", "code"),
    "cases": ("case_id", "kind", "topic", "status", "service", "sanction_id", "decision_id", "rule_version", "region",
              "door", "legal_basis", "closed_by", "outcome", "state", "address"),
    "complaints": ("complaint", "filer", "mail", "language", "country", "category", "door", "authority_id", "secret",
                   "refused"),
    "complaint_subjects": ("complaint", "kind", "service", "address", "case_id"),
    "credentials": ("credential_id", "kind", "digest", "holder", "scopes", "source"),
    "decisions": ("decision_id", "sanction_id", "service", "rule", "rule_version", "policy_version", "kind", "mode",
                  "cluster", "region"),
    "deliveries": ("webhook_id", "state"),
    "editions": ("seal",),
    "erasures": ("alias", "subject", "service", "account", "by"),
    "filer_entries": ("filer", "by", "what"),
    "golden": ("decision_id", "made_by"),
    "health": ("source", "kind", "id", "service", "country", "reporter"),
    "holds": ("subject", "by"),
    "incident_entries": ("incident_id", "service", "state", "by", "scope"),
    "ledger": ("by", "what", "subject", "before", "to", "seal"),
    "looks": ("decision_id", "by"),
    "notices": ("notice_id", "sanction_id", "decision_id", "service", "shape", "code", "delivered_by"),
    "installation": ("installation_id", "holder", "latest"),
    "mails": ("target", "language", "kind"),
    "operators": ("name", "role", "password", "set_by"),
    "order_entries": ("order_id", "state", "by"),
    "outbox": ("kind", "service"),
    "pending_acts": ("by", "kind"),
    "policy_versions": ("version", "texts", "parameters", "modes", "promised", "added_by"),
    "progress": ("name",),
    "policy_switches": ("version", "by"),
    "proofs": ("proof_id", "service", "digest", "code_of"),
    "proposals": ("proposal_id", "change", "made_by", "base", "state", "settled_by"),
    "referrals": ("referral_id", "case_id", "recipient", "country", "law", "by"),
    "reports": ("service", "kind"),
    "sanctions": ("sanction_id", "decision_id", "service", "rule", "ladder", "kind", "scope", "replaced_by"),
    "sender_facts": ("kind",),
    "sender_queue": ("item_id", "phone_number_id", "idempotency_key", "digest", "state", "said", "message_id"),
    "sender_snapshots": ("layout",),
    "spent_tokens": ("digest",),
    "subscriptions": ("subscription_id", "kind", "target", "language", "service", "country", "feature", "secret"),
    "status_messages": ("subscription_id", "kind", "data"),
    "told_levels": ("service", "country", "feature", "level"),
    "strikes": ("decision_id", "service", "ladder", "replaced_by"),
    "told_held": ("decision_id",),
    "told_sanctions": ("sanction_id", "decision_id", "service", "rule", "ladder", "kind", "scope", "replaced_by"),
    "told_strikes": ("decision_id", "service", "ladder", "replaced_by"),
    "webhook_copies": ("headers",),
    "webhooks": ("webhook_id", "url", "secret", "kinds", "paused_why", "last_error"),
}  # fmt: skip
"""Columns that stay as they are: ids, enumerations, actors, and the text of policies. Some columns of the ledger and of
acts change when their reasons are redacted; `erasures.account` is emptied when the erasure is done. What an account
reported to `health` is deleted. Whoever files a complaint does so by a mail address, not as an account: text and
address of a complaint are forgotten a year after it is closed (`commands.complaints`)."""


class Erasure(NamedTuple):
    """An erasure: the account, its alias and pseudonym (`subject`), and when, by whom and why it was ordered."""

    service: str
    account: str
    alias: str
    subject: str
    at: Instant
    by: Actor
    why: str


class _Own(NamedTuple):
    """The ids of an account's decisions, sanctions and cases."""

    decisions: frozenset[str]
    sanctions: frozenset[str]
    cases: frozenset[str]


def is_named(rows: Rows, service: str, account: str, subject: str) -> bool:
    """Say whether any table names an account or its pseudonym, in a column of its own or in free text."""
    mentions = mentions_of(rows, service, account, "")
    return (
        any(_has(rows, table, table.c.service == service, table.c[column] == account)
            for table, column in _columns(ACCOUNTS))
        or _has(rows, tables.health, tables.health.c.reporter == subject)
        or any(change for table, column in _columns(DATA) for change in _data(rows, table, column, mentions))
        or any(change for table, column in _columns(WORDS | {"acts": ("why",)})
               for change in _words(rows, table, column, mentions))
    )  # fmt: skip


def mentions_of(rows: Rows, service: str, account: str, alias: str) -> Mentions:
    """Return what replaces an account's name by its alias in texts."""
    return Mentions(service, account, alias, set(rows.scalars(sa.select(tables.operators.c.name))))


def erase(rows: Rows, erasure: Erasure) -> None:
    """Erase an account from all tables, and leave the acts that record it in the ledger."""
    own, mentions = _own(rows, erasure), mentions_of(rows, erasure.service, erasure.account, erasure.alias)
    redacted = dict(_redact(rows, erasure, own, mentions))
    _empty(rows, erasure, own)
    for table, column in _columns(ACCOUNTS):
        of_account = (table.c.service == erasure.service) & (table.c[column] == erasure.account)
        rows.execute(sa.update(table).where(of_account).values({column: erasure.alias}))
    for table, column in _columns(DATA):
        for this, data in list(_data(rows, table, column, mentions)):
            rows.execute(sa.update(table).where(this).values({column: data}))
    for table, column in _columns(WORDS):
        for this, text in list(_words(rows, table, column, mentions)):
            rows.execute(sa.update(table).where(this).values({column: text}))
    for of, left in redacted.items():
        pending_acts.leave(rows, Redact, erasure.at, erasure.by, "", of=of, left=left, alias=erasure.alias)
    why = mentions.strictly_out_of(erasure.why)
    rows.execute(sa.update(tables.erasures).where(tables.erasures.c.alias == erasure.alias).values(why=why))
    pending_acts.leave(rows, Erase, erasure.at, erasure.by, why, alias=erasure.alias)


def _own(rows: Rows, erasure: Erasure) -> _Own:
    def ids(table: sa.Table, column: str) -> frozenset[str]:
        of_account = (table.c.service == erasure.service) & (table.c.account == erasure.account)
        return frozenset(rows.scalars(sa.select(table.c[column]).where(of_account)))

    sanctions = ids(tables.sanctions, "sanction_id") | ids(tables.decisions, "sanction_id")
    return _Own(ids(tables.decisions, "decision_id"), sanctions, ids(tables.cases, "case_id"))


# What is the account's own


def _empty(rows: Rows, erasure: Erasure, own: _Own) -> None:
    def of_account(table: sa.Table) -> sa.ColumnElement[bool]:
        return (table.c.service == erasure.service) & (table.c.account == erasure.account)

    decisions, cases, messages = tables.decisions, tables.cases, tables.outbox
    for row in rows.execute(sa.select(decisions.c.decision_id, decisions.c.record).where(of_account(decisions))).all():
        record = without(row.record, erasure.alias)
        this = decisions.c.decision_id == row.decision_id
        rows.execute(sa.update(decisions).where(this).values(record=record, cluster="erased"))
    reason = sa.case((cases.c.reason.is_(None), None), else_="")
    rows.execute(sa.update(cases).where(of_account(cases)).values(text="", reason=reason, reasons=None))
    for case in sorted(own.cases):
        rows.execute(sa.delete(tables.attachments).where(tables.attachments.c.case_id == case))
        rows.execute(sa.update(tables.case_rows).where(tables.case_rows.c.case_id == case).values(said=""))
    facts = {"shape": "lifted", "at": 0}
    rows.execute(sa.update(tables.notices).where(of_account(tables.notices)).values(facts=facts))
    for table in (tables.proofs, tables.codes):
        rows.execute(sa.delete(table).where(of_account(table)))
    rows.execute(sa.delete(tables.health).where(tables.health.c.reporter == erasure.subject))
    waiting = tables.deliveries.c.state == "waiting"
    theirs = tables.deliveries.c.message.in_(sa.select(messages.c.number).where(of_account(messages)))
    gone = {"state": "dead", "done_at": erasure.at, "error": "the account was erased"}
    rows.execute(sa.update(tables.deliveries).where(waiting, theirs).values(**gone))
    rows.execute(sa.update(messages).where(of_account(messages)).values(data={}))


def without(record: dict[str, Any], alias: str) -> dict[str, Any]:
    """Return the record of a decision with the alias for the account, and without event and evidence."""
    return {**record, "account": alias, "event": "erased", "evidence": []}


# Reasons, in acts and in the ledger


def _redact(rows: Rows, erasure: Erasure, own: _Own, mentions: Mentions) -> Iterator[tuple[str, str]]:
    """Redact the reasons of acts; yield for each the digest that the ledger knows it by, and that of what is left."""
    acts = tables.acts
    people = acts.c.kind.not_in(("Expire", "Redact"))  # these two say nothing of anybody
    for act in rows.execute(sa.select(acts).where(people, acts.c.why != "").order_by(acts.c.number)).all():
        left = "" if _is_about(act.data, erasure, own) else mentions.out_of(act.why)
        if left == act.why:
            continue
        rows.execute(sa.update(acts).where(acts.c.number == act.number).values(why=left, key=None))
        if act.sealed is not None:
            yield act.sealed, text_digest(left)
        else:
            yield from _redact_in_clear(rows, erasure, act, left)


def _is_about(data: dict[str, Any], erasure: Erasure, own: _Own) -> bool:
    person = (erasure.service, erasure.account)
    return (
        person in ((data.get("service"), data.get("account")), (data.get("other_service"), data.get("other_account")))
        or data.get("decision") in own.decisions
        or data.get("sanction") in own.sanctions
        or data.get("subject") in {erasure.subject, *own.cases, *own.decisions}
    )


def _redact_in_clear(rows: Rows, erasure: Erasure, act: sa.Row[Any], left: str) -> Iterator[tuple[str, str]]:
    """Redact a reason in rows of the ledger that hold it as text, from before the ledger sealed digests of reasons."""
    ledger = tables.ledger
    subjects = (erasure.subject, act.data.get("subject", erasure.subject))
    about = sa.or_(ledger.c.subject.in_(subjects), ledger.c.before == erasure.subject)
    same = (ledger.c.to == act.why) & (about if left == "" else sa.true())
    for row in rows.execute(sa.select(ledger).where(same)).all():
        changed = Change(**{**row._mapping, "to": left})
        rows.execute(sa.update(ledger).where(ledger.c.number == row.number).values(to=left))
        yield row_name(row.number), content_digest(changed)


# Mentions in the rows of others


def _columns(listed: dict[str, tuple[str, ...]]) -> Iterator[tuple[sa.Table, str]]:
    return ((tables.METADATA.tables[table], column) for table, columns in listed.items() for column in columns)


def _has(rows: Rows, table: sa.Table, *where: sa.ColumnElement[bool]) -> bool:
    return rows.execute(sa.select(sa.literal(1)).select_from(table).where(*where).limit(1)).first() is not None


_Changed = tuple[sa.ColumnElement[bool], Any]


def _words(rows: Rows, table: sa.Table, column: str, mentions: Mentions) -> Iterator[_Changed]:
    """Yield the rows whose text mentions the account, each as a condition, with the text that replaces it."""
    asked = sa.select(*table.primary_key, table.c[column])
    for row in rows.execute(asked.where(_may_have(table.c[column], mentions.spellings))):
        text = row._mapping[column]
        if (left := mentions.out_of(text)) != text:
            yield _this(table, row._mapping), left


def _data(rows: Rows, table: sa.Table, column: str, mentions: Mentions) -> Iterator[_Changed]:
    """Yield the rows whose JSON mentions the account, each as a condition, with the data that replaces it."""
    escaped = [json.dumps(spelling)[1:-1] for spelling in mentions.spellings]
    service = table.c.service if "service" in table.c else sa.literal(mentions.service)
    asked = sa.select(*table.primary_key, table.c[column], service.label("of_service"))
    for row in rows.execute(asked.where(_may_have(sa.cast(table.c[column], sa.Text), escaped))):
        data = row._mapping[column]
        if (left := mentions.out_of_data(data, row.of_service)) != data:
            yield _this(table, row._mapping), left


def _may_have(column: sa.ColumnElement[Any], spellings: Iterable[str]) -> sa.ColumnElement[bool]:
    """The condition that a text contains one of these spellings, in any case.

    Several spellings are tried since SQLite's `lower` changes ASCII letters only.
    """
    lower = sa.func.lower(column)
    return sa.or_(*(place.contains(spelling, autoescape=True) for spelling in spellings for place in (column, lower)))


def _this(table: sa.Table, row: sa.RowMapping) -> sa.ColumnElement[bool]:
    return sa.and_(*(column == row[column.name] for column in table.primary_key))
