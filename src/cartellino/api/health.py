"""Routes of liveness, readiness, the OpenAPI description, and metrics for Prometheus."""

from __future__ import annotations

from collections import Counter as Counts
from collections.abc import Callable
from typing import Any

import anyio.to_thread
import msgspec
from litestar import Response, get
from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest

from cartellino.service.service import Service
from cartellino.storage.database import DatabaseFault
from cartellino.vocabulary.times import SECOND
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
    """Answer whether events are accepted now, else 503 with the reason; `degraded` lists other problems."""
    service = service_of(request)
    halted, degraded = service.halted, service.degraded
    listed = [{"condition": name, "why": sentence} for name, sentence in sorted(degraded.items())]
    return Response({"ready": not halted, "why": halted, "degraded": listed}, status_code=503 if halted else 200)


@get("/openapi.json", opt=allow("public"), include_in_schema=False)
async def described(request: Asked) -> Response[bytes]:
    """Return the OpenAPI description. It is rendered once, since that takes 30 ms and anybody may request it."""
    state = request.app.state
    if "described" not in state:
        state.described = msgspec.json.encode(request.app.openapi_schema.to_schema())
    return Response(state.described, media_type="application/json")


@get("/metrics", opt=allow("metrics"), tags=["health"], summary="Figures for Prometheus")
async def metrics(request: Asked) -> Response[bytes]:
    """Return metrics for Prometheus: to anybody on the machine itself, else to keys with the scope `metrics`."""
    if principal_of(request).kind == "stranger" and not is_local(request, service_of(request)):
        raise Problem("not-signed-in", "send a key with the scope metrics", "Authorization")
    measured = await anyio.to_thread.run_sync(_measured, service_of(request))
    return Response(generate_latest(measured), media_type="text/plain; version=0.0.4")


def _measured(service: Service) -> CollectorRegistry:
    registry = CollectorRegistry()
    live = service.live

    def count(called: str, said: str, value: float) -> None:
        Counter(called, said, registry=registry).inc(value)

    def gauge(called: str, said: str, value: float) -> None:
        Gauge(called, said, registry=registry).set(value)

    count("cartellino_events_taken", "Events taken since the start", live.statistics.taken)
    count("cartellino_events_duplicate", "Retries since the start", live.statistics.duplicates + live.statistics.in_log)
    rejected = Counter("cartellino_events_rejected", "Rows rejected since the start", ["code"], registry=registry)
    by_code, by_rule = live.statistics.counted()
    for code, number in by_code.items():
        rejected.labels(code).inc(number)
    decided = Counter(
        "cartellino_decisions", "Decisions since the start", ["rule", "action", "mode"], registry=registry
    )
    for (_, rule, action, mode), number in by_rule.items():
        decided.labels(rule, action, mode).inc(number)
    gauge("cartellino_log_sequence", "Number of the last event of the log", live.sequence)
    gauge("cartellino_events_waiting", "Events that wait to be taken", service.writer.waiting)
    gauge("cartellino_ready", "1 while events are taken", float(not service.halted))
    clock = service.clock.read()
    gauge("cartellino_clock_in_doubt", "1 while the machine's clock is not believed", float(not clock.is_sure))
    gauge(
        "cartellino_clock_departure_seconds", "How far the machine's clock is ahead of the service's while in doubt",
        clock.departure / 1_000,
    )  # fmt: skip
    degraded = Gauge("cartellino_degraded", "1 while this condition is stated", ["condition"], registry=registry)
    for name in service.degraded:
        degraded.labels(name).set(1)
    gauge("cartellino_held_decisions", "Decisions that brakes hold", len(live.held))
    gauge("cartellino_forgotten_share", "Share of look-ups that memory had forgotten", live.kernel.forgotten)
    gauge("cartellino_accounts_seen", "Accounts seen", live.kernel.accounts)
    _measure_outgoing(service, gauge)
    _measure_availability(service, registry)
    return registry


def _measure_availability(service: Service, registry: CollectorRegistry) -> None:
    seen = service.health.seen
    cells = Gauge("cartellino_cells", "Countries and features by level, of all services", ["level"], registry=registry)
    for level, number in Counts(cell.level for cell in seen.cells).items():
        cells.labels(level).set(number)
    Gauge("cartellino_cells_judged_seconds", "Time of the latest look at them, in seconds since 1970",
          registry=registry).set(seen.as_of / SECOND)  # fmt: skip


def _measure_outgoing(service: Service, gauge: Callable[[str, str, float], None]) -> None:
    gauge("cartellino_outgoing_well", "1 while messages can leave", float(not service.outgoing.troubles))
    try:
        figures = service.outgoing.figures()
    except DatabaseFault:
        return  # the database does not answer; `cartellino_ready` says so
    waits = (service.clock.now() - figures.oldest) / SECOND if figures.oldest is not None else 0
    gauge("cartellino_webhook_messages_waiting", "Messages that wait to be delivered", figures.waiting)
    gauge("cartellino_webhook_oldest_seconds", "Seconds for which the oldest of them has waited", waits)
    gauge("cartellino_webhook_messages_dead", "Messages that could not be delivered", figures.dead)
    gauge("cartellino_webhooks_paused", "Webhooks whose receivers want no more messages", figures.paused)
    gauge("cartellino_codes_waiting", "One-time codes that wait to be delivered", figures.codes)
