"""`cartellino explain`: explains why a decision was made."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from cartellino.analysis.explain import Explanation, explain, shown_value
from cartellino.cli.terminal import action, complain, console, escape, table
from cartellino.cli.verbs import PLAIN, Verbs
from cartellino.enforcement.wording import Wording, wording_in, wording_of
from cartellino.events.event import Event, row, value
from cartellino.expressions.nodes import Aggregate, Column, Named, Node, walk
from cartellino.expressions.show import show
from cartellino.pipeline.state_folder import StateFolder
from cartellino.signals.derived import DERIVED
from cartellino.vocabulary.refusals import BadPolicy
from cartellino.vocabulary.times import show_instant

_SHOWN = 6
_EVIDENCE = ("signal", "least", "most", "threshold", "window")
_KEPT = (
    "This is what was kept. It cannot be worked out again: the log does not hold what bears on it any more, or an "
    "earlier edition of the meaning decided it."
)

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
    state = StateFolder(chosen.state)
    state.decided.must_be_there()
    decision = state.decision(chosen.decision)
    if decision is None:
        complain(f"there is no decision `{chosen.decision}` in {chosen.state}")
        return 1
    _print_decision(decision, _wording(decision, state))
    explanation = _worked_out(decision, state)
    if explanation is not None:
        _print(explanation)
    else:
        _print_kept(decision)
    return 0


def _worked_out(decision: dict[str, Any], state: StateFolder) -> Explanation | None:
    try:
        return explain(decision, state.decided.policies(), state)
    except BadPolicy:  # this version can no longer read the policy texts of an earlier one
        return None


def _wording(decision: dict[str, Any], state: StateFolder) -> Wording:
    """Return the recorded wording; for decisions without one, that of the folder's policies."""
    with suppress(BadPolicy):
        rule = (
            None if "wording" in decision else state.decided.policies().rule(f"{decision['policy']}/{decision['rule']}")
        )
        if rule is not None:
            return wording_of(rule)
    return wording_in(decision)


def _print_decision(decision: dict[str, Any], wording: Wording) -> None:
    out, act = console(), decision["action"]
    until = f" until {act['ends_at']}" if act["ends_at"] else ""
    scope = f" of {', '.join(act['scope'])}" if act["scope"] else ""
    out.print(f"[bold]{decision['decision_id']}[/]  {decision['at']}  account {escape(decision['account'])}")
    out.print(
        f"{action(act['kind'])}{scope}{until}, by {decision['policy']}/{decision['rule']} (code {wording.code}), "
        f"{decision['mode']}, strike {decision['strike']}"
    )
    out.print(escape(wording.reason.get("en", "")) + "\n")


def _print_kept(decision: dict[str, Any]) -> None:
    """Print the recorded evidence, if the decision cannot be recomputed."""
    rows = [tuple("" if item[name] is None else escape(str(item[name])) for name in _EVIDENCE)
            for item in decision["evidence"]]  # fmt: skip
    console().print(table("What was measured then", _EVIDENCE, rows))
    console().print(_KEPT)


def _print(explanation: Explanation) -> None:
    out, rule = console(), explanation.rule
    out.print(f"when {escape(show(rule.when))}")
    event = [f"{name}={content}" for name, content in row(explanation.event).items() if name not in ("time", "account")]
    out.print(f"at   {escape(', '.join(event))}\n")
    rows = [("  " * part.depth + escape(_name(part.node)), escape(shown_value(part))) for part in explanation.parts]
    out.print(table("Every part of the rule at that moment", ("part", "value"), rows))
    for counted in explanation.counted:
        unsure = f", {counted.unsure} of them only possibly" if counted.unsure else ""
        out.print(f"\n[bold]{escape(show(counted.aggregate))}[/]: {_events(counted.total)}{unsure}")
        columns = _columns(counted.aggregate)
        shown = [_event(counted_event, columns) for counted_event in counted.latest[:_SHOWN]]
        out.print(table("", ("time", "event", *columns), shown))
        if counted.total > _SHOWN:
            out.print(f"... and {counted.total - _SHOWN} before them")
    out.print(f"\n{escape(explanation.prevention)}")


def _name(node: Node) -> str:
    return f"{node.name} = {show(node.means)}" if isinstance(node, Named) else show(node)


def _columns(aggregate: Aggregate) -> list[str]:
    """Return the columns that matter to an aggregate: what it counts, and those in its filter."""
    filtered = [node.name for node in walk(aggregate.where) if isinstance(node, Column)] if aggregate.where else []
    counted = aggregate.column or "peer"
    return list(dict.fromkeys(name for name in (counted, *filtered) if name not in DERIVED))


def _event(event: Event, columns: Sequence[str]) -> tuple[str, ...]:
    texts = ["unknown" if (content := value(event, name)) is None else str(content) for name in columns]
    return show_instant(event.time), escape(event.id), *map(escape, texts)


def _events(number: int) -> str:
    return f"{number} event{'s' * (number != 1)} counted"
