"""Registers an authority or trusted flagger together with its key, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cartellino.commands import authorities
from cartellino.commands.authorities import AuthorityKind
from cartellino.commands.names import fingerprint, random_id, secret
from cartellino.storage import tables
from cartellino.vocabulary.actors import Actor

if TYPE_CHECKING:
    from concurrent.futures import Future

    from cartellino.commands.unit_of_work import UnitOfWork
    from cartellino.service.service import Service


def register(
    service: Service, name: str, kind: AuthorityKind, country: str, domains: Sequence[str], by: Actor, *, key: bool
) -> Future[dict[str, Any]]:
    """Queue a registration; the result has its id and, if one was asked for, the key."""

    def work(unit: UnitOfWork) -> dict[str, Any]:
        made = secret("ck") if key else None
        credential = random_id("k") if made is not None else None
        identity = authorities.register(unit, name, kind, country, domains, credential)
        if made is not None:
            scopes = ["flags"] if kind == "trusted_flagger" else ["orders"]
            record = {"credential_id": credential, "kind": "key", "digest": fingerprint(made), "holder": identity,
                      "scopes": scopes, "source": identity, "made_at": service.wall.now(), "ends_at": None,
                      "ended_at": None}  # fmt: skip
            unit.put(tables.credentials, record)
            unit.record("key made", str(credential))
        return {"authority_id": identity, **({"key": made} if made is not None else {})}

    return service.writer.do(work, by)
