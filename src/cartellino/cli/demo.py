"""`cartellino demo`: simulates a small town for a week under the shipped policies, and reports whom they affect."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from rich.console import Group

from cartellino.cli.inputs import town_texts
from cartellino.cli.starting import Options
from cartellino.cli.starting import run as start
from cartellino.cli.terminal import action, console, escape, progress, table
from cartellino.cli.verbs import PLAIN, Verbs
from cartellino.enforcement.decision import Decision
from cartellino.events.event import Event
from cartellino.pipeline.one_by_one import Stepwise
from cartellino.policies.load import load
from cartellino.policies.policyset import PolicySet
from cartellino.policies.rule import Rule
from cartellino.simulator.label import Label
from cartellino.simulator.run import START, simulate
from cartellino.simulator.score import Role, Scoreboard
from cartellino.vocabulary.times import DAY, MINUTE, Instant, rounded_up, show_instant

_ABOUT = """\
Simulate a small town: honest people with many habits, and attackers who spam, scrape, harass and take accounts over.
The whole service runs on its events. Two weeks are simulated before the pages open; then the town goes on, faster than
real time. All data is in a temporary folder, which is removed at the end. With --report nothing is served: the town is
simulated in the terminal, and a report is printed.

  cartellino demo
  cartellino demo --listen 0.0.0.0:8000 --speed 300
  cartellino demo --report --accounts 2000 --days 14 --seed 5
"""

_SEEN = 6
"""At most so many decisions are shown, those on attackers first."""


def register(verbs: Verbs) -> None:
    """Add the verb."""
    verb = verbs.add_parser("demo", help="see it at work on a simulated town", description=_ABOUT,
                            formatter_class=PLAIN)  # fmt: skip
    verb.add_argument("--accounts", type=int, default=600, metavar="N", help="residents (default 600)")
    verb.add_argument("--seed", type=int, default=1, metavar="S", help="each seed gives another town (default 1)")
    verb.add_argument("--abusive", type=float, default=0.05, metavar="SHARE", help="share of attackers (default 0.05)")
    verb.add_argument("--listen", default="127.0.0.1:8000", metavar="ADDRESS:PORT", help="default 127.0.0.1:8000")
    verb.add_argument("--speed", type=float, default=60.0, metavar="TIMES", help="times real time (default 60)")
    verb.add_argument("--report", action="store_true", help="serve nothing; simulate, and print a report")
    verb.add_argument("--days", type=int, default=4, metavar="D", help="days to simulate with --report (default 4)")
    verb.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Serve the demonstration; or, with `--report`, simulate the town and print the report."""
    if not chosen.report:
        return start(Options(chosen.accounts, chosen.seed, chosen.abusive, chosen.listen, chosen.speed))
    policies = load(town_texts())
    route, board = Stepwise(policies), Scoreboard()
    shown: list[Decision] = []

    def judge(event: Event) -> list[Decision]:
        decisions = route.judge(event)
        board.take(event, decisions)
        shown.extend(decision for decision in decisions if decision.action.kind != "diagnosis")
        return decisions

    events, labels = simulate(chosen.accounts, chosen.days, chosen.seed, abusive=chosen.abusive, judge=judge)
    with progress("the town lives", chosen.days) as advance:
        for number, event in enumerate(events):
            if number % 200 == 0:
                advance((event.time - START) / DAY, f"{number:,} events, {len(shown):,} decisions")
    console().print(_report(route, board, labels, shown, policies))
    return 0


def _report(
    route: Stepwise, board: Scoreboard, labels: Sequence[Label], shown: Sequence[Decision], policies: PolicySet
) -> Group:
    roles = board.of_role(labels)
    attacks, honest = [role for role in roles if role.abusive], [role for role in roles if not role.abusive]
    number = sum(role.accounts for role in honest)
    head = (
        f"[bold]{route.statistics.taken:,} events[/] of {len(labels):,} accounts passed {len(policies.rules)} rules. "
        "Only metadata was looked at: who wrote to whom and when, never a text."
    )
    return Group(
        head,
        "",
        table(
            "The attackers: what stopped them, and how many strangers they reached before",
            _ATTACK,
            map(_attack, attacks),
            right=(1, 2, 3),
        ),
        "",
        table(
            f"The honest people ({number:,}): who was sanctioned by mistake",
            _HONEST,
            _bothered(honest),
            right=(1, 2, 3, 4),
        ),
        "",
        _stories(shown, labels, policies),
        "",
        "Next: [bold].venv/bin/cartellino policies show[/] reads the rules in words, "
        "[bold].venv/bin/cartellino decide --help[/] runs them on your own events.",
    )


_ATTACK = ("attack", "accounts", "stopped", "strangers reached (median)", "strongest action")
_HONEST = ("habit", "accounts", "warned", "limited", "suspended or banned")


def _attack(role: Role) -> tuple[str, ...]:
    strongest = ", ".join(f"{count} {action(kind)}" for kind, count in role.strongest.most_common()) or "none"
    return role.role, str(role.accounts), str(role.stopped), f"{role.delivered:g}", strongest


def _bothered(honest: Sequence[Role]) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for role in honest:
        worst = role.strongest["suspension"] + role.strongest["ban"] + role.strongest["challenge"]
        rows.append(
            (
                role.role,
                str(role.accounts),
                str(role.strongest["warning"]),
                str(role.strongest["restriction"]),
                str(worst),
            )
        )
    return rows


def _stories(decisions: Sequence[Decision], labels: Sequence[Label], policies: PolicySet) -> Group:
    roles = {label.account: label.role for label in labels}
    first: dict[str, Decision] = {}
    for decision in decisions:
        if decision.action.kind != "review":
            first.setdefault(roles.get(decision.account, ""), decision)
    abusive = {label.role for label in labels if label.abusive}
    shown = sorted(first.items(), key=lambda item: item[0] not in abusive)[:_SEEN]
    lines = [line for role, decision in shown for line in _story(role, decision, policies.rule(decision.rule))]
    return Group("[bold]Some decisions, as their account holders would be told[/]", *lines)


def _story(role: str, decision: Decision, rule: Rule | None) -> tuple[str, str, str]:
    act = decision.action
    until = f" until {_minute(rounded_up(act.ends_at, MINUTE))}" if act.ends_at else ""
    scope = f" ({_listed(act.scope)})" if act.scope else ""
    return (
        f"  {_minute(decision.at)}  {role}: {action(act.kind)}{scope}{until}, code {decision.code}",
        f"      {escape(rule.reason['en']) if rule else ''}",
        f"      [dim]still works: {_listed(decision.still_works)}[/]",
    )


def _minute(time: Instant) -> str:
    return show_instant(time)[:16].replace("T", " ")


def _listed(abilities: Sequence[str]) -> str:
    return ", ".join(ability.replace("_", " ") for ability in abilities)
