"""Is it alive, is it ready, and the figures for Prometheus."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import anyio.to_thread
import sqlalchemy as sa
from litestar import Response, get
from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest

from cartellino.api.asking import Asked, principal_of, service_of
from cartellino.service.service import Service
from cartellino.vocabulary.times import SECOND
from cartellino.web.identity import address_of
from cartellino.web.problems import Problem


@get("/health/live", opt={"may": "public"}, tags=["health"], summary="Alive?")
async def live() -> dict[str, Any]:
    """Answer that the process runs."""
    return {"alive": True}


@get("/health/ready", opt={"may": "public"}, tags=["health"], summary="Ready?")
async def ready(request: Asked) -> Response[dict[str, Any]]:
    """Answer whether events and work are taken now; 503 with the reason where not. `degraded`: what else is wrong."""
    service = service_of(request)
    halted = _halted(service)
    degraded = [*((service.clock_trouble,) if service.clock_trouble else ()), *service.outgoing.troubles]
    body = {"ready": not halted, "why": halted, "degraded": degraded}
    return Response(body, status_code=503 if halted else 200)


def _halted(service: Service) -> str:
    """Say why events are not taken; empty while they are."""
    clock = service.clock.read()
    return service.writer.halted or ("" if clock.takes_events else clock.sentence)


@get("/openapi.json", opt={"may": "public"}, include_in_schema=False)
async def described(request: Asked) -> dict[str, Any]:
    """Describe the interface, as OpenAPI."""
    return request.app.openapi_schema.to_schema()


@get("/metrics", opt={"may": "metrics"}, tags=["health"], summary="Figures for Prometheus")
async def metrics(request: Asked) -> Response[bytes]:
    """Show figures for Prometheus: to anybody on the machine itself, else to keys with the scope `metrics`."""
    local = address_of(request, service_of(request)) in ("127.0.0.1", "::1")
    forwarded = "x-forwarded-for" in request.headers or "forwarded" in request.headers
    if principal_of(request).kind == "stranger" and (forwarded or not local):
        raise Problem("not-signed-in", "send a key with the scope metrics", "Authorization")
    measured = await anyio.to_thread.run_sync(_measured, service_of(request))
    return Response(generate_latest(measured), media_type="text/plain; version=0.0.4")


def _measured(service: Service) -> CollectorRegistry:
    registry = CollectorRegistry()
    route = service.writer.route

    def count(called: str, said: str, value: float) -> None:
        Counter(called, said, registry=registry).inc(value)

    def gauge(called: str, said: str, value: float) -> None:
        Gauge(called, said, registry=registry).set(value)

    count("cartellino_events_taken", "Events taken since the start", route.tally.taken)
    count("cartellino_events_duplicate", "Retries since the start", route.tally.duplicates + route.tally.held)
    rejected = Counter("cartellino_events_rejected", "Rows rejected since the start", ["code"], registry=registry)
    for code, number in route.tally.rejected.items():
        rejected.labels(code).inc(number)
    decided = Counter(
        "cartellino_decisions", "Decisions since the start", ["rule", "action", "mode"], registry=registry
    )
    for (_, rule, action, mode), number in route.tally.decisions.items():
        decided.labels(rule, action, mode).inc(number)
    looked, undecided = route.kernel.state.looked
    gauge("cartellino_log_sequence", "Number of the last event of the log", route.sequence)
    gauge("cartellino_events_waiting", "Events that wait to be taken", service.writer.waiting)
    gauge("cartellino_ready", "1 while events and work are taken", float(not _halted(service)))
    clock = service.clock.read()
    gauge("cartellino_clock_in_doubt", "1 while the machine's clock is not believed", float(not clock.is_sure))
    gauge(
        "cartellino_clock_departure_seconds", "How far the machine's clock is ahead of the service's while in doubt",
        clock.departure / 1_000,
    )  # fmt: skip
    gauge("cartellino_held_decisions", "Decisions that brakes hold", len(route.sequencer.held))
    gauge(
        "cartellino_forgotten_share", "Share of look-ups that memory had forgotten", undecided / looked if looked else 0
    )
    gauge("cartellino_accounts_seen", "Accounts seen", route.kernel.state.accounts)
    _measure_outgoing(service, gauge)
    return registry


def _measure_outgoing(service: Service, gauge: Callable[[str, str, float], None]) -> None:
    gauge("cartellino_outgoing_well", "1 while messages can leave", float(not service.outgoing.troubles))
    try:
        figures = service.outgoing.figures()
    except sa.exc.DBAPIError:
        return  # the database does not answer; `cartellino_ready` says so
    waits = (service.clock.now() - figures.oldest) / SECOND if figures.oldest is not None else 0
    gauge("cartellino_webhook_messages_waiting", "Messages that wait to be delivered", figures.waiting)
    gauge("cartellino_webhook_oldest_seconds", "Seconds for which the oldest of them has waited", waits)
    gauge("cartellino_webhook_messages_dead", "Messages that could not be delivered", figures.dead)
    gauge("cartellino_webhooks_paused", "Webhooks whose receivers want no more messages", figures.paused)
    gauge("cartellino_codes_waiting", "One-time codes that wait to be delivered", figures.codes)
