"""Runs the examples of a policy file: a rule must fire on some of them and must not fire on the others.

An example is a short sequence of events. Each step is a mapping of columns with three additional keys: `after` (the
time since the step before), `repeat` (how often) and `every` (the time between repetitions); `{n}` in a text is the
number of the repetition, from 0. The account is `a` by default. The service has run for long, knows the history of
every account and sends every kind of event, so that nothing is unknown for want of history.

>>> [event.peer for event in events(Example("two peers", True, ({"kind": "read", "repeat": 2, "peer": "p{n}"},)))]
['p0', 'p1']
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from cartellino.enforcement.action import Action
from cartellino.enforcement.sequencer import Sequencer
from cartellino.enforcement.standing import Sanction
from cartellino.events.event import Event
from cartellino.events.kinds import KINDS
from cartellino.events.validation import validate
from cartellino.kernel.finding import Context
from cartellino.kernel.reference import Kernel
from cartellino.policies.policyset import PolicySet
from cartellino.policies.rule import Example, Mode, Rule
from cartellino.vocabulary.diagnostics import Diagnostic
from cartellino.vocabulary.ids import DecisionId, RuleId, SanctionId
from cartellino.vocabulary.times import DAY, Duration, Instant, duration

BEGINS: Instant = 1_767_225_600_000
"""2026-01-01T00:00:00Z."""

MOST_EVENTS = 20_000
"""Maximum number of events of an example."""

_OLDER = 61 * DAY
"""How long the service has run before the first event."""


@dataclass(frozen=True)
class BadExample(Exception):  # noqa: N818 - a refusal inside this module
    """An example cannot be run, because of `problem`."""

    problem: str


def run(policies: PolicySet) -> list[Diagnostic]:
    """Run all examples of all rules, and return a fault for each that has another result than stated."""
    return [fault for rule in policies.rules for example in rule.examples for fault in _judge(policies, rule, example)]


def events(example: Example) -> Iterator[Event]:
    """Yield the events of an example.

    Raises `BadExample` if a step is not a valid event.
    """
    now = BEGINS
    written = 0
    for step in example.steps:
        columns = {name: value for name, value in step.items() if name not in ("after", "repeat", "every")}
        now += _duration(step.get("after", "0s"))
        every, repeat = _duration(step.get("every", "1s")), _repeat(step)
        for number in range(repeat):
            yield _event(example, columns, written, number, now)
            written += 1
            now += every if number < repeat - 1 else 0


def _judge(policies: PolicySet, rule: Rule, example: Example) -> Iterator[Diagnostic]:
    if example.span is None:
        return
    try:
        fired = _fires(policies, rule, example)
    except BadExample as bad:
        yield Diagnostic("bad-example", f"the example cannot be run: {bad.problem}", example.span)
        return
    if fired is not example.fires:
        did, should = ("fired", "stay silent") if fired else ("stayed silent", "fire")
        problem = f"`{rule.id}` {did} on `{example.name}`, where it must {should}"
        yield Diagnostic("failed-example", problem, example.span, "change the rule or the example")


def _fires(policies: PolicySet, rule: Rule, example: Example) -> bool:
    """Return whether the rule, alone and in live mode, decides on the account of the example."""
    alone = replace(rule, mode=Mode(), starts=0)
    chosen = replace(policies, rules=(alone,), observes=frozenset(KINDS), complete_history=True)
    kernel, sequencer = Kernel(chosen), Sequencer(chosen)
    kernel.judge(Event(id="before", time=BEGINS - _OLDER, kind="connected", account="nobody"), 0)
    for number, sanctioned in enumerate(example.sanctioned):
        sequencer.impose(*_sanction(sanctioned, number, rule))
    decisions = [
        decision
        for sequence, event in enumerate(events(example), start=1)
        for decision in sequencer.decide(kernel.judge(event, sequence))
    ]
    return any(decision.account == example.account for decision in decisions)


def _event(example: Example, columns: Mapping[str, Any], written: int, number: int, now: Instant) -> Event:
    filled = {name: _filled(value, number) for name, value in columns.items()}
    filled = {"id": f"x{written}", "time": now, "account": example.account} | filled
    if isinstance(filled.get("account_since"), str):
        filled["account_since"] = now - _duration(filled["account_since"])
    result = validate(filled)
    if not isinstance(result, Event):
        raise BadExample("; ".join(f"`{fault.column}` must be {fault.expected}, not {fault.got}" for fault in result))
    if written >= MOST_EVENTS:
        raise BadExample(f"it has more than {MOST_EVENTS} events")
    return result


def _filled(value: object, number: int) -> object:
    return value.replace("{n}", str(number)) if isinstance(value, str) else value


def _duration(written: object) -> Duration:
    try:
        return duration(str(written))
    except ValueError as error:
        raise BadExample(str(error)) from None


def _repeat(step: Mapping[str, Any]) -> int:
    repeat = step.get("repeat", 1)
    if not isinstance(repeat, int) or isinstance(repeat, bool) or not 1 <= repeat <= MOST_EVENTS:
        raise BadExample(f"`repeat` must be a whole number from 1 to {MOST_EVENTS}")
    return repeat


def _sanction(written: Mapping[str, Any], number: int, rule: Rule) -> tuple[str, str, Sanction, Context, bool]:
    """Return a sanction that is in force before the first event, with a strike on the rule's ladder if it has one."""
    kind = written.get("kind", "ban")
    if kind not in ("warning", "restriction", "suspension", "ban"):
        raise BadExample(f"`{kind}` is not a sanction")
    context = Context(written.get("number"), written.get("device"), written.get("address"))
    identity = DecisionId(f"d_{number:024x}")
    sanction_id = SanctionId("s" + identity[1:])
    sanction = Sanction(sanction_id, identity, RuleId("before"), rule.ladder, Action(kind), BEGINS - DAY, 1)
    return "main", str(written.get("account", "b")), sanction, context, bool(written.get("grave", False))
