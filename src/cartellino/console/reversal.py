"""Reverses a decision from its page, with a choice of the person's other decisions by the same rule and cause."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from litestar import post
from litestar.response import Redirect

from cartellino.commands.cases import take_back
from cartellino.commands.reversal import alike, stands
from cartellino.console.door import Answer, Name, guarded, reason_of
from cartellino.queries.cases import took_part
from cartellino.queries.decisions import by_id
from cartellino.service.access import Principal
from cartellino.service.service import Service
from cartellino.storage.database import Rows
from cartellino.web.requests import Asked, Form, principal_of
from cartellino.web.work import do, read

_TICK = "also-"


def offered(service: Service, decision: str | None) -> list[dict[str, Any]]:
    """Return the other decisions about the person that can be reversed together with a decision."""
    register = service.live.standings
    return [other.record() for other in alike(register, decision or "", service.clock.now())]


def may_take_back(service: Service, who: Principal, decision: str) -> bool:
    """Say whether an operator may reverse a live decision: nobody may who took part in it."""
    if not who.may("decide-appeals") or not stands(service.live, decision):
        return False

    def is_own(rows: Rows) -> bool:
        row = by_id(rows, decision)
        return row is None or took_part(rows, service.actor(who), row, row.sanction_id)

    return not read(service, is_own)


def ticked(form: Mapping[str, str]) -> list[str]:
    """Return the decisions that are ticked in a form."""
    return [name.removeprefix(_TICK) for name in form if name.startswith(_TICK)]


@post("/console/decisions/{decision:str}/overturn", **guarded("decide-appeals", "form"))
async def overturn(request: Asked, decision: Name, data: Form) -> Answer:
    """Reverse a decision, and those that are ticked."""
    reason, role, also = reason_of(data), principal_of(request).role, ticked(data)
    await do(request, lambda unit: take_back(unit, decision, role, reason, also))
    return Redirect(f"/console/decisions/{decision}", status_code=303)


PAGES = [overturn]
