"""Routes of orders: what authorities order or ask, what became of it, and the public ledger of that."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any, Literal

import msgspec
from litestar import get, post
from litestar.params import JSONBody, QueryParameter

from cartellino.api.accounts import Name
from cartellino.api.appeals import Imposed
from cartellino.api.complaint_cases import action_of
from cartellino.api.decisions import Reason
from cartellino.appeals.categories import Category
from cartellino.appeals.complaints import is_address
from cartellino.appeals.orders import (
    LONGEST_ADDRESS,
    LONGEST_TEXT,
    MOST_ACCOUNTS,
    MOST_ADDRESSES,
    Concerned,
    Held,
    Kind,
    Order,
    Visibility,
    lacks,
)
from cartellino.availability.features import FEATURES
from cartellino.availability.places import is_country
from cartellino.commands import orders
from cartellino.commands.unit_of_work import UnitOfWork
from cartellino.queries import authorities
from cartellino.queries import orders as stored
from cartellino.queries.authority_figures import requests
from cartellino.service.health_intake import Keyed
from cartellino.service.shown_orders import ledger, public, whole
from cartellino.vocabulary.refusals import NotFound
from cartellino.vocabulary.times import Instant
from cartellino.web.guard import allow
from cartellino.web.problems import Problem
from cartellino.web.requests import Asked, actor_of, language_of, moment, principal_of, service_of
from cartellino.web.work import do, fetched, written

_Line = Annotated[str, msgspec.Meta(max_length=1_024)]
_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
_Accounts = Annotated[list[_Name], msgspec.Meta(max_length=MOST_ACCOUNTS)]
_Address = Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_ADDRESS)]
_Addresses = Annotated[list[_Address], msgspec.Meta(max_length=MOST_ADDRESSES)]


class Ordered(msgspec.Struct, rename={"starts": "from", "ends": "to"}):
    """What an authority has ordered, on which legal basis.

    `kind`: `restriction` (of `features` in a country, from when until when), `removal` (limit `accounts`, remove what
    is at `addresses`), `preservation` (keep the data of `accounts`) or `information` (about `accounts`). A restriction
    without accounts is of everybody there. `category` and `urgent` choose the deadline. `visibility` is what of it is
    public: `full`, `outline` (neither authority nor basis) or `counted` (only that it exists). `answer_to` is the mail
    address to which the statement of reasons goes, in `language`. With the key of an authority, `authority` is the one
    that is registered.
    """

    country: str
    legal_basis: Annotated[str, msgspec.Meta(min_length=1, max_length=1_024)]
    starts: str
    reason: Reason
    authority: _Line = ""
    features: Annotated[list[str], msgspec.Meta(max_length=9)] = []
    ends: str | None = None
    service: Annotated[str, msgspec.Meta(min_length=1, max_length=128)] = "main"
    reference: _Line = ""
    accounts: _Accounts = []
    visibility: Visibility = "full"
    kind: Kind = "restriction"
    category: Category | None = None
    urgent: bool = False
    addresses: _Addresses = []
    text: Annotated[str, msgspec.Meta(max_length=LONGEST_TEXT)] = ""
    language: Annotated[str, msgspec.Meta(pattern="^[a-z]{2,3}(-[A-Z]{2})?$")] = "en"
    answer_to: Annotated[str, msgspec.Meta(max_length=254)] = ""


@post("/v1/orders", opt=allow("enter-orders", "json"), tags=["orders"], status_code=201, summary="Enter an order")
async def enter_order(request: Asked, data: JSONBody[Ordered]) -> dict[str, Any]:
    """Enter an order of an authority. It may be forged, so it says nothing until a person has looked at it.

    An admin enters what came on paper; an authority files with its own key (scope `orders`, `POST /v1/authorities`),
    and a person verifies that before anything follows.
    """
    order, service = _order(data, await _own(request)), service_of(request)
    held = await do(request, lambda unit: orders.receive(unit, order, data.reason))
    return whole(held, service.words, language_of(request), service.clock.now())


async def _own(request: Asked) -> authorities.Row | None:
    """Return the authority whose key this is; `None` for an operator.

    Raises `Problem` for a key of anybody else.
    """
    principal = principal_of(request)
    if principal.kind == "operator":
        return None
    row = await fetched(request, partial(authorities.by_key, credential=principal.name))
    if row is None or row.kind == "trusted_flagger":
        raise Problem("not-allowed", "this is no key of a registered authority; see POST /v1/authorities",
                      "Authorization")  # fmt: skip
    return row


def _order(data: Ordered, own: authorities.Row | None) -> Order:
    """Return an order that can be stored.

    Raises `Problem` for a country, a feature, an address or an instant that is none, and for what it lacks.
    """
    if not is_country(data.country):
        raise Problem("bad-argument", "`country` is a code of ISO 3166-1 alpha-2, such as ID", "/country")
    if own is not None and own.country != data.country:
        raise Problem("bad-argument", f"this authority is registered in {own.country}", "/country")
    if unknown := sorted(set(data.features) - set(FEATURES)):
        raise Problem("bad-argument", f"`features` are among {', '.join(FEATURES)}, not `{unknown[0]}`", "/features")
    if data.answer_to and not is_address(data.answer_to):
        raise Problem("bad-argument", "`answer_to` is a mail address", "/answer_to")
    if not data.authority.strip() and own is None:
        raise Problem("bad-argument", "say which authority ordered it", "/authority")
    starts, ends = moment(data.starts, "/from"), _end(data)
    order = Order(
        country=data.country, features=tuple(dict.fromkeys(data.features)), legal_basis=data.legal_basis, starts=starts,
        ends=ends, service=data.service, reference=data.reference, visibility=data.visibility, kind=data.kind,
        authority=str(own.name) if own is not None else data.authority, category=data.category or "",
        urgent=data.urgent,
        accounts=tuple(Concerned(data.service, name) for name in dict.fromkeys(data.accounts)), text=data.text,
        addresses=tuple(dict.fromkeys(data.addresses)), language=data.language, answer_to=data.answer_to,
        door="operator" if own is None else "key", proof="operator" if own is None else "key",
        authority_id="" if own is None else str(own.authority_id),
    )  # fmt: skip
    if wrong := lacks(order):
        raise Problem("bad-argument", *wrong)
    return order


def _end(data: Ordered) -> Instant | None:
    return None if data.ends is None else moment(data.ends, "/to")


class Became(msgspec.Struct):
    """What became of an order, and why, in words for the authority.

    `refused` are the accounts and addresses of a `partly_refused` order with which we do not comply; `action` is what
    is done to the accounts of a removal. `order` is what is ordered, where a person who verifies it has read that in a
    mail.
    """

    state: Literal["verified", "in_force", "complied", "partly_refused", "refused", "referred", "stayed", "forged",
                   "withdrawn", "ended", "closed"]  # fmt: skip
    reason: Reason
    refused: Annotated[list[_Address], msgspec.Meta(max_length=MOST_ACCOUNTS)] = []
    action: Imposed | None = None
    order: Ordered | None = None


@post("/v1/orders/{order:str}/state", opt=allow("decide-orders", "json"), tags=["orders"], status_code=200,
      summary="What became of an order")  # fmt: skip
async def advance_order(request: Asked, data: JSONBody[Became], order: Name) -> dict[str, Any]:
    """Bring an order into its next state. Accounts that it names are told, and so is the authority.

    A public order about a whole country counts as announced by its authority while it is in force.
    """
    service = service_of(request)

    def advance(unit: UnitOfWork) -> tuple[Keyed, Held]:
        action = None if data.action is None else action_of(data.action, unit.now)
        as_read = None if data.order is None else _order(data.order, None)
        held = orders.advance(unit, order, data.state, data.reason, tuple(data.refused), action, as_read)
        return orders.announced(unit, held), held

    held = await written(service.problems.announce_with(advance, actor_of(request)))
    return whole(held, service.words, language_of(request), service.clock.now())


@get("/v1/orders", opt=allow("public"), tags=["orders"], summary="The public ledger of orders")
async def list_orders(request: Asked) -> dict[str, Any]:
    """List the restrictions that people have looked at, as far as they are public, with the notice to those concerned.

    Orders about single accounts or content are only counted, in `requests`, by country, authority, basis, kind and
    outcome. Operators with the right to decide orders see all of them, an authority sees its own.
    """
    service, stored_orders = service_of(request), await fetched(request, stored.every)
    language, now, principal = language_of(request), service.clock.now(), principal_of(request)
    if principal.kind == "operator" and principal.may("decide-orders"):
        return {"orders": [whole(one, service.words, language, now) for one in stored_orders]}
    if principal.kind == "key" and principal.may("enter-orders"):
        own = await fetched(request, partial(authorities.by_key, credential=principal.name))
        if own is not None:
            theirs = [one for one in stored_orders if one.order.authority_id == own.authority_id]
            return {"orders": [whole(one, service.words, language, now, inside=False) for one in theirs]}
    return {**ledger(stored_orders, service.words, language, now), "requests": requests(stored_orders)}


@get("/v1/orders/requests", opt=allow("public"), tags=["orders"], summary="Requests of governments, in figures")
async def list_requests(request: Asked, month: Annotated[str, QueryParameter(max_length=7)] = "") -> dict[str, Any]:
    """Count the orders of a month (`2026-11`), or of all time, by country, authority, legal basis and kind: how many
    were complied with, in part or not, and the median hours. Counts below five are shown as `<5`.
    """
    return {"month": month or None, "requests": requests(await fetched(request, stored.every), month)}


@get("/v1/orders/{order:str}", opt=allow("public"), tags=["orders"], summary="One order")
async def one_order(request: Asked, order: Name) -> dict[str, Any]:
    """Return an order, as far as it is public; all of it for operators who decide orders, and for its authority."""
    service, one = service_of(request), await fetched(request, partial(stored.by_id, order=order))
    language, now, principal = language_of(request), service.clock.now(), principal_of(request)
    if one is not None and principal.kind == "operator" and principal.may("decide-orders"):
        return whole(one, service.words, language, now)
    if one is not None and principal.kind == "key" and one.order.authority_id:
        own = await fetched(request, partial(authorities.by_key, credential=principal.name))
        if own is not None and own.authority_id == one.order.authority_id:
            return whole(one, service.words, language, now, inside=False)
    is_public = one is not None and one.is_told and one.order.visibility != "counted"
    if one is None or not is_public or one.order.kind != "restriction":
        raise NotFound(f"there is no order `{order}`")
    return public(one, service.words, language, now)
