"""The holder's pages: the card, the appeal, the check of a code, the guide, and the report for everybody.

Somebody enters by a link with a token that the messenger's own service signed, or by a one-time code. The token is then
in a cookie that no script can read; forms bring a second token, made from it, so that no other site can send them.
"""

from __future__ import annotations

import hmac
from datetime import UTC, datetime
from hashlib import sha256
from typing import Annotated, Any

import anyio.to_thread
import msgspec
import sqlalchemy as sa
from litestar import Request, Response, get, post
from litestar.datastructures import Cookie
from litestar.params import FromPath, QueryParameter, URLEncodedBody
from litestar.response import Redirect

from cartellino.appeals.proof import Holder, sign, verify
from cartellino.holder.texts import PREVENTED, SIGNS, STATUS
from cartellino.notices.compose import compose
from cartellino.notices.facts import Facts
from cartellino.notices.texts import ABILITIES, KINDS, TO_DO
from cartellino.policies.rule import Rule
from cartellino.service import proofs, views
from cartellino.service.cases import file_appeal
from cartellino.service.desk import Desk
from cartellino.service.figures import report
from cartellino.service.names import is_code
from cartellino.service.service import Service
from cartellino.service.standing import standing_of
from cartellino.service.telling import CAUSES
from cartellino.storage import tables
from cartellino.vocabulary.ids import SanctionId
from cartellino.vocabulary.refusals import BadArgument, Refusal
from cartellino.vocabulary.times import Instant, show_instant
from cartellino.web.identity import is_secure
from cartellino.web.pages import page

COOKIE = "cartellino_holder"
LANGUAGE = "cartellino_language"
Asked = Request[Any, Any, Any]
Token = Annotated[str, QueryParameter(name="token", max_length=2_048)]


def _service(request: Asked) -> Service:
    found: Service = request.app.state.service
    return found


def _language(request: Asked) -> str:
    words = _service(request).words
    for chosen in (request.query_params.get("language"), request.cookies.get(LANGUAGE)):
        if chosen in words.languages:
            return str(chosen)
    return words.choose(request.headers.get("accept-language", ""))


def _shown(request: Asked, template: str, title: str, status: int = 200, **values: Any) -> Response[str]:
    language, words = _language(request), _service(request).words

    def say(text: str, **holes: object) -> str:
        return words.say(language, text, **holes)

    made = page(template, status, language=language, say=say, title=say(title), **values)
    if request.query_params.get("language") in words.languages:
        made.set_cookie(Cookie(LANGUAGE, value=language, samesite="lax", max_age=31_536_000))
    return made


def _holder(request: Asked) -> Holder | None:
    service = _service(request)
    return verify(request.cookies.get(COOKIE, ""), service.secret, service.clock.now())


def _csrf(request: Asked) -> str:
    text = b"form " + request.cookies.get(COOKIE, "").encode()
    return hmac.digest(_service(request).secret, text, sha256).hex()


def _entered(request: Asked, holder: Holder) -> Redirect:
    service = _service(request)
    token = sign(holder, service.secret)
    secure = is_secure(request, service)
    cookie = Cookie(COOKIE, value=token, httponly=True, samesite="lax", secure=secure, path="/account", max_age=3600)
    return Redirect("/account", status_code=303, cookies=[cookie])


# The account


@get("/account", opt={"may": "public"}, include_in_schema=False)
async def account(request: Asked) -> Response[str]:
    """Show the card; who has not entered may enter."""
    holder = _holder(request)
    if holder is None:
        return _shown(request, "enter.html", "See what happened to your account", proof="", problem="")
    values = await anyio.to_thread.run_sync(_card, request, holder)
    return _shown(request, "account.html", csrf=_csrf(request), problem="", **values)


def _card(request: Asked, holder: Holder) -> dict[str, Any]:
    service, language, now = _service(request), _language(request), _service(request).clock.now()
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
        "steps": STATUS,
        "notices": notices,
        "appeals": [one | {"due": one["due_at"][:10]} for one in appeals],
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


@get("/account/enter", opt={"may": "public"}, include_in_schema=False)
async def enter(
    request: Asked, token: Annotated[str, QueryParameter(name="token", max_length=2_048)] = ""
) -> Response[Any]:
    """Enter by a link of the messenger's own service."""
    service = _service(request)
    holder = verify(token, service.secret, service.clock.now())
    if holder is None:
        problem = _say(request, "This link is too old. Ask for a code.")
        return _shown(request, "enter.html", "See what happened to your account", 403, proof="", problem=problem)
    return _entered(request, holder)


def _say(request: Asked, text: str) -> str:
    return _service(request).words.say(_language(request), text)


@post("/account/code", opt={"may": "public"}, include_in_schema=False)
async def ask_code(request: Asked, data: URLEncodedBody[dict[str, str]]) -> Response[str]:
    """Send a one-time code to an account. The answer is alike whether or not there is one."""
    name = data.get("account", "").strip()
    if not 1 <= len(name) <= 128:
        return _shown(request, "enter.html", "See what happened to your account", 400, proof="", problem="")
    try:
        proof = await _work(request, lambda desk: proofs.ask(desk, data.get("service", "main"), name))
    except proofs.TooOften:
        problem = _say(request, "Too many codes were sent to this account. Wait an hour.")
        return _shown(request, "enter.html", "See what happened to your account", 429, proof="", problem=problem)
    return _shown(request, "enter.html", "See what happened to your account", proof=proof, problem="")


@post("/account/code/{proof:str}", opt={"may": "public"}, include_in_schema=False)
async def give_code(request: Asked, proof: FromPath[str], data: URLEncodedBody[dict[str, str]]) -> Response[Any]:
    """Enter with a code."""
    holder = await _work(request, lambda desk: proofs.use(desk, proof, data.get("code", "")[:20]))
    if holder is None:
        problem = _say(request, "This code is wrong, used, or too old. Ask for another.")
        return _shown(request, "enter.html", "See what happened to your account", 403, proof="", problem=problem)
    return _entered(request, holder)


async def _work(request: Asked, what: Any) -> Any:  # noqa: ANN401
    import asyncio

    return await asyncio.wait_for(asyncio.wrap_future(_service(request).writer.do(what, "holder")), 30)


@post("/account/appeal", opt={"may": "public"}, include_in_schema=False)
async def appeal(request: Asked, data: URLEncodedBody[dict[str, str]]) -> Response[Any]:
    """File an appeal from the page."""
    holder = _holder(request)
    if holder is None:
        return Redirect("/account", status_code=303)
    if not hmac.compare_digest(data.get("csrf", "").encode(), _csrf(request).encode()):
        return Redirect("/account", status_code=303)
    sanction = data.get("sanction", "")[:128]

    def work(desk: Desk) -> None:
        owner = desk.route.sequencer.register.owner(SanctionId(sanction))
        if owner != (holder.service, holder.account):
            raise BadArgument("there is no such sanction")
        file_appeal(desk, sanction, data.get("text", "")[:10_000], "page")

    try:
        await _work(request, work)
    except Refusal as refusal:
        values = await anyio.to_thread.run_sync(_card, request, holder)
        return _shown(request, "account.html", status=409, csrf=_csrf(request), problem=str(refusal), **values)
    return Redirect("/account", status_code=303)


@post("/account/leave", opt={"may": "public"}, include_in_schema=False, status_code=303)
async def leave(request: Asked) -> Redirect:
    """Leave: the cookie is gone."""
    gone = Redirect("/account", status_code=303)
    gone.delete_cookie(COOKIE, path="/account")
    return gone


# For everybody


@get("/account/check", opt={"may": "public"}, include_in_schema=False)
async def check(request: Asked, code: Annotated[str, QueryParameter(name="code", max_length=40)] = "") -> Response[str]:
    """Say whether a notice is really from us."""
    asked = code.strip().upper()
    found = await anyio.to_thread.run_sync(_by_code, _service(request), asked) if is_code(asked) else None
    day = show_instant(found)[:10] if found is not None else ""
    return _shown(
        request, "check.html", "Is this notice really from you?", asked=asked, genuine=found is not None, day=day
    )


def _by_code(service: Service, code: str) -> Instant | None:
    with service.database.begin() as rows:
        return rows.scalar(sa.select(tables.notices.c.made_at).where(tables.notices.c.code == code))


@get("/account/guide", opt={"may": "public"}, include_in_schema=False)
async def guide(request: Asked) -> Response[str]:
    """Say how not to be banned: each clause of the terms, and what keeps one on its right side."""
    clauses: dict[str, list[Rule]] = {}
    for rule in _service(request).writer.route.policies.rules:
        if rule.clause and rule.mode.kind != "off":
            clauses.setdefault(rule.clause, []).append(rule)
    rules = [
        (clause, [_say(request, one) for one in TO_DO.get(CAUSES.get(held[0].policy, "messages"), ())])
        for clause, held in clauses.items()
    ]
    return _shown(request, "guide.html", "How not to be banned", rules=rules)


_KINDS = {**KINDS, "challenge": "proof that it is you"}


@get("/transparency", opt={"may": "public"}, include_in_schema=False)
async def latest(request: Asked) -> Response[str]:
    """Show the report of this month."""
    return await _reported(request, "")


@get("/transparency/{month:str}", opt={"may": "public"}, include_in_schema=False)
async def transparency(request: Asked, month: FromPath[str]) -> Response[str]:
    """Show the report of a month."""
    return await _reported(request, month)


async def _reported(request: Asked, month: str) -> Response[str]:
    service = _service(request)
    today = datetime.fromtimestamp(service.clock.now() / 1000, UTC)
    months = [f"{(today.year * 12 + today.month - 1 - n) // 12}-{(today.month - 1 - n) % 12 + 1:02d}" for n in range(6)]
    try:
        shown = await anyio.to_thread.run_sync(_report, service, month or months[0])
    except BadArgument:
        shown = await anyio.to_thread.run_sync(_report, service, months[0])
    counts = {kind: one if isinstance(one, int) else 2 for kind, one in shown["actions"].items()}
    most = max([*counts.values(), 1])
    bars = {kind: round(160 * count / most) for kind, count in counts.items()}
    return _shown(
        request, "transparency.html", "How often we were wrong", report=shown, months=months, bars=bars, kinds=_KINDS
    )


def _report(service: Service, month: str) -> dict[str, Any]:
    with service.database.begin() as rows:
        return report(rows, service.writer.route.policies, month)


PAGES = [account, enter, ask_code, give_code, appeal, leave, check, guide, latest, transparency]
