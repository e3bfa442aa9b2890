"""Routes of webhooks: registration, state, and dead deliveries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from litestar import delete, get, post
from litestar.params import JSONBody, PathParameter

from cartellino.api.accounts import Name
from cartellino.commands import webhooks as hooks
from cartellino.commands.webhooks import KINDS
from cartellino.queries import webhooks as queries
from cartellino.service.outgoing.messages import replay
from cartellino.vocabulary.times import Instant, show_instant
from cartellino.web.guard import allow
from cartellino.web.problems import Problem
from cartellino.web.requests import Asked, limit_of, service_of
from cartellino.web.work import do


class NewWebhook(msgspec.Struct):
    """The URL of a webhook, and the kinds of change it takes; without `kinds`, all but one-time codes."""

    url: Annotated[str, msgspec.Meta(max_length=2_000)]
    kinds: list[str] = []


@post(
    "/v1/webhooks",
    opt=allow("webhooks", "json"),
    tags=["webhooks"],
    status_code=201,
    summary="Tell somebody of changes",
)
async def make(request: Asked, data: JSONBody[NewWebhook]) -> dict[str, Any]:
    """Add a webhook. The secret for checking signatures is shown only once."""
    unknown = sorted(set(data.kinds) - KINDS)
    if unknown:
        raise Problem("bad-argument", f"`{unknown[0][:100]}` is none of {', '.join(sorted(KINDS))}", "/kinds")
    await service_of(request).outgoing.check(data.url)
    kinds = sorted(set(data.kinds))
    made = await do(request, lambda unit: hooks.make(unit, data.url, kinds))
    return {"webhook_id": made.webhook, "secret": made.secret, "kinds": kinds}


@get("/v1/webhooks", opt=allow("webhooks"), tags=["webhooks"], sync_to_thread=True)
def webhooks(request: Asked) -> dict[str, Any]:
    """List webhooks with their latest success and error, why they are paused, and how many messages wait or died."""
    with service_of(request).database.begin() as rows:
        counts, hooks = queries.counts(rows), queries.not_ended(rows)
    return {"webhooks": [_shown(hook, counts) for hook in hooks]}


def _shown(hook: queries.Row, counts: Mapping[tuple[str, str], int]) -> dict[str, Any]:
    def count(state: str) -> int:
        return counts.get((hook.webhook_id, state), 0)

    error = {"at": _moment(hook.last_error_at), "status": hook.last_status, "problem": hook.last_error}
    return {
        "webhook_id": hook.webhook_id,
        "url": hook.url,
        "kinds": hook.kinds,
        "state": "active" if hook.paused_at is None else "paused",
        "paused": None if hook.paused_at is None else {"at": _moment(hook.paused_at), "why": hook.paused_why},
        "last_success_at": _moment(hook.last_success_at),
        "last_error": None if hook.last_error is None else error,
        "waiting": count("waiting") + count("codes"),
        "delivered": count("delivered") + hook.codes_delivered,
        "dead": count("dead"),
    }


def _moment(at: Instant | None) -> str | None:
    return None if at is None else show_instant(at)


@delete("/v1/webhooks/{webhook:str}", opt=allow("webhooks"), tags=["webhooks"], status_code=200)
async def end(request: Asked, webhook: Name) -> dict[str, Any]:
    """End a webhook; messages under way are cancelled."""

    await do(request, lambda unit: hooks.end(unit, webhook))
    return {"webhook_id": webhook, "ended": True}


@post("/v1/webhooks/{webhook:str}/resume", opt=allow("webhooks"), tags=["webhooks"], status_code=200)
async def resume(request: Asked, webhook: Name) -> dict[str, Any]:
    """Resume a webhook that was paused because its receiver answered 410 (Gone)."""

    await do(request, lambda unit: hooks.resume(unit, webhook))
    return {"webhook_id": webhook, "state": "active"}


@get(
    "/v1/deliveries/dead",
    opt=allow("webhooks"),
    tags=["webhooks"],
    sync_to_thread=True,
    summary="Dead letters",
)
def dead(request: Asked) -> dict[str, Any]:
    """List dead deliveries."""
    limit = limit_of(request)
    with service_of(request).database.begin() as rows:
        deliveries = queries.dead_deliveries(rows, limit)
    return {
        "dead": [
            {
                "delivery": delivery.number,
                "webhook_id": delivery.webhook_id,
                "message": delivery.message,
                "tries": delivery.tries,
                "error": delivery.error,
                "done_at": show_instant(delivery.done_at),
            }
            for delivery in deliveries
        ]
    }


@post("/v1/deliveries/{delivery:int}/replay", opt=allow("webhooks"), tags=["webhooks"], status_code=200)
async def again(request: Asked, delivery: Annotated[int, PathParameter(ge=1, le=1 << 53)]) -> dict[str, Any]:
    """Revive a dead delivery, with a new count of tries."""
    await do(request, lambda unit: replay(unit, delivery))
    return {"delivery": delivery, "state": "waiting"}
