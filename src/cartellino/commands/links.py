"""Linked accounts: accounts of one person, whose sanctions and strikes on shared ladders count for all of them."""

from __future__ import annotations

import msgspec

from cartellino.commands.notices import store_notice
from cartellino.commands.unit_of_work import UnitOfWork
from cartellino.enforcement.acts import Link
from cartellino.notices.facts import IMPOSED, Facts
from cartellino.queries import notices
from cartellino.vocabulary.accounts import AccountRef


def link(unit: UnitOfWork, account: AccountRef, other: AccountRef, why: str) -> list[AccountRef]:
    """Link two accounts from now on, if they are not linked yet; return all accounts linked with the first.

    Each account gets a notice of the sanctions that apply to it through the link.
    """
    if other not in unit.live.standings.linked(account):
        linked = unit.live.standings.linked
        persons = dict.fromkeys((account, *linked(account), other, *linked(other)))
        sanctions_before = {person: _sanctions_on(unit, person) for person in persons}
        named = {"other_service": other[0], "other_account": other[1]}
        unit.act(Link, why, service=account[0], account=account[1], **named)
        unit.send("accounts.linked", *account, named)
        for person, before in sanctions_before.items():
            for sanction, decision in _sanctions_on(unit, person).items() - before.items():
                _tell(unit, person, sanction, decision)
    return list(unit.live.standings.linked(account))


def _sanctions_on(unit: UnitOfWork, person: AccountRef) -> dict[str, str]:
    """Return the decisions by the ids of the sanctions that apply to an account, now or soon, linked ones' included."""
    sanctions = unit.live.whole(*person).sanctions
    return {sanction.id: sanction.decision for sanction in sanctions if sanction.is_left(unit.now)}


def _tell(unit: UnitOfWork, person: AccountRef, sanction: str, decision: str) -> None:
    """Send an account the notice that another one got when the sanction was imposed."""
    told = unit.ask(lambda rows: notices.of_decision(rows, decision))
    imposed = (notice for notice in told if notice.sanction_id == sanction and notice.shape in IMPOSED)
    first = next(imposed, None)
    if first is not None:
        facts = msgspec.convert(first.facts, Facts)
        store_notice(unit, msgspec.structs.replace(facts, linked=True), *person, sanction, decision, first.due_at)
