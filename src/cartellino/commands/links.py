"""Linked accounts: two that are one person's. What a shared ladder holds against one counts for all of them."""

from __future__ import annotations

from cartellino.commands.unit_of_work import UnitOfWork
from cartellino.enforcement.acts import Link
from cartellino.enforcement.register import Person


def link(unit: UnitOfWork, account: Person, other: Person, why: str) -> list[Person]:
    """Link two accounts from now on, if they are not linked yet; return all that are linked with the first."""
    if other not in unit.live.standings.linked(account):
        named = {"other_service": other[0], "other_account": other[1]}
        unit.act(Link, why, service=account[0], account=account[1], **named)
        unit.send("accounts.linked", *account, named)
    return list(unit.live.standings.linked(account))
