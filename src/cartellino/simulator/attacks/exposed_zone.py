"""Abuse of exposed zones: a name, a line or a photo that everybody sees advertises gambling, pornography or weapons,
or takes a protected name with letters that look alike.

Terms are samples of what such lists contain; rates: assumptions. Costs those who believe it. Gives itself away by: the
text itself, once its letters are mapped to what they look like (UTS #39), and photos similar to known ones.
"""

from __future__ import annotations

from typing import Any

from cartellino.simulator.acts import log
from cartellino.simulator.attacks.arrival import arrive, open_shift
from cartellino.simulator.days import day_times, every_day, one_by_one
from cartellino.simulator.habit import Attack
from cartellino.simulator.resident import Resident
from cartellino.simulator.town import Town

LOOKALIKES = (
    "\N{CYRILLIC CAPITAL LETTER DZE}upport T\N{CYRILLIC SMALL LETTER IE}am",
    "Supp\N{CYRILLIC SMALL LETTER O}rt Team",
    "T\N{CYRILLIC SMALL LETTER O}wn Supp\N{GREEK SMALL LETTER OMICRON}rt",
    "Secur1ty Te\N{CYRILLIC SMALL LETTER A}m",
)
ABOUTS = (
    "Best CASINO in town, 200% bonus",
    "slot gacor hari ini, link in bio",
    "xxx videos, write to me",
    "porn 18+ free trial",
    "guns for sale, no licence",
    "pistols and ammunition, shipped",
)
PHOTOS = (
    "d8f8f0cce0f4a84f0e370a22028f67f0b36e2ed596623e1d33e6b39c4e9c9b22",
    "0f3c5a96e1d24b7880ff13ca5e6d9b27c4a1f0583d7e926b15c8a4f7e03b6d92",
)
"""PDQ fingerprints that a list of known photos may hold: the one is an example of ThreatExchange, the other made up."""


class ExposedZone(Attack):
    """Changes its profile every day or two."""

    name = "exposed-zone"

    def move_in(self, town: Town, me: Resident) -> None:
        """Arrive with such a profile, then vary it."""
        town.at(arrive(town, me), lambda: _show(town, me))
        town.at(me.abuses_since, lambda: _go_on(town, me))


def _go_on(town: Town, me: Resident) -> None:
    every_day(town, me, lambda day: one_by_one(town, day_times(me, day, 0.7), lambda: _show(town, me)))
    every_day(town, me, lambda day: open_shift(town, me, day))


def _show(town: Town, me: Resident) -> None:
    log(town, me, "profile_changed", **_change(me))


def _change(me: Resident) -> dict[str, Any]:
    drawn = me.rng.random()
    if drawn < 0.4:
        return {"zone": "name", "text": me.rng.choice(LOOKALIKES)}
    if drawn < 0.8:
        return {"zone": "about", "text": me.rng.choice(ABOUTS)}
    return {"zone": "photo", "image_hash": me.rng.choice(PHOTOS)}
