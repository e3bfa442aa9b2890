"""The page of an order's case: what was ordered, what shows that it is genuine, and the form for its next state."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, Literal, get_args

from litestar import get, post
from litestar.response import Redirect

from cartellino.appeals.categories import CATEGORIES, Category
from cartellino.appeals.orders import MOST_ACCOUNTS, MOST_ADDRESSES, Concerned, Held, Kind, Order, State, lacks
from cartellino.availability.places import is_country
from cartellino.commands import orders
from cartellino.commands.unit_of_work import UnitOfWork
from cartellino.console.complaints import ACTIONS, action_of
from cartellino.console.door import Answer, Name, guarded, reason_of, sentence, shown
from cartellino.notices.filing_texts import ORDER_KIND, ORDER_STATE
from cartellino.queries import case_files
from cartellino.queries import orders as stored
from cartellino.service.health_intake import Keyed
from cartellino.storage.database import Rows
from cartellino.vocabulary.refusals import Refusal
from cartellino.web.problems import Problem, status_of
from cartellino.web.requests import Asked, Form, actor_of, service_of
from cartellino.web.work import do, written

ENTERED = ("removal", "information", "preservation")
"""What can be entered on the page; restrictions of features in a country come through the interface."""

STATES = tuple(state for state in get_args(State) if state != "received")
PROOF = {
    "operator": "entered by a person of ours",
    "key": "filed with the authority's key",
    "mail": "by mail from the authority's domain, as our mail server says",
    "failed": "NOTHING SHOWS THAT IT IS GENUINE: our mail server does not say that it is from this domain",
}


def values_of(rows: Rows, row: case_files.Row) -> dict[str, Any]:
    """Return what the page of an order's case shows beside the case itself."""
    held = stored.by_id(rows, case_files.order_of(row))
    return {
        "held": held, "states": ORDER_STATE, "kinds": ORDER_KIND, "actions": ACTIONS, "proof": PROOF,
        "following": held.following() if held is not None else (), "categories": CATEGORIES, "entered": ENTERED,
    }  # fmt: skip


@post("/console/orders/{order:str}", **guarded("decide-orders", "form"))
async def advance(request: Asked, order: Name, data: Form) -> Answer:
    """Bring an order into its next state."""
    chosen, reason = data.get("state", ""), reason_of(data)
    if chosen not in STATES:
        raise Problem("bad-argument", "choose what becomes of the order")
    state: State = next(one for one in get_args(State) if one == chosen)
    refused = tuple(value for name, value in data.items() if name.startswith("refused-"))

    def work(unit: UnitOfWork) -> tuple[Keyed, Held]:
        is_done = state in ("complied", "partly_refused")
        action = action_of(data.get("action", ""), unit.now) if is_done else None
        as_read = _as_read(data, unit.now) if state == "verified" and data.get("kind") in ENTERED else None
        held = orders.advance(unit, order, state, reason, refused if state == "partly_refused" else (), action, as_read)
        return orders.announced(unit, held), held

    held = await written(service_of(request).problems.announce_with(work, actor_of(request)))
    return Redirect(f"/console/cases/{held.case}", status_code=303)


def _as_read(data: dict[str, str], now: int) -> Order:
    """Return the order as a person has read it in a form."""
    kind: Kind = next(one for one in get_args(Kind) if one == data["kind"])
    category: Category | Literal[""] = next((one for one in CATEGORIES if one == data.get("category")), "")
    return Order(
        country=data.get("country", "").strip().upper(), authority=data.get("authority", "").strip()[:1_024],
        legal_basis=data.get("legal_basis", "").strip()[:1_024], starts=now, kind=kind, category=category,
        urgent="urgent" in data, reference=data.get("reference", "").strip()[:1_024],
        accounts=tuple(Concerned("main", name) for name in _lines(data.get("accounts", ""), MOST_ACCOUNTS)),
        addresses=tuple(_lines(data.get("addresses", ""), MOST_ADDRESSES)), text=data.get("text", "").strip()[:20_000],
        answer_to=data.get("answer_to", "").strip()[:254], language=data.get("language", "en")[:5] or "en",
    )  # fmt: skip


def _lines(text: str, most: int) -> list[str]:
    return list(dict.fromkeys(line.strip()[:2_048] for line in text.splitlines() if line.strip()))[:most]


@get("/console/orders", **guarded("decide-orders"))
async def form(request: Asked) -> Answer:
    """Show the form with which an order is entered that came on paper."""
    return _form(request, {})


def _form(request: Asked, typed: dict[str, str], problem: str = "", status: int = 200) -> Answer:
    return shown(request, "order-enter", "Enter an order", status, problem=problem, typed=defaultdict(str, typed),
                 entered=ENTERED,
                 kinds=ORDER_KIND, categories=CATEGORIES)  # fmt: skip


@post("/console/orders", **guarded("enter-orders", "form"))
async def enter(request: Asked, data: Form) -> Answer:
    """Enter an order."""
    if data.get("kind") not in ENTERED or not is_country(data.get("country", "").strip().upper()):
        return _form(request, data, "Choose what is ordered, and the country by its code, such as ID.", 400)
    if not data.get("authority", "").strip() or not data.get("legal_basis", "").strip():
        return _form(request, data, "An order needs the authority and the legal basis.", 400)
    try:
        reason = reason_of(data)
        held = await do(request, lambda unit: orders.receive(unit, checked(_as_read(data, unit.now)), reason))
    except Refusal as refusal:
        return _form(request, data, sentence(refusal), status_of(refusal))
    return Redirect(f"/console/cases/{held.case}", status_code=303)


def checked(order: Order) -> Order:
    """Return an order that lacks nothing.

    Raises `Problem` for one that does.
    """
    if wrong := lacks(order):
        raise Problem("bad-argument", *wrong)
    return order


PAGES = [advance, form, enter]
