"""What a resident can do, and what the server sees of it. Whoever is without power or banned does nothing."""

from __future__ import annotations

from functools import partial
from types import MappingProxyType
from typing import Any

from cartellino.simulator.resident import Resident
from cartellino.simulator.town import Town
from cartellino.vocabulary.times import SECOND

ABILITIES = MappingProxyType(
    {
        "group_created": "groups",
        "member_added": "groups",
        "broadcast_sent": "broadcast",
        "profile_viewed": "lookups",
        "number_checked": "lookups",
        "profile_changed": "profile",
        "status_posted": "status",
        "device_linked": "companion_devices",
    }
)
"""Which scope of a restriction stands in the way of which kind of event."""

MEDIA_ABILITIES = MappingProxyType({"text": "reply", "call": "calls"})
"""The same for media; all others are `media`."""

UNTOLD = 0.02
"""The share of messages whose `known` the service does not tell (assumption)."""


def log(town: Town, me: Resident, kind: str, **columns: Any) -> bool:
    """Do something with the client, whose description goes along; say whether it reached the server and was let."""
    if me.account in town.powerless or not town.may(me.account, ABILITIES.get(kind, "")):
        return False
    town.emit(
        kind,
        me.account,
        device=me.device,
        address=me.address,
        client=me.client,
        region=me.region,
        attestation=me.attestation,
        portfolio=me.portfolio,
        **columns,
    )
    return True


def register(town: Town, me: Resident) -> None:
    """Make the account now."""
    me.since = town.now
    town.neighbours.join(me)
    log(town, me, "registered", number=me.number)


def connect(town: Town, me: Resident) -> None:
    """Open the client: the service tells how old the account is."""
    log(town, me, "connected", number=me.number, account_since=me.since)


def send(
    town: Town, me: Resident, peer: str, *, known: bool, media: str = "text", ability: str = "", **columns: Any
) -> bool:
    """Send a message to `peer`, who has the account in their contacts or not; say whether it went out.

    `ability` is what it takes: starting a chat when the peer does not know the account, unless told otherwise.
    """
    ability = ability or ("existing_chats" if known else "new_chats")
    if not town.may(me.account, ability, MEDIA_ABILITIES.get(media, "media")):
        return False
    stated = None if me.rng.random() < UNTOLD else known
    sent = log(town, me, "message_sent", peer=peer, known=stated, media=media, **columns)
    if sent and peer not in town.powerless:
        town.emit("delivered", me.account, peer=peer)
    return sent


def look_up_contacts(town: Town, me: Resident, hits: float) -> None:
    """Let a new client look up every number of the address book: a burst of number checks, mostly hits."""
    for place in range(len(me.contacts)):
        reason = "hit" if me.rng.random() < hits else "miss"
        town.after(place * SECOND / 5, partial(log, town, me, "number_checked", reason=reason))
