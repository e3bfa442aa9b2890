"""Is it alive, is it ready, and the figures for Prometheus."""

from __future__ import annotations

from typing import Any

from litestar import Response, get
from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest

from cartellino.service.service import Service
from cartellino.web.guard import allow
from cartellino.web.identity import is_local
from cartellino.web.problems import Problem
from cartellino.web.requests import Asked, principal_of, service_of


@get("/health/live", opt=allow("public"), tags=["health"], summary="Alive?")
async def live() -> dict[str, Any]:
    """Answer that the process runs."""
    return {"alive": True}


@get("/health/ready", opt=allow("public"), tags=["health"], summary="Ready?")
async def ready(request: Asked) -> Response[dict[str, Any]]:
    """Answer whether events and work are taken now; 503 with the reason where not."""
    halted = service_of(request).writer.halted
    return Response({"ready": not halted, "why": halted}, status_code=503 if halted else 200)


@get("/openapi.json", opt=allow("public"), include_in_schema=False)
async def described(request: Asked) -> dict[str, Any]:
    """Describe the interface, as OpenAPI."""
    return request.app.openapi_schema.to_schema()


@get("/metrics", opt=allow("metrics"), tags=["health"], summary="Figures for Prometheus")
async def metrics(request: Asked) -> Response[bytes]:
    """Show figures for Prometheus: to anybody on the machine itself, else to keys with the scope `metrics`."""
    if principal_of(request).kind == "stranger" and not is_local(request, service_of(request)):
        raise Problem("not-signed-in", "send a key with the scope metrics", "Authorization")
    return Response(generate_latest(_measured(service_of(request))), media_type="text/plain; version=0.0.4")


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
    gauge("cartellino_ready", "1 while events and work are taken", float(not service.writer.halted))
    gauge("cartellino_held_decisions", "Decisions that brakes hold", len(route.sequencer.held))
    gauge(
        "cartellino_forgotten_share", "Share of look-ups that memory had forgotten", undecided / looked if looked else 0
    )
    gauge("cartellino_accounts_seen", "Accounts seen", route.kernel.state.accounts)
    return registry
