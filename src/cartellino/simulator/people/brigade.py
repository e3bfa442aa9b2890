"""A brigade: accounts of poor credit that strike an honest person together, without ever having heard from them.

Sizes are assumptions. On real data 33,844 reported users were not spammers, and two of sixteen with twenty or more
reporters were innocent (Tagged.com, Fakhraei et al. 2015, in `research/datasets.md`).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from cartellino.simulator.resident import Resident
from cartellino.simulator.town import Town
from cartellino.vocabulary.times import HOUR

Strike = Callable[[str, int], None]
"""A function that lets one member strike, given the member's name and credit."""


def brigade(town: Town, me: Resident, members: tuple[int, int], strike: Strike) -> None:
    """Let a brigade, whose size is between `members`, strike within one hour, at 10 to 80 % of the town's time."""
    begins = me.rng.uniform(0.1, 0.8) * (town.end - town.start - HOUR)
    for _ in range(me.rng.randint(*members)):
        name, credit = f"o{me.rng.randrange(10_000_000):07}", me.rng.randint(0, 50)
        town.after(begins + me.rng.random() * HOUR, partial(strike, name, credit))
