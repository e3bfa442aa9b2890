"""Tables of what people and authorities outside file: complaints, trusted flaggers, referrals, and mails about them."""

from __future__ import annotations

import sqlalchemy as sa

from cartellino.storage.table_columns import METADATA
from cartellino.storage.table_columns import at as _at
from cartellino.storage.table_columns import data as _data
from cartellino.storage.table_columns import key as _key
from cartellino.storage.table_columns import number as _number
from cartellino.storage.table_columns import serial as _serial
from cartellino.storage.table_columns import text as _text

authorities = sa.Table(
    "authorities", METADATA, _key("authority_id"), _text("name"), _text("kind"), _text("country"), _data("domains"),
    _text("credential_id", null=True), _at("made_at"), _text("by"), _at("ended_at", null=True),
    sa.Index(None, "credential_id"),
)  # fmt: skip
"""Authorities and trusted flaggers, as a person has registered them: the domains of their mail, and their key."""

complaints = sa.Table(
    "complaints", METADATA, _key("complaint"), _text("filer"), _text("mail"), _text("language"), _text("country"),
    _text("category"), _text("text"), _text("law"), _text("door"), _text("authority_id", null=True), _text("secret"),
    _at("filed_at"), _at("confirmed_at", null=True), _text("refused", null=True), _at("forgotten_at", null=True),
    sa.Index(None, "filer", "filed_at"), sa.Index(None, "authority_id"), sa.Index(None, "confirmed_at", "filed_at"),
)  # fmt: skip
"""Complaints as they were filed, by the code that people are given. `filer` is the pseudonym of the mail address; text
and address are emptied when a complaint is `forgotten_at`. `refused` is why it is not handled, where it is not."""

complaint_subjects = sa.Table(
    "complaint_subjects", METADATA, _serial("number"), _text("complaint"), _text("kind"), _text("service"),
    _text("account"), _text("address"), _text("case_id", null=True),
    sa.Index(None, "complaint"), sa.Index(None, "case_id"), sa.Index(None, "service", "account"),
)  # fmt: skip
"""What each complaint is about: an account, or else an address; and the case, once it counts."""

referrals = sa.Table(
    "referrals", METADATA, _key("referral_id"), _text("case_id"), _text("recipient"), _text("country"), _text("law"),
    _text("note"), _at("at"), _text("by"), _text("receipt", null=True), _at("receipt_at", null=True),
    sa.Index(None, "case_id"),
)  # fmt: skip
"""What was sent to an authority or hotline about a case, and the receipt that it gave."""

filer_entries = sa.Table(
    "filer_entries", METADATA, _serial("number"), _text("filer"), _at("at"), _text("by"), _text("what"),
    _at("until", null=True), _text("why"), sa.Index(None, "filer"),
)  # fmt: skip
"""Warnings to people who file unfounded complaints, and suspensions of the handling of their complaints."""

mails = sa.Table(
    "mails", METADATA, _serial("number"), _text("target"), _text("language"), _text("kind"), _data("data"), _at("at"),
    _number("tries"), _at("next_at"), sa.Index(None, "next_at"), sa.Index(None, "target", "at"),
)  # fmt: skip
"""Mails to people who filed something, and to authorities, that wait to leave; deleted once they have, or are given
up."""
