"""What follows from an order with which we comply: accounts are limited or their data kept, until it falls."""

from __future__ import annotations

from cartellino.appeals.orders import Held
from cartellino.commands.legal_holds import preserve
from cartellino.commands.people_decisions import identity_of, impose
from cartellino.commands.sanctions import lift
from cartellino.commands.unit_of_work import UnitOfWork
from cartellino.enforcement.action import Action
from cartellino.enforcement.wording import Wording
from cartellino.notices.texts import AN_AUTHORITY
from cartellino.vocabulary.accounts import AccountRef
from cartellino.vocabulary.ids import DecisionId, RuleId, SanctionId, sanction_id
from cartellino.vocabulary.refusals import BadArgument, Refusal

_DONE = ("complied", "partly_refused")


def must_fit(held: Held, action: Action | None) -> None:
    """Raises `BadArgument` for an action that does not belong to what was decided."""
    if action is not None and (held.order.kind != "removal" or held.state not in _DONE):
        raise BadArgument("an action goes only with a removal that is complied with, at least in part")


def follow(unit: UnitOfWork, before: Held, now: Held, action: Action | None) -> None:
    """Do what an order asks when it is complied with, and undo it when it is stayed or withdrawn after all.

    What was preserved stays until a person ends the hold: another order or case may rest on it.
    """
    if now.state in _DONE and before.state not in _DONE:
        for person in _accounts(now):
            if now.order.kind == "preservation":
                preserve(unit, person, f"order {now.id}")
            elif action is not None:
                _limit(unit, now, person, action)
        _send(unit, now, "order.complied")
    elif before.state in _DONE and now.state in ("stayed", "withdrawn"):
        for person in _accounts(before):
            _lift(unit, sanction_id(_decision(before, person)), now.timeline[-1].note)
        _send(unit, now, "order.taken_back")


def _accounts(held: Held) -> list[AccountRef]:
    return [AccountRef(one.service, one.account) for one in held.order.accounts if one.account not in held.refused]


def _decision(held: Held, person: AccountRef) -> DecisionId:
    """Return the id of the decision about an account, which the latest compliance made."""
    number = max(number for number, entry in enumerate(held.timeline) if entry.state in _DONE)
    return identity_of(held.id, *person, str(number))


def _limit(unit: UnitOfWork, held: Held, person: AccountRef, action: Action) -> None:
    """Limit an account. It is told whose order that is and on which basis: the reason given is for the authority."""
    order, is_full = held.order, held.order.visibility == "full"
    clause = {"en": order.legal_basis} if is_full else {}
    wording = Wording(0, clause, {"en": order.authority if is_full else AN_AUTHORITY}, "full")
    impose(unit, person, _decision(held, person), RuleId("orders/removal"), action, wording, f"order {held.id}")


def _lift(unit: UnitOfWork, sanction: SanctionId, why: str) -> None:
    try:
        unit.live.standings.sanction(sanction)
        lift(unit, sanction, why)
    except Refusal:
        return  # nothing was imposed, or it is over already


def _send(unit: UnitOfWork, held: Held, kind: str) -> None:
    """Tell the messenger's service which content is concerned: only it can remove or restore that."""
    addresses = [one for one in held.order.addresses if one not in held.refused]
    if addresses:
        unit.send(kind, held.order.service, "", {"order": held.id, "addresses": addresses})
