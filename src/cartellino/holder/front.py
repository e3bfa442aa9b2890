"""The front page: which door is whose. In a demonstration every door is prepared."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get

from cartellino.service.service import Service
from cartellino.web.guard import allow
from cartellino.web.pages import page


@get("/", opt=allow("public"), include_in_schema=False)
async def front(request: Request[Any, Any, Any]) -> Response[str]:
    """Show the doors."""
    service: Service = request.app.state.service
    return page("front.html", tour=service.tour, rules=len(service.writer.route.policies.rules))
