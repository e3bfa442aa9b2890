"""The relational schema: what the service stores beside the event log, table by table.

Instants are whole milliseconds since 1970. What follows from the log and the acts (`decisions`, `sanctions`, `strikes`,
`ledger`) is written in the same transaction as `progress`, so that a restarted service knows how far it had come. The
migrations in `storage/migrations` must produce exactly these tables, which a test checks.
"""

from __future__ import annotations

import sqlalchemy as sa

from cartellino.storage.filing_tables import authorities as authorities
from cartellino.storage.filing_tables import complaint_subjects as complaint_subjects
from cartellino.storage.filing_tables import complaints as complaints
from cartellino.storage.filing_tables import filer_entries as filer_entries
from cartellino.storage.filing_tables import mails as mails
from cartellino.storage.filing_tables import referrals as referrals
from cartellino.storage.renamed import FactsOfNotice, ShapeOfNotice
from cartellino.storage.table_columns import METADATA as METADATA
from cartellino.storage.table_columns import at as _at
from cartellino.storage.table_columns import data as _data
from cartellino.storage.table_columns import key as _key
from cartellino.storage.table_columns import number as _number
from cartellino.storage.table_columns import serial as _serial
from cartellino.storage.table_columns import text as _text

progress = sa.Table("progress", METADATA, _key("name"), sa.Column("value", sa.BigInteger, nullable=False))
"""How far the log has been decided (`sequence`), the time of the service (`clock`; see `service.timekeeping`), and the
last message of the outbox for which deliveries were made (`fanned`)."""

installation = sa.Table(
    "installation", METADATA, _key("installation_id"), _at("made_at"), _text("holder"),
    sa.Column("written", sa.BigInteger, nullable=False), _text("latest"),
)  # fmt: skip
"""One row: the installation that the tables belong to, the process that writes to them (`holder`), the number of its
transactions so far (`written`), and the token of the latest one."""

policy_versions = sa.Table(
    "policy_versions", METADATA, _key("version"), _data("texts"), _data("parameters"), _data("modes"),
    _data("promised"), _at("added_at"),
    _text("added_by"), _text("why"),
)  # fmt: skip
"""Every policy set that has ever been in force, so that any decision can be explained and replayed."""

policy_switches = sa.Table(
    "policy_switches", METADATA, _key("version"), _at("at"), _text("by"), _text("why"),
)  # fmt: skip
"""The policy version that somebody has adopted and that is still catching up with the log: one row, or none."""

acts = sa.Table(
    "acts", METADATA, sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("after", sa.BigInteger, nullable=False), _at("at"), _text("by"), _text("why"), _text("kind"),
    _data("data"), _text("sealed", null=True), _text("key", null=True), sa.Index(None, "sealed"),
)  # fmt: skip
"""Acts: input other than events. Each applies after the event numbered `after`; log and acts determine every decision.

`by` is an actor with its kind (`vocabulary.actors`). `sealed` is the keyed digest of the reason in `why` that the
ledger contains, and `key` its key. Both are null where the ledger has the reason in clear. Erasing the reason destroys
the key, so that the digest cannot be checked against guesses."""

pending_acts = sa.Table(
    "pending_acts", METADATA, _serial("number"), _at("at"), _text("by"), _text("why"), _text("kind"), _data("data"),
)  # fmt: skip
"""Acts that wait to be applied. Any process may write one, in the transaction that calls for it; the service, which
alone writes decisions, applies them."""

decisions = sa.Table(
    "decisions", METADATA, _key("decision_id"), _text("sanction_id"), _text("service"), _text("account"), _at("at"),
    sa.Column("sequence", sa.BigInteger, nullable=False), _text("rule"), _text("rule_version"), _text("policy_version"),
    _number("code"), _text("kind"), _text("mode"), _text("cluster"), _text("region", null=True), _data("record"),
    sa.Index(None, "account", "service"), sa.Index(None, "rule_version", "at"),
    sa.Index(None, "rule", "at"), sa.Index(None, "cluster"),
    sa.Index("ix_decisions_reported", "at", "mode", "kind", "rule"),
)  # fmt: skip
"""Decisions with their evidence, never changed. Those with the same `cluster` share a device or an address, and so
probably belong to one campaign. `region` is where the account was last known to be, if that is known."""

sanctions = sa.Table(
    "sanctions", METADATA, _key("sanction_id"), _text("decision_id"), _text("service"), _text("account"), _text("rule"),
    _text("ladder", null=True), _text("kind"), _data("scope"), _at("starts_at"), _at("ends_at", null=True),
    _at("lifted_at", null=True), _at("expired_at", null=True), _number("strike"),
    _text("replaced_by", null=True), _at("replaced_at", null=True),
    sa.Index(None, "service", "account"), sa.Index(None, "decision_id"),
)  # fmt: skip
"""Sanctions. `ends_at` is the end that was set; null if there is none. What ended it is the time that is filled in:
`lifted_at` (an operator, or a reversal), `expired_at` (its end came) or `replaced_at` (a more severe decision)."""

strikes = sa.Table(
    "strikes", METADATA, _key("decision_id"), _text("service"), _text("account"), _text("ladder"), _at("at"),
    _number("rung"), _number("least"), sa.Column("revoked", sa.Boolean, nullable=False),
    _text("replaced_by", null=True), sa.Column("sequence", sa.BigInteger, nullable=False, server_default="0"),
    sa.Index(None, "service", "account"),
)  # fmt: skip
"""Strikes, one at most for each decision. `least` is the lowest rung on which the rule strikes; `sequence` is the event
after which the strike was added. One that is `revoked` or was replaced does not count."""

editions = sa.Table(
    "editions", METADATA, sa.Column("edition", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("sequence", sa.BigInteger, nullable=False), sa.Column("act", sa.BigInteger, nullable=False),
    sa.Column("ledger", sa.BigInteger, nullable=False), _text("seal"), _at("at"),
)  # fmt: skip
"""The editions of the meaning that an installation has used, each with the last event, act and ledger row before it.
Nothing before the latest edition is decided again; what was in force when it began is in the `told_` tables."""

told_sanctions = sa.Table(
    "told_sanctions", METADATA, _key("sanction_id"), _text("decision_id"), _text("service"), _text("account"),
    _text("rule"), _text("ladder", null=True), _text("kind"), _data("scope"), _at("starts_at"),
    _at("ends_at", null=True), _at("lifted_at", null=True), _at("expired_at", null=True), _number("strike"),
    _text("replaced_by", null=True), _at("replaced_at", null=True), sa.Index(None, "service", "account"),
)  # fmt: skip
"""Copies of the sanctions at the beginning of the latest edition."""

told_strikes = sa.Table(
    "told_strikes", METADATA, _key("decision_id"), _text("service"), _text("account"), _text("ladder"), _at("at"),
    _number("rung"), _number("least"), sa.Column("revoked", sa.Boolean, nullable=False),
    _text("replaced_by", null=True), sa.Column("sequence", sa.BigInteger, nullable=False, server_default="0"),
    sa.Index(None, "service", "account"),
)  # fmt: skip
"""Copies of the strikes at the beginning of the latest edition."""

told_held = sa.Table("told_held", METADATA, _key("decision_id"))
"""Decisions that a brake held back at the beginning of the latest edition."""

ledger = sa.Table(
    "ledger", METADATA, sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False), _at("at"),
    _text("by"), _text("what"), _text("subject"), _text("before"), _text("to"), _text("seal"),
    sa.Index(None, "subject"),
)  # fmt: skip
"""The hash-chained ledger of every change of state (law 5)."""

notices = sa.Table(
    "notices", METADATA, _key("notice_id"), _text("sanction_id"), _text("decision_id"), _text("service"),
    _text("account"), sa.Column("shape", ShapeOfNotice, nullable=False), _number("words"), _text("code", unique=True),
    sa.Column("facts", FactsOfNotice, nullable=False), _at("made_at"),
    _at("due_at"), sa.Column("announced", sa.Boolean, nullable=False),
    _at("delivered_at", null=True), _text("delivered_by", null=True), _at("seen_at", null=True),
    sa.Index(None, "service", "account"), sa.Index(None, "sanction_id"),
    sa.Index(
        "ix_notices_waiting", "due_at", sqlite_where=sa.text("NOT announced"),
        postgresql_where=sa.text("NOT announced"),
    ),
)  # fmt: skip
"""Notices to account holders: the facts, and the version of the wording that renders them in each language."""

cases = sa.Table(
    "cases", METADATA, _key("case_id"), _text("kind"), _text("topic"), _text("status"), _text("service"),
    _text("account"), _text("sanction_id", null=True), _text("decision_id", null=True),
    _text("rule_version", null=True),
    _text("region", null=True), _text("door"), _text("text"),
    _at("opened_at"), _at("due_at"), _text("legal_basis"),
    _at("reminded_at", null=True), _at("closed_at", null=True), _text("closed_by", null=True),
    _text("outcome", null=True), _text("reason", null=True),
    _text("state", null=True), _text("address", null=True), _at("late_at", null=True),
    sa.Column("reasons", sa.JSON(none_as_null=True), nullable=True), sa.Index(None, "address"),
    sa.Index(None, "service", "account"), sa.Index(None, "status", "due_at"), sa.Index(None, "decision_id"),
    sa.Index(None, "rule_version", "closed_at"), sa.Index(None, "closed_at"),
    sa.Index(
        "uq_cases_open_appeal", "sanction_id", unique=True,
        sqlite_where=sa.text("kind = 'appeal' AND closed_at IS NULL"),
        postgresql_where=sa.text("kind = 'appeal' AND closed_at IS NULL"),
    ),
)  # fmt: skip
"""Appeals, reviews, cases opened because a similar decision was reversed, grievances, complaints and orders. `door` is
how a case came in: the app, a page, a mail, a key, an operator. A sanction has at most one open appeal. `state` is
where a complaint or an order is, `address` the content or group that it is about, if it is about no account, `late_at`
when its deadline had passed, and `reasons` what those who complained were told, by language."""

case_rows = sa.Table(
    "case_rows", METADATA, _serial("number"), _text("case_id"), _at("at"), _text("by"), _text("what"), _text("said"),
    sa.Index(None, "case_id"),
)  # fmt: skip
"""The timeline of each case, oldest row first."""

attachments = sa.Table(
    "attachments", METADATA, _key("attachment_id"), _text("case_id"), _text("name"), _text("media_type"),
    sa.Column("content", sa.LargeBinary, nullable=False), _at("at"), sa.Index(None, "case_id"),
)  # fmt: skip
"""Files that came with an appeal."""

reports = sa.Table(
    "reports", METADATA, _serial("number"), _text("service"), _text("reporter"), _text("account"), _text("kind"),
    _at("at"), sa.Column("right", sa.Boolean, nullable=True), _at("judged_at", null=True),
    sa.Index(None, "service", "account"), sa.Index(None, "service", "reporter"),
)  # fmt: skip
"""Who reported whom, and whether the report proved right (null: not known yet). Never shown to the reported account."""

audits = sa.Table(
    "audits", METADATA, _key("decision_id"), _text("rule_version"), _text("rule"), _text("cluster"), _at("drawn_at"),
    sa.Column("right", sa.Boolean, nullable=True), _at("judged_at", null=True), _text("judged_by", null=True),
    sa.Index(None, "rule_version"),
)  # fmt: skip
"""Decisions drawn at random for a blind review, whether or not anybody appealed."""

golden = sa.Table(
    "golden", METADATA, _key("decision_id"), sa.Column("right", sa.Boolean, nullable=False), _at("made_at"),
    _text("made_by"), _text("why"),
)  # fmt: skip
"""Decisions whose right answer is known, mixed into the blind reviews to measure the reviewers."""

looks = sa.Table(
    "looks", METADATA, _key("decision_id"), sa.Column("by", sa.String(128), primary_key=True),
    sa.Column("right", sa.Boolean, nullable=False), _at("at"),
)  # fmt: skip
"""What each reviewer answered about golden decisions."""

proposals = sa.Table(
    "proposals", METADATA, _key("proposal_id"), _data("change"), _text("words"), _text("why"), _text("made_by"),
    _at("made_at"), _text("base"), sa.Column("rehearsal", sa.JSON(none_as_null=True), nullable=True), _text("state"),
    _text("settled_by", null=True), _at("settled_at", null=True), _text("settled_why", null=True),
    sa.Index(None, "state", "made_at"),
)  # fmt: skip
"""Proposed changes of the policies, with their `state`: waiting, agreed, refused or withdrawn."""

operators = sa.Table(
    "operators", METADATA, _key("name"), _text("role"), _text("password", null=True), _at("made_at"),
    _at("ended_at", null=True), _text("set_by", null=True), _at("set_at", null=True),
)  # fmt: skip
"""People who may sign in. `set_by` is who last set their role or password, empty if it was the command line."""

credentials = sa.Table(
    "credentials", METADATA, _key("credential_id"), _text("kind"), _text("digest", unique=True), _text("holder"),
    _data("scopes"), _text("source"), _at("made_at"), _at("ends_at", null=True), _at("ended_at", null=True),
    sa.Index(None, "holder"),
)  # fmt: skip
"""API keys, personal tokens and sessions. Only the digest of a secret is stored. The `source` of a session is the
pseudonym of the network from which it was begun."""

proofs = sa.Table(
    "proofs", METADATA, _key("proof_id"), _text("service"), _text("account"), _text("digest"), _at("made_at"),
    _at("ends_at"), _number("tries"), _at("used_at", null=True), _text("code_of", null=True),
    sa.Index(None, "service", "account"), sa.Index(None, "made_at"),
)  # fmt: skip
"""Proofs by one-time code that an account belongs to somebody. `code_of` names another proof whose code is valid for
this one as well, where no new code was sent."""

spent_tokens = sa.Table("spent_tokens", METADATA, _key("digest"), _at("ends_at"))
"""Tokens of account holders that must not be accepted although they have not expired: used links, ended visits."""

webhooks = sa.Table(
    "webhooks", METADATA, _key("webhook_id"), _text("url"), _text("secret"), _data("kinds"), _at("made_at"),
    _at("ended_at", null=True), _at("paused_at", null=True), _text("paused_why", null=True),
    _at("last_success_at", null=True), _at("last_error_at", null=True), _text("last_error", null=True),
    _number("last_status", null=True), _number("codes_delivered"),
)  # fmt: skip
"""The receivers of changes. `last_status` is the HTTP status of the last error, if there was an answer. One-time codes
are counted here, since their own rows are deleted once they are delivered."""

health = sa.Table(
    "health", METADATA, sa.Column("source", sa.String(128), primary_key=True),
    sa.Column("kind", sa.String(16), primary_key=True), sa.Column("id", sa.String(512), primary_key=True),
    _at("at"), _text("service"), _text("country"), _text("reporter", null=True), _data("row"),
    sa.Index(None, "at"), sa.Index(None, "reporter"),
)  # fmt: skip
"""Rows of health: reports of problems, probes, changes and announcements, each `id` once by source and kind. Who
reports is a pseudonym, as in the ledger; networks are prefixes. `service` is empty where a row is of all services."""

incident_entries = sa.Table(
    "incident_entries", METADATA, _serial("number"), _text("incident_id"), _text("service"), _at("at"), _text("state"),
    _text("by"), _text("note"), sa.Column("scope", sa.JSON(none_as_null=True), nullable=True),
    sa.Column("public", sa.Boolean, nullable=False), sa.Index(None, "incident_id"), sa.Index(None, "at"),
)  # fmt: skip
"""The timelines of incidents, from which their state follows. `scope` is what the incident is about from then on."""

order_entries = sa.Table(
    "order_entries", METADATA, _serial("number"), _text("order_id"), _at("at"), _text("state"), _text("by"),
    _text("note"), sa.Column("data", sa.JSON(none_as_null=True), nullable=True), sa.Index(None, "order_id"),
)  # fmt: skip
"""What became of the orders of authorities. The first line of each has the order in `data`, and so has the one with
which a person says what a mail asks for; a line may have there what was refused."""

subscriptions = sa.Table(
    "subscriptions", METADATA, _key("subscription_id"), _text("kind"), _text("target"), _text("language"),
    _text("service"), _text("country"), _text("feature"), _text("secret"), _at("made_at"),
    _at("confirmed_at", null=True), sa.Index(None, "target"),
)  # fmt: skip
"""Subscriptions to the status by mail or webhook, for a country and a feature or for all (empty). Nothing is sent
before `confirmed_at`. Who has the id can end the subscription, so it is a secret of the subscriber."""

status_messages = sa.Table(
    "status_messages", METADATA, _serial("number"), _text("subscription_id"), _at("at"), _text("kind"), _data("data"),
    _number("tries"), _at("next_at"), sa.Index(None, "next_at"), sa.Index(None, "subscription_id"),
)  # fmt: skip
"""Messages to subscribers that wait to be delivered; deleted once they are, or given up."""

told_levels = sa.Table(
    "told_levels", METADATA, _key("service"), sa.Column("country", sa.String(8), primary_key=True),
    sa.Column("feature", sa.String(32), primary_key=True), _text("level"),
)  # fmt: skip
"""The level of each failing service, country and feature that subscribers were last told."""

sender_facts = sa.Table(
    "sender_facts", METADATA, _serial("number"), _at("at"), _text("kind"),
    sa.Column("fact", sa.LargeBinary, nullable=False), sa.Index(None, "kind", "at"),
)  # fmt: skip
"""What a gateway learned of business senders, in order: people under pseudonyms, messages without their texts."""

sender_snapshots = sa.Table(
    "sender_snapshots", METADATA, _key("layout"), sa.Column("number", sa.BigInteger, nullable=False), _at("at"),
    sa.Column("state", sa.LargeBinary, nullable=False),
)  # fmt: skip
"""The state that follows from the facts up to a number, so that a start need not fold all of them."""

sender_queue = sa.Table(
    "sender_queue", METADATA, _key("item_id"), _text("phone_number_id"), _text("idempotency_key"), _text("digest"),
    _at("at"), _at("expires_at"), _at("next_at"), _text("state"), sa.Column("body", sa.LargeBinary, nullable=False),
    _text("said"), _text("message_id"), sa.Index(None, "state", "next_at"),
)  # fmt: skip
"""Messages that wait until they may be sent; what they say is deleted when they have left or expired."""

webhook_copies = sa.Table(
    "webhook_copies", METADATA, _serial("number"), _at("at"), _at("next_at"), _number("tries"),
    sa.Column("body", sa.LargeBinary, nullable=False), _data("headers"), sa.Index(None, "next_at"),
)  # fmt: skip
"""Webhooks of the platform that wait to be passed on to the business, byte by byte; deleted once they are."""

codes = sa.Table(
    "codes", METADATA, _key("code_id"), _text("webhook_id"), _text("service"), _text("account"), _text("code"),
    _at("at"), _at("ends_at"), _number("tries"), _at("next_at"), sa.Index(None, "webhook_id", "next_at"),
)  # fmt: skip
"""One-time codes to be delivered, a row for each webhook; deleted once delivered or expired."""

outbox = sa.Table(
    "outbox", METADATA, _serial("number"), _at("at"), _text("kind"), _text("service"), _text("account"), _data("data"),
)  # fmt: skip
"""Messages for webhooks, each written in the transaction that makes the change."""

deliveries = sa.Table(
    "deliveries", METADATA, _serial("number"), sa.Column("message", sa.BigInteger, nullable=False), _text("webhook_id"),
    _text("state"), _number("tries"), _at("next_at"), _at("done_at", null=True), _text("error", null=True),
    sa.Index(None, "webhook_id", "state", "next_at"), sa.Index(None, "state", "message"), sa.Index(None, "message"),
)  # fmt: skip
"""A row for each message and webhook. Its `state` is `waiting`, `delivered` or `dead` (given up)."""

holds = sa.Table(
    "holds", METADATA, _key("subject"), _at("at"), _text("by"), _text("why"),
)  # fmt: skip
"""Legal holds: accounts (by pseudonym) whose data are kept even if they ask for erasure."""

erasures = sa.Table(
    "erasures", METADATA, _key("alias"), _text("subject"), _text("service"), _text("account", null=True), _at("at"),
    _text("by"), _text("why", null=True), sa.Column("through", sa.BigInteger, nullable=False),
    _at("done_at", null=True),
)  # fmt: skip
"""Erased accounts: the alias that replaces the name, the pseudonym in the ledger (`subject`), and the last event at the
time (`through`). The name itself is kept only until the erasure is complete. A replay cannot reproduce the decisions
about these accounts, since their events are deleted."""
