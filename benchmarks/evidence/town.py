"""The town: how much of each attack is stopped, what it still delivers, and who is harmed by mistake.

    python -m benchmarks.evidence.town --accounts 20000 --days 14 --abusive 0.05 --seeds 203 204

In a closed loop: what is decided holds people back at once. Rates and thresholds were chosen on seeds below 100. An
attack that also uses bought numbers, years old, has a row for those.
"""

from __future__ import annotations

from argparse import ArgumentParser
from collections import Counter
from dataclasses import replace
from multiprocessing import Pool
from time import perf_counter

from benchmarks.evidence.disparity import age_group, chance_of
from benchmarks.evidence.replay import WHOLE_PAST, markdown
from cartellino.enforcement.decision import Decision
from cartellino.events.event import Event
from cartellino.learning.precision import Share
from cartellino.pipeline.one_by_one import Stepwise
from cartellino.policies.load import load
from cartellino.policies.packs import pack
from cartellino.simulator.label import Label
from cartellino.simulator.run import START, simulate
from cartellino.simulator.score import STOPPING, Role, Scoreboard
from cartellino.vocabulary.times import DAY

Groups = list[tuple[str, str, bool]]
"""For each honest account its region, its age on the first day, and whether it was limited or worse."""

Town = tuple[int, int, int, int, float, list[Role], Groups]
"""Seed, events, accounts, held decisions, seconds, the score of each role, and the groups of the honest."""


YOUNG = 30 * DAY
"""Below this age the pack limits at once what it tells older accounts first."""


def live(job: tuple[int, int, int, float]) -> Town:
    """Let one town live under the shipped pack."""
    accounts, days, seed, abusive = job
    route, board, began = Stepwise(load([*pack("messenger"), WHOLE_PAST])), Scoreboard(), perf_counter()
    bought: set[str] = set()
    regions: dict[str, str] = {}
    since: dict[str, int] = {}

    def judge(event: Event) -> list[Decision]:
        if event.region is not None:
            regions.setdefault(event.account, event.region)
        if event.kind in ("connected", "registered"):
            since.setdefault(event.account, event.account_since or event.time)
        if event.kind == "connected" and event.time - (event.account_since or event.time) > YOUNG:
            bought.add(event.account)
        decisions = route.judge(event)
        board.take(event, decisions)
        return decisions

    events, labels = simulate(accounts, days, seed, abusive=abusive, judge=judge)
    count = sum(1 for _ in events)
    roles = board.of_role(_by_age(labels, bought))
    groups = [
        (
            regions[one.account],
            age_group((START - since[one.account]) / DAY),
            board.strongest.get(one.account) in STOPPING,
        )
        for one in labels
        if not one.abusive and one.account in regions and one.account in since
    ]
    return seed, count, len(labels), len(route.sequencer.held), perf_counter() - began, roles, groups


def _by_age(labels: list[Label], bought: set[str]) -> list[Label]:
    """Tell attacks by bought numbers from the same attacks by numbers registered for them, where there are both."""
    attacks = [one for one in labels if one.abusive]
    both = {one.role for one in attacks if one.account in bought} & {
        one.role for one in attacks if one.account not in bought
    }
    return [
        replace(one, role=f"{one.role}, bought") if one.role in both and one.abusive and one.account in bought else one
        for one in labels
    ]


def main() -> None:
    """Run the towns, two at a time, and print the tables."""
    command = ArgumentParser(description=__doc__)
    command.add_argument("--accounts", type=int, default=20_000)
    command.add_argument("--days", type=int, default=14)
    command.add_argument("--abusive", type=float, default=0.05)
    command.add_argument("--seeds", type=int, nargs="+", default=[203, 204])
    given = command.parse_args()
    with Pool(2) as pool:
        towns = pool.map(live, [(given.accounts, given.days, seed, given.abusive) for seed in given.seeds], chunksize=1)
    print(
        markdown(
            ("seed", "events", "accounts", "held by a brake", "seconds"),
            ((*town[:4], f"{town[4]:.0f}") for town in towns),
        ),
        end="\n\n",
    )
    roles = _together([role for town in towns for role in town[5]])
    print(markdown(_ATTACK, (_attack(one) for one in roles if one[0].abusive)), end="\n\n")
    honest = [one for one in roles if not one[0].abusive]
    all_honest = _honest([role for one in honest for role in one], "all honest")
    print(markdown(_HONEST, [*(_honest(one) for one in honest), all_honest]), end="\n\n")
    groups = [one for town in towns for one in town[6]]
    print(markdown(_APART, _apart("region", 0, groups) + _apart("age", 1, groups)))


_ATTACK = (
    "attack",
    "accounts",
    "stopped",
    "share, 95 % interval",
    "strangers reached per account before, median by seed",
    "in all days",
    "strongest action",
)
_HONEST = ("habit", "accounts", "warned", "limited", "suspended or challenged", "banned")
_APART = ("by", "group", "honest accounts", "limited or harder, 95 % interval", "chance of as much")


def _apart(name: str, at: int, groups: Groups) -> list[tuple[object, ...]]:
    """Return the harm to each group, and how often chance alone spreads them so far apart."""
    chance = chance_of([float(one[2]) for one in groups], [str(one[at]) for one in groups])
    rows: list[tuple[object, ...]] = []
    for group in sorted({str(one[at]) for one in groups}):
        hurt = [one[2] for one in groups if one[at] == group]
        rows.append(
            (
                name,
                group,
                len(hurt),
                Share(sum(hurt), len(hurt)).show(),
                f"{chance:.2f}" if chance >= 0.01 else "< 0.01",
            )
        )
    return rows


def _together(roles: list[Role]) -> list[list[Role]]:
    names = sorted({(not role.abusive, role.role) for role in roles})
    return [[role for role in roles if (not role.abusive, role.role) == name] for name in names]


def _attack(roles: list[Role]) -> tuple[object, ...]:
    accounts, stopped = sum(one.accounts for one in roles), sum(one.stopped for one in roles)
    strongest = sum((one.strongest for one in roles), Counter())
    words = ", ".join(f"{kind} {number}" for kind, number in strongest.most_common())
    delivered, in_all = (
        " / ".join(f"{one:g}" for one in each)
        for each in zip(*((one.delivered, one.delivered_in_all) for one in roles), strict=True)
    )
    return roles[0].role, accounts, stopped, Share(stopped, accounts).show(), delivered, in_all, words


def _honest(roles: list[Role], name: str = "") -> tuple[object, ...]:
    strongest = sum((one.strongest for one in roles), Counter())
    hard = strongest["suspension"] + strongest["challenge"]
    accounts = sum(one.accounts for one in roles)
    return name or roles[0].role, accounts, strongest["warning"], strongest["restriction"], hard, strongest["ban"]


if __name__ == "__main__":
    main()
