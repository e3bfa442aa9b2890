"""The account page: the card, why, until when, what works, and the appeal with its timeline."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

import anyio.to_thread
import msgspec
import sqlalchemy as sa
from litestar import Response, get, post
from litestar.params import PathParameter, QueryParameter
from litestar.response import Redirect

from cartellino.appeals.proof import Holder
from cartellino.holder import links, public, recovery
from cartellino.holder.door import LONGEST_TEXT, entered, guarded, holder_of, language_of, left, say, shown
from cartellino.holder.front import front
from cartellino.holder.texts import (
    NO_CODE,
    NOT_DONE,
    OLD_LINK,
    PREVENTED,
    SIGNS,
    STATUS,
    TITLE,
    TOO_MANY,
    WRONG,
    WRONG_CODE,
)
from cartellino.notices.compose import compose
from cartellino.notices.facts import OF_ACTION, Facts
from cartellino.notices.texts import ABILITIES
from cartellino.service import proofs, views
from cartellino.service.access import Principal
from cartellino.service.cases import file_appeal
from cartellino.service.desk import Desk
from cartellino.service.service import Service
from cartellino.service.standing import as_it_stands, standing_of
from cartellino.vocabulary.ids import SanctionId
from cartellino.vocabulary.refusals import BadArgument, Refusal
from cartellino.vocabulary.times import Instant, show_instant
from cartellino.web import codes
from cartellino.web.identity import HOLDER_COOKIE
from cartellino.web.problems import Problem
from cartellino.web.requests import Asked, Form, principal_of, service_of
from cartellino.web.work import do


@get("/account", **guarded())
async def account(request: Asked) -> Response[str]:
    """Show the card; who has not entered may enter."""
    holder = holder_of(request)
    if holder is None:
        return _asked(request, 200, "")
    values = await anyio.to_thread.run_sync(_card, request, holder)
    return shown(request, "account.html", problem="", **values)


def _card(request: Asked, holder: Principal) -> dict[str, Any]:
    service, language, now = service_of(request), language_of(request), service_of(request).clock.now()
    standing = standing_of(service.writer.route, holder.service, holder.account, language, now)
    with service.database.begin() as rows:
        told = views.notices_of(rows, holder.service, holder.account, now)
        filed = views.appeals_of(rows, holder.service, holder.account)
        appeals = [views.case_shown(rows, one, inside=False) for one in filed]
    in_force = {one["sanction_id"] for one in standing["sanctions"]}
    pending = {one["sanction_id"] for one in appeals}
    latest = [one for one in told if not one.sanction_id or one.sanction_id.removesuffix("h") in in_force][:5]
    notices = [_notice(service, one, language, now, pending) for one in latest if one.shape != "appeal_received"]
    title = notices[0]["title"] if notices and notices[0]["card"] != "green" else "Your account works"
    card = {"banned": "red", "clear": "green", "warned": "green"}.get(standing["standing"], "yellow")
    return {
        "title": title if card != "green" else "Your account works",
        "card": card,
        "signs": SIGNS,
        "speed": service.tour.speed if service.tour is not None else 1,
        "steps": STATUS,
        "notices": notices,
        "appeals": appeals,
        "works": [service.words.say(language, ABILITIES[one]) for one in standing["still_works"]],
    }


def _notice(service: Service, row: sa.Row[Any], language: str, now: Instant, pending: set[str]) -> dict[str, Any]:
    facts = _present(service, row, now)
    said = compose(facts, service.words, language, now)
    imposed = row.sanction_id and facts.shape in ("warned", "limited", "challenged", "suspended", "banned")
    return {
        **msgspec.to_builtins(said),
        "code": row.code,
        "sanction_id": row.sanction_id,
        "ends_at": show_instant(facts.ends_at) if facts.ends_at and facts.ends_at > now else "",
        "left": max(0, (facts.ends_at or now) - now),
        "prevented": PREVENTED.get(facts.cause, "") if imposed else "",
        "may_appeal": bool(imposed) and row.sanction_id not in pending,
    }


def _present(service: Service, row: sa.Row[Any], now: Instant) -> Facts:
    """Return what a notice told, as it is now: a reversal may have made milder what it told of, and what comes next."""
    facts, sequencer = msgspec.convert(row.facts, Facts), service.writer.route.sequencer
    if facts.shape not in OF_ACTION.values():
        return facts
    try:
        sanction = sequencer.register.sanction(row.sanction_id)
    except BadArgument:
        return facts
    standing = sequencer.whole(row.service, row.account)
    return as_it_stands(facts, sanction, standing, sequencer.ladders, now)


@get("/account/enter", **guarded())
async def enter(
    request: Asked, token: Annotated[str, QueryParameter(name="token", max_length=2_048)] = ""
) -> Response[Any]:
    """Show whether a link of the messenger's own service lets one in, with the button that does so."""
    holder = links.holder_in(request, token)
    if holder is not None and links.is_of_tour(request, token):
        return entered(request, holder)
    if links.is_in_already(request, token):
        return Redirect("/account", status_code=303)
    if holder is None:
        return _asked(request, 403, say(request, OLD_LINK))
    return shown(request, "enter.html", TITLE, proof="", problem="", token=token)


@post("/account/enter", **guarded("public", "form"))
async def enter_by_link(request: Asked, data: Form) -> Response[Any]:
    """Enter by a link; it is used up."""
    holder = await links.use(request, data.get("token", ""))
    if holder is not None:
        return entered(request, holder)
    if links.is_in_already(request, data.get("token", "")):
        return Redirect("/account", status_code=303)
    return _asked(request, 403, say(request, OLD_LINK))


def _asked(request: Asked, status: int, problem: str, proof: str = "") -> Response[str]:
    """Ask for the account, or for the code that was sent."""
    here = f"/account/code/{quote(proof, safe='')}" if proof else request.url.path
    return shown(request, "enter.html", TITLE, status, here=here, proof=proof, problem=problem)


@post("/account/code", **guarded("public", "form"))
async def ask_code(request: Asked, data: Form) -> Response[str]:
    """Send a one-time code to an account. The answer is alike whether or not there is one."""
    name, service_name = data.get("account", "").strip(), data.get("service", "main")[:128]
    if not 1 <= len(name) <= 128:
        return _asked(request, 400, "")
    try:
        eager = codes.may_ask(request, service_name, name)
    except Problem:
        return _asked(request, 429, say(request, TOO_MANY))
    proof = await do(request, lambda desk: proofs.ask(desk, service_name, name, eager=eager))
    return _asked(request, 200, "", proof)


@get("/account/code/{proof:str}", **guarded())
async def code_form(request: Asked, proof: Annotated[str, PathParameter(max_length=64)]) -> Response[str]:
    """Show the form for a code again, as in another language."""
    return _asked(request, 200, "", proof)


@post("/account/code/{proof:str}", **guarded("public", "form"))
async def give_code(request: Asked, proof: Annotated[str, PathParameter(max_length=64)], data: Form) -> Response[Any]:
    """Enter with a code; after a wrong one the form stays, as long as there are tries left."""
    try:
        codes.may_guess(request)
    except Problem:
        return _asked(request, 429, say(request, TOO_MANY), proof)
    holder = await do(request, lambda desk: proofs.use(desk, proof, data.get("code", "")))
    if isinstance(holder, Holder):
        return entered(request, holder)
    if holder:
        return _asked(request, 403, say(request, WRONG_CODE, left=holder), proof)
    return _asked(request, 403, say(request, NO_CODE))


@post("/account/appeal", **guarded("file-appeals", "form"))
async def appeal(request: Asked, data: Form) -> Response[Any]:
    """File an appeal from the page."""
    holder = principal_of(request)
    sanction = data.get("sanction", "")[:128]

    def work(desk: Desk) -> None:
        owner = desk.route.sequencer.register.owner(SanctionId(sanction))
        if owner != (holder.service, holder.account):
            raise BadArgument("there is no such sanction")
        file_appeal(desk, sanction, data.get("text", "")[:LONGEST_TEXT], "page")

    try:
        await do(request, work)
    except Refusal as refusal:
        values = await anyio.to_thread.run_sync(_card, request, holder)
        return shown(request, "account.html", status=409, problem=_said(request, refusal), **values)
    return Redirect("/account", status_code=303)


def _said(request: Asked, refusal: Refusal) -> str:
    return say(request, NOT_DONE.get(refusal.code, WRONG[400]))


@post("/account/leave", **guarded("public", "form"), status_code=303)
async def leave(request: Asked) -> Redirect:
    """Leave: the visit is over, also for copies of the cookie."""
    await left(request)
    gone = Redirect("/account", status_code=303)
    if holder_of(request) is not None:
        gone.delete_cookie(HOLDER_COOKIE, path="/account")
    return gone


PAGES = [
    front,
    account,
    enter,
    enter_by_link,
    ask_code,
    code_form,
    give_code,
    appeal,
    leave,
    *recovery.PAGES,
    *public.PAGES,
]
