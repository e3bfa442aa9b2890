"""Look-alikes: what the shipped pack refuses to honest people whose work looks like an attack, and what attackers
reach.

    python -m benchmarks.evidence.lookalikes --accounts 40 --days 30 --seeds 901 902

In a closed loop: whoever is limited is refused, at once, and an attacker goes on with the next number. Brakes are
off. Harm is every refused wish of an honest account. Reach is every stranger to whom an attack delivers.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from multiprocessing import Pool
from pathlib import Path
from random import Random
from statistics import quantiles

import msgspec

from benchmarks.evidence.disparity import AGES, age_group, chance_of
from benchmarks.evidence.replay import WHOLE_PAST, markdown
from cartellino.enforcement.brakes import Released
from cartellino.enforcement.decision import Decision
from cartellino.events.event import Event
from cartellino.learning.precision import Share
from cartellino.pipeline.one_by_one import Stepwise
from cartellino.policies.ladder import SEVERITY
from cartellino.policies.load import load
from cartellino.policies.packs import pack
from cartellino.simulator.habit import Habit
from cartellino.simulator.homes import REGIONS
from cartellino.simulator.lookalikes import ATTACKS, HONEST
from cartellino.simulator.population import settle_all
from cartellino.simulator.run import START
from cartellino.simulator.town import Town
from cartellino.vocabulary.times import DAY

Job = tuple[list[type[Habit]], int, int, int, float]
"""The kind of a town's accounts, how many, for how many days, the seed, and the strain."""

FINISHED = 7
"""A number that an attack took up fewer days before the end, and that nothing has happened to yet, is not counted."""


@dataclass(frozen=True)
class Life:
    """What became of one account: its kind, age in days, wishes, refusals, strangers reached, and severest action."""

    kind: str
    abusive: bool
    age: float
    wishes: int
    refused: int
    reached: int
    worst: str
    rules: tuple[str, ...] = ()
    days: float = 99
    """How long the number was in use when the town ended."""
    region: str = ""

    @property
    def stopped(self) -> bool:
        """Whether the account was limited, challenged, suspended or banned."""
        return self.worst in ("restriction", "challenge", "suspension", "ban")


@dataclass
class Watch:
    """Follows a town under a pack."""

    route: Stepwise
    reached: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    decided: defaultdict[str, list[Decision]] = field(default_factory=lambda: defaultdict(list))

    def judge(self, event: Event) -> list[Decision]:
        """Decide on an event, and note whom it reached."""
        if event.kind in ("message_sent", "member_added") and event.known is not True and event.peer is not None:
            self.reached[event.account].add(event.peer)
        decisions = self.route.judge(event)
        for decision in decisions:
            self.decided[decision.account].append(decision)
        return decisions

    def lives(self, town: Town) -> list[Life]:
        """Return what became of every resident."""
        return [_life(self, town, one.account, one.role, one.abusive) for one in town.labels]


def live(kinds: Sequence[type[Habit]], accounts: int, days: int, seed: int, strain: float = 1.0) -> list[Life]:
    """Let so many accounts of each kind live under the shipped pack."""
    watch = Watch(Stepwise(load([*pack("messenger"), WHOLE_PAST]), brakes=Released()))
    town = Town(seed, START, days, watch.judge)
    town.strain = strain
    settle_all(town, tuple(kinds), accounts)
    _spread_over_regions(town)
    for _ in town.run():
        pass
    named = {kind.name for kind in kinds}
    return [life for life in watch.lives(town) if life.kind in named]


def _spread_over_regions(town: Town) -> None:
    """Let the honest live in all regions: so few as these would all live in one neighbourhood."""
    rng = town.random("regions of look-alikes")
    for resident in town.residents.values():
        if not resident.abusive:
            resident.region, resident.hours = rng.choice(REGIONS)


def _life(watch: Watch, town: Town, account: str, role: str, abusive: bool) -> Life:
    felt = [
        one for one in watch.decided[account] if one.mode == "live" and one.action.kind not in ("review", "diagnosis")
    ]
    worst = max((one.action.kind for one in felt), key=SEVERITY.__getitem__, default="")
    resident = town.residents.get(account)
    age = max(0.0, (town.start - resident.since) / DAY) if resident is not None else 0.0
    strangers = {peer for peer in watch.reached[account] if not peer.startswith("x-")}
    days = (town.end - max(resident.abuses_since, town.start)) / DAY if resident is not None else 99
    region = resident.region if resident is not None else ""
    rules = tuple(one.rule.partition("/")[2] for one in felt)
    return Life(
        role, abusive, age, town.wishes[account], town.refused[account], len(strangers), worst, rules, days, region
    )


def _town(job: Job) -> list[Life]:
    return live(*job)


def interval(values: Sequence[float], of: int, draws: int = 400) -> str:
    """Return a percentile with its 95 % interval by bootstrap, seeded so that it is always the same."""
    rng = Random(1)
    drawn = sorted(percentile(rng.choices(values, k=len(values)), of) for _ in range(draws))
    return f"{percentile(values, of):.0f} ({drawn[draws // 40]:.0f} to {drawn[-draws // 40 - 1]:.0f})"


def percentile(values: Sequence[float], of: int) -> float:
    """Return a percentile (1 to 99)."""
    return values[0] if len(values) == 1 else quantiles(values, n=100, method="inclusive")[of - 1]


def harm(lives: Iterable[Life]) -> tuple[object, ...]:
    """Return the row of an honest habit."""
    each = list(lives)
    wishes, refused = sum(one.wishes for one in each), sum(one.refused for one in each)
    limited = sum(one.worst == "restriction" for one in each)
    hard = sum(one.worst in ("challenge", "suspension", "ban") for one in each)
    warned = sum(one.worst == "warning" for one in each)
    shares = [100 * one.refused / one.wishes if one.wishes else 0.0 for one in each]
    rules = ", ".join(
        f"{rule} {number}" for rule, number in Counter(rule for one in each for rule in one.rules).most_common(3)
    )
    delivered = f"{1 - refused / wishes:.2%}" if wishes else ""
    return (
        each[0].kind,
        len(each),
        wishes,
        delivered,
        interval(shares, 90),
        warned,
        Share(limited, len(each)).show(),
        Share(hard, len(each)).show(),
        rules,
    )


def reach(name: str, lives: Iterable[Life]) -> tuple[object, ...]:
    """Return the row of a kind of attack, or of an age of its numbers."""
    each = list(lives)
    reached = [float(one.reached) for one in each]
    stopped = Share(sum(one.stopped for one in each), len(each))
    worst = Counter(one.worst or "nothing" for one in each).most_common()
    words = ", ".join(f"{kind} {number}" for kind, number in worst)
    return name, len(each), stopped.show(), interval(reached, 50), interval(reached, 90), words


HARM = (
    "habit",
    "accounts",
    "wishes",
    "delivered",
    "refused of each account's, %, 90th percentile",
    "warned",
    "limited, 95 % interval",
    "harder, 95 % interval",
    "by rule",
)
REACH = (
    "attack",
    "numbers",
    "stopped, 95 % interval",
    "strangers reached, median",
    "90th percentile",
    "strongest action",
)


def disparity(name: str, honest: Sequence[Life], of: Callable[[Life], str]) -> list[tuple[object, ...]]:
    """Return harm by group, and how often chance alone spreads the groups so far apart."""
    groups = [of(life) for life in honest]
    chance = chance_of([life.refused / life.wishes if life.wishes else float(life.stopped) for life in honest], groups)
    rows: list[tuple[object, ...]] = []
    for group in sorted(set(groups)):
        each = [life for life in honest if of(life) == group]
        wishes, refused = sum(life.wishes for life in each), sum(life.refused for life in each)
        limited = Share(sum(life.stopped for life in each), len(each)).show()
        rows.append(
            (
                name,
                group,
                len(each),
                f"{refused / max(wishes, 1):.2%}",
                limited,
                f"{chance:.2f}" if chance >= 0.01 else "< 0.01",
            )
        )
    return rows


APART = ("by", "group", "honest accounts", "wishes refused", "limited or harder, 95 % interval", "chance of as much")


def tables(lives: Sequence[Life]) -> str:
    """Return the tables of harm, of reach by kind, and of reach by the age of the number."""
    kinds = list(dict.fromkeys(one.kind for one in lives))
    of_kind = {kind: [one for one in lives if one.kind == kind] for kind in kinds}
    honest = [harm(each) for each in of_kind.values() if not each[0].abusive]
    lives = [one for one in lives if not one.abusive or one.stopped or one.days >= FINISHED]
    of_kind = {kind: [one for one in lives if one.kind == kind] for kind in kinds}
    attacks = [reach(kind, each) for kind, each in of_kind.items() if each and each[0].abusive]
    by_age, least = [], -1.0
    for name, most in AGES:
        aged = [one for one in lives if one.abusive and least <= one.age < most]
        by_age += [reach(name, aged)] if aged else []
        least = most
    people = [life for life in lives if not life.abusive]
    apart = (
        disparity("region", people, lambda life: life.region)
        + disparity("age", people, lambda life: age_group(life.age))
        if people
        else []
    )
    shown = ((HARM, honest), (REACH, attacks), (REACH, by_age), (APART, apart))
    return "\n\n".join(markdown(*each) for each in shown)


class Lived(msgspec.Struct, frozen=True):
    """What is kept of a town: its kind, size, days, seed and strain, and the lives in it."""

    town: tuple[str, int, int, int, float]
    lives: list[Life]


def live_on(jobs: Sequence[Job], kept: Path | None) -> list[Life]:
    """Let the towns live that are not kept yet, two at a time; say on stderr how far they are."""
    done = {lived.town: lived.lives for lived in _read(kept)}
    left = [job for job in jobs if _town_of(job) not in done]
    with Pool(2) as pool:
        for job, lives in zip(left, pool.imap(_town, left, chunksize=1), strict=True):
            done[_town_of(job)] = lives
            if kept is not None:
                with kept.open("ab") as file:
                    file.write(msgspec.json.encode(Lived(_town_of(job), lives)) + b"\n")
            print(f"\r{len(done):,} of {len(jobs):,} towns", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return [life for job in jobs for life in done[_town_of(job)]]


def _town_of(job: Job) -> tuple[str, int, int, int, float]:
    kinds, accounts, days, seed, strain = job
    return kinds[0].name, accounts, days, seed, strain


def _read(kept: Path | None) -> list[Lived]:
    """Return what is kept; a last line that was cut off does not count."""
    if kept is None or not kept.exists():
        return []
    whole = kept.read_bytes().rpartition(b"\n")[0]
    kept.write_bytes(whole + b"\n" if whole else b"")
    return [msgspec.json.decode(line, type=Lived) for line in whole.splitlines()]


def main() -> None:
    """Let them live, two towns at a time, and print the tables."""
    command = ArgumentParser(description=__doc__)
    command.add_argument("--accounts", type=int, default=40)
    command.add_argument("--days", type=int, default=30)
    command.add_argument("--seeds", type=int, nargs="+", default=[901, 902])
    command.add_argument("--kinds", nargs="*", default=[])
    command.add_argument(
        "--strain", type=float, default=1.0, help="how much more the honest are minded, and attackers less"
    )
    command.add_argument("--resume", type=Path, help="file that keeps the towns that are done, so that it can go on")
    given = command.parse_args()
    kinds = [kind for kind in (*HONEST, *ATTACKS) if not given.kinds or kind.name in given.kinds]
    jobs: list[Job] = [
        ([kind], given.accounts, given.days, seed, given.strain) for seed in given.seeds for kind in kinds
    ]
    print(tables(live_on(jobs, given.resume)))


if __name__ == "__main__":
    main()
