"""Small things that everybody does now and then: look at a profile, post a status, mistype a code.

Each is the honest counterpart of something that attacks do in bulk. All rates are assumptions.
"""

from __future__ import annotations

from cartellino.simulator.acts import connect, log
from cartellino.simulator.resident import Resident
from cartellino.simulator.town import Town
from cartellino.vocabulary.times import SECOND

AT_HOME = 0.6
"""How often a client uses the network of the household; otherwise it uses that of its carrier."""

ABOUTS = ("Available", "At work", "Busy", "Al lavoro", "Sibuk", "Ocupado", "Ciao!", "Only calls", "Gone fishing")


def open_client(town: Town, me: Resident) -> None:
    """Connect from home or over the carrier, and pass the time."""
    me.address = me.home if me.rng.random() < AT_HOME or not me.carrier else me.carrier
    if me.rng.random() < 0.01:
        log(town, me, "sign_in_failed", reason="wrong-code")
    connect(town, me)
    pass_time(town, me)


def pass_time(town: Town, me: Resident) -> None:
    """Perhaps look at a profile, post a status, or change the line about oneself."""
    drawn = me.rng.random()
    if drawn < 0.25 and me.contacts:
        town.after(30 * SECOND, lambda: log(town, me, "profile_viewed", peer=me.rng.choice(me.contacts)))
    elif drawn < 0.35:
        log(town, me, "status_posted", media="image")
    elif drawn < 0.36:
        log(town, me, "profile_changed", zone="about", text=me.rng.choice(ABOUTS))
