"""How attack accounts come to the town: two thirds are newly registered, one third are bought and years old.

The shares are assumptions (white paper of 2019: a fifth of the banned accounts are banned at registration already).
"""

from __future__ import annotations

from cartellino.simulator.acts import connect, register
from cartellino.simulator.resident import Resident
from cartellino.simulator.town import Town
from cartellino.vocabulary.times import DAY, HOUR, MINUTE, Instant

BOUGHT = 1 / 3
LATEST = 0.6
"""The part of the town's time within which the account arrives, so that enough is left for the attack."""


def arrive(town: Town, me: Resident, bought: float = BOUGHT, latest: float = LATEST) -> Instant:
    """Schedule a registration, or the takeover of a bought account; return when its abuse begins, in ms."""
    comes = town.start + int(me.rng.uniform(0, latest) * (town.end - town.start))
    if me.rng.random() < bought:
        buy(town, me, comes)
    else:
        town.at(comes, lambda: register(town, me))
    me.abuses_since = comes + int(me.rng.uniform(5, 180) * MINUTE)
    return me.abuses_since


def buy(town: Town, me: Resident, comes: Instant) -> None:
    """Schedule the takeover of an account that somebody sold, one to six years old."""
    me.since = comes - int(me.rng.uniform(1, 6) * 365 * DAY)
    town.at(comes, lambda: _open(town, me))


def _open(town: Town, me: Resident) -> None:
    town.neighbours.join(me)
    connect(town, me)


def open_shift(town: Town, me: Resident, midnight: Instant) -> None:
    """Let the account connect on the morning of a day."""
    town.at(midnight + 8 * HOUR - MINUTE, lambda: connect(town, me))
