"""The application: all routes, the guard before them, and the answers to refusals."""

from __future__ import annotations

from typing import Any

from anyio import CapacityLimiter
from litestar import Litestar, Router
from litestar.config.response_cache import ResponseCacheConfig
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme

import cartellino
from cartellino.api import (
    accounts,
    appeals,
    authorities,
    availability,
    clock,
    complaint_cases,
    complaints,
    decisions,
    health,
    incidents,
    ingest,
    mail,
    operators,
    orders,
    policies,
    privacy,
    senders,
    senders_ai,
    senders_erasure,
    senders_pillars,
    senders_queue,
    webhooks,
)
from cartellino.api.naming import ByName
from cartellino.service.service import Service
from cartellino.vocabulary.refusals import Refusal
from cartellino.web.bodies import Bodies
from cartellino.web.bounds import bounds
from cartellino.web.guard import allow, check, guard
from cartellino.web.limits import Limits
from cartellino.web.pages import lost
from cartellino.web.problems import failed, refused, too_deep
from cartellino.web.seam import Outermost, receive
from cartellino.web.turns import Turns
from cartellino.web.work import Workshop

ROUTES: list[HTTPRouteHandler] = [
    handler
    for module in (
        ingest,
        accounts,
        decisions,
        incidents,
        appeals,
        mail,
        policies,
        webhooks,
        operators,
        availability,
        orders,
        authorities,
        complaints,
        complaint_cases,
        senders,
        senders_ai,
        senders_erasure,
        senders_pillars,
        senders_queue,
        privacy,
        clock,
        health,
    )
    for handler in vars(module).values()
    if isinstance(handler, HTTPRouteHandler)
]
"""All routes of the API."""

PARSERS = 2
"""Most bodies with events that are parsed at a time, and as many small ones beside them."""


def application(service: Service, *more: Any) -> Litestar:
    """Return the application of a running service.

    Raises `TypeError` for a route that does not declare its permission or its body.
    """
    app = ByName(
        before_request=receive,
        route_handlers=[*ROUTES, *more],
        guards=[guard],
        state=shared(service),
        exception_handlers={
            Refusal: refused,
            HTTPException: lost,
            RecursionError: too_deep,
            Exception: failed,
        },
        request_max_body_size=service.settings.body,
        response_cache_config=ResponseCacheConfig(),
        openapi_config=_described(),
        logging_config=None,
        debug=False,
    )
    check(app)
    app.asgi_handler = Outermost(app.asgi_handler)
    return app


def shared(service: Service) -> State:
    """Return what the handlers of an application share: the service, and what bounds those who ask."""
    body = service.settings.body
    return State(
        {
            "service": service,
            "limits": Limits(),
            "bounds": bounds(body),
            "bodies": Bodies(body),
            "workshop": Workshop(),
            "crowd": Workshop(),
            "parsing": Turns(PARSERS),
            "quick": Turns(PARSERS),
            "parsers": CapacityLimiter(2 * PARSERS),
        }
    )


def _described() -> OpenAPIConfig:
    return OpenAPIConfig(
        title="Cartellino",
        version=getattr(cartellino, "__version__", "0.1.0"),
        render_plugins=[JsonRenderPlugin()],  # with none, the framework adds pages that load scripts from elsewhere
        openapi_router=Router("/schema", route_handlers=[], opt=allow("public"), include_in_schema=False),
        components=Components(security_schemes={"bearer": SecurityScheme(type="http", scheme="bearer")}),
        security=[{"bearer": []}],
    )
