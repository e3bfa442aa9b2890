"""The town: how much of each attack is stopped, what it still delivers, and who is harmed by mistake.

    python -m benchmarks.evidence.town --accounts 20000 --days 14 --seeds 101 102 103

In a closed loop: what is decided holds people back at once. Rates and thresholds were chosen on seeds below 100.
"""

from __future__ import annotations

from argparse import ArgumentParser
from collections import Counter
from multiprocessing import Pool
from time import perf_counter

from benchmarks.evidence.replay import WHOLE_PAST, markdown
from cartellino.enforcement.decision import Decision
from cartellino.events.event import Event
from cartellino.learning.precision import Share
from cartellino.policies.load import load
from cartellino.policies.packs import pack
from cartellino.service.stepwise import Stepwise
from cartellino.simulator.run import simulate
from cartellino.simulator.score import Role, Scoreboard

Town = tuple[int, int, int, int, float, list[Role]]
"""Seed, events, accounts, held decisions, seconds, and the score of each role."""


def live(job: tuple[int, int, int]) -> Town:
    """Let one town live under the shipped pack."""
    accounts, days, seed = job
    route, board, began = Stepwise(load([*pack("messenger"), WHOLE_PAST])), Scoreboard(), perf_counter()

    def judge(event: Event) -> list[Decision]:
        decisions = route.judge(event)
        board.take(event, decisions)
        return decisions

    events, labels = simulate(accounts, days, seed, judge=judge)
    count = sum(1 for _ in events)
    return seed, count, len(labels), len(route.sequencer.held), perf_counter() - began, board.of_role(labels)


def main() -> None:
    """Run the towns, two at a time, and print the tables."""
    command = ArgumentParser(description=__doc__)
    command.add_argument("--accounts", type=int, default=20_000)
    command.add_argument("--days", type=int, default=14)
    command.add_argument("--seeds", type=int, nargs="+", default=[101, 102, 103])
    given = command.parse_args()
    with Pool(2) as pool:
        towns = pool.map(live, [(given.accounts, given.days, seed) for seed in given.seeds], chunksize=1)
    print(
        markdown(
            ("seed", "events", "accounts", "held by a brake", "seconds"),
            ((*town[:4], f"{town[4]:.0f}") for town in towns),
        ),
        end="\n\n",
    )
    roles = _together([role for town in towns for role in town[5]])
    columns = (
        "attack",
        "accounts",
        "stopped",
        "share, 95 % interval",
        "strangers reached per account before, median by seed",
        "strongest action",
    )
    print(markdown(columns, (_attack(one) for one in roles if one[0].abusive)), end="\n\n")
    columns = ("habit", "accounts", "warned", "limited", "suspended or challenged", "banned")
    honest = [one for one in roles if not one[0].abusive]
    print(
        markdown(
            columns,
            [*(_honest(one) for one in honest), _honest([role for one in honest for role in one], "all honest")],
        )
    )


def _together(roles: list[Role]) -> list[list[Role]]:
    names = sorted({(not role.abusive, role.role) for role in roles})
    return [[role for role in roles if (not role.abusive, role.role) == name] for name in names]


def _attack(roles: list[Role]) -> tuple[object, ...]:
    accounts, stopped = sum(one.accounts for one in roles), sum(one.stopped for one in roles)
    strongest = sum((one.strongest for one in roles), Counter())
    words = ", ".join(f"{kind} {number}" for kind, number in strongest.most_common())
    delivered = " / ".join(f"{one.delivered:g}" for one in roles)
    return roles[0].role, accounts, stopped, Share(stopped, accounts).show(), delivered, words


def _honest(roles: list[Role], name: str = "") -> tuple[object, ...]:
    strongest = sum((one.strongest for one in roles), Counter())
    hard = strongest["suspension"] + strongest["challenge"]
    accounts = sum(one.accounts for one in roles)
    return name or roles[0].role, accounts, strongest["warning"], strongest["restriction"], hard, strongest["ban"]


if __name__ == "__main__":
    main()
