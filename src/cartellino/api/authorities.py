"""Routes of authorities and trusted flaggers: registered by an admin, with the domains of their mail and a key."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import delete, get, post
from litestar.params import JSONBody

from cartellino.api.accounts import Name
from cartellino.commands import authorities
from cartellino.commands.authorities import AuthorityKind
from cartellino.learning.precision import Share
from cartellino.queries import authorities as registered
from cartellino.queries import complaints
from cartellino.service.registering import register
from cartellino.storage.database import Rows
from cartellino.vocabulary.times import show_instant
from cartellino.web.guard import allow
from cartellino.web.requests import Asked, actor_of, service_of
from cartellino.web.work import do, fetched, written


class NewAuthority(msgspec.Struct):
    """An authority or trusted flagger. `domains` are those of its mail; with `key` it gets a key of its own."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
    kind: AuthorityKind
    country: str
    domains: Annotated[list[Annotated[str, msgspec.Meta(max_length=253)]], msgspec.Meta(max_length=20)] = []
    key: bool = False


@post("/v1/authorities", opt=allow("register-authorities", "json"), tags=["orders"], status_code=201,
      summary="Register an authority")  # fmt: skip
async def enter(request: Asked, data: JSONBody[NewAuthority]) -> dict[str, Any]:
    """Register an authority or trusted flagger once a person has made sure who it is. Its key is shown only once."""
    return await written(
        register(service_of(request), data.name, data.kind, data.country, data.domains, actor_of(request), key=data.key)
    )


@get("/v1/authorities", opt=allow("read-cases"), tags=["orders"], summary="Authorities and trusted flaggers")
async def listed(request: Asked) -> dict[str, Any]:
    """List those that are registered; of trusted flaggers, how often they were right, with a 95 % interval."""
    return await fetched(request, _listed)


def _listed(rows: Rows) -> dict[str, Any]:
    right = complaints.flagged_right(rows)
    return {"authorities": [_shown(row, Share(*right.get(row.authority_id, (0, 0)))) for row in registered.every(rows)]}


def _shown(row: registered.Row, share: Share) -> dict[str, Any]:
    shown = {
        "authority_id": row.authority_id, "name": row.name, "kind": row.kind, "country": row.country,
        "domains": row.domains, "has_key": row.credential_id is not None, "made_at": show_instant(row.made_at),
    }  # fmt: skip
    if row.kind != "trusted_flagger":
        return shown
    low, high = share.interval or (0.0, 1.0)
    return {**shown, "precision": share.value, "low": low, "high": high, "looked_at": share.of}


@delete("/v1/authorities/{authority:str}", opt=allow("register-authorities"), tags=["orders"], status_code=200,
        summary="End a registration")  # fmt: skip
async def end(request: Asked, authority: Name) -> dict[str, Any]:
    """End the registration of an authority, and its key."""
    await do(request, lambda unit: authorities.end(unit, authority))
    service_of(request).credentials.forget()
    return {"authority_id": authority, "ended": True}
