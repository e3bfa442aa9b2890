"""Appeals by mail: which notice a mail is about, what its sender says, and which mails do not count.

A mail must contain the code of a notice, which only the holder knows. Mails sent by programs file nothing, and a mail
that repeats an earlier one is not counted again: automatic replies cannot use up a person's appeals, and two programs
cannot answer each other for ever.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from cartellino.appeals.hearing import LONGEST_TEXT, NotNow
from cartellino.appeals.letters import Letter, answers_by_itself, machine_made
from cartellino.appeals.quotes import parts
from cartellino.commands import case_log
from cartellino.commands.cases import file_appeal
from cartellino.commands.unit_of_work import UnitOfWork
from cartellino.notices.codes import codes_in
from cartellino.storage import tables
from cartellino.vocabulary.accounts import AccountRef
from cartellino.vocabulary.refusals import Refusal

MOST_NOTES = 20
"""At most so many mails are added to one appeal."""


class NoCode(Refusal):
    """The mail contains no code of a notice."""

    code = "not-found"


@dataclass(frozen=True)
class Said:
    """What matters of a mail: its text, cut to the length of an appeal, and the codes in it, the likeliest first."""

    text: str
    left_out: int
    codes: tuple[str, ...]
    machine: str
    """What shows that a program sent it; empty if a person may have."""
    own_codes: frozenset[str] = frozenset()
    """The codes in the sender's own words, outside quotes."""
    automatic: bool = False
    """Whether its subject looks like an automatic reply's; a person may have written it all the same."""


def said(letter: Letter) -> Said:
    """Return what matters of a mail; the sender's own words take precedence over what they quote.

    A code is looked for in all its parts: a mail program may leave the quotation out of the plain text.
    """
    split = parts(letter.text)
    places = (split.own, letter.subject, split.quoted, letter.forwarded, letter.beside)
    codes = tuple(dict.fromkeys(code for place in places for code in codes_in(place)))
    words = split.own or letter.text.strip() or letter.forwarded.strip()
    text = shortened(words.replace("\x00", ""))
    own, automatic = frozenset(codes_in(split.own)), answers_by_itself(letter.subject)
    return Said(text, max(0, len(words) - LONGEST_TEXT), codes, machine_made(letter), own, automatic)


def shortened(words: str) -> str:
    """Cut a text that is too long in the middle, where the least is lost, and put a note there.

    >>> len(shortened("a" * 10_000)), "[... 6,000 letters" in shortened("a" * 10_000), shortened("short")
    (4000, True, 'short')
    """
    if len(words) <= LONGEST_TEXT:
        return words
    note = f"\n[... {len(words) - LONGEST_TEXT:,} letters and what stood here were left out ...]\n"
    head = (LONGEST_TEXT - len(note)) // 2
    return words[:head] + note + words[len(words) - (LONGEST_TEXT - len(note) - head) :]


def receive(unit: UnitOfWork, mail: Said) -> dict[str, Any]:
    """File an appeal for a mail, or add the mail to the open one; return what was done.

    A subject that looks like an automatic reply's counts only if the sender's own words hold none of our codes: a
    program may quote a code, but never types one.

    Raises `NoCode` when the mail holds no code of ours, `NotNow` when the appeal cannot be filed or added to.
    """
    of_code = _known(unit, mail.codes)
    if mail.automatic and mail.own_codes.isdisjoint(of_code):
        return {"appeal_id": None, "added": False, "why": "its subject is that of an automatic reply"}
    sanction = next((of_code[code] for code in mail.codes if code in of_code), None)
    if sanction is None:
        raise NoCode("the mail holds no code of a notice; ask its sender for it")
    cut = {"cut": mail.left_out} if mail.left_out else {}
    cases = tables.cases.c
    asked = sa.select(tables.cases).where(cases.sanction_id == sanction, cases.kind == "appeal")
    before = unit.read(asked.order_by(cases.opened_at))
    for case in before:
        if _holds(unit, case, mail.text):
            return {"appeal_id": case.case_id, "added": False, "repeated": True}
    for case in before:
        if case.closed_at is None:
            _add(unit, case, mail.text)
            return {"appeal_id": case.case_id, "added": True, **cut}
    return {"appeal_id": file_appeal(unit, sanction, mail.text, "mail"), "added": False, **cut}


def _known(unit: UnitOfWork, codes: tuple[str, ...]) -> dict[str, str]:
    """Return the ids of the sanctions whose notices have these codes, by code."""
    notices = tables.notices.c
    asked = sa.select(notices.code, notices.sanction_id).where(notices.code.in_(codes), notices.sanction_id != "")
    return {str(row.code): str(row.sanction_id) for row in unit.read(asked)}


def _holds(unit: UnitOfWork, case: sa.Row[Any], text: str) -> bool:
    """Say whether a case contains this text already, as filed or as added since."""
    case_rows = tables.case_rows.c
    added = sa.select(case_rows.said).where(case_rows.case_id == case.case_id, case_rows.what == "added")
    return text in (case.text, *(row.said for row in unit.read(added)))


def _add(unit: UnitOfWork, case: sa.Row[Any], text: str) -> None:
    case_rows = tables.case_rows.c
    added = sa.select(case_rows.number).where(case_rows.case_id == case.case_id, case_rows.what == "added")
    if len(unit.read(added)) >= MOST_NOTES:
        raise NotNow(f"{MOST_NOTES} mails were added to this appeal already; a person is going to read them")
    case_log.add(unit, case.case_id, case.kind, AccountRef(case.service, case.account), text)
