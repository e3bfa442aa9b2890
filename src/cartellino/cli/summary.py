"""The summary as a person reads it: what passed, who was stopped by which rule, and what could not be judged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Group
from rich.table import Table

from cartellino.cli.terminal import action, table
from cartellino.policies.ladder import SEVERITY
from cartellino.service.route import Route


def show(summary: Mapping[str, Any], route: Route) -> Group:
    """Return the tables of a run."""
    rate = summary["events_per_second"] or 0
    taken = f"{summary['events_taken']:,} events of {summary['accounts_seen']:,} accounts in {summary['seconds']:.1f} s"
    lines = [f"{taken} ({rate:,} a second)."]
    if summary["events_duplicate"] or summary["events_rejected"]:
        lines.append(
            f"{summary['events_duplicate']:,} retries passed over, {summary['events_rejected']:,} rows rejected."
        )
    lines.append(_accounts(summary))
    parts: list[Any] = ["\n".join(lines), ""]
    if route.tally.decisions:
        parts += [_rules(route), ""]
    return Group(*parts, _unknown(summary))


def _accounts(summary: Mapping[str, Any]) -> str:
    sanctioned = summary["accounts_sanctioned"]
    if not sanctioned:
        return "No account was sanctioned."
    words = ", ".join(f"{number:,} {action(kind)}" for kind, number in sanctioned.items())
    return f"Accounts by their strongest sanction: {words}."


def _rules(route: Route) -> Table:
    counted = sorted(route.tally.decisions.items(), key=lambda one: (one[0][0], one[0][1], SEVERITY[one[0][2]]))
    rows = [
        (rule, getattr(route.policies.rule(rule), "code", ""), action(kind), mode, f"{number:,}")
        for (_, rule, kind, mode), number in counted
    ]
    return table("Decisions", ("rule", "code", "action", "mode", "number"), rows, right=(1, 4))


def _unknown(summary: Mapping[str, Any]) -> str:
    shares = summary["evaluable_share"]
    dark = [rule for rule, share in shares.items() if share is not None and share < 0.5]
    asleep = [rule for rule, share in shares.items() if share is None]
    words = []
    if dark:
        words.append(f"Mostly unknown, so silent (less than half of their events could be judged): {', '.join(dark)}.")
    if asleep:
        words.append(f"Nothing came that these rules look at: {', '.join(asleep)}.")
    return "\n".join(words) or "Every rule could judge at least half of its events."
