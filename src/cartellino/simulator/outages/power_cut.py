"""A power cut: about a tenth of the residents lose service for some hours, then all come back at once.

Clients that come back connect repeatedly, fail to sign in and to deliver, and send failed messages again, all behind
the few addresses of the carrier's emergency network. Share, length and numbers of retries: assumptions. Could be
mistaken for: automation, credential stuffing (many failures from one address), retry floods.
"""

from __future__ import annotations

from functools import partial
from random import Random

from cartellino.simulator.acts import connect, log, send
from cartellino.simulator.resident import Resident
from cartellino.simulator.town import Town
from cartellino.vocabulary.times import DAY, HOUR, MINUTE, SECOND

SHARE = 0.1
ADDRESSES = 3


class PowerCut:
    """One cut, in the second half of the town's time."""

    name = "power-cut"

    def befall(self, town: Town) -> None:
        """Cut the power once, at a busy hour."""
        rng = town.random(self.name)
        day = rng.randrange((town.end - town.start) // DAY // 2, (town.end - town.start) // DAY)
        town.at(town.start + day * DAY + int(rng.uniform(8, 16) * HOUR), lambda: _cut(town, rng))


def _cut(town: Town, rng: Random) -> None:
    residents = [
        resident
        for name in town.neighbours.honest()
        if rng.random() < SHARE and (resident := town.neighbours.find(name))
    ]
    town.powerless.update(resident.account for resident in residents)
    town.after(rng.uniform(2, 6) * HOUR, lambda: _restore(town, rng, residents))


def _restore(town: Town, rng: Random, residents: list[Resident]) -> None:
    town.powerless.difference_update(resident.account for resident in residents)
    for place, resident in enumerate(residents):
        resident.address = f"emergency-{place % ADDRESSES}"
        town.after(rng.expovariate(1 / (4 * MINUTE)), partial(_come_back, town, resident))


def _come_back(town: Town, me: Resident) -> None:
    """Retry as clients do, and send failed messages again, to people who know the account."""
    for _ in range(me.rng.randint(2, 8)):
        town.after(me.rng.uniform(0, 5) * MINUTE, lambda: connect(town, me))
    for _ in range(me.rng.randint(0, 4)):
        town.after(me.rng.uniform(0, 5) * MINUTE, lambda: log(town, me, "sign_in_failed", reason="timeout"))
    for _ in range(min(me.rng.randint(0, 6), len(me.contacts))):
        town.after(me.rng.uniform(1, 8) * MINUTE, partial(_send_again, town, me, me.rng.choice(me.contacts)))


def _send_again(town: Town, me: Resident, contact: str) -> None:
    for _ in range(me.rng.randint(1, 4)):
        log(town, me, "message_failed", peer=contact, known=True, reason="timeout")
    town.after(me.rng.uniform(5, 40) * SECOND, lambda: send(town, me, contact, known=True))
