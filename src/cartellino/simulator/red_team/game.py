"""A game: one recipe, a number of accounts and a month under given policies, in a closed loop."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Any

from cartellino.enforcement.decision import Decision
from cartellino.simulator.acts import connect, log, register, send
from cartellino.simulator.attacks.accomplices import be_answered
from cartellino.simulator.attacks.group_stuffer import resist
from cartellino.simulator.days import midnight_of
from cartellino.simulator.outreach import new_stranger
from cartellino.simulator.reaction import UNWANTED, react
from cartellino.simulator.red_team.recipe import ACCOMPLICE, PRICES, Recipe
from cartellino.simulator.resident import Resident
from cartellino.simulator.run import START
from cartellino.simulator.town import Judge, Town
from cartellino.vocabulary.times import DAY, HOUR, MINUTE


@dataclass
class Score:
    """What a game brought: strangers reached, numbers used, their cost, and which rules stopped how many."""

    reached: int = 0
    numbers: int = 0
    cost: float = 0.0
    stopped: int = 0
    rules: Counter[str] = field(default_factory=Counter)

    @property
    def per_number(self) -> float:
        """Strangers reached per number."""
        return self.reached / self.numbers if self.numbers else 0.0

    @property
    def per_cost(self) -> float:
        """Strangers reached per dollar."""
        return self.reached / self.cost if self.cost else 0.0

    def __add__(self, other: Score) -> Score:
        """Return both games together."""
        return Score(
            self.reached + other.reached, self.numbers + other.numbers, self.cost + other.cost,
            self.stopped + other.stopped, self.rules + other.rules,
        )  # fmt: skip


def play(recipe: Recipe, numbers: int, days: int, seed: str, judge: Judge) -> Score:
    """Let an attacker use its numbers, all of them from the first days on, and return what it reached."""
    town, rng, score = Town(0, START, days, judge), Random(seed), Score()
    for number in range(numbers):
        price = rng.choices(PRICES, weights=[weight + 1e-9 for weight in recipe.mix])[0]
        name = f"n{number}"
        me = Resident(name, "red-team", True, Random(f"{seed}/{name}"), f"n-{name}", f"d-{name}", f"h-{name}")
        score.numbers += 1
        score.cost += price.cost
        worker = _Worker(town, me, recipe, score)
        town.at(START + int(rng.uniform(0, 2) * DAY), lambda worker=worker, age=price.age: worker.arrive(age))  # type: ignore[misc]
    for _ in town.run():
        pass
    return score


class _Worker:
    """One number at work."""

    def __init__(self, town: Town, me: Resident, recipe: Recipe, score: Score) -> None:
        self.town, self.me, self.recipe, self.score = town, me, recipe, score
        self.pace, self.reached, self.gone, self.was_stopped = recipe.a_day, 0, False, False
        self.begins = 0
        self.accomplices: list[str] = []
        self.text: dict[str, Any] = {"content": "red", "content_by": "server", "forwards": 0} if recipe.one_text else {}

    def arrive(self, age: int) -> None:
        """Register, or open a number that was bought; then work."""
        town, me = self.town, self.me
        town.neighbours.join(me)
        town.listen(me.account, self.heard)
        if age:
            me.since = town.now - age * DAY
            connect(town, me)
        else:
            register(town, me)
        self.begins = town.now + self.recipe.warm_days * DAY
        town.after(me.rng.uniform(0.1, 3) * HOUR, self.work)

    def heard(self, decision: Decision) -> None:
        """Do what the recipe says on being told something."""
        kind = decision.action.kind
        if decision.mode != "live" or kind in ("review", "diagnosis"):
            return
        if kind == "warning":
            self.pace = max(1.0, self.pace * self.recipe.warned)
            return
        self.score.rules[decision.rule] += 1
        self.score.stopped += not self.was_stopped
        self.was_stopped = True
        self.gone = self.gone or kind in ("suspension", "ban", "challenge") or self.recipe.leaves

    def work(self) -> None:
        """Write to one person, and schedule the next."""
        town, me, recipe = self.town, self.me, self.recipe
        if self.gone or self.reached >= recipe.quits_at:
            return
        if town.now < self.begins or me.rng.random() < recipe.accomplices:
            self._be_answered()
        else:
            self._approach()
        pause = (recipe.sleeps - recipe.wakes) * HOUR / self.pace
        pause *= 1 + recipe.jitter * (me.rng.expovariate(1) - 1)
        town.at(self._when_awake(town.now + int(max(1_000, pause))), self.work)

    def _when_awake(self, time: int) -> int:
        """Return a time, or the next morning."""
        midnight = midnight_of(self.me, time)
        wakes, sleeps = (midnight + int(hour * HOUR) for hour in (self.recipe.wakes, self.recipe.sleeps))
        late = int(self.me.rng.uniform(0, 30) * MINUTE)
        return wakes + late if time < wakes else wakes + DAY + late if time > sleeps else time

    def _approach(self) -> None:
        victim = new_stranger(self.me)
        if self.recipe.to_groups:
            sent = log(self.town, self.me, "member_added", group=f"g-{self.me.account}", peer=victim, known=False)
            if sent:
                self.town.after(HOUR / 2, lambda: resist(self.town, self.me, f"g-{self.me.account}", victim))
        else:
            sent = send(self.town, self.me, victim, known=False, **self.text)
            if sent:
                react(self.town, self.me, victim, UNWANTED)
        self.reached += sent
        self.score.reached += sent

    def _be_answered(self) -> None:
        """Have an accomplice answer: one in ten times a new one, who costs something."""
        if not self.accomplices or self.me.rng.random() < 0.1:
            name = f"x-{self.me.account}-{len(self.accomplices)}"
            self.town.emit("registered", name)
            self.accomplices.append(name)
            self.score.cost += ACCOMPLICE
        be_answered(self.town, self.me, self.me.rng.choice(self.accomplices))
