"""The population of the town: how many residents have which habit, and which attacks there are.

The shares of habits are assumptions. Attacks take turns, so that all are about equally frequent; a campaign is one
operation with many accounts. `abusive` is the share of accounts at the start: evaders and careless shops add others.
"""

from __future__ import annotations

from random import Random

from cartellino.simulator import lookalikes
from cartellino.simulator.attacks.adaptive import Adaptive
from cartellino.simulator.attacks.broadcast_abuser import BroadcastAbuser
from cartellino.simulator.attacks.bulk_fast import BulkFast
from cartellino.simulator.attacks.bulk_slow import BulkSlow
from cartellino.simulator.attacks.burst_newborn import BurstNewborn
from cartellino.simulator.attacks.campaign import Campaign
from cartellino.simulator.attacks.evader import Evader
from cartellino.simulator.attacks.exposed_zone import ExposedZone
from cartellino.simulator.attacks.group_stuffer import GroupStuffer
from cartellino.simulator.attacks.harasser import Harasser
from cartellino.simulator.attacks.modded_client import ModdedClient
from cartellino.simulator.attacks.number_enumerator import NumberEnumerator
from cartellino.simulator.attacks.reported_swindler import ReportedSwindler
from cartellino.simulator.attacks.scraper_fast import ScraperFast
from cartellino.simulator.attacks.scraper_slow import ScraperSlow
from cartellino.simulator.attacks.takeover import Takeover
from cartellino.simulator.habit import Habit
from cartellino.simulator.homes import Street, befriend, equip, join_groups, settle
from cartellino.simulator.label import label
from cartellino.simulator.people.block_victim import BlockVictim
from cartellino.simulator.people.class_admin import ClassAdmin
from cartellino.simulator.people.club_secretary import ClubSecretary
from cartellino.simulator.people.family import Family
from cartellino.simulator.people.newcomer import Newcomer
from cartellino.simulator.people.night_worker import NightWorker
from cartellino.simulator.people.radio_station import RadioStation
from cartellino.simulator.people.report_victim import ReportVictim
from cartellino.simulator.people.restarted_shop import RestartedShop
from cartellino.simulator.people.restored import Restored
from cartellino.simulator.people.small_shop import SmallShop
from cartellino.simulator.people.student import Student
from cartellino.simulator.people.support_desk import SupportDesk
from cartellino.simulator.people.traveller import Traveller
from cartellino.simulator.resident import Resident
from cartellino.simulator.town import Town
from cartellino.vocabulary.times import DAY, Duration

PEOPLE: tuple[tuple[type[Habit], float], ...] = (
    (Student, 0.16),
    (NightWorker, 0.05),
    (Traveller, 0.02),
    (Newcomer, 0.015),
    (SmallShop, 0.01),
    (ClassAdmin, 0.008),
    (ClubSecretary, 0.008),
    (Restored, 0.004),
    (ReportVictim, 0.003),
    (BlockVictim, 0.003),
    (RestartedShop, 0.001),
    (SupportDesk, 0.0005),
    (RadioStation, 0.0002),
)
"""The honest habits with their shares, at least one resident of each; all other honest residents are families."""

LOOKALIKE = 0.002
"""The share of each honest habit that looks like an attack (assumption)."""

LONG: Duration = 14 * DAY
"""How long a town must last for attacks that look like honest work: they need time, and so does finding them."""

ATTACKS: tuple[type[Habit], ...] = (
    BulkFast,
    BulkSlow,
    Campaign,
    GroupStuffer,
    ScraperFast,
    ScraperSlow,
    NumberEnumerator,
    ModdedClient,
    Harasser,
    Takeover,
    Evader,
    BurstNewborn,
    BroadcastAbuser,
    Adaptive,
    ExposedZone,
    ReportedSwindler,
)


def populate(town: Town, accounts: int, abusive: float) -> None:
    """Fill the town with a number of accounts, of which the share `abusive` (0 to 1) are attacks."""
    rng = town.random("population")
    bad = round(accounts * abusive)
    kinds = (*ATTACKS, *lookalikes.ATTACKS) if town.end - town.start >= LONG else ATTACKS
    habits = honest_habits(accounts - bad) + attack_habits(rng, bad, kinds)
    rng.shuffle(habits)
    move_in(town, habits)


def move_in(town: Town, habits: list[Habit]) -> None:
    """Create a resident for each habit, let the rooted ones get to know each other, and let all begin to live."""
    rng, street = town.random("homes"), Street(town.random("street"), len(habits))
    residents = [_resident(town, habit, street) for habit in habits]
    town.residents.update((resident.account, resident) for resident in residents)
    rooted = [resident for resident, habit in zip(residents, habits, strict=True) if habit.rooted]
    befriend(rng, rooted)
    join_groups(rooted)
    for resident in rooted:
        town.neighbours.join(resident)
    for resident, habit in zip(residents, habits, strict=True):
        habit.move_in(town, resident)
        town.labels.append(label(resident, secured_is_enough=isinstance(habit, Takeover)))


def honest_habits(accounts: int) -> list[Habit]:
    """Return a number of honest habits, families last."""
    shares = (*PEOPLE, *((kind, LOOKALIKE) for kind in lookalikes.HONEST))
    others = [one for kind, share in shares for one in crews(kind, max(1, round(share * accounts)))][:accounts]
    return others + [Family() for _ in range(accounts - len(others))]


def crews(kind: type[Habit], accounts: int) -> list[Habit]:
    """Return a number of habits of one kind; as many as make a crew share an instance."""
    made: list[Habit] = []
    while len(made) < accounts:
        made += [kind()] * kind.crew[1]
    return made[:accounts]


def settle_all(town: Town, kinds: tuple[type[Habit], ...], accounts: int) -> None:
    """Let a number of accounts of each kind move in, and nobody else."""
    move_in(town, [habit for kind in kinds for habit in crews(kind, accounts)])


def attack_habits(rng: Random, accounts: int, kinds: tuple[type[Habit], ...] = ATTACKS) -> list[Habit]:
    """Return a number of attack habits. The attacks take turns, those with crews last; a crew shares one instance."""
    drawn: list[Habit] = []
    while len(drawn) < accounts:
        for kind in sorted(rng.sample(kinds, len(kinds)), key=lambda kind: kind.crew):
            crew = rng.randint(*kind.crew)
            if len(drawn) + crew <= accounts:
                drawn += [kind()] * crew
    return drawn


def _resident(town: Town, habit: Habit, street: Street) -> Resident:
    name = town.neighbours.new_name()
    rng = town.random(name)
    me = Resident(name, habit.name, habit.abusive, rng, number=f"n-{name}", device=f"d-{name}", address="")
    home = street.next()
    if habit.abusive and not habit.rooted:
        equip(me, home)
    else:
        settle(me, home, town.start)
    return me
