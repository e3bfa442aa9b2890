"""Linked accounts: two that are one person's. What a shared ladder holds against one counts for all of them."""

from __future__ import annotations

import msgspec

from cartellino.commands.notices import tell
from cartellino.commands.unit_of_work import UnitOfWork
from cartellino.enforcement.acts import Link
from cartellino.notices.facts import IMPOSED, Facts
from cartellino.queries import notices
from cartellino.vocabulary.accounts import AccountRef


def link(unit: UnitOfWork, account: AccountRef, other: AccountRef, why: str) -> list[AccountRef]:
    """Link two accounts from now on, if they are not linked yet; return all that are linked with the first.

    What weighs on an account from then on, and did not before, is told to it.
    """
    if other not in unit.live.standings.linked(account):
        people = {one: _weighing(unit, one) for it in (account, other) for one in (it, *unit.live.standings.linked(it))}
        named = {"other_service": other[0], "other_account": other[1]}
        unit.act(Link, why, service=account[0], account=account[1], **named)
        unit.send("accounts.linked", *account, named)
        for person, before in people.items():
            for sanction, decision in _weighing(unit, person).items() - before.items():
                _tell(unit, person, sanction, decision)
    return list(unit.live.standings.linked(account))


def _weighing(unit: UnitOfWork, person: AccountRef) -> dict[str, str]:
    """Return the sanctions that weigh on an account now, each with its decision."""
    return {one.id: one.decision for one in unit.live.whole(*person).sanctions if one.stands(unit.now)}


def _tell(unit: UnitOfWork, person: AccountRef, sanction: str, decision: str) -> None:
    """Tell an account what another one was told when it was imposed."""
    told = unit.ask(lambda rows: notices.of_decision(rows, decision))
    imposed = (one for one in told if one.sanction_id == sanction and one.shape in IMPOSED)
    first = next(imposed, None)
    if first is not None:
        facts = msgspec.convert(first.facts, Facts)
        tell(unit, msgspec.structs.replace(facts, linked=True), *person, sanction, decision, first.due_at)
