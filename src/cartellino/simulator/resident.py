"""Residents: accounts with their number, device, address and contacts.

This is only data: what residents do is in `acts`, `talk`, `inquiry` and `reaction`, and their habit decides when.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from cartellino.vocabulary.times import Instant

OFFICIAL = "Town/4.2"
"""The official client of the town."""


@dataclass(slots=True)
class Resident:
    """One account. `since` is when it was created, `abuses_since` when its abuse begins (if it is `abusive`)."""

    account: str
    habit: str
    abusive: bool
    rng: Random
    number: str
    device: str
    address: str
    client: str = OFFICIAL
    region: str = "IT"
    hours: int = 1
    """Hours by which local time is ahead of UTC."""
    attestation: str = "passed"
    since: Instant = 0
    abuses_since: Instant = 0
    portfolio: str | None = None
    home: str = ""
    """The address that the household shares; `address` is where the resident is now."""
    carrier: str = ""
    """The address of the mobile carrier, shared by hundreds."""
    ignored: float = 0.25
    """The share of contacts who never answer."""
    contacts: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    willing: dict[str, bool] = field(default_factory=dict)
    """Whether each peer answers at all, drawn once per peer."""
    answered: dict[str, Instant] = field(default_factory=dict)
    """When a reply of each peer was last logged for this account."""
