"""The signals of an account over time: what each comparison of a rule measured, beside its threshold.

The reference kernel replays the account's events, so that the values are those the rule was judged by. The certain
bound of an interval is drawn (the least for `>`, the most for `<`); an unknown value is a gap.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import isfinite
from typing import Any

from cartellino.events.event import Event
from cartellino.expressions import nodes
from cartellino.expressions.nodes import Aggregate, Node
from cartellino.expressions.show import show
from cartellino.kernel.reference import Kernel
from cartellino.pipeline.state_folder import StateFolder
from cartellino.policies.policyset import PolicySet
from cartellino.policies.rule import Rule
from cartellino.vocabulary.accounts import AccountRef
from cartellino.vocabulary.times import DAY, Duration, Instant
from cartellino.vocabulary.truth import Interval

MOMENTS = 160
"""Number of moments at which the signals of one decision are evaluated; `FEW` where many rules are evaluated."""
FEW = 40
MOST_TRACKS = 4
WEEK = 7 * DAY


@dataclass(frozen=True)
class Track:
    """The values of one signal, `None` where it was unknown, and the threshold (`limit`) of a rule for it."""

    name: str
    limit: float
    above: bool
    values: tuple[float | None, ...]

    @property
    def nearness(self) -> float:
        """The largest value as a share of the threshold, where 1 reaches it; 0 for thresholds from below."""
        known = [value for value in self.values if value is not None]
        if not known or not self.limit:
            return 0.0
        return max(known) / self.limit if self.above else 0.0


@dataclass(frozen=True)
class History:
    """A track for each signal, with a value for each of `times`."""

    times: tuple[Instant, ...]
    tracks: tuple[Track, ...]


def before(decision: dict[str, Any], policies: PolicySet, state: StateFolder, over: Duration = WEEK) -> History | None:
    """Return the signals of a decision's rule in the time `over` before it.

    Returns `None` if the events or the rule are gone, or an earlier edition of the meaning decided.
    """
    rule = policies.rule(f"{decision['policy']}/{decision['rule']}")
    if rule is None or decision["sequence"] <= state.decided.edition_since():
        return None
    events = list(state.events.bearing_on(decision, rule))
    if not events or events[-1][0] != decision["sequence"]:
        return None
    account, since = AccountRef(decision["service"], decision["account"]), events[-1][1].time - over
    return _drawn(
        replace(policies, rules=(rule,)),
        [(rule, comparison) for comparison in _compared(rule.when)],
        events,
        account,
        since,
        MOMENTS,
    )


def lately(
    policies: PolicySet, state: StateFolder, service: str, account: str, now: Instant, over: Duration = 2 * WEEK
) -> History:
    """Return the signals that came nearest to a threshold lately, of those that are counted by account only."""
    events = list(state.events.of_account(service, account))
    compared = [
        (rule, comparison) for rule in policies.rules if rule.mode.kind != "off" for comparison in _compared(rule.when)
    ]
    own = [
        (rule, comparison)
        for rule, comparison in compared
        if _is_own(comparison.left) and not isinstance(comparison.left, nodes.Arithmetic)
    ]
    rules = tuple({rule.id: rule for rule, _ in own}.values())
    history = _drawn(replace(policies, rules=rules), own, events, AccountRef(service, account), now - over, FEW)
    best: dict[str, Track] = {}
    for track in sorted(history.tracks, key=lambda track: -track.nearness):
        best.setdefault(track.name, track)
    return History(history.times, tuple(track for track in best.values() if track.nearness > 0)[:MOST_TRACKS])


def _drawn(
    policies: PolicySet, compared: Sequence[tuple[Rule, nodes.Compare]], events: Iterable[tuple[int, Event]],
    person: AccountRef, since: Instant, many: int,
) -> History:  # fmt: skip
    kernel = Kernel(policies)
    kept = list(events)
    own = [
        n
        for n, (_, event) in enumerate(kept)
        if AccountRef(event.service, event.account) == person and event.time >= since
    ]
    every = max(1, -(-len(own) // many))
    chosen = set(own[::-1][::every])
    times: list[Instant] = []
    values: list[list[float | None]] = [[] for _ in compared]
    for number, (sequence, event) in enumerate(kept):
        kernel.judge(event, sequence)
        if number in chosen:
            times.append(event.time)
            for into, value in zip(values, _measured(kernel, compared, event), strict=True):
                into.append(value)
    order = sorted(range(len(times)), key=times.__getitem__)
    tracks = (
        Track(
            show(comparison.left),
            _limit(comparison) or 0.0,
            comparison.operator in (">", ">="),
            tuple(line[at] for at in order),
        )
        for (_, comparison), line in zip(compared, values, strict=True)
    )
    return History(tuple(times[at] for at in order), tuple(tracks))


def _measured(kernel: Kernel, compared: Sequence[tuple[Rule, nodes.Compare]], event: Event) -> Iterator[float | None]:
    known: dict[str, dict[Node, Any]] = {}
    for rule, comparison in compared:
        if rule.id not in known:
            known[rule.id] = {part.node: part.value for part in kernel.parts(rule, event)}
        value = known[rule.id].get(comparison.left)
        yield _certain(value, above=comparison.operator in (">", ">="))


def _certain(measured: object, *, above: bool) -> float | None:
    if not isinstance(measured, Interval):
        return None
    value = float(measured.least if above else measured.most)
    return round(value, 4) if isfinite(value) else None


def _compared(node: Node) -> list[nodes.Compare]:
    """Return the comparisons of signals with numbers in an expression."""
    return [
        part
        for part in dict.fromkeys(nodes.walk(node))
        if isinstance(part, nodes.Compare) and _limit(part) is not None and _aggregates(part.left)
    ]


def _limit(comparison: nodes.Compare) -> float | None:
    right = comparison.right
    return right.value if isinstance(right, nodes.Number) else right.default if isinstance(right, nodes.Param) else None


def _aggregates(node: Node) -> list[Aggregate]:
    return [part for part in nodes.walk(node) if isinstance(part, Aggregate)]


def _is_own(node: Node) -> bool:
    return all(aggregate.by == "account" for aggregate in _aggregates(node))


@dataclass(frozen=True)
class Own:
    """The current value of an account's signal, and the limit of a rule for it."""

    aggregate: Aggregate
    name: str
    value: float | None
    """`None` if it is not certain, as when the log is younger than the window."""
    limit: float
    above: bool


def own(policies: PolicySet, state: StateFolder, service: str, account: str, now: Instant) -> dict[str, list[Own]]:
    """Return by rule the current values of an account's own signals, for the rules that disclose fully."""
    rules = tuple(rule for rule in policies.rules if rule.discloses == "full" and rule.mode.kind != "off")
    compared = [(rule, comparison) for rule in rules for comparison in _compared(rule.when) if _is_own(comparison.left)]
    single = [(rule, comparison) for rule, comparison in compared if isinstance(_opened(comparison.left), Aggregate)]
    if not single:
        return {}
    kernel, sequence = Kernel(replace(policies, rules=rules)), 0
    for sequence, event in state.events.of_account(service, account):
        kernel.judge(event, sequence)
    look = Event(id="now", time=now, kind="read", account=account, service=service)
    kernel.judge(look, sequence + 1)
    by_rule: dict[str, list[Own]] = {}
    for rule, comparison in single:
        aggregate, value = _opened(comparison.left), _exact(kernel, rule, comparison.left, look)
        assert isinstance(aggregate, Aggregate), "others were left out above"
        above = comparison.operator in (">", ">=")
        by_rule.setdefault(str(rule.id), []).append(
            Own(aggregate, show(comparison.left), value, _limit(comparison) or 0.0, above)
        )
    return by_rule


def _exact(kernel: Kernel, rule: Rule, node: Node, event: Event) -> float | None:
    value = next((part.value for part in kernel.parts(rule, event) if part.node == node), None)
    return float(value.least) if isinstance(value, Interval) and value.least == value.most else None


def _opened(node: Node) -> Node:
    return node.means if isinstance(node, nodes.Named) else node
