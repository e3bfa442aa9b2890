"""A history at random, by its seed: short, crowded, and about one thing or another.

>>> draw(7) == draw(7) != draw(8)
True
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random

from tests.enforcement.histories.menu import FLAGS, LADDERS, MODES, RULES
from tests.enforcement.histories.plots import PLOTS, SOON
from tests.enforcement.histories.steps import (
    Adopted,
    Closed,
    Discarded,
    Ended,
    Flooded,
    Found,
    History,
    Imposed,
    Lifted,
    Linked,
    NumberReleased,
    Opened,
    Overturned,
    Released,
    Restarted,
    SetBack,
    Shortened,
    Step,
    Upgraded,
)

from cartellino.policies.ladder import RUNG_KINDS
from cartellino.vocabulary.times import DAY, HOUR, MINUTE

LONGEST = 24
"""About how many steps a history has at most."""

_LATE = (0, 0, 0, 0, 0, 0, 0, 1, MINUTE, HOUR, DAY, 4 * DAY)
_USED = ("", "n1 r1", "d1", "n1 d1 a1 r1", "n2 d1 r2", "n1 a1", "n1 d1 a1", "a2 r1")
_WHERE = ("", "", "main", "r1", "r1 r2", "a1", "shop r2", "main r1 a1")
_AGES = (None, None, HOUR, DAY, 90 * DAY)
_LENGTHS = (None, HOUR, DAY, 9 * DAY)
_KINDS = ("message_sent", "connected", "message_sent connected", "profile_viewed connected", "status_posted")


def draw(seed: int) -> History:
    """Return the history of a seed."""
    chance = Chance(seed)
    steps = chance.steps()
    chance.put(0.4, steps, Restarted())
    is_tight = chance.random() < chance.plot.tight
    chance.put(0.25 if is_tight else 0.05, steps, Upgraded())
    chance.put(0.05, steps, Flooded(chance.choice(chance.names), 20, chance.choice((None, HOUR))))
    if is_tight:
        return History(chance.menu, tuple(steps), chance.choice((0, 1, 1, 2)), chance.choice((None, None, 0.05, 0.2)))
    return History(chance.menu, tuple(steps))


class Chance(Random):
    """A draw after another, for one history."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.plot = self.choice(PLOTS)
        self.menu = self.labels()

    @property
    def names(self) -> list[str]:
        """The rules of the policies with which the history begins."""
        return [name for one in self.menu.split() if (name := one.split("+")[0]) in RULES]

    # Policies

    def labels(self) -> str:
        """Return policies: ladders that may be different, and some rules of the plot."""
        rules = self.plot.rules.split()
        some = self.sample(rules, self.randint(1, min(len(rules), 5)))
        return " ".join([*map(self.ladder, LADDERS), *map(self.rule, some)])

    def ladder(self, name: str) -> str:
        often = {"shared": 0.5}
        return "+".join([name, *(flag for flag in FLAGS if self.random() < often.get(flag, 0.2))])

    def rule(self, name: str) -> str:
        return name if self.random() < 0.85 else f"{name}+{self.choice([*MODES, 'up', 'soft', 'soft'])}"

    def changed(self) -> str:
        """Return other policies that resemble these: a few labels are gone or different, and a few are new."""
        kept = [one for one in self.menu.split() if self.random() < 0.7]
        others = [one for one in self.labels().split() if self.random() < 0.4]
        labels = {one.split("+")[0]: one for one in [*kept, *others]}
        if not set(labels) & set(RULES):
            labels["r"] = "r"
        return " ".join(labels.values())

    # Steps

    def steps(self) -> list[Step]:
        """Return what happens; people are linked early where it is about that."""
        acts = self.plot.acts.split()
        steps: list[Step] = []
        if "link" in acts and self.random() < 0.7:
            steps += [self.act("link") for _ in range(self.choice((1, 1, 2, 3)))]
        for _ in range(self.randint(3, LONGEST)):
            kind = self.random()
            if kind < 0.1:
                steps += self.worse_and_worse()
            else:
                steps.append(self.found() if kind < 0.55 else self.act(self.choice(acts)))
        return steps

    def put(self, how_often: float, steps: list[Step], step: Step) -> None:
        """Put a step somewhere, now and then several times."""
        while self.random() < how_often:
            steps.insert(self.randint(0, len(steps)), step)

    def found(self) -> Found:
        rules = self.sample(self.names, min(len(self.names), self.choice((1, 1, 1, 1, 2, 3))))
        who, late = self.choice(self.plot.who), self.choice(_LATE)
        uses = self.choice(_USED) if self.plot.uses else ""
        age, active = (self.choice(_AGES), self.choice((0, 0, 120, 400))) if self.random() < 0.2 else (None, 0)
        return Found(" ".join(rules), who, late, uses, age, active, later=self.later())

    def worse_and_worse(self) -> list[Step]:
        """Rules find somebody one after the other, the mildest first, on this or that account."""
        names = sorted(self.sample(self.names, min(len(self.names), 3)), key=lambda name: RULES[name].rung)
        who = self.sample(self.plot.who, 3)
        return [Found(name, one, later=self.choice(SOON[:6])) for name, one in zip(names, who, strict=False)]

    def act(self, name: str) -> Step:
        return ACTS[name](self, self.later())

    def later(self) -> int:
        return self.choice(self.plot.times)

    def of(self) -> int:
        """Return which of those that there are: mostly a late one."""
        return self.choice((-1, -1, -2, -2, -3, -4, 0, 1, self.randrange(9)))

    def length(self) -> int | None:
        return self.choice(_LENGTHS)

    def name(self) -> str:
        return self.choice(self.names)


ACTS: Mapping[str, Callable[[Chance, int], Step]] = {
    "lift": lambda draw, later: Lifted(draw.of(), later=later),
    "shorten": lambda draw, later: Shortened(
        draw.of(), draw.choice((-HOUR, 0, MINUTE, HOUR, DAY, 3 * DAY)), later=later
    ),
    "overturn": lambda draw, later: Overturned(draw.of(), later=later),
    "end": lambda draw, later: Ended(later=later),
    "impose": lambda draw, later: Imposed(draw.choice(RUNG_KINDS), draw.length(), draw.of(), later=later),
    "link": lambda draw, later: Linked(draw.choice((0, 0, 1, 2)), draw.choice((1, 1, 2, 3, 4)), later=later),
    "number": lambda draw, later: NumberReleased(
        draw.choice(("", "", "n1", "n2")), draw.choice((0, 1, 2)), draw.random() < 0.5, later=later
    ),
    "open": lambda draw, later: Opened(
        draw.choice("ij"),
        draw.choice(_KINDS),
        draw.choice((0, 1, HOUR, 3 * DAY, -1, -HOUR, -DAY)),
        draw.choice(_WHERE),
        draw.random() < 0.5,
        later=later,
    ),
    "close": lambda draw, later: Closed(draw.choice("ij"), draw.choice((0, 1, HOUR)), later=later),
    "release": lambda draw, later: Released(draw.name(), later=later),
    "discard": lambda draw, later: Discarded(draw.name(), later=later),
    "adopt": lambda draw, later: Adopted(draw.changed(), draw.choice((None, None, 0.1)), later=later),
    "set_back": lambda draw, later: SetBack(draw.choice((HOUR, DAY, 3 * DAY)), draw.choice((0, 0, HOUR)), later=later),
}
