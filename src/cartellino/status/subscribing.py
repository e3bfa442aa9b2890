"""Subscriptions: a form for mail and webhook, and the pages that confirm and end one.

What a program opens before its reader does must change nothing, so both take a button. Mail programs that end a
subscription by themselves post to its page (RFC 8058).
"""

from __future__ import annotations

import re
from functools import partial
from typing import Annotated, Any

from litestar import Response, get, post
from litestar.params import PathParameter, QueryParameter

from cartellino.availability.features import FEATURES
from cartellino.availability.places import is_country
from cartellino.commands import subscriptions
from cartellino.commands.subscriptions import Kind, Wanted
from cartellino.notices.diagnosis_texts import FEATURE_NAME
from cartellino.queries.subscriptions import is_there
from cartellino.status.door import guarded, shown
from cartellino.status.snapshot import MAIN, services
from cartellino.status.texts import BROKEN, CONFIRMING, ENDING, FULL, NOT_FOUND, SUBSCRIBE, TOO_MANY
from cartellino.vocabulary.refusals import BadArgument
from cartellino.web.identity import address_of
from cartellino.web.limits import Limits
from cartellino.web.problems import Problem
from cartellino.web.reader import countries, language_of
from cartellino.web.requests import Asked, Form, service_of
from cartellino.web.work import do, fetched

AN_HOUR = 10
"""Requests of one address that are taken in an hour: each can send a mail to somebody else."""

_ADDRESS = re.compile(r"[^\s@<>(),;:\\\"\[\]]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+")
_Short = Annotated[str, QueryParameter(max_length=64)]
_Id = Annotated[str, PathParameter(max_length=64)]


@get("/status/subscribe", **guarded())
async def form(request: Asked, country: _Short = "", feature: _Short = "") -> Response[Any]:
    """Show the form."""
    return _asked(request, country, feature)


@post("/status/subscribe", **guarded("form"), status_code=200)
async def subscribe(request: Asked, data: Form) -> Response[Any]:
    """Ask the receiver to confirm. The answer is the same whether or not there is such a subscription."""
    service = service_of(request)
    country, feature, target = data.get("country", ""), data.get("feature", ""), data.get("target", "").strip()
    kind: Kind = "webhook" if data.get("kind") == "webhook" else "mail"
    name = data.get("service", "") or MAIN
    if kind not in service.outgoing.postman.kinds or not await _is_right(request, kind, target):
        return _asked(request, country, feature, 400, BROKEN)
    if (country and not is_country(country)) or (feature and feature not in FEATURES):
        return _asked(request, country, feature, 400, BROKEN)
    if name not in services(service.health.seen):
        return _asked(request, country, feature, 400, BROKEN)
    limits: Limits = request.app.state.limits
    if limits.wait(f"subscriptions from {address_of(request, service)}", AN_HOUR, minutes=60):
        return _asked(request, country, feature, 429, TOO_MANY)
    wanted = Wanted(kind, target, language_of(request), name, country, feature)
    if not await do(request, partial(subscriptions.ask, wanted=wanted)):
        return _asked(request, country, feature, 503, FULL)
    return shown(request, "subscribed.html", SUBSCRIBE, 200, done="asked")


async def _is_right(request: Asked, kind: Kind, target: str) -> bool:
    if kind == "mail":
        return len(target) <= 254 and _ADDRESS.fullmatch(target) is not None
    try:
        await service_of(request).outgoing.check(target[:2_048])
    except BadArgument:
        return False
    return len(target) <= 2_048


def _asked(request: Asked, country: str, feature: str, status: int = 200, problem: str = "") -> Response[Any]:
    language, service = language_of(request), service_of(request)
    return shown(request, "subscribe.html", SUBSCRIBE, status, problem=problem, countries=countries(language),
                 features=FEATURE_NAME, kinds=service.outgoing.postman.kinds, country_code=country, feature=feature,
                 services=services(service.health.seen))  # fmt: skip


@get("/status/subscriptions/{subscription:str}/confirm", **guarded())
async def confirming(request: Asked, subscription: _Id) -> Response[Any]:
    """Show the button that confirms."""
    await _must_be_there(request, subscription)
    return shown(request, "button.html", CONFIRMING, done="confirm")


@post("/status/subscriptions/{subscription:str}/confirm", **guarded("form"), status_code=200)
async def confirm(request: Asked, subscription: _Id, data: Form) -> Response[Any]:
    """Confirm a subscription."""
    if not await do(request, partial(subscriptions.confirm, subscription=subscription)):
        raise Problem("not-found", NOT_FOUND)
    return shown(request, "subscribed.html", CONFIRMING, done="confirmed")


@get("/status/subscriptions/{subscription:str}/end", **guarded())
async def ending(request: Asked, subscription: _Id) -> Response[Any]:
    """Show the button that ends it."""
    await _must_be_there(request, subscription)
    return shown(request, "button.html", ENDING, done="end")


@post("/status/subscriptions/{subscription:str}/end", **guarded("form"), status_code=200)
async def end(request: Asked, subscription: _Id, data: Form) -> Response[Any]:
    """End a subscription; one that is over already stays over."""
    await do(request, partial(subscriptions.end, subscription=subscription))
    return shown(request, "subscribed.html", ENDING, done="ended")


async def _must_be_there(request: Asked, subscription: str) -> None:
    if not await fetched(request, partial(is_there, subscription=subscription)):
        raise Problem("not-found", NOT_FOUND)


PAGES = [form, subscribe, confirming, confirm, ending, end]
