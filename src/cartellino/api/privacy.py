"""Routes of personal data: export, erasure, and legal holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
from litestar import delete, get, post
from litestar.params import JSONBody

from cartellino.api.accounts import ServiceName
from cartellino.api.asking import must_own
from cartellino.api.decisions import Reason
from cartellino.api.naming import Named, by_path, of_account
from cartellino.commands import erasure, personal_data
from cartellino.service.service import Service
from cartellino.storage.database import Rows
from cartellino.web.guard import allow
from cartellino.web.problems import Problem
from cartellino.web.requests import Asked, actor_of, principal_of, service_of
from cartellino.web.work import looked, worked, written

Result = TypeVar("Result")


@get(of_account("export"), opt=allow("read-own"), operation_id=by_path, tags=["privacy"])
async def export(request: Asked, account: Named, service_name: ServiceName = "main") -> dict[str, Any]:
    """Return everything that is stored about an account (subject access), except who reported it.

    `named_in` are events of others that name it, as far as the account may know them.
    """
    must_own(request, service_name, account)
    is_own = principal_of(request).kind == "holder"

    def work(service: Service) -> dict[str, Any]:
        with service.database.begin() as rows:
            named = (service_name, account, service.live.pseudonym(service_name, account))
            return personal_data.known_of(rows, service.writer.state, *named, for_holder=is_own)

    return await worked(request, work)


class Why(msgspec.Struct):
    """A reason, for the ledger."""

    reason: Reason


@post(of_account("erase"), opt=allow("privacy", "json"), operation_id=by_path, tags=["privacy"], status_code=200)
async def erase(
    request: Asked, data: JSONBody[Why], account: Named, service_name: ServiceName = "main"
) -> dict[str, Any]:
    """Erase an account: its events, evidence, texts and files are deleted, its sanctions stay under an alias.

    Somebody who is only named in events of others is erased in the same way.
    """
    service = service_of(request)
    known = (service.database, service.writer.state, service_name, account, _subject(request, service_name, account))
    if not await worked(request, lambda _: erasure.is_named(*known)):
        raise Problem("not-found", f"nothing is kept of an account `{account}`, and nothing names it")
    alias = await written(service.writer.erase(service_name, account, actor_of(request), data.reason))
    service.forget_person(service_name, account)
    await looked(request, lambda _: service.carry_out_pending())
    return {"erased": True, "alias": alias}


@post(of_account("hold"), opt=allow("privacy", "json"), operation_id=by_path, tags=["privacy"], status_code=200)
async def hold(
    request: Asked, data: JSONBody[Why], account: Named, service_name: ServiceName = "main"
) -> dict[str, Any]:
    """Place a legal hold: an account's data is kept even if its erasure is requested."""
    subject, now, by = _subject(request, service_name, account), service_of(request).clock.now(), actor_of(request)
    await _write(request, lambda rows: personal_data.hold(rows, subject, now, by, data.reason))
    return {"held": True}


@delete(of_account("hold"), opt=allow("privacy"), operation_id=by_path, tags=["privacy"], status_code=200)
async def end_hold(request: Asked, account: Named, service_name: ServiceName = "main") -> dict[str, Any]:
    """End a legal hold."""
    subject, now, by = _subject(request, service_name, account), service_of(request).clock.now(), actor_of(request)
    return {"ended": await _write(request, lambda rows: personal_data.end_hold(rows, subject, now, by))}


def _subject(request: Asked, service_name: str, account: str) -> str:
    return service_of(request).live.pseudonym(service_name, account)


async def _write(request: Asked, what: Callable[[Rows], Result]) -> Result:
    """Write rows, and the pending row of the ledger."""

    def work(service: Service) -> Result:
        result = service.write(what)
        service.carry_out_pending()
        return result

    return await looked(request, work)
