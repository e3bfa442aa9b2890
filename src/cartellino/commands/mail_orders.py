"""Orders and notices by mail: from the domain of a registered authority or trusted flagger, as our own server says.

An order that nothing shows to be genuine is kept all the same, as one that a person may find to be forged; a notice of
a trusted flagger is not. A mail that repeats an earlier one is not counted again.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from typing import Any

from cartellino.appeals.authentication import domain_of, is_in, shown_domain
from cartellino.appeals.complaints import MOST_SUBJECTS, Complaint, File, Subject, lacks, plain
from cartellino.appeals.hearing import file_name
from cartellino.appeals.letters import Letter, address_in
from cartellino.appeals.orders import LONGEST_ADDRESS, LONGEST_TEXT, MOST_ADDRESSES, Order
from cartellino.appeals.quotes import parts
from cartellino.commands import complaints, orders
from cartellino.commands.mail_appeals import shortened
from cartellino.commands.names import random_id
from cartellino.commands.unit_of_work import UnitOfWork
from cartellino.queries import authorities
from cartellino.queries import orders as stored
from cartellino.storage import tables

_LINK = re.compile(r"https?://[^\s<>\"')\]]{3,}", re.IGNORECASE)


def receive(unit: UnitOfWork, letter: Letter, files: Sequence[File], server: str) -> dict[str, Any] | None:
    """Take a mail of a registered authority or trusted flagger; return what was done, `None` if it is of nobody such.

    `server` is the name under which our own mail server writes `Authentication-Results`.
    """
    sender = address_in(letter.sender)
    row = unit.ask(partial(authorities.by_domain, domain=domain_of(sender)))
    if row is None:
        return None
    shown = shown_domain(letter.headers.get("authentication-results", ()), server, sender)
    is_shown = shown is not None and is_in(shown, row.domains)
    text = (parts(letter.text).own or letter.text).replace("\x00", "").strip()
    if row.kind == "trusted_flagger":
        return _flag(unit, row, sender, f"{letter.subject}\n{text}", files) if is_shown else {
            "ticket": None, "why": "nothing shows that this mail is from the domain that it names"}  # fmt: skip
    return _order(unit, row, sender, letter.subject, text, files, is_shown=is_shown)


def _order(
    unit: UnitOfWork, row: authorities.Row, sender: str, subject: str, text: str, files: Sequence[File], *,
    is_shown: bool,
) -> dict[str, Any]:  # fmt: skip
    whole = f"{subject.strip()}\n\n{text}".strip()[:LONGEST_TEXT]
    for earlier in unit.ask(stored.every):
        same = earlier.order.authority_id == row.authority_id and earlier.order.text == whole
        if same and earlier.order.proof == ("mail" if is_shown else "failed"):
            return {"order": earlier.id, "repeated": True}
    order = Order(
        country=row.country, authority=row.name, legal_basis="", starts=unit.now, kind="other", text=whole,
        addresses=links(whole), door="mail", proof="mail" if is_shown else "failed", authority_id=row.authority_id,
        answer_to=sender if is_shown else "", visibility="full",
    )  # fmt: skip
    held = orders.receive(unit, order, subject[:1_000] or "by mail")
    for file in files:
        content = {"name": file_name(file.name), "media_type": file.media_type, "content": file.content}
        unit.put(tables.attachments, {"attachment_id": random_id("f"), "case_id": held.case, "at": unit.now, **content})
    return {"order": held.id, "state": "received", "proof": order.proof, "files": len(files)}


def _flag(
    unit: UnitOfWork, row: authorities.Row, sender: str, text: str, files: Sequence[File]
) -> dict[str, Any]:  # fmt: skip
    subjects = tuple(Subject("link", link) for link in links(text)[:MOST_SUBJECTS]) or (Subject("other", text[:200]),)
    complaint = plain(Complaint(category="other_illegal", text=shortened(text), subjects=subjects, mail=sender,
                                country=row.country, good_faith=True))  # fmt: skip
    if refusal := lacks(complaint, files):
        raise refusal
    filed = complaints.file(unit, complaint, files, "mail", authority=row.authority_id)
    return {"ticket": filed.code, "state": "received"}


def links(text: str) -> tuple[str, ...]:
    """Return the addresses in a text, each once.

    >>> links("See https://example.org/a, and (https://example.org/a).")
    ('https://example.org/a',)
    """
    listed = (match.group().rstrip(".,;:!?")[:LONGEST_ADDRESS] for match in _LINK.finditer(text))
    return tuple(dict.fromkeys(listed))[:MOST_ADDRESSES]
