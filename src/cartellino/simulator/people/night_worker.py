"""A night worker: a family member who is awake from eight in the evening to six in the morning.

Rates as for the family; the hours are an assumption. Could be mistaken for: a program, by rules on activity at night.
"""

from __future__ import annotations

from cartellino.simulator.people.family import Family


class NightWorker(Family):
    """Lives at night."""

    name = "night-worker"

    def __init__(self) -> None:
        super().__init__(wakes=20, sleeps=30)
