"""The residents of the town, and random encounters between them.

The service is larger than the simulated town: some strangers are outsiders. They receive, block and report, but have no
events of their own, so that every account in the log has a label.
"""

from __future__ import annotations

from itertools import count
from random import Random

from cartellino.simulator.resident import Resident

OUTSIDERS = 3_000
"""The number of outsiders (assumption): in a town of 20,000, 87 of 100 strangers are residents, and in a small town a
spammer still finds new victims."""


class Neighbours:
    """The residents by name. Strangers are drawn from the honest ones and the outsiders."""

    def __init__(self) -> None:
        self._all: dict[str, Resident] = {}
        self._honest: list[str] = []
        self._names = count()

    def new_name(self) -> str:
        """Return the name of a new account; names reveal nothing about their holders."""
        return f"a{next(self._names):06}"

    def join(self, resident: Resident) -> None:
        """Add a resident, who can be met from now on."""
        if resident.account not in self._all and not resident.abusive:
            self._honest.append(resident.account)
        self._all[resident.account] = resident

    def find(self, account: str) -> Resident | None:
        """Return the resident with a name, `None` for an outsider."""
        return self._all.get(account)

    def honest(self) -> list[str]:
        """Return the names of all honest residents, in the order in which they came."""
        return self._honest

    def somebody(self, rng: Random, me: Resident) -> Resident | None:
        """Draw an honest resident; `None` if there is none, or `me` was drawn."""
        drawn = self._all[self._honest[int(rng.random() * len(self._honest))]] if self._honest else None
        return drawn if drawn is not me else None

    def stranger(self, rng: Random, me: Resident) -> str:
        """Draw somebody who does not know `me`: a resident, or an outsider."""
        if rng.random() * (len(self._honest) + OUTSIDERS) < len(self._honest):
            drawn = self._honest[int(rng.random() * len(self._honest))]
            if drawn != me.account and drawn not in me.contacts:
                return drawn
        return f"o{rng.randrange(10_000_000):07}"

    def acquaintances(self, rng: Random, me: Resident, wanted: int) -> list[str]:
        """Draw `wanted` different people whose numbers `me` has, including outsiders if the town is too small."""
        drawn = {self.stranger(rng, me): None for _ in range(wanted)}
        while len(drawn) < wanted:
            drawn[f"o{rng.randrange(10_000_000):07}"] = None
        return list(drawn)
