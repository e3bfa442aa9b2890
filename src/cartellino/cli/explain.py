"""`cartellino explain`: why a decision was made."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from cartellino.cli.terminal import action, complain, console, escape, table
from cartellino.cli.verbs import PLAIN, Verbs
from cartellino.events.event import Event, row, value
from cartellino.expressions.nodes import Aggregate, Column, Named, Node, walk
from cartellino.expressions.show import show
from cartellino.service.explain import Explanation, explain, shown_value
from cartellino.service.state import State
from cartellino.signals.derived import DERIVED
from cartellino.vocabulary.times import show_instant

_SHOWN = 6

_ABOUT = """\
Why a decision was made: each part of the rule with its value, threshold and window, the events that counted, and what
would have prevented it. The decision must have been made with `decide --state DIR`.

  cartellino decide events.ndjson --state state --out out
  cartellino explain d_0123456789abcdef01234567 --state state
"""


def register(verbs: Verbs) -> None:
    """Add the verb."""
    verb = verbs.add_parser("explain", help="say why a decision was made", description=_ABOUT,
                            formatter_class=PLAIN)  # fmt: skip
    verb.add_argument("decision", metavar="DECISION_ID", help="as in decisions.ndjson")
    verb.add_argument("--state", type=Path, required=True, metavar="DIR", help="the folder given to `decide --state`")
    verb.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Explain one decision."""
    state = State(chosen.state)
    policies = state.policies()
    decision = state.decision(chosen.decision)
    if decision is None:
        complain(f"there is no decision `{chosen.decision}` in {chosen.state}")
        return 1
    explanation = explain(decision, policies, state)
    if explanation is None:
        complain(f"the log in {chosen.state} does not reach the decision `{chosen.decision}` any more")
        return 1
    _print(explanation)
    return 0


def _print(explanation: Explanation) -> None:
    out, decision, rule = console(), explanation.decision, explanation.rule
    act = decision["action"]
    until = f" until {act['ends_at']}" if act["ends_at"] else ""
    scope = f" of {', '.join(act['scope'])}" if act["scope"] else ""
    out.print(f"[bold]{decision['decision_id']}[/]  {decision['at']}  account {escape(decision['account'])}")
    out.print(
        f"{action(act['kind'])}{scope}{until}, by {rule.id} (code {rule.code}), "
        f"{decision['mode']}, strike {decision['strike']}"
    )
    out.print(escape(rule.reason["en"]) + "\n")
    out.print(f"when {escape(show(rule.when))}")
    event = [f"{name}={held}" for name, held in row(explanation.event).items() if name not in ("time", "account")]
    out.print(f"at   {escape(', '.join(event))}\n")
    rows = [("  " * part.depth + escape(_name(part.node)), escape(shown_value(part))) for part in explanation.parts]
    out.print(table("Every part of the rule at that moment", ("part", "value"), rows))
    for counted in explanation.counted:
        unsure = f", {counted.unsure} of them only possibly" if counted.unsure else ""
        out.print(f"\n[bold]{escape(show(counted.aggregate))}[/]: {_events(counted.total)}{unsure}")
        told = _columns(counted.aggregate)
        shown = [_event(one, told) for one in counted.latest[:_SHOWN]]
        out.print(table("", ("time", "event", *told), shown))
        if counted.total > _SHOWN:
            out.print(f"... and {counted.total - _SHOWN} before them")
    out.print(f"\n{escape(explanation.prevention)}")


def _name(node: Node) -> str:
    return f"{node.name} = {show(node.means)}" if isinstance(node, Named) else show(node)


def _columns(aggregate: Aggregate) -> list[str]:
    """Return the columns that matter to an aggregate: what it counts, and what its filter looks at."""
    asked = [one.name for one in walk(aggregate.where) if isinstance(one, Column)] if aggregate.where else []
    counted = aggregate.column or "peer"
    return list(dict.fromkeys(name for name in (counted, *asked) if name not in DERIVED))


def _event(event: Event, columns: Sequence[str]) -> tuple[str, ...]:
    told = ["unknown" if (held := value(event, name)) is None else str(held) for name in columns]
    return show_instant(event.time), escape(event.id), *map(escape, told)


def _events(number: int) -> str:
    return f"{number} event{'s' * (number != 1)} counted"
