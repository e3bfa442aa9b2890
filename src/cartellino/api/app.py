"""The application: every route, the guard before them, and what refusals look like."""

from __future__ import annotations

from typing import Any

from litestar import Litestar
from litestar.config.response_cache import ResponseCacheConfig
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import Components, SecurityScheme

import cartellino
from cartellino.api import accounts, appeals, clock, decisions, health, ingest, operators, policies, privacy, webhooks
from cartellino.service.service import Service
from cartellino.vocabulary.refusals import Refusal
from cartellino.web.identity import guard
from cartellino.web.limits import Limits
from cartellino.web.pages import lost
from cartellino.web.problems import failed, no_nought, refused, too_deep

ROUTES: list[HTTPRouteHandler] = [
    one
    for module in (ingest, accounts, decisions, appeals, policies, webhooks, operators, privacy, clock, health)
    for one in vars(module).values()
    if isinstance(one, HTTPRouteHandler)
]
"""Every route of the interface."""


def application(service: Service, *more: Any) -> Litestar:
    """Return the application of a service that runs."""
    return Litestar(
        before_request=no_nought,
        route_handlers=[*ROUTES, *more],
        guards=[guard],
        state=State({"service": service, "limits": Limits()}),
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


def _described() -> OpenAPIConfig:
    return OpenAPIConfig(
        title="Cartellino",
        version=getattr(cartellino, "__version__", "0.1.0"),
        render_plugins=[],
        components=Components(security_schemes={"bearer": SecurityScheme(type="http", scheme="bearer")}),
        security=[{"bearer": []}],
    )
