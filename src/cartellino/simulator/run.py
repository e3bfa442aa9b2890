"""Runs a town, which yields events with known truth.

>>> events, labels = simulate(accounts=80, days=1, seed=7)
>>> first = next(events)
>>> len(labels) >= 80, first.account in {label.account for label in labels}
(True, True)
"""

from __future__ import annotations

from collections.abc import Iterator

from cartellino.events.event import Event
from cartellino.simulator.label import Label
from cartellino.simulator.outages.power_cut import PowerCut
from cartellino.simulator.population import populate
from cartellino.simulator.town import Judge, Town
from cartellino.vocabulary.times import Instant, instant

START: Instant = instant("2026-11-02T00:00:00Z")
"""A Monday."""


def simulate(
    accounts: int, days: int, seed: int, start: Instant = START, abusive: float = 0.01, judge: Judge | None = None
) -> tuple[Iterator[Event], list[Label]]:
    """Return the events of a town in order of time, and the labels of all its accounts.

    The list of labels is complete only after all events have been read, since evaders register further accounts. With a
    `judge` the town is a closed loop: decisions limit the residents.
    """
    town = Town(seed, start, days, judge)
    populate(town, accounts, abusive)
    PowerCut().befall(town)
    return town.run(), town.labels
