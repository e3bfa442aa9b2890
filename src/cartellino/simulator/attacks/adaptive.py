"""An adaptive spammer: begins at 40 strangers an hour and halves its rate whenever it is warned or limited.

In the open loop no decision reaches it, so it never slows down. Rates: assumptions. Gives itself away by: hardly
anybody answers, whatever its rate. It shows how a policy works against an attacker who learns.
"""

from __future__ import annotations

from cartellino.enforcement.decision import Decision
from cartellino.simulator.attacks.arrival import arrive
from cartellino.simulator.habit import Attack
from cartellino.simulator.reaction import intrude
from cartellino.simulator.resident import Resident
from cartellino.simulator.town import Town
from cartellino.vocabulary.times import DAY, HOUR

A_DAY = 12 * HOUR
"""How long it works each day, in ms; then it pauses for the rest of the day."""

FASTEST = 40.0


class Adaptive(Attack):
    """Slows down when it is noticed."""

    name = "adaptive"

    def move_in(self, town: Town, me: Resident) -> None:
        """Arrive, listen to decisions, and begin."""
        spammer = _Spammer(town, me)
        town.listen(me.account, spammer.heard)
        town.at(arrive(town, me, latest=0.4), spammer.work)


class _Spammer:
    def __init__(self, town: Town, me: Resident) -> None:
        self.town, self.me = town, me
        self.rate = FASTEST
        """Strangers an hour."""

    def heard(self, decision: Decision) -> None:
        """Halve the rate, if the decision has an effect."""
        if decision.mode == "live" and decision.action.kind in ("warning", "restriction", "suspension"):
            self.rate = max(self.rate / 2, 0.25)

    def work(self) -> None:
        """Write to one stranger, and schedule the next by the present rate."""
        town, me = self.town, self.me
        intrude(town, me, town.neighbours.stranger(me.rng, me))
        pause = me.rng.expovariate(self.rate / HOUR)
        working = (town.now - me.abuses_since) % DAY + pause < A_DAY
        town.after(pause if working else DAY - A_DAY, self.work)
