"""Orders of authorities: received by any door, verified and decided by a person, and told to those concerned.

Every line is a row of the ledger. Who is concerned is told: accounts that an order names by a notice, everybody in a
country by the diagnosis and by the ledger of orders, which has the text in every language; the authority by mail. The
case of an order has its deadline.
"""

from __future__ import annotations

from functools import partial

import msgspec

from cartellino.appeals.deadlines import deadline
from cartellino.appeals.hearing import NotNow
from cartellino.appeals.orders import OUTCOMES, Entry, Held, Order, State, amended, announcement, move, plain
from cartellino.appeals.plain_text import text
from cartellino.commands import case_log, mails, order_effects
from cartellino.commands.names import random_id
from cartellino.commands.notices import store_notice
from cartellino.commands.unit_of_work import UnitOfWork
from cartellino.enforcement.action import Action
from cartellino.notices.facts import Facts, Shape
from cartellino.queries import orders
from cartellino.queries.health import Key, Sent, key_of
from cartellino.storage import tables
from cartellino.vocabulary.accounts import AccountRef
from cartellino.vocabulary.refusals import BadArgument, NotFound
from cartellino.vocabulary.times import Instant

SOURCE = "orders"
"""The source of announcements that follow from orders."""

MOST_UNPROVEN = 20
"""Orders in the name of an authority that may wait although nothing shows that they are genuine."""


def receive(unit: UnitOfWork, order: Order, note: str) -> Held:
    """Enter an order; it says nothing yet. Its case is due as the law of the country asks.

    Raises `NotNow` while too many wait that nothing shows to be genuine.
    """
    order, note = plain(order), text(note)
    if order.proof == "failed":
        _must_be_few(unit, order)
    held = Held(id=random_id("o"), order=order, timeline=(Entry(unit.now, "received", unit.by, note),))
    _write(unit, held, order)
    due = deadline(order.trigger, order.country, unit.now, order.category, urgent=order.urgent)
    first = order.accounts[0] if order.accounts else None
    person = AccountRef(order.service, first.account if first is not None and len(order.accounts) == 1 else "")
    case_log.enter(
        unit, held.case, "order", person, due, order.door, topic=order.kind, text=order.text or note,
        region=order.country, said=order.authority, recorded=True, state="received",
    )  # fmt: skip
    if order.answer_to:
        data = {"order": held.id, "due_at": unit.now + due.limit, "basis": due.basis}
        mails.send(unit, order.answer_to, order.language, "order_received", data)
    return held


def _must_be_few(unit: UnitOfWork, order: Order) -> None:
    waiting = [one for one in unit.ask(orders.every)
               if one.order.proof == "failed" and one.state == "received"
               and one.order.authority_id == order.authority_id]  # fmt: skip
    if len(waiting) >= MOST_UNPROVEN:
        raise NotNow(f"{MOST_UNPROVEN} orders wait that nothing shows to be genuine; no more are taken until they are"
                     " looked at")  # fmt: skip


def advance(
    unit: UnitOfWork, order: str, to: State, note: str, refused: tuple[str, ...] = (), action: Action | None = None,
    as_read: Order | None = None,
) -> Held:  # fmt: skip
    """Bring an order into its next state, with what follows from it; tell the accounts that it names.

    `refused` are the subjects with which it is not complied, `action` is what is done to the accounts of a removal, and
    `as_read` is what is ordered, where a person who verifies it has read that in a mail.

    Raises `NotFound` when there is none of that name, `NotAllowed` for a state that cannot follow, `BadArgument` for a
    part or an action that does not fit.
    """
    held = unit.ask(partial(orders.by_id, order=order))
    if held is None:
        raise NotFound(f"there is no order `{order}`")
    if as_read is not None and to != "verified":
        raise BadArgument("what is ordered is said when the order is verified")
    held = held if as_read is None else amended(held, as_read)
    moved = move(held, to, unit.by, max(unit.now, held.timeline[-1].at), text(note), refused)
    order_effects.must_fit(moved, action)
    _write(unit, moved, None if as_read is None else moved.order)
    if to == "in_force":
        _store_notices(unit, moved, "ordered")
    elif held.state == "in_force":
        _store_notices(unit, moved, "order_over")
    order_effects.follow(unit, held, moved, action)
    _follow_case(unit, held, moved)
    if as_read is not None:
        _due_anew(unit, moved)
    if moved.order.answer_to and to in OUTCOMES - {"forged", "stayed", "withdrawn"}:
        data = {"order": moved.id, "state": to, "note": note, "refused": list(moved.refused)}
        mails.send(unit, moved.order.answer_to, moved.order.language, "order_decided", data)
    return moved


def _follow_case(unit: UnitOfWork, before: Held, now: Held) -> None:
    """Close the case when something is decided; take it up again when a stay ends, for the time that was left."""
    case = next(iter(unit.read(tables.cases.select().where(tables.cases.c.case_id == now.case))), None)
    if case is None:
        return  # the order is older than cases of orders
    case_log.move(unit, case, now.state)
    person = AccountRef(case.service, case.account)
    if now.state in OUTCOMES and case.closed_at is None:
        case_log.close(unit, now.case, "order", person, now.state, now.timeline[-1].note)
    elif now.state == "verified" and before.state == "stayed" and case.closed_at is not None:
        left = max(0, case.due_at - case.closed_at)
        again = {"status": "open", "closed_at": None, "closed_by": None, "outcome": None, "reason": None,
                 "due_at": unit.now + left, "reminded_at": None, "late_at": None}  # fmt: skip
        unit.change(tables.cases.update().where(tables.cases.c.case_id == now.case).values(**again))


def _due_anew(unit: UnitOfWork, held: Held) -> None:
    """Let the case be due as what was read asks, from the moment at which the order came."""
    order, received = held.order, held.timeline[0].at
    due = deadline(order.trigger, order.country, received, order.category, urgent=order.urgent)
    values = {"due_at": received + due.limit, "legal_basis": due.basis, "topic": order.kind, "reminded_at": None}
    unit.change(tables.cases.update().where(tables.cases.c.case_id == held.case).values(**values))


def announced(unit: UnitOfWork, held: Held) -> list[tuple[Key, Sent]]:
    """Return what the latest line of an order announces, as rows of health."""
    said = announcement(held, unit.now)
    return [] if said is None else [(key_of(SOURCE, said), said)]


def facts_of(held: Held, shape: Shape, at: Instant) -> Facts:
    """Return what may be told of an order."""
    order = held.order
    is_full = order.visibility == "full"
    return Facts(
        shape=shape, at=at, said=order.authority if is_full else "", clause=order.legal_basis if is_full else "",
        features=order.features, ends_at=order.ends if shape == "ordered" else None, automatic=False,
    )  # fmt: skip


def _store_notices(unit: UnitOfWork, held: Held, shape: Shape) -> None:
    for account in held.order.accounts:
        store_notice(unit, facts_of(held, shape, unit.now), account.service, account.account)


def _write(unit: UnitOfWork, held: Held, order: Order | None = None) -> None:
    """Write the latest line of an order; the first has the order itself, and so has one that amends it."""
    entry = held.timeline[-1]
    data = {"refused": list(entry.refused)} if entry.refused else None
    unit.insert(
        tables.order_entries,
        {
            "order_id": held.id,
            "at": entry.at,
            "state": entry.state,
            "by": entry.who,
            "note": entry.note,
            "data": data if order is None else msgspec.to_builtins(order),
        },
    )
    unit.record(f"order {entry.state.replace('_', ' ')}", held.id, entry.note)
    if held.is_told:
        unit.send("order.changed", held.order.service, "", {"order": held.id, "state": entry.state})
