"""How an attack account comes to the town: two thirds are registered for the purpose, one third are bought, years old.

The shares are assumptions (the white paper of 2019: a fifth of banned accounts fall at registration already).
"""

from __future__ import annotations

from cartellino.simulator.acts import connect, register
from cartellino.simulator.resident import Resident
from cartellino.simulator.town import Town
from cartellino.vocabulary.times import DAY, HOUR, MINUTE, Instant

BOUGHT = 1 / 3
LATEST = 0.6
"""By which part of the town's time the account has come, so that something of it is left."""


def arrive(town: Town, me: Resident, bought: float = BOUGHT, latest: float = LATEST) -> Instant:
    """Register, or open a bought account, at some time; return when the abuse begins, minutes to hours later."""
    comes = town.start + int(me.rng.uniform(0, latest) * (town.end - town.start))
    if me.rng.random() < bought:
        buy(town, me, comes)
    else:
        town.at(comes, lambda: register(town, me))
    me.abuses_since = comes + int(me.rng.uniform(5, 180) * MINUTE)
    return me.abuses_since


def buy(town: Town, me: Resident, comes: Instant) -> None:
    """Take over the account of somebody who sold it."""
    me.since = comes - int(me.rng.uniform(1, 6) * 365 * DAY)
    town.at(comes, lambda: _open(town, me))


def _open(town: Town, me: Resident) -> None:
    town.neighbours.join(me)
    connect(town, me)


def open_shift(town: Town, me: Resident, midnight: Instant) -> None:
    """Let the account connect on a later morning."""
    town.at(midnight + 8 * HOUR - MINUTE, lambda: connect(town, me))
