"""Held decisions: listed by rule, and released or discarded in bulk."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from litestar import get, post
from litestar.response import Redirect

from cartellino.commands import held_decisions as holding
from cartellino.commands.unit_of_work import UnitOfWork
from cartellino.console.door import Answer, guarded, reason_of, shown
from cartellino.console.evidence import shares_of
from cartellino.web.problems import Problem
from cartellino.web.requests import Asked, Form, principal_of, service_of
from cartellino.web.work import do

NAMED = 50
"""At most so many held decisions of a rule are listed."""


@get("/console/held", **guarded("read-held"))
async def held(request: Asked) -> Answer:
    """Show the held decisions by rule."""
    who = principal_of(request)

    service = service_of(request)

    def look(unit: UnitOfWork) -> list[tuple[str, int, list[dict[str, Any]], frozenset[str]]]:
        by_rule: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for decision in unit.live.held:
            by_rule[decision.rule].append(decision.record())
        rules = sorted(by_rule.items())
        return [(rule, len(waiting), waiting[:NAMED], shares_of(service, rule)) for rule, waiting in rules]

    waiting = await do(request, look)
    return shown(request, "held", "Held by brakes", rules=waiting, may=who.may("release-held"))


@post("/console/held", **guarded("release-held", "form"))
async def settle(request: Asked, data: Form) -> Answer:
    """Release or discard all held decisions of a rule."""
    rule, reason = data.get("rule", ""), reason_of(data)
    what = {"release": holding.release, "discard": holding.discard}.get(data.get("what", ""))
    if what is None:
        raise Problem("bad-argument", "say whether to release or to discard")
    await do(request, lambda unit: what(unit, rule, reason))
    return Redirect("/console/held", status_code=303)


PAGES = [held, settle]
