"""`cartellino policies attack`: the red team, which searches for the attackers that reach most under given policies."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import msgspec

from cartellino.cli.inputs import policy_texts
from cartellino.cli.terminal import console
from cartellino.enforcement.brakes import Released
from cartellino.pipeline.one_by_one import Stepwise
from cartellino.policies.load import load
from cartellino.simulator.red_team.game import Score
from cartellino.simulator.red_team.recipe import ACCOMPLICE, PRICES
from cartellino.simulator.red_team.search import Terms, Winner, search
from cartellino.simulator.town import Judge
from cartellino.vocabulary.diagnostics import Text

DESCRIPTION = """\
Search for the attackers that reach most strangers under these policies, and say what a stranger costs them. They see
what their accounts are told, not the thresholds. A game is one attacker with all its numbers for the given days, in a
closed loop without brakes; a third of the games are random, the others change the best so far. The winners play fresh
games. The same seed gives the same result on every machine. Recipes are not printed: they are in the file.

  cartellino policies attack
  cartellino policies attack my-policies/ --games 200 --seed 7 --out recipes.json
"""

WHOLE_PAST = Text("red-team.yaml", "history: complete")


def add_arguments(verb: argparse.ArgumentParser) -> None:
    """Add the arguments of the verb."""
    verb.add_argument("policies", nargs="?", default="messenger", metavar="PACK_OR_DIR", help="default: messenger")
    verb.add_argument("--games", type=_positive, default=60, metavar="N", help="the budget (default: 60)")
    verb.add_argument(
        "--numbers", type=_positive, default=100, metavar="N", help="numbers of an attacker (default: 100)"
    )
    verb.add_argument("--days", type=_positive, default=30, metavar="N", help="days of a game (default: 30)")
    verb.add_argument("--fresh", type=_positive, default=3, metavar="N", help="fresh games of each winner (default: 3)")
    verb.add_argument("--seed", type=int, default=1, metavar="S", help="default: 1")
    verb.add_argument("--out", type=Path, metavar="FILE", help="where the recipes go; only you can read it")
    verb.set_defaults(run=run_attack)


def run_attack(chosen: argparse.Namespace) -> int:
    """Search, print what was found, and write the recipes."""
    policies = load([*policy_texts(chosen.policies), WHOLE_PAST])

    def judge() -> Judge:
        return Stepwise(policies, brakes=Released()).judge

    terms = Terms(chosen.numbers, chosen.days, chosen.seed, judge)
    with console().status("searching") as searching:
        winners = search(
            terms, chosen.games, chosen.fresh, lambda game: searching.update(f"game {game} of {chosen.games}")
        )
    for winner in winners:
        for line in _told(winner):
            console().print(line, soft_wrap=True)
    mix = ", ".join(f"{price.name} ${price.cost:g}" for price in PRICES)
    console().print(f"Numbers cost: {mix}; an accomplice ${ACCOMPLICE:g} (assumptions).", soft_wrap=True)
    if chosen.out is not None:
        _keep(winners, chosen.out)
        console().print(f"Recipes: {chosen.out}")
    return 0


def _told(winner: Winner) -> list[str]:
    """Say what the best attacker by one objective reached in fresh games, and which rules came nearest."""
    score = winner.fresh
    if not score.per_cost:
        return [f"Best {winner.objective}: nobody was reached; more games, numbers or days find more."]
    price = f"${1 / score.per_cost:.3f}"
    rules = ", ".join(f"{rule} {number}" for rule, number in score.rules.most_common(5)) or "none"
    return [
        f"Best {winner.objective}: {score.per_number:.1f} strangers per number, {score.per_cost:.1f} per dollar.",
        f"  A stranger costs {price}; {score.stopped / score.numbers:.0%} of {score.numbers} numbers were stopped.",
        f"  The rules that came nearest: {rules}",
    ]


def _keep(winners: list[Winner], path: Path) -> None:
    """Write the recipes so that only their owner can read them (law 14)."""
    kept = [
        {
            "best": winner.objective,
            "recipe": winner.recipe.record(),
            "found": _record(winner.found),
            "fresh": _record(winner.fresh),
        }
        for winner in winners
    ]
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(descriptor, 0o600)
        file.write(msgspec.json.format(msgspec.json.encode(kept), indent=2) + b"\n")


def _record(score: Score) -> dict[str, float]:
    return {"per_number": score.per_number, "per_dollar": score.per_cost}


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number
