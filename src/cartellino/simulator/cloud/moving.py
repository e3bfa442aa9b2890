"""Somebody takes another phone number: they get another user id, and the business is told which they had."""

from __future__ import annotations

from cartellino.simulator.cloud.chance import digits
from cartellino.simulator.cloud.payloads import tell_message
from cartellino.simulator.cloud.people import Recipient, country_of
from cartellino.simulator.cloud.world import World
from cartellino.vocabulary.times import SECOND


def move(world: World, person: Recipient, to: str) -> None:
    """Give somebody another number; every number that they have a thread with is told."""
    was, was_bsuid = person.wa_id, person.bsuid
    del world.people[was], world.by_bsuid[was_bsuid]
    person.wa_id, person.country = to, country_of(to)
    person.bsuid = f"{person.country or 'US'}.{digits(20, world.seed, 'bsuid', to)}"
    world.people[to], world.by_bsuid[person.bsuid] = person, to
    for number_id in person.threads:
        number, message_id = world.numbers[number_id], world.new_wamid()
        told = {
            "from": was, "from_user_id": was_bsuid, "id": message_id, "timestamp": str(world.now // SECOND),
            "type": "system", "system": {
                "body": f"User {person.name} changed from {was} to {to}", "wa_id": to, "user_id": person.bsuid,
                "previous_user_id": was_bsuid, "type": "user_changed_number",
            },
        }  # fmt: skip
        tell_message(world, number, person, told)
