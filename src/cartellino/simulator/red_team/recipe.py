"""A recipe: the parameters of an attacker, drawn at random or changed a little.

An attacker knows what its accounts are told, not the thresholds. So a recipe says what it does before it is told
anything, and what it does then.

>>> from random import Random
>>> draw(Random(1)) == draw(Random(1)), draw(Random(1)) == draw(Random(2))
(True, False)
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from random import Random
from typing import Any


@dataclass(frozen=True)
class Price:
    """What numbers of an age cost; `age` in days, 0 for those that the attacker registers."""

    name: str
    age: int
    cost: float


PRICES = (Price("registered", 0, 0.5), Price("3 weeks", 21, 2), Price("3 months", 90, 6), Price("2 years", 730, 15))
"""Assumptions, in dollars: sellers ask more for age. What an accomplice costs stands in `ACCOMPLICE`."""

ACCOMPLICE = 0.5


@dataclass(frozen=True)
class Recipe:
    """One way to attack.

    `mix` are the weights of the ages of numbers. `a_day` strangers are written to between the hours `wakes` and
    `sleeps`, with pauses that vary by `jitter` (0: like clockwork). `accomplices` is the share of messages that go to
    accomplices, who answer; `warm_days` are spent with these alone. After `quits_at` strangers a number is given up.
    On a warning the pace is multiplied by `warned`; a number that is limited waits, or is given up (`leaves`).
    """

    mix: tuple[float, ...]
    a_day: float
    wakes: float
    sleeps: float
    jitter: float
    one_text: bool
    accomplices: float
    warm_days: int
    quits_at: int
    warned: float
    leaves: bool
    to_groups: bool

    def record(self) -> dict[str, Any]:
        """Return the recipe as a mapping, for a file."""
        return asdict(self)


def draw(rng: Random) -> Recipe:
    """Draw a recipe."""
    wakes = rng.uniform(0, 12)
    return Recipe(
        mix=tuple(rng.random() ** 3 for _ in PRICES),
        a_day=5 * 60 ** rng.random(),
        wakes=wakes,
        sleeps=rng.uniform(wakes + 1, 24),
        jitter=rng.random(),
        one_text=rng.random() < 0.3,
        accomplices=rng.choice((0.0, 0.0, rng.uniform(0.05, 0.5))),
        warm_days=rng.choice((0, 0, rng.randint(1, 8))),
        quits_at=round(10 * 60 ** rng.random()),
        warned=rng.choice((1.0, rng.uniform(0.1, 0.9))),
        leaves=rng.random() < 0.5,
        to_groups=rng.random() < 0.15,
    )


def change(recipe: Recipe, rng: Random) -> Recipe:
    """Change a recipe a little: two of its parameters become those of another, or nearly stay."""
    other, nearby = draw(rng), rng.uniform(0.7, 1.4)
    near: dict[str, Any] = {
        "a_day": min(300.0, recipe.a_day * nearby),
        "quits_at": max(5, round(recipe.quits_at * nearby)),
        "warned": min(1.0, recipe.warned * nearby),
        "accomplices": min(0.6, recipe.accomplices * nearby),
        "mix": tuple(weight * rng.uniform(0.5, 1.5) for weight in recipe.mix),
    }
    chosen = rng.sample(sorted(recipe.record()), 2)
    changes = {name: near[name] if name in near and rng.random() < 0.7 else getattr(other, name) for name in chosen}
    changed = replace(recipe, **changes)
    return changed if changed.sleeps > changed.wakes + 0.5 else replace(changed, sleeps=min(24.0, changed.wakes + 1))
