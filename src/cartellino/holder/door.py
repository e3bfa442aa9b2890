"""The frame of the holders' pages: the visit, the language, and the pages for errors.

A holder enters by a link with a token that the messenger has signed, or by a one-time code. The token is then stored in
a cookie that scripts cannot read. Forms have a second token, derived from it, so that no other site can send them. The
guard checks both.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import anyio.to_thread
import structlog
from litestar import Response
from litestar.datastructures import Cookie
from litestar.exceptions import HTTPException
from litestar.response import Redirect

from cartellino.appeals.proof import Holder, sign
from cartellino.commands.allowance import MOST
from cartellino.commands.names import random_id
from cartellino.commands.one_time_codes import TOKEN
from cartellino.holder.card import card_of
from cartellino.holder.texts import NOT_DONE, TITLE, WRONG
from cartellino.service.access import Principal
from cartellino.service.service import Service
from cartellino.vocabulary.refusals import Refusal
from cartellino.vocabulary.times import show_instant
from cartellino.web.allowances import allowance
from cartellino.web.cookies import cookies
from cartellino.web.guard import SignInFirst, allow
from cartellino.web.identity import HOLDER_COOKIE, form_token, is_ours, is_secure, token_of, visit_of
from cartellino.web.pages import page
from cartellino.web.problems import headers_of, status_of
from cartellino.web.reader import formats, language_of, remember, say
from cartellino.web.requests import Asked, principal_of, service_of

LONGEST_TEXT = 10_000
"""Most characters of a text that are given back after an error."""

log = structlog.get_logger()


class Kept(NamedTuple):
    """A text that a holder wrote before they had entered, and the sanction that it is about."""

    text: str = ""
    sanction: str = ""


NOTHING = Kept()


def kept_of(form: Mapping[str, str]) -> Kept:
    """Return the text of a form that could not be accepted yet."""
    return Kept(form.get("text", "")[:LONGEST_TEXT], form.get("sanction", "")[:128])


def shown(request: Asked, template: str, title: str, status: int = 200, **values: Any) -> Response[str]:
    """Render a page in the reader's language, which a cookie remembers if it was chosen."""
    language, words = language_of(request), service_of(request).words

    def said(text: str, **holes: object) -> str:
        return words.say(language, text, **holes)

    values.setdefault("here", request.url.path)
    values.setdefault("holder", holder_of(request))
    values.setdefault("csrf", token_of(request, service_of(request), "holder"))
    service = service_of(request)
    current = {"needs_help": _needs_help(service, values["holder"]), "now": show_instant(service.clock.now())}
    written = {**current, **formats(language), **values}
    written["languages"] = [(offered, words.own_name(offered)) for offered in words.languages]
    made = page(template, status, language=language, say=said, title=said(title), tour=service.tour, **written)
    remember(request, made)
    return made


def _needs_help(service: Service, holder: Principal | None) -> bool:
    """Say whether to offer the recovery assistant: not to a holder without sanctions."""
    if holder is None:
        return True
    standing = service.live.whole(holder.service, holder.account).name(service.clock.now())
    return standing not in ("clear", "warned")


def holder_of(request: Asked) -> Principal | None:
    """Return the holder of the visit; `None` if nobody has entered, or they have left."""
    asks = principal_of(request)
    return asks if asks.kind == "holder" else None


async def entered(request: Asked, holder: Holder, kept: Kept = NOTHING, language: str = "") -> Response[Any]:
    """Begin a visit of an hour, by a cookie with a token that only these pages accept.

    A text that the holder wrote before is put into the form from which it can be sent.
    """
    service = service_of(request)
    now = service.wall.now()
    visit = Holder(holder.service, holder.account, now + TOKEN, "page", now)
    token = sign(visit, service.secret, random_id("t"))
    secure = is_secure(request, service)
    cookie = Cookie(
        HOLDER_COOKIE, value=token, httponly=True, samesite="lax", secure=secure, path="/account", max_age=3600
    )
    if kept.text:
        who = Principal("holder", holder.account, service=holder.service, account=holder.account, session=True)
        page = await shown_card(request, who, kept, csrf=form_token(token, service.secret))
        page.set_cookie(cookie)
        return page
    chosen = service.words.named(request.query_params.get("language", "")) or language
    path = f"/account?language={chosen}" if chosen else "/account"
    return Redirect(path, status_code=303, cookies=[cookie])


async def shown_card(
    request: Asked, holder: Principal, kept: Kept = NOTHING, status: int = 200, problem: str = "", **values: Any
) -> Response[str]:
    """Show the card of an account, with the holder's text in the form, or beside it if no form accepts one."""
    service, language = service_of(request), language_of(request)
    card = await anyio.to_thread.run_sync(card_of, service, holder, language)
    chats = await allowance(request, holder.service, holder.account)
    takes = [notice["sanction_id"] for notice in card["notices"] if notice["review"] == "possible"] if kept.text else []
    into = kept.sanction if kept.sanction in takes else next(iter(takes), "")
    given = {"holder": holder, "here": "/account", "problem": problem, "written": kept.text, "into": into}
    given["chats"] = chats if chats is not None and chats["new_chats"] < MOST else None  # whoever has many is not told
    return shown(request, "account.html", status=status, **{**card, **given, **values})


async def left(request: Asked) -> None:
    """End the visit, and invalidate all copies of its cookie."""
    service = service_of(request)
    visit = visit_of(request, service)
    if visit is not None and holder_of(request) is not None:
        await anyio.to_thread.run_sync(service.spent.spend, cookies(request)[HOLDER_COOKIE], visit.ends_at)


# Errors


def _refused(request: Asked, refusal: Refusal) -> Response[str]:
    status = status_of(refusal)
    page = shown(request, "wrong.html", WRONG.get(status, WRONG[400]), status)
    page.headers.update(headers_of(refusal))
    return page


def _to_enter(request: Asked, _: SignInFirst) -> Response[str]:
    """Show the page for entering, which keeps a text that was written while the visit expired."""
    kept = kept_of(request.state.get("form", {})) if is_ours(request) else NOTHING
    problem = say(request, NOT_DONE["gone"]) if kept.text else ""
    return shown(request, "enter.html", TITLE, 403, here="/account", proof="", problem=problem, kept=kept)


def _unreadable(request: Asked, error: HTTPException) -> Response[str]:
    return shown(request, "wrong.html", WRONG.get(error.status_code, WRONG[400]), error.status_code)


def _failed(request: Asked, error: Exception) -> Response[str]:
    log.error("a page failed", error=type(error).__name__, exc_info=error)
    return shown(request, "wrong.html", WRONG[500], 500)


_REFUSALS: dict[Any, Any] = {
    SignInFirst: _to_enter,
    Refusal: _refused,
    HTTPException: _unreadable,
    Exception: _failed,
}


def guarded(may: str = "public", bound: str = "none") -> dict[str, Any]:
    """Return the options of a route of these pages: its permission, and the body it takes."""
    return {"opt": allow(may, bound, "holder"), "include_in_schema": False, "exception_handlers": _REFUSALS}
