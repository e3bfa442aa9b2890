"""The summary of a run for people: events, decisions by rule, and rules that could not be judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Group
from rich.table import Table

from cartellino.cli.terminal import action, table
from cartellino.pipeline.route import Route
from cartellino.policies.ladder import SEVERITY

_SHOWN = 5
"""At most so many silent rules are listed."""


def show(summary: Mapping[str, Any], route: Route) -> Group:
    """Return the tables of a run's summary."""
    rate = summary["events_per_second"] or 0
    taken = f"{_number(summary['events_taken'], 'event')} of {_number(summary['accounts_seen'], 'account')}"
    lines = [f"{taken} in {summary['seconds']:.1f} s ({rate:,} a second)."]
    if summary["events_held_before"]:
        lines.append(f"{_number(summary['events_held_before'], 'row')} passed over: they had come before.")
    if summary["events_duplicate"] or summary["events_rejected"]:
        retries, rejected = summary["events_duplicate"], summary["events_rejected"]
        lines.append(f"{_number(retries, 'retry', 'retries')} passed over, {_number(rejected, 'row')} rejected.")
    if summary["wishes"]["held"]:
        lines.append(
            f"{_number(summary['wishes']['held'], 'wish', 'wishes')} held by a brake: a rule acted on more than "
            "max(20, 2 %) of the active accounts in a day, and a person has to look. For history use --no-brakes."
        )
    lines.append(_accounts(summary))
    parts: list[Any] = ["\n".join(lines), ""]
    if route.statistics.decisions:
        parts += [_rules(route), ""]
    return Group(*parts, _unknown(summary))


def _accounts(summary: Mapping[str, Any]) -> str:
    sanctioned = summary["accounts_sanctioned"]
    if not sanctioned:
        return "No account was sanctioned."
    words = ", ".join(f"{number:,} {action(kind)}" for kind, number in sanctioned.items())
    return f"Accounts by their strongest sanction: {words}."


def _rules(route: Route) -> Table:
    counted = sorted(
        route.statistics.decisions.items(), key=lambda item: (item[0][0], item[0][1], SEVERITY[item[0][2]])
    )
    rows = [
        (rule, getattr(route.policies.rule(rule), "code", ""), action(kind), mode, f"{number:,}")
        for (_, rule, kind, mode), number in counted
    ]
    return table("Decisions", ("rule", "code", "action", "mode", "number"), rows, right=(1, 4))


def _unknown(summary: Mapping[str, Any]) -> str:
    shares = summary["evaluable_share"]
    early = summary["unknown_before_log"]
    dark = [rule for rule, share in shares.items() if share is not None and share + early.get(rule, 0) < 0.5]
    asleep = sum(share is None for share in shares.values())
    words = []
    if dark:
        words.append(
            f"{_number(len(dark), 'rule')} stayed silent for not knowing enough: {_named(dark)}. Columns are missing, "
            "or a kind of event was never seen (declare it with `observes:`); summary.json has the shares."
        )
    if early:
        words.append(without_past(early))
    if asleep:
        words.append(f"{_number(asleep, 'rule')} saw no event of the kinds they look at.")
    return "\n".join(words) or "Every rule could judge at least half of its events."


def without_past(early: Mapping[str, float]) -> str:
    """Return which rules were unknown, and on what share of events, because they look back to before the log."""
    often = sorted(early, key=lambda rule: (-early[rule], rule))
    named = _named([f"{rule} ({_percent(early[rule])})" for rule in often])
    return (
        f"{_number(len(often), 'rule')} could not judge some events, because they look back to before the log: "
        f"{named}. If the events hold every account's whole past, say so: --complete-history, or `history: complete` "
        "in a policy."
    )


def _named(rules: Sequence[str]) -> str:
    return ", ".join(rules[:_SHOWN]) + (", ..." if len(rules) > _SHOWN else "")


def _percent(share: float) -> str:
    return f"{share:.0%}" if share >= 0.01 else "under 1%"


def _number(count: int, noun: str, several: str = "") -> str:
    return f"{count:,} {noun if count == 1 else several or noun + 's'}"
