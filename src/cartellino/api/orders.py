"""Routes of orders: what authorities order of features in a country, and the public ledger of that."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any, Literal

import msgspec
from litestar import get, post
from litestar.params import JSONBody

from cartellino.api.accounts import Name
from cartellino.api.decisions import Reason
from cartellino.availability.features import FEATURES
from cartellino.appeals.orders import Concerned, Held, Order, Visibility
from cartellino.availability.places import is_country
from cartellino.commands import orders
from cartellino.commands.unit_of_work import UnitOfWork
from cartellino.queries import orders as stored
from cartellino.service.health_intake import Keyed
from cartellino.service.shown_orders import ledger, public, whole
from cartellino.vocabulary.refusals import NotFound
from cartellino.vocabulary.times import Instant
from cartellino.web.guard import allow
from cartellino.web.problems import Problem
from cartellino.web.requests import Asked, actor_of, language_of, moment, principal_of, service_of
from cartellino.web.work import do, fetched, written

_Text = Annotated[str, msgspec.Meta(min_length=1, max_length=1_024)]
_Accounts = Annotated[list[Annotated[str, msgspec.Meta(min_length=1, max_length=128)]], msgspec.Meta(max_length=10_000)]


class Ordered(msgspec.Struct, rename={"starts": "from", "ends": "to"}):
    """What an authority has ordered: the features to limit in a country, from when until when, on which legal basis.

    `accounts` are those whose features it limits; without any, everybody's there. `visibility` is what of it is public:
    `full`, `outline` (neither authority nor basis) or `counted` (only that it exists).
    """

    country: str
    features: Annotated[list[str], msgspec.Meta(min_length=1, max_length=9)]
    authority: _Text
    legal_basis: _Text
    starts: str
    reason: Reason
    ends: str | None = None
    service: Annotated[str, msgspec.Meta(min_length=1, max_length=128)] = "main"
    reference: Annotated[str, msgspec.Meta(max_length=1_024)] = ""
    accounts: _Accounts = []
    visibility: Visibility = "full"


@post("/v1/orders", opt=allow("enter-orders", "json"), tags=["orders"], status_code=201, summary="Enter an order")
async def enter_order(request: Asked, data: JSONBody[Ordered]) -> dict[str, Any]:
    """Enter an order of an authority. It may be forged, so it says nothing until a person has put it in force."""
    order, service = _order(data), service_of(request)
    held = await do(request, lambda unit: orders.receive(unit, order, data.reason))
    return whole(held, service.words, language_of(request), service.clock.now())


def _order(data: Ordered) -> Order:
    """Return an order that can be stored.

    Raises `Problem` for a country, a feature or an instant that is none, and for an end that is not after its start.
    """
    if not is_country(data.country):
        raise Problem("bad-argument", "`country` is a code of ISO 3166-1 alpha-2, such as ID", "/country")
    if unknown := sorted(set(data.features) - set(FEATURES)):
        raise Problem("bad-argument", f"`features` are among {', '.join(FEATURES)}, not `{unknown[0]}`", "/features")
    starts, ends = moment(data.starts, "/from"), _end(data)
    if ends is not None and ends <= starts:
        raise Problem("bad-argument", "`to` is an instant after `from`", "/to")
    return Order(
        country=data.country, features=tuple(dict.fromkeys(data.features)), authority=data.authority,
        legal_basis=data.legal_basis, starts=starts, ends=ends, service=data.service, reference=data.reference,
        accounts=tuple(Concerned(data.service, name) for name in dict.fromkeys(data.accounts)),
        visibility=data.visibility,
    )  # fmt: skip


def _end(data: Ordered) -> Instant | None:
    return None if data.ends is None else moment(data.ends, "/to")


class Became(msgspec.Struct):
    """What became of an order, and why."""

    state: Literal["in_force", "stayed", "refused", "ended"]
    reason: Reason


@post("/v1/orders/{order:str}/state", opt=allow("enter-orders", "json"), tags=["orders"], status_code=200,
      summary="What became of an order")  # fmt: skip
async def advance_order(request: Asked, data: JSONBody[Became], order: Name) -> dict[str, Any]:
    """Put an order in force, or note that it is stayed, refused or ended. Accounts that it names are told.

    A public order about a whole country counts as announced by its authority while it is in force.
    """
    service = service_of(request)

    def advance(unit: UnitOfWork) -> tuple[Keyed, Held]:
        held = orders.advance(unit, order, data.state, data.reason)
        return orders.announced(unit, held), held

    held = await written(service.problems.announce_with(advance, actor_of(request)))
    return whole(held, service.words, language_of(request), service.clock.now())


@get("/v1/orders", opt=allow("public"), tags=["orders"], summary="The public ledger of orders")
async def list_orders(request: Asked) -> dict[str, Any]:
    """List the orders that people have looked at, as far as they are public, with the notice to those concerned.

    Operators with the right to enter orders see all of them.
    """
    service, found = service_of(request), await fetched(request, stored.every)
    language, now = language_of(request), service.clock.now()
    if principal_of(request).may("enter-orders"):
        return {"orders": [whole(one, service.words, language, now) for one in found]}
    return ledger(found, service.words, language, now)


@get("/v1/orders/{order:str}", opt=allow("public"), tags=["orders"], summary="One order")
async def one_order(request: Asked, order: Name) -> dict[str, Any]:
    """Return an order, as far as it is public."""
    service, found = service_of(request), await fetched(request, partial(stored.by_id, order=order))
    language, now = language_of(request), service.clock.now()
    if found is not None and principal_of(request).may("enter-orders"):
        return whole(found, service.words, language, now)
    if found is None or not found.is_told or found.order.visibility == "counted":
        raise NotFound(f"there is no order `{order}`")
    return public(found, service.words, language, now)
