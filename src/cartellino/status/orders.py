"""The public ledger of orders: what authorities have ordered of features in a country, and what became of it."""

from __future__ import annotations

from typing import Any

from litestar import Response, get

from cartellino.notices.diagnosis_texts import FEATURE
from cartellino.notices.filing_texts import ORDER_KIND, ORDER_STATE
from cartellino.queries import orders as stored
from cartellino.queries.authority_figures import requests
from cartellino.service.shown_orders import ledger
from cartellino.status.door import guarded, shown
from cartellino.status.texts import ORDERS
from cartellino.web.reader import language_of, say
from cartellino.web.requests import Asked, service_of
from cartellino.web.work import fetched


@get("/status/orders", **guarded())
async def orders(request: Asked) -> Response[Any]:
    """List the orders that people have looked at, as far as they are public."""
    service, rows = service_of(request), await fetched(request, stored.every)
    listed = ledger(rows, service.words, language_of(request), service.clock.now())
    told = [{**order, "feature_names": [say(request, FEATURE[name]) for name in order["features"]]}
            for order in listed["orders"]]  # fmt: skip
    return shown(request, "orders.html", ORDERS, orders=told, not_public=listed["not_public"], states=ORDER_STATE,
                 kinds=ORDER_KIND, requests=requests(rows))  # fmt: skip


PAGES = [orders]
