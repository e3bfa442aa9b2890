"""The account page: the card, why, until when, what works, and the appeal with its timeline."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

import anyio.to_thread
import msgspec
import sqlalchemy as sa
from litestar import Response, get, post
from litestar.params import FromPath, QueryParameter, URLEncodedBody
from litestar.response import Redirect

from cartellino.appeals.proof import Holder, verify
from cartellino.holder import public, recovery
from cartellino.holder.door import (
    COOKIE,
    PAGE,
    Asked,
    done,
    entered,
    holder_of,
    is_ours,
    language_of,
    say,
    service_of,
    shown,
)
from cartellino.holder.front import front
from cartellino.holder.texts import NOT_DONE, PREVENTED, SIGNS, STATUS, WRONG
from cartellino.notices.compose import compose
from cartellino.notices.facts import Facts
from cartellino.notices.texts import ABILITIES
from cartellino.service import proofs, views
from cartellino.service.cases import file_appeal
from cartellino.service.desk import Desk
from cartellino.service.service import Service
from cartellino.service.standing import standing_of
from cartellino.vocabulary.ids import SanctionId
from cartellino.vocabulary.refusals import BadArgument, Refusal
from cartellino.vocabulary.times import Instant, show_instant


@get("/account", **PAGE)
async def account(request: Asked) -> Response[str]:
    """Show the card; who has not entered may enter."""
    holder = holder_of(request)
    if holder is None:
        return shown(request, "enter.html", "See what happened to your account", proof="", problem="")
    values = await anyio.to_thread.run_sync(_card, request, holder)
    return shown(request, "account.html", problem="", **values)


def _card(request: Asked, holder: Holder) -> dict[str, Any]:
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
    facts = msgspec.convert(row.facts, Facts)
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


@get("/account/enter", **PAGE)
async def enter(
    request: Asked, token: Annotated[str, QueryParameter(name="token", max_length=2_048)] = ""
) -> Response[Any]:
    """Enter by a link of the messenger's own service."""
    service = service_of(request)
    holder = verify(token, service.secret, service.wall.now())
    if holder is None:
        problem = say(request, "This link is too old. Ask for a code.")
        return shown(request, "enter.html", "See what happened to your account", 403, proof="", problem=problem)
    return entered(request, holder)


@post("/account/code", **PAGE)
async def ask_code(request: Asked, data: URLEncodedBody[dict[str, str]]) -> Response[str]:
    """Send a one-time code to an account. The answer is alike whether or not there is one."""
    name = data.get("account", "").strip()
    if not 1 <= len(name) <= 128:
        return shown(request, "enter.html", "See what happened to your account", 400, proof="", problem="")
    try:
        proof = await done(request, lambda desk: proofs.ask(desk, data.get("service", "main"), name))
    except proofs.TooOften:
        problem = say(request, "Too many codes were sent to this account. Wait an hour.")
        return shown(request, "enter.html", "See what happened to your account", 429, proof="", problem=problem)
    return shown(request, "enter.html", "See what happened to your account", proof=proof, problem="")


@post("/account/code/{proof:str}", **PAGE)
async def give_code(request: Asked, proof: FromPath[str], data: URLEncodedBody[dict[str, str]]) -> Response[Any]:
    """Enter with a code."""
    holder = await done(request, lambda desk: proofs.use(desk, proof, data.get("code", "")[:200]))
    if holder is None:
        problem = say(request, "This code is wrong, used, or too old. Ask for another.")
        return shown(request, "enter.html", "See what happened to your account", 403, proof="", problem=problem)
    return entered(request, replace(holder, ends_at=service_of(request).wall.now() + proofs.TOKEN))


@post("/account/appeal", **PAGE)
async def appeal(request: Asked, data: URLEncodedBody[dict[str, str]]) -> Response[Any]:
    """File an appeal from the page."""
    holder = holder_of(request)
    if holder is None or not is_ours(request, data):
        problem, kept = say(request, NOT_DONE["gone"]), data.get("text", "")[:10_000]
        title = "See what happened to your account"
        return shown(request, "enter.html", title, 403, proof="", problem=problem, kept=kept)
    sanction = data.get("sanction", "")[:128]

    def work(desk: Desk) -> None:
        owner = desk.route.sequencer.register.owner(SanctionId(sanction))
        if owner != (holder.service, holder.account):
            raise BadArgument("there is no such sanction")
        file_appeal(desk, sanction, data.get("text", "")[:10_000], "page")

    try:
        await done(request, work)
    except Refusal as refusal:
        values = await anyio.to_thread.run_sync(_card, request, holder)
        return shown(request, "account.html", status=409, problem=_said(request, refusal), **values)
    return Redirect("/account", status_code=303)


def _said(request: Asked, refusal: Refusal) -> str:
    return say(request, NOT_DONE.get(refusal.code, WRONG[400]))


@post("/account/leave", **PAGE, status_code=303)
async def leave(request: Asked) -> Redirect:
    """Leave: the cookie is gone."""
    gone = Redirect("/account", status_code=303)
    gone.delete_cookie(COOKIE, path="/account")
    return gone


PAGES = [front, account, enter, ask_code, give_code, appeal, leave, *recovery.PAGES, *public.PAGES]
