"""Rows of the ledger of consents and of audiences: each is read on its own, so that one that is wrong fails alone."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar

import msgspec

from cartellino.senders.campaign import Recipient
from cartellino.senders.facts import Consented, Withdrew
from cartellino.senders.phone import read_phone
from cartellino.senders.quiet import is_zone
from cartellino.service.pseudonyms import Pseudonyms
from cartellino.vocabulary.times import Instant
from cartellino.web.problems import Problem
from cartellino.web.requests import moment

Row = TypeVar("Row")
_Category = Literal["marketing", "utility", "authentication", "any"]


class Consent(msgspec.Struct):
    """One line of the ledger: `to` is a phone number, `user_id` a business-scoped id; at least one of them.

    `given` false takes an agreement back. `at` is when the person said it (default: now).
    """

    source: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    to: Annotated[str, msgspec.Meta(max_length=64)] = ""
    user_id: Annotated[str, msgspec.Meta(max_length=256)] = ""
    category: _Category = "marketing"
    given: bool = True
    wording: Annotated[str, msgspec.Meta(max_length=1_000)] = ""
    proof: Annotated[str, msgspec.Meta(max_length=500)] = ""
    at: str | None = None


class Line(msgspec.Struct):
    """One person of an audience: a phone number or a user id, and optionally language and time zone."""

    to: Annotated[str, msgspec.Meta(max_length=64)] = ""
    user_id: Annotated[str, msgspec.Meta(max_length=256)] = ""
    language: Annotated[str, msgspec.Meta(max_length=16)] | None = None
    zone: Annotated[str, msgspec.Meta(max_length=64)] | None = None


def _row(written: object, kind: type[Row]) -> Row:
    try:
        return msgspec.convert(written, kind)
    except msgspec.ValidationError as wrong:
        raise Problem("bad-argument", str(wrong)) from None


def read_consent(written: Any, people: Pseudonyms, now: Instant, actor: str) -> Consented | Withdrew:  # noqa: ANN401
    """Read a line of the ledger as JSON has it.

    Raises `Problem` for one that cannot be taken.
    """
    line = _row(written, Consent)
    phone = read_phone(line.to) if line.to else None
    if phone is not None and not phone.is_number:
        raise Problem("bad-argument", f"`to` is {phone.why}", "to")
    if phone is None and not line.user_id:
        raise Problem("bad-argument", "write `to`, a phone number, or `user_id`", "to")
    at = now if line.at is None else moment(line.at, "at")
    if at > now:
        raise Problem("bad-argument", "`at` is in the future", "at")
    person = people.of(digits=phone.digits if phone else None, user_id=line.user_id or None)
    if not line.given:
        return Withdrew(at=at, person=person, category=line.category, source=line.source, actor=actor)
    return Consented(at=now, person=person, category=line.category, source=line.source, wording=line.wording,
                     proof=line.proof, given_at=at, actor=actor)  # fmt: skip


def read_recipient(written: Any, people: Pseudonyms, place: int) -> Recipient:  # noqa: ANN401
    """Read a person of an audience as JSON has it; one that cannot be taken says why, and is written to never."""
    try:
        line = _row(written, Line)
    except Problem as wrong:
        return Recipient(f"line {place}", why=str(wrong))
    phone = read_phone(line.to) if line.to else None
    if phone is not None and not phone.is_number:
        return Recipient(line.to, why=f"`to` is {phone.why}")
    if phone is None and not line.user_id:
        return Recipient(f"line {place}", why="no `to`")
    if line.zone is not None and not is_zone(line.zone):
        return Recipient(line.to or line.user_id, why=f"`{line.zone}` is no time zone, such as Europe/Rome")
    names = people.of(digits=phone.digits if phone else None, user_id=line.user_id or None)
    country, zone = (phone.country, line.zone or phone.zone) if phone else (None, line.zone)
    return Recipient(line.to or line.user_id, names, country, zone, line.language)
