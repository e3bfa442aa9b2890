"""Orders of authorities: entered by an operator, and told once a person has put them in force.

Every line is a row of the ledger. Who is concerned is told: accounts that an order names by a notice, everybody in a
country by the diagnosis and by the ledger of orders, which has the text in every language.
"""

from __future__ import annotations

from functools import partial

import msgspec

from cartellino.appeals.orders import Entry, Held, Order, State, announcement, move
from cartellino.commands.names import random_id
from cartellino.commands.notices import store_notice
from cartellino.commands.unit_of_work import UnitOfWork
from cartellino.notices.facts import Facts, Shape
from cartellino.queries import orders
from cartellino.queries.health import Key, Sent, key_of
from cartellino.storage import tables
from cartellino.vocabulary.refusals import NotFound
from cartellino.vocabulary.times import Instant

SOURCE = "orders"
"""The source of announcements that follow from orders."""


def receive(unit: UnitOfWork, order: Order, note: str) -> Held:
    """Enter an order; it says nothing yet."""
    held = Held(id=random_id("o"), order=order, timeline=(Entry(unit.now, "received", unit.by, note),))
    _write(unit, held, order)
    return held


def advance(unit: UnitOfWork, order: str, to: State, note: str) -> Held:
    """Put an order in force, or note that it is stayed, refused or ended; tell the accounts that it names.

    Raises `NotFound` when there is none of that name, `NotAllowed` for a state that cannot follow.
    """
    held = unit.ask(partial(orders.by_id, order=order))
    if held is None:
        raise NotFound(f"there is no order `{order}`")
    moved = move(held, to, unit.by, max(unit.now, held.timeline[-1].at), note)
    _write(unit, moved)
    if to == "in_force":
        _store_notices(unit, moved, "ordered")
    elif held.state == "in_force":
        _store_notices(unit, moved, "order_over")
    return moved


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
    """Write the latest line of an order; the first has the order itself."""
    entry = held.timeline[-1]
    unit.insert(
        tables.order_entries,
        {
            "order_id": held.id,
            "at": entry.at,
            "state": entry.state,
            "by": entry.who,
            "note": entry.note,
            "data": None if order is None else msgspec.to_builtins(order),
        },
    )
    unit.record(f"order {entry.state.replace('_', ' ')}", held.id, entry.note)
    if held.is_told:
        unit.send("order.changed", held.order.service, "", {"order": held.id, "state": entry.state})
