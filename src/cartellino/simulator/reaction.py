"""How people react to a message from an account that they do not know.

There are no public data on these shares, so all of them are assumptions.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any

from cartellino.simulator.acts import send
from cartellino.simulator.resident import Resident
from cartellino.simulator.talk import answer
from cartellino.simulator.town import Town
from cartellino.vocabulary.times import MINUTE

CREDITS = (50, 50, 60, 75, 75, 90, 95)
"""Credits of honest reporters, from which one is drawn."""


@dataclass(frozen=True)
class Reaction:
    """Shares of recipients who react in each way; the defaults are those of unwanted advertising.

    A recipient reacts in at most one way; `reads` applies only to those who do not reply, block or report.
    """

    replies: float = 0.02
    blocks: float = 0.08
    reports: float = 0.04
    reads: float = 0.4
    reasons: tuple[str, ...] = ("spam",)


UNWANTED = Reaction()

WELCOME = Reaction(replies=0.5, blocks=0.003, reports=0.001, reads=0.9)
"""The reaction to a person who has a reason to write, although the number is unknown."""


def ill_will(town: Town, me: Resident) -> float:
    """Return by what the shares of those who mind the account are multiplied in this town, and divided who answer."""
    return 1 / town.strain if me.abusive else town.strain


def intrude(town: Town, me: Resident, victim: str, reaction: Reaction = UNWANTED, **columns: Any) -> bool:
    """Write to somebody who does not know the account, and let them react; return whether the service allowed it."""
    sent = send(town, me, victim, known=False, **columns)
    if sent:
        react(town, me, victim, reaction)
    return sent


def react(town: Town, me: Resident, victim: str, reaction: Reaction) -> None:
    """Let `victim` reply, block, report, read, or do nothing, after 20 minutes in the mean."""
    town.after(me.rng.expovariate(1 / (20 * MINUTE)), lambda: _react(town, me, victim, reaction))


def report(town: Town, me: Resident, by: str, reasons: tuple[str, ...], credit: int) -> None:
    """Let somebody who received something from the account report it."""
    town.emit("reported", me.account, peer=by, reason=me.rng.choice(reasons), had_contact=True, credit=credit)


def block(town: Town, me: Resident, by: str) -> None:
    """Let somebody who received something from the account block it."""
    town.emit("blocked", me.account, peer=by, had_contact=True, credit=credit_of(me.rng))


def credit_of(rng: Random) -> int:
    """Draw the credit of an honest reporter."""
    return CREDITS[int(rng.random() * len(CREDITS))]


def _react(town: Town, me: Resident, victim: str, reaction: Reaction) -> None:
    drawn, worse = me.rng.random(), ill_will(town, me)
    replies, blocks, reports = reaction.replies / worse, reaction.blocks * worse, reaction.reports * worse
    if drawn < replies:
        answer(town, me, victim, known=False)
    elif (drawn := drawn - replies) < blocks:
        block(town, me, victim)
    elif (drawn := drawn - blocks) < reports:
        report(town, me, victim, reaction.reasons, credit_of(me.rng))
    elif drawn - reports < reaction.reads:
        town.emit("read", me.account, peer=victim)
