"""Where a feature fails: everywhere, in a part of the world, in one country, or we cannot tell."""

from __future__ import annotations

from typing import Literal

from cartellino.availability.places import continents
from cartellino.availability.situation import Situation

Scope = Literal["world", "part", "country", "somewhere"]

UNEASY = 0.2
"""The share of the other countries that has to be uneasy before that means anything."""

_FEW = 3
_PART_OF_ALL = 0.25


def scope_of(here: Situation, feature: str, failing: set[str]) -> Scope:
    """Say how far a failure reaches, by who fails among those of whom anything is known.

    `somewhere`: a single country fails, and of no other anything is known. Countries in which something is going on
    make a failure wider, never narrower.
    """
    known = here.known(feature) | failing
    uneasy = here.uneasy.get(feature, set()) - failing
    if len(uneasy) <= UNEASY * len((known | uneasy) - failing):
        uneasy = set()  # as many as are uneasy by chance
    reach = failing | uneasy
    if len(failing) == 1 and len(known | uneasy) == 1:
        return "somewhere"
    most = 2 * len(reach) >= len(known | uneasy)
    wide = len(continents(reach)) >= 2 and len(reach) >= _FEW and len(reach) >= _PART_OF_ALL * len(known | uneasy)
    if len(failing) >= 2 and (wide or (most and len(reach) >= _FEW) or known == failing):
        return "world"
    if len(failing) == 1:
        return "country"
    return "part"
