"""The search for the worst attackers: a third of the games at random, then small changes of the best so far.

The budget is a number of games, not a time, so that the same seed gives the same result on every machine.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from cartellino.simulator.red_team.game import Score, play
from cartellino.simulator.red_team.recipe import Recipe, change, draw
from cartellino.simulator.town import Judge

Objective = Callable[[Score], float]

OBJECTIVES: dict[str, Objective] = {
    "per number": lambda score: score.per_number,
    "per dollar": lambda score: score.per_cost,
}
"""What is maximised; each has its own winner."""


@dataclass(frozen=True)
class Terms:
    """The size of a game, and the judge of each: a new one, since standings are remembered."""

    numbers: int
    days: int
    seed: int
    judge: Callable[[], Judge]


@dataclass(frozen=True)
class Winner:
    """The best recipe by one objective: its score in the search, and in fresh games that it has not met."""

    objective: str
    recipe: Recipe
    found: Score
    fresh: Score


def search(terms: Terms, games: int, fresh: int, played: Callable[[int], None] = lambda game: None) -> list[Winner]:
    """Play a number of games, and replay the winners in `fresh` more each; `played` is told the number of each game."""
    rng = Random(f"red team {terms.seed}")
    tried: list[tuple[Recipe, Score]] = []
    for game in range(games):
        recipe = draw(rng)
        if game >= max(2, games // 3):
            objective = list(OBJECTIVES.values())[game % len(OBJECTIVES)]
            recipe = change(max(tried, key=lambda pair: objective(pair[1]))[0], rng)
        tried.append((recipe, play(recipe, terms.numbers, terms.days, f"{terms.seed}/{game}", terms.judge())))
        played(game + 1)
    return [_winner(terms, name, by, tried, fresh) for name, by in OBJECTIVES.items()]


def _winner(terms: Terms, name: str, by: Objective, tried: list[tuple[Recipe, Score]], fresh: int) -> Winner:
    recipe, found = max(tried, key=lambda pair: by(pair[1]))
    again = Score()
    for game in range(fresh):
        again += play(recipe, terms.numbers, terms.days, f"fresh {terms.seed}/{game}", terms.judge())
    return Winner(name, recipe, found, again)
