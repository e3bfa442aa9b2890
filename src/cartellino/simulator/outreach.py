"""First messages as work: what couriers, organisers and recruiters have in common with spammers.

A `Manner` is a distribution: of each range a value is drawn for each account. Honest people and attackers draw from
ranges that overlap, so that no single figure tells them apart.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random
from typing import Any

from cartellino.enforcement.decision import Decision
from cartellino.simulator.acts import connect, register
from cartellino.simulator.days import day_times, every_day, one_by_one
from cartellino.simulator.label import Label, label
from cartellino.simulator.reaction import Reaction, intrude
from cartellino.simulator.resident import Resident
from cartellino.simulator.town import Town
from cartellino.vocabulary.times import DAY, HOUR, MINUTE, Instant

Range = tuple[float, float]


@dataclass(frozen=True)
class Manner:
    """How somebody writes to strangers: how many on a working day, how old the number is in days, and what they do.

    `one_text` is the share of accounts that send every stranger the same text, of which the server makes a fingerprint.
    """

    a_day: Range
    ages: Range = (30, 1_500)
    replies: Range = (0.02, 0.02)
    blocks: Range = (0.01, 0.01)
    reports: Range = (0.0, 0.003)
    works: float = 0.8
    one_text: float = 0.0
    wakes: float = 8
    sleeps: float = 20
    reasons: tuple[str, ...] = ("spam",)

    def reaction(self, rng: Random) -> Reaction:
        """Draw how strangers react to one account."""
        replies, blocks, reports = (rng.uniform(*each) for each in (self.replies, self.blocks, self.reports))
        return Reaction(replies, blocks, reports, reads=0.7, reasons=self.reasons)


def log_uniform(rng: Random, between: Range) -> float:
    """Draw a number of which each order of magnitude is equally likely."""
    least, most = between
    return float(least * (most / least) ** rng.random())


def be_of_age(town: Town, me: Resident, ages: Range) -> None:
    """Draw the age of a number, in days, that is in use already."""
    me.since = town.start - int(log_uniform(me.rng, ages) * DAY)


def text_of(me: Resident, share: float) -> dict[str, Any]:
    """Draw the columns of the text that an account sends to everybody; none if it writes to each in their own words."""
    if me.rng.random() >= share:
        return {}
    return {"content": f"t-{me.account}", "content_by": "server", "forwards": 0}


def reach_out(town: Town, me: Resident, manner: Manner) -> None:
    """Let an account write to strangers on its working days, from now on."""
    a_day, reaction = me.rng.uniform(*manner.a_day), manner.reaction(me.rng)
    text = text_of(me, manner.one_text)

    def day(midnight: Instant) -> None:
        if me.rng.random() >= manner.works:
            return
        times = day_times(me, midnight, a_day, manner.wakes, manner.sleeps)
        if times:
            town.at(times[0] - 1, lambda: connect(town, me))
            one_by_one(town, times, lambda: meet(town, me, reaction, **text))

    every_day(town, me, day)


def meet(town: Town, me: Resident, reaction: Reaction, **columns: Any) -> bool:
    """Write to a stranger who has never been written to before."""
    return intrude(town, me, new_stranger(me), reaction, **columns)


def new_stranger(me: Resident) -> str:
    """Return a person outside of the town whom nobody has met."""
    return f"o-{me.account}-{me.rng.getrandbits(40):010x}"


def note_outsider(town: Town, account: str, role: str = "outsider", *, abusive: bool = False) -> None:
    """Label an account that is no resident but has events of its own, since every account in the log has a label."""
    town.labels.append(Label(account, abusive, role, town.start if abusive else 0))


NUMBERS = 4
"""The most numbers that one operation uses within the town's time (assumption)."""


@dataclass
class Operation:
    """An attack that goes on with the next number when one is lost, each as old as the first (assumption)."""

    left: int = NUMBERS - 1

    def run(self, town: Town, me: Resident, manner: Manner, newborn: float = 0.5) -> None:
        """Come with a number, which is registered now or bought, and work with it until it is lost."""
        comes = max(town.now, town.start) + int(me.rng.uniform(1, 24) * HOUR)
        town.at(comes, lambda: self._begin(town, me, manner, newborn))

    def _begin(self, town: Town, me: Resident, manner: Manner, newborn: float) -> None:
        begin_with(town, me, manner.ages, newborn)
        lost: list[int] = []

        def heard(decision: Decision) -> None:
            if decision.mode == "live" and decision.action.kind in ("suspension", "ban", "challenge") and not lost:
                lost.append(town.now)
                self._next(town, me, manner, newborn)

        town.listen(me.account, heard)
        town.after(me.rng.uniform(5, 180) * MINUTE, lambda: reach_out(town, me, manner))

    def _next(self, town: Town, me: Resident, manner: Manner, newborn: float) -> None:
        if self.left > 0:
            self.left -= 1
            self.run(town, another(town, me), manner, newborn)


def begin_with(town: Town, me: Resident, ages: Range, newborn: float) -> None:
    """Register a number now, or open one that was bought."""
    town.neighbours.join(me)
    me.abuses_since = town.now
    if me.rng.random() < newborn:
        register(town, me)
    else:
        me.since = town.now - int(log_uniform(me.rng, ages) * DAY)
        connect(town, me)


def another(town: Town, me: Resident) -> Resident:
    """Return another number of an operation, on a device and an address of its own."""
    name = town.neighbours.new_name()
    fresh = replace(
        me, account=name, number=f"n-{name}", device=f"d-{name}", address=f"h-{name}", rng=town.random(name),
        answered={}, willing={}, since=0,
    )  # fmt: skip
    fresh.abuses_since = town.now
    town.residents[name] = fresh
    town.labels.append(label(fresh))
    return fresh
