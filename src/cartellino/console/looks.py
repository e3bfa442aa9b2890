"""Blind review: a reviewer judges one decision at a time, by its evidence and without its outcome.

Decisions of the audit and golden ones are mixed, and look the same.
"""

from __future__ import annotations

from typing import Any

from litestar import get, post
from litestar.response import Redirect

from cartellino.commands import blind_review
from cartellino.console.door import Answer, Name, guarded, shown
from cartellino.console.evidence import shares_in
from cartellino.service.service import Service
from cartellino.vocabulary.actors import Actor
from cartellino.web.problems import Problem
from cartellino.web.requests import Asked, Form, actor_of
from cartellino.web.work import do, looked, read


@get("/console/looks", **guarded("audit-decisions"))
async def look(request: Asked) -> Answer:
    """Show the next decision to judge."""
    by = actor_of(request)
    values = await looked(request, lambda service: _next(service, by))
    return shown(request, "look", "Was this right?", **values)


def _next(service: Service, by: Actor) -> dict[str, Any]:
    following = read(service, lambda rows: (blind_review.following(rows, by), blind_review.waiting(rows, by)))
    shares = shares_in(service, following[0])
    return {"decision": following[0], "waiting": following[1], "shares": shares}


@post("/console/looks/{decision:str}", **guarded("audit-decisions", "form"))
async def judge(request: Asked, decision: Name, data: Form) -> Answer:
    """Record whether a decision was right."""
    if data.get("outcome") not in ("right", "wrong"):
        raise Problem("bad-argument", "say whether it was right or wrong")
    right = data["outcome"] == "right"
    await do(request, lambda unit: blind_review.judge(unit, decision, right=right))
    return Redirect("/console/looks", status_code=303)


PAGES = [look, judge]
