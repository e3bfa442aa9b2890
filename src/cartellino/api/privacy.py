"""What is known of an account, that it is forgotten, and legal holds that forbid it."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import delete, get, post
from litestar.params import JSONBody

from cartellino.api.accounts import Name, ServiceName
from cartellino.api.asking import must_own
from cartellino.api.decisions import Reason
from cartellino.enforcement.acts import Erase
from cartellino.service import privacy
from cartellino.service.service import Service
from cartellino.web.guard import allow
from cartellino.web.problems import Problem
from cartellino.web.requests import Asked, principal_of, service_of
from cartellino.web.work import do, worked, written


@get("/v1/accounts/{account:str}/export", opt=allow("read-own"), tags=["privacy"])
async def export(request: Asked, account: Name, service_name: ServiceName = "main") -> dict[str, Any]:
    """Return everything that is kept of an account (subject access). Who reported it is not part of it."""
    must_own(request, service_name, account)
    service = service_of(request)
    policies = service.writer.route.policies

    def disclosed(identity: str) -> bool:
        rule = policies.rule(identity)
        return rule is not None and rule.discloses == "full"

    theirs = principal_of(request).kind == "holder"

    def work(service: Service) -> dict[str, Any]:
        with service.database.begin() as rows:
            return privacy.known_of(rows, service.writer.state, service_name, account, disclosed if theirs else None)

    return await worked(request, work)


class Why(msgspec.Struct):
    """A reason, for the ledger."""

    reason: Reason


@post("/v1/accounts/{account:str}/erase", opt=allow("privacy", "json"), tags=["privacy"], status_code=200)
async def erase(
    request: Asked, data: JSONBody[Why], account: Name, service_name: ServiceName = "main"
) -> dict[str, Any]:
    """Erase an account: its events, evidence, texts and files are gone, its sanctions stay under an alias."""
    writer = service_of(request).writer
    if not await worked(request, lambda service: _is_known(service, service_name, account)):
        raise Problem("not-found", f"nothing is kept of an account `{account}`")
    service_of(request).forget_answers()
    alias = await written(writer.erase(service_name, account, principal_of(request).name, data.reason))
    await do(request, lambda desk: desk.act(Erase, data.reason, alias=alias))
    return {"erased": True, "alias": alias}


def _is_known(service: Service, name: str, account: str) -> bool:
    with service.database.begin() as rows:
        found = privacy.known_of(rows, service.writer.state, name, account)
    return any(held for key, held in found.items() if key not in ("service", "account"))


@post(
    "/v1/accounts/{account:str}/hold",
    opt=allow("privacy", "json"),
    tags=["privacy"],
    status_code=200,
    sync_to_thread=True,
)
def hold(request: Asked, data: JSONBody[Why], account: Name, service_name: ServiceName = "main") -> dict[str, Any]:
    """Keep an account's data although it may be asked to erase them: a legal hold."""
    service = service_of(request)
    subject = service.writer.route.sequencer.ledger.pseudonym(service_name, account)
    with service.database.begin_writing() as rows:
        privacy.hold(rows, subject, service.clock.now(), principal_of(request).name, data.reason)
    service.record(principal_of(request).name, "legal hold", subject, data.reason)
    return {"held": True}


@delete(
    "/v1/accounts/{account:str}/hold",
    opt=allow("privacy"),
    tags=["privacy"],
    status_code=200,
    sync_to_thread=True,
)
def end_hold(request: Asked, account: Name, service_name: ServiceName = "main") -> dict[str, Any]:
    """End a legal hold."""
    service = service_of(request)
    subject = service.writer.route.sequencer.ledger.pseudonym(service_name, account)
    with service.database.begin_writing() as rows:
        ended = privacy.end_hold(rows, subject)
    service.record(principal_of(request).name, "legal hold ended", subject, "")
    return {"ended": ended}
