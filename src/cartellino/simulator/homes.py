"""Furnishes the residents of a town: households, carriers, regions, devices, numbers, clients, and friends.

Most of this is assumed: households of one to four behind one address, mobile carriers with one address for hundreds,
four regions, a few clients that are old or cannot attest. The numbers of friends follow measurements: people write to
7 / 36 / 137 others at the 50th / 90th / 99th percentile (CollegeMsg in `data/legit_profiles.txt`), so contact lists
have 8 to 80 entries.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from cartellino.simulator.resident import OFFICIAL, Resident
from cartellino.simulator.talk import draw_ignored
from cartellino.vocabulary.times import DAY, Instant

REGIONS = (("IT", 1),) * 8 + (("ID", 7),) * 5 + (("BR", -3),) * 4 + (("GB", 0),) * 3
"""The regions of twenty neighbourhoods, each with its hours ahead of UTC in winter."""

NEIGHBOURHOOD = 60
CIRCLE = 12
PER_CARRIER = 200

FEWEST_FRIENDS, MOST_FRIENDS = 8, 80

CLIENTS = (OFFICIAL,) * 14 + ("Town/4.1",) * 4 + ("Town/3.9", "TownWeb/4.2")
ATTESTATIONS = ("passed",) * 186 + ("unavailable",) * 12 + ("absent", "failed")
"""One honest person in a hundred has a client that cannot prove to be official, such as on an old or rooted phone."""

FARM_ATTESTATIONS = ("passed",) * 3 + ("failed", "absent")
"""Many clients of attackers are emulators or patched."""


@dataclass(frozen=True)
class Home:
    """The home of a household, and the region and mobile carrier of its residents."""

    name: str
    region: str
    hours: int
    carrier: str


class Street:
    """Assigns homes to residents, one to four of whom share one."""

    def __init__(self, rng: Random, residents: int) -> None:
        self._rng = rng
        self._carriers = max(1, residents // PER_CARRIER // len(REGIONS))
        self._home = self._build(0)
        self._beds = 0
        self._place = 0

    def next(self) -> Home:
        """Return the home of the next resident."""
        if self._beds == 0:
            self._home, self._beds = self._build(self._place), self._rng.choice((1, 2, 2, 3, 3, 4))
        self._beds -= 1
        self._place += 1
        return self._home

    def _build(self, place: int) -> Home:
        region, hours = REGIONS[place // NEIGHBOURHOOD * 7 % len(REGIONS)]
        return Home(f"h-{place:06}", region, hours, f"carrier-{region}-{self._rng.randrange(self._carriers)}")


def settle(me: Resident, home: Home, start: Instant) -> None:
    """Furnish a resident who has lived in the town for some time."""
    rng = me.rng
    me.home = me.address = home.name
    me.region, me.hours, me.carrier = home.region, home.hours, home.carrier
    me.client, me.attestation = rng.choice(CLIENTS), rng.choice(ATTESTATIONS)
    me.since = start - int(rng.uniform(30, 3_000) * DAY)
    me.ignored = draw_ignored(rng)


def equip(me: Resident, home: Home) -> None:
    """Furnish an attack account with its own network and its own phone, often an emulator."""
    me.address, me.region, me.hours = f"h-{me.account}", home.region, home.hours
    me.attestation = me.rng.choice(FARM_ATTESTATIONS)


def befriend(rng: Random, street: list[Resident]) -> None:
    """Draw the friends of all residents, mostly from their neighbourhood; friends have each other as contacts."""
    friends: list[dict[int, None]] = [{} for _ in street]
    for place, circle in enumerate(friends):
        wanted = min(MOST_FRIENDS, max(FEWEST_FRIENDS, rng.lognormvariate(2.9, 0.6)))
        for _ in range(4 * MOST_FRIENDS):
            if len(circle) >= min(wanted, len(street) - 1):
                break
            other = _candidate(rng, place, len(street))
            if other != place and len(friends[other]) < MOST_FRIENDS:
                circle[other] = friends[other][place] = None
    for resident, known in zip(street, friends, strict=True):
        resident.contacts = [street[other].account for other in known]


def join_groups(street: list[Resident]) -> None:
    """Put everybody into the groups of their household and of their circle."""
    for place, resident in enumerate(street):
        resident.groups = [f"g-{resident.home}", f"g-circle-{place // CIRCLE}"]


def _candidate(rng: Random, place: int, residents: int) -> int:
    if rng.random() < 0.2:
        return rng.randrange(residents)
    return (place + rng.randint(-NEIGHBOURHOOD, NEIGHBOURHOOD)) % residents
