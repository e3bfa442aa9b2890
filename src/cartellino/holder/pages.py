"""The account page: the card, its reason and end, what still works, and the appeal with its timeline."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

import msgspec
from litestar import Response, get, post
from litestar.params import PathParameter, QueryParameter
from litestar.response import Redirect

from cartellino.appeals.proof import Holder
from cartellino.commands import one_time_codes
from cartellino.commands.cases import file_appeal
from cartellino.commands.personal_data import known_of
from cartellino.commands.unit_of_work import UnitOfWork
from cartellino.holder import links, public, recovery, senders, why
from cartellino.holder.door import (
    LONGEST_TEXT,
    NOTHING,
    Kept,
    entered,
    guarded,
    holder_of,
    kept_of,
    left,
    shown,
    shown_card,
)
from cartellino.holder.front import counts, demo_door, front
from cartellino.holder.texts import (
    NO_CODE,
    NOT_DONE,
    OLD_LINK,
    TITLE,
    TOO_MANY,
    WRONG,
    WRONG_CODE,
)
from cartellino.service.service import Service
from cartellino.vocabulary.refusals import NotFound, Refusal
from cartellino.web import codes
from cartellino.web.identity import HOLDER_COOKIE
from cartellino.web.problems import Problem
from cartellino.web.reader import say
from cartellino.web.requests import Asked, Form, principal_of
from cartellino.web.work import do, worked


@get("/account", **guarded())
async def account(request: Asked) -> Response[str]:
    """Show the card, or the page for entering."""
    holder = holder_of(request)
    if holder is None:
        return _asked(request, 200, "")
    return await shown_card(request, holder)


@get("/account/enter", **guarded())
async def enter(
    request: Asked, token: Annotated[str, QueryParameter(name="token", max_length=2_048)] = ""
) -> Response[Any]:
    """Show whether a link is valid, with the button to enter."""
    holder = links.holder_in(request, token)
    if links.is_in_already(request, token):
        return Redirect("/account", status_code=303)
    if holder is None:
        return _asked(request, 403, say(request, OLD_LINK))
    return shown(request, "enter.html", TITLE, proof="", problem="", kept=NOTHING, token=token)


@post("/account/enter", **guarded("public", "form"))
async def enter_by_link(request: Asked, data: Form) -> Response[Any]:
    """Enter by a link, which is used up."""
    holder = await links.use(request, data.get("token", ""))
    if holder is not None:
        return await entered(request, holder)
    if links.is_in_already(request, data.get("token", "")):
        return Redirect("/account", status_code=303)
    return _asked(request, 403, say(request, OLD_LINK))


def _asked(request: Asked, status: int, problem: str, proof: str = "", kept: Kept = NOTHING) -> Response[str]:
    """Show the form for the account, or for the code that was sent."""
    here = f"/account/code/{quote(proof, safe='')}" if proof else request.url.path
    return shown(request, "enter.html", TITLE, status, here=here, proof=proof, problem=problem, kept=kept)


@post("/account/code", **guarded("public", "form"))
async def ask_code(request: Asked, data: Form) -> Response[str]:
    """Send a one-time code to an account. The answer is the same whether or not the account exists."""
    name, service_name, kept = data.get("account", "").strip(), data.get("service", "main")[:128], kept_of(data)
    if not 1 <= len(name) <= 128:
        return _asked(request, 400, "", kept=kept)
    try:
        eager = codes.may_ask(request, service_name, name)
    except Problem:
        return _asked(request, 429, say(request, TOO_MANY), kept=kept)
    proof = await do(request, lambda unit: one_time_codes.ask(unit, service_name, name, eager=eager))
    return _asked(request, 200, "", proof, kept)


@get("/account/code/{proof:str}", **guarded())
async def code_form(request: Asked, proof: Annotated[str, PathParameter(max_length=64)]) -> Response[str]:
    """Show the form for a code again, for instance in another language."""
    return _asked(request, 200, "", proof)


@post("/account/code/{proof:str}", **guarded("public", "form"))
async def give_code(request: Asked, proof: Annotated[str, PathParameter(max_length=64)], data: Form) -> Response[Any]:
    """Enter with a code; after a wrong one the form is shown again while there are tries left."""
    kept = kept_of(data)
    try:
        codes.may_guess(request)
    except Problem:
        return _asked(request, 429, say(request, TOO_MANY), proof, kept)
    holder = await do(request, lambda unit: one_time_codes.use(unit, proof, data.get("code", "")))
    if isinstance(holder, Holder):
        return await entered(request, holder, kept)
    if holder:
        return _asked(request, 403, say(request, WRONG_CODE, left=holder), proof, kept)
    return _asked(request, 403, say(request, NO_CODE), kept=kept)


@post("/account/appeal", **guarded("file-appeals", "form"))
async def appeal(request: Asked, data: Form) -> Response[Any]:
    """File an appeal from the page."""
    holder = principal_of(request)
    sanction = data.get("sanction", "")[:128]

    def work(unit: UnitOfWork) -> None:
        if not unit.live.bears(holder.service, holder.account, sanction):
            raise NotFound("there is no such sanction")
        file_appeal(unit, sanction, data.get("text", "")[:LONGEST_TEXT], "page")

    try:
        await do(request, work)
    except Refusal as refusal:
        return await shown_card(request, holder, kept_of(data), 409, _said(request, refusal))
    return Redirect("/account", status_code=303)


def _said(request: Asked, refusal: Refusal) -> str:
    return say(request, NOT_DONE.get(refusal.code, WRONG[400]))


@post("/account/leave", **guarded("public", "form"), status_code=303)
async def leave(request: Asked) -> Redirect:
    """End the visit, also for copies of the cookie."""
    await left(request)
    gone = Redirect("/account", status_code=303)
    if holder_of(request) is not None:
        gone.delete_cookie(HOLDER_COOKIE, path="/account")
    return gone


@get("/account/data", **guarded("read-own"))
async def data(request: Asked) -> Response[bytes]:
    """Return a file with everything that is stored about the account."""
    holder = principal_of(request)

    def work(service: Service) -> dict[str, Any]:
        with service.database.begin() as rows:
            named = (holder.service, holder.account, service.live.pseudonym(holder.service, holder.account))
            return known_of(rows, service.writer.state, *named, for_holder=True)

    content = msgspec.json.format(msgspec.json.encode(await worked(request, work)), indent=2)
    headers = {
        "Content-Disposition": 'attachment; filename="my-data.json"',
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }
    return Response(content, media_type="application/json", headers=headers)


PAGES = [
    front,
    counts,
    demo_door,
    account,
    enter,
    enter_by_link,
    ask_code,
    code_form,
    give_code,
    appeal,
    data,
    leave,
    *recovery.PAGES,
    *public.PAGES,
    *why.PAGES,
    *senders.PAGES,
]
