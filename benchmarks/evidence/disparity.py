"""Disparity: whether the harm that is done differs between groups of people by more than chance."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from random import Random

AGES = (("younger than 7 days", 7), ("7 to 30 days", 30), ("30 to 90 days", 90), ("older", 1e9))
"""The age of a number on its first day in the town, in days."""


def age_group(days: float) -> str:
    """Return the name of the group of an age in days."""
    return next(name for name, most in AGES if days < most)


def chance_of(harms: Sequence[float], groups: Sequence[str], draws: int = 1_000) -> float:
    """Return how often chance alone spreads the means of the groups so far apart (permutations, seeded).

    >>> chance_of([0, 0, 0, 0, 1, 1, 1, 1], ["a"] * 4 + ["b"] * 4) < 0.1
    True
    >>> chance_of([0, 1, 0, 1], ["a", "a", "b", "b"])
    1.0
    """
    shuffled, spread, rng = list(groups), _spread(harms, groups), Random(1)
    as_far = 0
    for _ in range(draws):
        rng.shuffle(shuffled)
        as_far += _spread(harms, shuffled) >= spread
    return as_far / draws


def _spread(harms: Sequence[float], groups: Sequence[str]) -> float:
    """Return how far the means of groups are apart."""
    sums: defaultdict[str, list[float]] = defaultdict(list)
    for group, harm in zip(groups, harms, strict=True):
        sums[group].append(harm)
    means = [sum(each) / len(each) for each in sums.values()]
    return max(means) - min(means)
