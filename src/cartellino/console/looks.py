"""Blind looks: one decision at a time, its evidence and nothing of what became of it. Was it right?

The audit and golden decisions are mixed, and look the same.
"""

from __future__ import annotations

from typing import Any

from litestar import get, post
from litestar.response import Redirect

from cartellino.console.door import PAGE, Answer, Asked, Form, Name, done, looked, operator, read, sender, shown
from cartellino.service import looks
from cartellino.service.service import Service
from cartellino.vocabulary.actors import Actor
from cartellino.web.problems import Problem


@get("/console/looks", **PAGE)
async def look(request: Asked) -> Answer:
    """Show the next decision to look at."""
    who = await operator(request, "audit-decisions")
    values = await looked(request, lambda service: _next(service, service.actor(who)))
    return shown(request, "look", "Was this right?", **values)


def _next(service: Service, by: Actor) -> dict[str, Any]:
    found = read(service, lambda rows: (looks.following(rows, by), looks.waiting(rows, by)))
    return {"decision": found[0], "waiting": found[1]}


@post("/console/looks/{decision:str}", **PAGE)
async def judge(request: Asked, decision: Name, data: Form) -> Answer:
    """Say whether a decision was right."""
    who = await sender(request, data, "audit-decisions")
    if data.get("outcome") not in ("right", "wrong"):
        raise Problem("bad-argument", "say whether it was right or wrong")
    right = data["outcome"] == "right"
    await done(request, who, lambda desk: looks.judge(desk, decision, right=right))
    return Redirect("/console/looks", status_code=303)


PAGES = [look, judge]
