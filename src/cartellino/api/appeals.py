"""Routes of appeals and other cases: holders file and follow them, and a person who took no part before decides."""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import Annotated, Any, Literal

import anyio.to_thread
import msgspec
from litestar import get, post
from litestar.params import JSONBody

from cartellino.api.accounts import Account, Name, ServiceName
from cartellino.api.asking import must_bear, must_own, together
from cartellino.api.decisions import Also, Reason
from cartellino.api.naming import Named, by_path, of_account
from cartellino.appeals.proof import Holder, sign
from cartellino.commands import blind_review, one_time_codes
from cartellino.commands.cases import Attachment, decide_appeal, decide_review, file_appeal
from cartellino.commands.names import random_id
from cartellino.commands.reversal import alike
from cartellino.commands.terminations import announce, withdraw
from cartellino.commands.unit_of_work import UnitOfWork
from cartellino.enforcement.action import Action
from cartellino.policies.ladder import SCOPES
from cartellino.queries import attachments, views
from cartellino.queries.cases import by_id, due_after
from cartellino.queries.views import case_shown
from cartellino.service.service import Service
from cartellino.vocabulary.accounts import AccountRef
from cartellino.vocabulary.ids import SanctionId
from cartellino.vocabulary.times import MINUTE, duration, show_instant
from cartellino.web import codes
from cartellino.web.guard import allow
from cartellino.web.problems import Problem
from cartellino.web.requests import Asked, cursor_of, limit_of, moment, principal_of, service_of
from cartellino.web.work import do


class File(msgspec.Struct):
    """A file, in Base64."""

    name: str
    media_type: str
    content: str


class Filing(msgspec.Struct):
    """An appeal: a text in the holder's own words, up to five files, and the region whose law applies."""

    text: str
    files: list[File] = []
    region: Annotated[str, msgspec.Meta(pattern="^[A-Z]{2}$")] | None = None


@post(
    "/v1/sanctions/{sanction:str}/appeals",
    opt=allow("file-appeals", "files"),
    tags=["appeals"],
    status_code=201,
)
async def file(request: Asked, data: JSONBody[Filing], sanction: Name) -> dict[str, Any]:
    """File an appeal against a sanction, within six months; only one can be open at a time."""
    files = tuple(Attachment(file.name, file.media_type, _unpacked(file, at)) for at, file in enumerate(data.files))
    door = "app" if principal_of(request).kind == "holder" else "service"

    def work(unit: UnitOfWork) -> str:
        must_bear(request, unit.live, sanction, unit.live.standings.owner(SanctionId(sanction)))
        return file_appeal(unit, sanction, data.text, door, region=data.region, files=files)

    case = await do(request, work)
    return appeal_shown(request, case)


def _unpacked(file: File, at: int) -> bytes:
    try:
        return b64decode(file.content, validate=True)
    except ValueError:
        raise Problem("bad-request", "this is no Base64", f"/files/{at}/content") from None


@get(
    "/v1/appeals/{appeal:str}",
    opt=allow("read-appeals"),
    tags=["appeals"],
    sync_to_thread=True,
    summary="An appeal",
)
def appeal(request: Asked, appeal: Name) -> dict[str, Any]:
    """Return an appeal with its timeline. Its holder can always see it, even while banned.

    While it is open, operators see in `alike` which other decisions a reversal may include.
    """
    return appeal_shown(request, appeal)


def appeal_shown(request: Asked, identity: str) -> dict[str, Any]:
    """Return an appeal as the caller may see it; only operators see the names of reviewers."""
    with service_of(request).database.begin() as rows:
        case = by_id(rows, identity)
        if case is None:
            raise Problem("not-found", f"there is no appeal `{identity}`")
        must_bear(request, service_of(request).live, case.sanction_id, AccountRef(case.service, case.account))
        inside = principal_of(request).kind == "operator"
        if case.kind != "appeal" and not inside:
            raise Problem("not-found", f"there is no appeal `{identity}`")
        return _with_alike(service_of(request), case_shown(rows, case, inside=inside), inside=inside)


def _with_alike(service: Service, shown: dict[str, Any], *, inside: bool) -> dict[str, Any]:
    """Add to an open case, for operators, the other decisions that its reversal may include."""
    if not inside or shown["closed_at"] is not None or shown["kind"] not in ("appeal", "sibling"):
        return shown
    offered = alike(service.live.standings, shown["decision_id"], service.clock.now())
    return shown | {"alike": [decision.record() for decision in offered]}


@get(
    "/v1/attachments/{attachment:str}",
    opt=allow("read-cases"),
    tags=["appeals"],
    sync_to_thread=True,
)
def attachment(request: Asked, attachment: Name) -> dict[str, Any]:
    """Return a file attached to an appeal, in Base64."""
    with service_of(request).database.begin() as rows:
        file = attachments.by_id(rows, attachment)
    if file is None:
        raise Problem("not-found", f"there is no attachment `{attachment}`")
    content = b64encode(file.content).decode()
    return {"name": file.name, "media_type": file.media_type, "content": content, "case_id": file.case_id}


@get(of_account("appeals"), opt=allow("read-appeals"), tags=["appeals"], operation_id=by_path)
async def appeals_of(request: Asked, account: Named, service_name: ServiceName = "main") -> dict[str, Any]:
    """List the appeals of an account, the latest first."""
    must_own(request, service_name, account)
    inside = principal_of(request).kind == "operator"

    def work() -> list[dict[str, Any]]:
        with service_of(request).database.begin() as rows:
            return [case_shown(rows, case, inside=inside) for case in views.appeals_of(rows, service_name, account)]

    return {"appeals": await anyio.to_thread.run_sync(work)}


class Decided(msgspec.Struct):
    """The outcome of an appeal; `ends_at` only with `shortened`, `also` only with `reversed`.

    `also` are other decisions to reverse, out of those in `alike`.
    """

    outcome: Literal["upheld", "reversed", "shortened"]
    reason: Reason
    ends_at: str | None = None
    also: Also = []


@post(
    "/v1/appeals/{appeal:str}/outcome",
    opt=allow("decide-appeals", "json"),
    tags=["appeals"],
    status_code=200,
)
async def outcome(request: Asked, data: JSONBody[Decided], appeal: Name) -> dict[str, Any]:
    """Decide an appeal. A reversal undoes all consequences, those of `also` included, and opens sibling cases."""
    ends_at = None if data.ends_at is None else moment(data.ends_at, "/ends_at")
    role = principal_of(request).role
    given = (data.outcome, data.reason, ends_at, data.also)
    return await do(request, lambda unit: decide_appeal(unit, appeal, role, *given))


@get("/v1/cases", opt=allow("read-cases"), tags=["appeals"], sync_to_thread=True, summary="The queue")
def cases(request: Asked) -> dict[str, Any]:
    """List cases by deadline; `?kind=` is appeal, complaint, order, review or sibling; `status`, `account`, `after`.

    `limit` is how many at most.
    """
    params, limit, after = request.query_params, limit_of(request), cursor_of(request)
    having = {name: params[name] for name in ("kind", "status", "account", "service") if name in params}
    with service_of(request).database.begin() as rows:
        page = together(due_after(rows, after, having, limit), limit, "due_at")
        shown = [_with_alike(service_of(request), case_shown(rows, row, inside=True), inside=True) for row in page]
    return {"cases": shown, "next": page[-1].due_at if page else None}


class Imposed(msgspec.Struct):
    """A sanction that a reviewer imposes, `for` a duration such as 24h; a ban has none."""

    kind: Literal["warning", "restriction", "suspension", "ban"]
    scope: list[str] = []
    lasts: str | None = msgspec.field(default=None, name="for")


class Reviewed(msgspec.Struct):
    """The outcome of a review: an action, or none."""

    reason: Reason
    action: Imposed | None = None


@post("/v1/cases/{case:str}/outcome", opt=allow("decide-appeals", "json"), tags=["appeals"], status_code=200)
async def reviewed(request: Asked, data: JSONBody[Reviewed], case: Name) -> dict[str, Any]:
    """Decide a review that a rule asked for: impose a sanction, or dismiss the case."""
    lasts = None if data.action is None else lasting(data.action)
    role = principal_of(request).role

    def work(unit: UnitOfWork) -> dict[str, Any]:
        action = None
        if data.action is not None:
            ends_at = None if lasts is None else unit.now + lasts
            action = Action(data.action.kind, tuple(data.action.scope), ends_at)
        return decide_review(unit, case, role, action, data.reason)

    return await do(request, work)


def lasting(action: Imposed) -> int | None:
    """Return how long an action lasts, in ms; `None` for one without an end.

    Raises `Problem` for what does not fit together.
    """
    if action.kind in ("restriction", "suspension") and action.lasts is None:
        raise Problem("bad-argument", f"a {action.kind} needs `for`, such as 24h", "/action/for")
    if action.kind in ("warning", "ban") and action.lasts is not None:
        raise Problem("bad-argument", f"a {action.kind} has no `for`", "/action/for")
    unknown = sorted(set(action.scope) - set(SCOPES))
    if unknown or (action.kind == "restriction") != bool(action.scope):
        raise Problem(
            "bad-argument", f"a restriction has a scope of {', '.join(SCOPES)}; others have none", "/action/scope"
        )
    try:
        return None if action.lasts is None else duration(action.lasts)
    except ValueError as error:
        raise Problem("bad-argument", str(error), "/action/for") from None


@get(
    "/v1/audits",
    opt=allow("audit-decisions"),
    tags=["learning"],
    sync_to_thread=True,
    summary="The blind audit",
)
def audits(request: Asked) -> dict[str, Any]:
    """List randomly drawn decisions that nobody has judged: with their evidence, without their outcome."""
    with service_of(request).database.begin() as rows:
        return {"audits": blind_review.drawn(rows, limit_of(request))}


class Audited(msgspec.Struct):
    """A reviewer's judgement: whether the decision is right."""

    right: bool


@post("/v1/audits/{decision:str}", opt=allow("audit-decisions", "json"), tags=["learning"], status_code=200)
async def audit(request: Asked, data: JSONBody[Audited], decision: Name) -> dict[str, Any]:
    """Judge whether a drawn decision is right. Nothing changes for the account."""

    await do(request, lambda unit: blind_review.judge(unit, decision, right=data.right))
    return {"decision_id": decision, "right": data.right}


class NewHolder(Account):
    """The account of a new token; with `link`, the token only opens the holders' pages, and only once."""

    link: bool = False


@post(
    "/v1/holders",
    opt=allow("make-holders", "json"),
    tags=["appeals"],
    status_code=201,
    summary="A holder's token",
)
async def holder(request: Asked, data: JSONBody[NewHolder]) -> dict[str, Any]:
    """Create a token for an account's holder, on request of a messenger that has identified them. It lasts an hour."""
    service = service_of(request)
    now = service.wall.now()
    ends_at = now + one_time_codes.TOKEN
    door = "link" if data.link else ""
    token = sign(Holder(data.service, data.account, ends_at, door, now), service.secret, random_id("t"))
    made = {"token": token, "ends_at": show_instant(ends_at)}
    return made | ({"path": f"/account/enter?token={token}"} if data.link else {})


@post(
    "/v1/proofs",
    opt=allow("public", "public"),
    tags=["public"],
    status_code=202,
    summary="Ask for a one-time code",
)
async def prove(request: Asked, data: JSONBody[Account]) -> dict[str, Any]:
    """Send a one-time code to an account, by webhooks that take the kind `code`.

    The answer is the same whether or not the account exists.
    """
    eager = codes.may_ask(request, data.service, data.account)
    proof = await do(request, lambda unit: one_time_codes.ask(unit, data.service, data.account, eager=eager))
    return {"proof_id": proof, "minutes": one_time_codes.LASTS // MINUTE}


class Code(msgspec.Struct):
    """The code that was sent."""

    code: Annotated[str, msgspec.Meta(max_length=200)]


@post(
    "/v1/proofs/{proof:str}",
    opt=allow("public", "public"),
    tags=["public"],
    status_code=200,
    summary="Give a one-time code",
)
async def proved(request: Asked, data: JSONBody[Code], proof: Name) -> dict[str, Any]:
    """Exchange a one-time code for a holder's token: once, within ten minutes, with at most five tries."""
    service = service_of(request)

    codes.may_guess(request)
    holder = await do(request, lambda unit: one_time_codes.use(unit, proof, data.code))
    if isinstance(holder, int):
        left = "1 try is left" if holder == 1 else f"{holder} tries are left"
        then = left if holder else "ask for another"
        raise Problem("not-allowed", f"this code is wrong, used, or too old; {then}", "/code", tries_left=holder)
    return {"token": sign(holder, service.secret), "ends_at": show_instant(holder.ends_at)}


class Ending(msgspec.Struct):
    """The termination of a business's account: the clause of the terms, the facts, and the region whose law applies."""

    account: Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
    clause: Annotated[str, msgspec.Meta(min_length=3, max_length=500)]
    reason: Reason
    service: Annotated[str, msgspec.Meta(min_length=1, max_length=128)] = "main"
    region: Annotated[str, msgspec.Meta(pattern="^[A-Z]{2}$")] | None = None


@post("/v1/terminations", opt=allow("change-sanctions", "json"), tags=["sanctions"], status_code=201)
async def end_business(request: Asked, data: JSONBody[Ending]) -> dict[str, Any]:
    """Announce the termination of a business's account: it gets its statement now, and the notice period of its law."""
    given = (data.service, data.account, data.region, data.clause, data.reason)
    return await do(request, lambda unit: announce(unit, *given))


class Withdrawn(msgspec.Struct):
    """The reason for the withdrawal."""

    reason: Reason


@post(
    "/v1/terminations/{case:str}/withdraw",
    opt=allow("change-sanctions", "json"),
    tags=["sanctions"],
    status_code=200,
)
async def withdraw_ending(request: Asked, data: JSONBody[Withdrawn], case: Name) -> dict[str, Any]:
    """Withdraw an announced termination."""
    await do(request, lambda unit: withdraw(unit, case, data.reason))
    return {"case_id": case, "withdrawn": True}
