"""Webhooks: who is told of changes, what could not be delivered, and that once more."""

from __future__ import annotations

import secrets
from base64 import b64encode
from typing import Annotated, Any

import anyio.to_thread
import msgspec
import sqlalchemy as sa
from litestar import delete, get, post
from litestar.params import JSONBody, PathParameter

from cartellino.api.accounts import Name
from cartellino.enforcement.acts import Record
from cartellino.service.desk import Desk
from cartellino.service.names import name
from cartellino.service.webhooks import KINDS, check_url, replay
from cartellino.storage import tables
from cartellino.vocabulary.times import show_instant
from cartellino.web.guard import allow
from cartellino.web.problems import Problem
from cartellino.web.requests import Asked, limit_of, service_of
from cartellino.web.work import do


class NewWebhook(msgspec.Struct):
    """Where changes go, and which; without `kinds`, all of them."""

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
    """Add a webhook. The secret with which it can check signatures is shown once."""
    unknown = sorted(set(data.kinds) - KINDS)
    if unknown:
        raise Problem("bad-argument", f"`{unknown[0]}` is none of {', '.join(sorted(KINDS))}", "/kinds")
    private = service_of(request).settings.private_webhooks
    await anyio.to_thread.run_sync(lambda: check_url(data.url, private=private))
    identity, secret = name("w"), "whsec_" + b64encode(secrets.token_bytes(32)).decode()

    def work(desk: Desk) -> None:
        record = {"webhook_id": identity, "url": data.url, "secret": secret, "kinds": sorted(data.kinds)}
        desk.put(tables.webhooks, record | {"made_at": desk.now, "ended_at": None})
        desk.act(Record, "", what="webhook made", subject=identity)

    await do(request, work)
    return {"webhook_id": identity, "secret": secret, "kinds": sorted(data.kinds)}


@get("/v1/webhooks", opt=allow("webhooks"), tags=["webhooks"], sync_to_thread=True)
def webhooks(request: Asked) -> dict[str, Any]:
    """List webhooks with how many messages wait for each, and how many are dead."""
    hooks, waiting = tables.webhooks, tables.deliveries.c
    counted = sa.select(waiting.webhook_id, waiting.state, sa.func.count()).group_by(waiting.webhook_id, waiting.state)
    with service_of(request).database.begin() as rows:
        counts = {(one[0], one[1]): one[2] for one in rows.execute(counted)}
        found = rows.execute(sa.select(hooks).where(hooks.c.ended_at.is_(None)).order_by(hooks.c.made_at)).all()
    return {
        "webhooks": [
            {
                "webhook_id": one.webhook_id,
                "url": one.url,
                "kinds": one.kinds,
                **{state: counts.get((one.webhook_id, state), 0) for state in ("waiting", "delivered", "dead")},
            }
            for one in found
        ]
    }


@delete("/v1/webhooks/{webhook:str}", opt=allow("webhooks"), tags=["webhooks"], status_code=200)
async def end(request: Asked, webhook: Name) -> dict[str, Any]:
    """Tell a webhook no more."""

    def work(desk: Desk) -> dict[str, Any]:
        mine = tables.webhooks.c.webhook_id == webhook
        if not desk.read(sa.select(tables.webhooks.c.url).where(mine, tables.webhooks.c.ended_at.is_(None))):
            raise Problem("not-found", f"there is no webhook `{webhook}`")
        desk.change(sa.update(tables.webhooks).where(mine).values(ended_at=desk.now))
        desk.act(Record, "", what="webhook ended", subject=webhook)
        waiting = tables.deliveries.c.webhook_id == webhook, tables.deliveries.c.state == "waiting"
        gone = {"state": "dead", "done_at": desk.now, "error": "the webhook was ended"}
        desk.change(sa.update(tables.deliveries).where(*waiting).values(**gone))
        return {"webhook_id": webhook, "ended": True}

    return await do(request, work)


@get(
    "/v1/deliveries/dead",
    opt=allow("webhooks"),
    tags=["webhooks"],
    sync_to_thread=True,
    summary="Dead letters",
)
def dead(request: Asked) -> dict[str, Any]:
    """List messages that could not be delivered."""
    held = tables.deliveries.c
    asked = sa.select(tables.deliveries).where(held.state == "dead").order_by(held.number).limit(limit_of(request))
    with service_of(request).database.begin() as rows:
        found = rows.execute(asked).all()
    return {
        "dead": [
            {
                "delivery": one.number,
                "webhook_id": one.webhook_id,
                "message": one.message,
                "tries": one.tries,
                "error": one.error,
                "done_at": show_instant(one.done_at),
            }
            for one in found
        ]
    }


@post("/v1/deliveries/{delivery:int}/replay", opt=allow("webhooks"), tags=["webhooks"], status_code=200)
async def again(request: Asked, delivery: Annotated[int, PathParameter(ge=1, le=1 << 53)]) -> dict[str, Any]:
    """Try a dead message again from the beginning."""
    await do(request, lambda desk: replay(desk, delivery))
    return {"delivery": delivery, "state": "waiting"}
