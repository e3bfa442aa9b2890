"""What somebody who does not know an account does with its message. No public data has these shares: assumptions."""

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
"""What the records of honest reporters are worth."""


@dataclass(frozen=True)
class Reaction:
    """Shares of recipients; the defaults are those of unwanted advertising. Who does nothing else may still read."""

    replies: float = 0.02
    blocks: float = 0.08
    reports: float = 0.04
    reads: float = 0.4
    reasons: tuple[str, ...] = ("spam",)


UNWANTED = Reaction()

WELCOME = Reaction(replies=0.5, blocks=0.003, reports=0.001, reads=0.9)
"""An unknown number, but a person who has a reason to write."""


def intrude(town: Town, me: Resident, victim: str, reaction: Reaction = UNWANTED, **columns: Any) -> bool:
    """Write to somebody who does not know the account, and let them react; say whether it went out."""
    sent = send(town, me, victim, known=False, **columns)
    if sent:
        react(town, me, victim, reaction)
    return sent


def react(town: Town, me: Resident, victim: str, reaction: Reaction) -> None:
    """Let `victim` reply, block, report, read, or do nothing, after a while."""
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
    drawn = me.rng.random()
    if drawn < reaction.replies:
        answer(town, me, victim, known=False)
    elif (drawn := drawn - reaction.replies) < reaction.blocks:
        block(town, me, victim)
    elif (drawn := drawn - reaction.blocks) < reaction.reports:
        report(town, me, victim, reaction.reasons, credit_of(me.rng))
    elif drawn - reaction.reports < reaction.reads:
        town.emit("read", me.account, peer=victim)
