"""A takeover: somebody signs in to an honest resident's account and writes to everybody it knows, and to strangers.

Dozens of failed sign-ins within minutes, then a new device, address and region, then the same content to
contacts and strangers. Rates: assumptions. The holder is a victim: the account is to be secured, not struck.
Gives itself away by: the failures, the new device together with the burst, and equal content.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from cartellino.simulator.acts import connect, log, send
from cartellino.simulator.days import day_times, every_day, one_by_one, steadily
from cartellino.simulator.habit import Attack
from cartellino.simulator.pastimes import open_client
from cartellino.simulator.reaction import Reaction, react
from cartellino.simulator.resident import Resident
from cartellino.simulator.talk import chat, friend
from cartellino.simulator.town import Town
from cartellino.vocabulary.times import MINUTE, SECOND, Instant

FRIENDS = Reaction(replies=0.3, blocks=0.02, reports=0.05, reads=0.9, reasons=("hacking", "spam"))
STRANGERS = Reaction(replies=0.02, blocks=0.08, reports=0.05, reasons=("spam", "hacking"))


class Takeover(Attack):
    """An honest life, until the account is somebody else's."""

    name = "takeover"
    rooted = True

    def move_in(self, town: Town, me: Resident) -> None:
        """Live honestly, until the intruder comes at 30 to 85 % of the town's time."""
        me.abuses_since = town.start + int(me.rng.uniform(0.3, 0.85) * (town.end - town.start))
        mean = me.rng.uniform(1, 5)
        every_day(town, me, lambda midnight: _honest_day(town, me, midnight, mean))
        town.at(me.abuses_since, lambda: _guess(town, me))


def _honest_day(town: Town, me: Resident, midnight: Instant, mean: float) -> None:
    times = [time for time in day_times(me, midnight, mean) if time < me.abuses_since]
    if times and me.contacts:
        town.at(times[0] - 1, lambda: open_client(town, me))
        one_by_one(town, times, lambda: chat(town, me, friend(me)))


def _guess(town: Town, me: Resident) -> None:
    """Try codes until one is right; the intruder then acts as the account, from another device, address and region."""
    tries = me.rng.randint(24, 80)
    place = f"{me.rng.getrandbits(32):08x}"
    thief = replace(me, device=f"d-{place}", address=f"h-{place}", region=me.rng.choice(("NG", "KH", "RU", "IN")))
    fail = partial(log, town, thief, "sign_in_failed", reason="wrong-code")
    steadily(town, me.rng, 4 * SECOND, tries, fail)
    town.after(10 * MINUTE, lambda: _enter(town, thief))


def _enter(town: Town, thief: Resident) -> None:
    log(town, thief, "device_linked")
    connect(town, thief)
    victims = iter(thief.contacts + [town.neighbours.stranger(thief.rng, thief) for _ in range(120)])
    count = len(thief.contacts) + thief.rng.randint(60, 120)
    content = f"c-{thief.rng.getrandbits(40):010x}"
    town.after(
        2 * MINUTE,
        lambda: steadily(town, thief.rng, 8 * SECOND, count, lambda: _write(town, thief, next(victims), content)),
    )


def _write(town: Town, thief: Resident, victim: str, content: str) -> None:
    known = victim in thief.contacts
    if send(town, thief, victim, known=known, media="text", content=content, content_by="server", forwards=0):
        react(town, thief, victim, FRIENDS if known else STRANGERS)
