"""What residents can do, and the events that the server logs. Residents without power or under a ban do nothing."""

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
"""For each kind of event, the scope of a restriction that prevents it."""

MEDIA_ABILITIES = MappingProxyType({"text": "reply", "call": "calls"})
"""The same for the media of messages; the scope of all others is `media`."""

UNTOLD = 0.02
"""The share of messages for which the service does not send `known` (assumption)."""


def log(town: Town, me: Resident, kind: str, **columns: Any) -> bool:
    """Log an act of the resident, with the columns that describe the client; return whether the service allowed it."""
    if me.account in town.powerless:
        return False
    allowed = town.may(me.account, ABILITIES.get(kind, ""))
    if kind in ABILITIES:
        town.note_wish(me.account, refused=not allowed)
    if not allowed:
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
    """Register the account now."""
    me.since = town.now
    town.neighbours.join(me)
    log(town, me, "registered", number=me.number)


def connect(town: Town, me: Resident) -> None:
    """Connect the client; the event states when the account was made."""
    log(town, me, "connected", number=me.number, account_since=me.since)


def send(
    town: Town, me: Resident, peer: str, *, known: bool, media: str = "text", ability: str = "", **columns: Any
) -> bool:
    """Send a message to `peer`, and return whether the service allowed it.

    `known` says whether the peer has the account in their contacts. `ability` is the scope that must not be restricted;
    by default it is that of existing or of new chats, depending on `known`.
    """
    ability = ability or ("existing_chats" if known else "new_chats")
    allowed = town.may(me.account, ability, MEDIA_ABILITIES.get(media, "media"))
    if me.account not in town.powerless:
        town.note_wish(me.account, refused=not allowed)
    if not allowed:
        return False
    stated = None if me.rng.random() < UNTOLD else known
    sent = log(town, me, "message_sent", peer=peer, known=stated, media=media, **columns)
    if sent and peer not in town.powerless:
        town.emit("delivered", me.account, peer=peer)
    return sent


def look_up_contacts(town: Town, me: Resident, hits: float) -> None:
    """Let a new client check every number in the address book at once; `hits` is the share of them on the service."""
    for place in range(len(me.contacts)):
        reason = "hit" if me.rng.random() < hits else "miss"
        town.after(place * SECOND / 5, partial(log, town, me, "number_checked", reason=reason))
