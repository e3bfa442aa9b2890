"""A resident: one account with its number, device and contacts, and what it can do in the town.

How honest people behave is measured, not imagined: `data/legit_profiles.txt` of the research data (CollegeMsg by Panzarasa
et al. 2009, NUS SMS by Chen and Kan 2013, Enron, email-Eu): at the median a busiest day of 5 messages, at the 90th
percentile 25, at the 99th 91; new contacts on the busiest day 2 / 8 / 30. Reactions of strangers to spam are assumptions
(`Reaction`), since no public data has them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any, Protocol

from cartellino.simulator.town import Town
from cartellino.vocabulary.times import DAY, HOUR, MINUTE, SECOND, Instant

OFFICIAL = "Town/4.2"
"""The official client of the town."""


@dataclass
class Resident:
    """One account. `since` is when it was made; contacts know each other."""

    account: str
    habit: str
    abusive: bool
    rng: Random
    number: str = ""
    device: str = ""
    address: str = ""
    client: str = OFFICIAL
    region: str = "IT"
    attestation: str = "passed"
    since: Instant = 0
    contacts: list[str] = field(default_factory=list)
    answered: dict[str, Instant] = field(default_factory=dict)
    """When a reply of each peer was last logged for this account."""


class Habit(Protocol):
    """A way to live in the town: honest, or an attack."""

    name: str
    abusive: bool

    def move_in(self, town: Town, me: Resident) -> None:
        """Schedule what this resident does."""


@dataclass(frozen=True)
class Reaction:
    """What a stranger does with an unwanted message: shares of recipients. Assumptions, stated here once."""

    replies: float = 0.02
    blocks: float = 0.08
    reports: float = 0.04
    reason: str = "spam"


def log(town: Town, me: Resident, kind: str, **columns: Any) -> None:
    """Emit an event of the resident's own, with what describes its client."""
    town.emit(
        kind,
        me.account,
        device=me.device,
        address=me.address,
        client=me.client,
        region=me.region,
        attestation=me.attestation,
        **columns,
    )


def register(town: Town, me: Resident) -> None:
    """Make the account now."""
    me.since = town.now
    log(town, me, "registered", number=me.number)


def connect(town: Town, me: Resident) -> None:
    """Open the client: an account from before the log tells its age."""
    log(town, me, "connected", number=me.number, account_since=me.since)


def send(town: Town, me: Resident, peer: str, *, known: bool, **columns: Any) -> bool:
    """Send a message to `peer`, who has the account in their contacts or not; say whether it went out."""
    if not town.may(me.account, "existing_chats" if known else "new_chats"):
        return False
    log(town, me, "message_sent", peer=peer, known=known, **columns)
    return True


def answer(town: Town, me: Resident, peer: str) -> None:
    """`peer` answers: logged for the one who is answered, once per pair and day as the contract allows."""
    town.emit("message_sent", peer, peer=me.account, known=True, media="text")
    if town.now - me.answered.get(peer, -DAY) >= DAY:
        me.answered[peer] = town.now
        town.emit("reply_received", me.account, peer=peer)


def chat(town: Town, me: Resident, peer: str, replies: float) -> None:
    """Write to a contact, who answers with that probability within the hour or so."""
    if send(town, me, peer, known=True, media="text") and me.rng.random() < replies:
        delay = min(me.rng.lognormvariate(4.6, 1.2) * SECOND, 6 * HOUR)
        town.after(delay, lambda: answer(town, me, peer))


def intrude(town: Town, me: Resident, victim: str, reaction: Reaction, **columns: Any) -> bool:
    """Write to somebody who does not know the account, and let them react."""
    if not send(town, me, victim, known=False, **columns):
        return False
    drawn = me.rng.random()
    delay = me.rng.expovariate(1 / (20 * MINUTE))
    if drawn < reaction.replies:
        town.after(delay, lambda: answer(town, me, victim))
    elif drawn < reaction.replies + reaction.blocks:
        town.after(delay, lambda: town.emit("blocked", me.account, peer=victim, had_contact=True, credit=60))
    elif drawn < reaction.replies + reaction.blocks + reaction.reports:
        town.after(delay, lambda: _report(town, me, victim, reaction.reason))
    return True


def _report(town: Town, me: Resident, victim: str, reason: str) -> None:
    credit = me.rng.choice((50, 60, 75, 90))
    town.emit("reported", me.account, peer=victim, reason=reason, had_contact=True, credit=credit)


def day_times(me: Resident, day_start: Instant, wanted: float, wakes: float = 8, sleeps: float = 23) -> list[Instant]:
    """Draw the times of about `wanted` acts within a waking day (local hours), in order."""
    count = _poisson(me.rng, wanted)
    return sorted(day_start + int(me.rng.uniform(wakes, sleeps) * HOUR) for _ in range(count))


def _poisson(rng: Random, mean: float) -> int:
    """Draw from a Poisson distribution by counting exponential gaps."""
    passed, drawn = rng.expovariate(1), 0
    while passed < mean:
        passed += rng.expovariate(1)
        drawn += 1
    return drawn
