"""Appeals by mail: whose notice a mail is about, what its sender says, and what is not to be counted.

A mail holds the code of a notice, which only the holder has. What programs send files nothing, and what came before
does not count again, so that no automatic reply can use up the appeals of a person, nor two programs answer each other.
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
"""Mails that are added to one appeal."""


class NoCode(Refusal):
    """A mail that belongs to no notice."""

    code = "not-found"


@dataclass(frozen=True)
class Said:
    """A mail as far as it matters: its words, as many as an appeal takes, and the codes in it, the likeliest first."""

    text: str
    left_out: int
    codes: tuple[str, ...]
    machine: str
    """By what one sees that no person sent it; empty where one may have."""
    own_codes: frozenset[str] = frozenset()
    """Those that stand in the sender's own words."""
    automatic: bool = False
    """Whether its subject is that of an automatic reply, which a person may have written as well."""


def said(letter: Letter) -> Said:
    """Read what matters of a mail: the sender's own words before what they quote."""
    split = parts(letter.text)
    places = (split.own, letter.subject, split.quoted, letter.forwarded)
    codes = tuple(dict.fromkeys(code for place in places for code in codes_in(place)))
    words = split.own or letter.text.strip() or letter.forwarded.strip()
    text = shortened(words.replace("\x00", ""))
    own, automatic = frozenset(codes_in(split.own)), answers_by_itself(letter.subject)
    return Said(text, max(0, len(words) - LONGEST_TEXT), codes, machine_made(letter), own, automatic)


def shortened(words: str) -> str:
    """Cut a text that is too long in its middle, where the least is lost, and say so in it.

    >>> len(shortened("a" * 10_000)), "[... 6,000 letters" in shortened("a" * 10_000), shortened("short")
    (4000, True, 'short')
    """
    if len(words) <= LONGEST_TEXT:
        return words
    note = f"\n[... {len(words) - LONGEST_TEXT:,} letters and what stood here were left out ...]\n"
    head = (LONGEST_TEXT - len(note)) // 2
    return words[:head] + note + words[len(words) - (LONGEST_TEXT - len(note) - head) :]


def take(unit: UnitOfWork, mail: Said) -> dict[str, Any]:
    """File an appeal for a mail, or add it to the one that is open; return what was done.

    The subject of an automatic reply is believed only where nobody typed our code: programs quote one at most.

    Raises `NoCode` when it holds no code of ours, `NotNow` when an appeal cannot be filed or takes no more.
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
            is_open = case.closed_at is None
            return {"appeal_id": case.case_id, "added": is_open, **({} if is_open else {"repeated": True})}
    for case in before:
        if case.closed_at is None:
            _add(unit, case, mail.text)
            return {"appeal_id": case.case_id, "added": True, **cut}
    return {"appeal_id": file_appeal(unit, sanction, mail.text, "mail"), "added": False, **cut}


def _known(unit: UnitOfWork, codes: tuple[str, ...]) -> dict[str, str]:
    """Return the sanctions whose notices have such codes, by the code."""
    told = tables.notices.c
    found = unit.read(sa.select(told.code, told.sanction_id).where(told.code.in_(codes), told.sanction_id != ""))
    return {str(row.code): str(row.sanction_id) for row in found}


def _holds(unit: UnitOfWork, case: sa.Row[Any], text: str) -> bool:
    """Say whether a case has these words already, from its filing or added since."""
    rows = tables.case_rows.c
    added = sa.select(rows.said).where(rows.case_id == case.case_id, rows.what == "added")
    return text in (case.text, *(row.said for row in unit.read(added)))


def _add(unit: UnitOfWork, case: sa.Row[Any], text: str) -> None:
    rows = tables.case_rows.c
    added = sa.select(rows.number).where(rows.case_id == case.case_id, rows.what == "added")
    if len(unit.read(added)) >= MOST_NOTES:
        raise NotNow(f"{MOST_NOTES} mails were added to this appeal already; a person is going to read them")
    case_log.add(unit, case.case_id, case.kind, AccountRef(case.service, case.account), text)
