"""Erasure of people to whom a business sends: what they asked us not to send outlives it, under keyed hashes."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import post
from litestar.params import JSONBody

from cartellino.commands import sender_settings
from cartellino.senders.phone import read_phone
from cartellino.service.service import Service
from cartellino.web.guard import allow
from cartellino.web.problems import Problem
from cartellino.web.requests import Asked, actor_of, service_of
from cartellino.web.work import do, looked


class Whom(msgspec.Struct):
    """A person, by phone number, by user id, or both."""

    to: Annotated[str, msgspec.Meta(max_length=64)] = ""
    user_id: Annotated[str, msgspec.Meta(max_length=256)] = ""


@post("/v1/senders/consents/erase", opt=allow("write-consents", "json"), tags=["senders"], status_code=200)
async def erase_person(request: Asked, data: JSONBody[Whom]) -> dict[str, Any]:
    """Erase what is known of a person: agreements with their proofs, messages, windows.

    What they asked us not to send stays, and no agreement from before counts again.
    """
    phone = read_phone(data.to) if data.to else None
    if phone is not None and not phone.is_number:
        raise Problem("bad-argument", f"`to` is {phone.why}", "to")
    if phone is None and not data.user_id:
        raise Problem("bad-argument", "write `to`, a phone number, or `user_id`", "to")
    names = service_of(request).people.of(digits=phone.digits if phone else None, user_id=data.user_id or None)
    actor = str(actor_of(request))

    def work(service: Service) -> dict[str, Any]:
        person = service.senders.state.people.find(names)
        if person is None:
            return {"known": False, "kept": []}
        facts.append(service.senders.erase(names, actor))
        return {"known": True, "kept": sorted(person.withdrew)}

    facts: list[Any] = []
    answer = await looked(request, work)
    if facts:
        await do(request, lambda unit: sender_settings.enter(unit, tuple(facts)))
    return answer
