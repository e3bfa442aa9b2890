"""Tries the values of a threshold on the last days of the log: whom would a rule find at each of them?

Each value is compared with the current one: who is new, who is gone, and who is labelled abusive or honest. All values
are tried in one pass, so that a slider can move among the results. Ladders, brakes and the `given` of rules are
ignored; the backtest of a proposal (`analysis.proposal_backtest`) has them all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from cartellino.analysis.threshold_sweep import Sweep
from cartellino.events.logged import LOGGED
from cartellino.expressions import nodes
from cartellino.pipeline.state_folder import StateFolder
from cartellino.policies.policyset import PolicySet
from cartellino.policies.rule import Mode, Rule, longest_window
from cartellino.vocabulary.accounts import AccountRef
from cartellino.vocabulary.times import DAY, Instant

OVER = 30 * DAY
BELOW, ABOVE = 15, 40
"""Steps of the slider below and above the current value."""

Progress = Callable[[float], object]


@dataclass(frozen=True)
class Compared:
    """A value compared with the current one: accounts found newly and no longer, and how many are labelled."""

    value: float
    new: tuple[AccountRef, ...]
    gone: tuple[AccountRef, ...]
    found: int
    right: int
    wrong: int


@dataclass(frozen=True)
class ThresholdTrial:
    """The accounts that the rules reading a parameter find at each of its values."""

    name: str
    now: float
    rules: tuple[str, ...]
    since: Instant
    events: int
    by_value: Mapping[float, frozenset[AccountRef]]

    @property
    def values(self) -> tuple[float, ...]:
        """The values that were tried, in order."""
        return tuple(sorted(self.by_value))

    def compare(self, value: float, labels: Mapping[AccountRef, bool]) -> Compared:
        """Compare the tried value nearest to `value` with the current one."""
        nearest = min(self.by_value, key=lambda tried: abs(tried - value))
        then, now = self.by_value[nearest], self.by_value[self.now]
        answers = [labels[account] for account in then if account in labels]
        return Compared(
            nearest, tuple(sorted(then - now)), tuple(sorted(now - then)), len(then), sum(answers),
            len(answers) - sum(answers),
        )  # fmt: skip


def parameters(rule: Rule, policies: PolicySet) -> dict[str, float]:
    """Return the parameters that a rule reads, with their values."""
    named = {node.name: node.default for node in nodes.walk(rule.when) if isinstance(node, nodes.Param)}
    return {name: policies.parameters.get(name, value) for name, value in named.items()}


def steps(now: float) -> tuple[float, ...]:
    """Return the values of a slider around the current one, which is among them; none is negative.

    >>> steps(100)[:3], steps(100)[-1], 0.2 in steps(0.2), steps(3)[:4]
    ((25.0, 30.0, 35.0), 300.0, True, (0.0, 1.0, 2.0, 3.0))
    """
    is_whole = float(now).is_integer() and now > 1
    step = max(1.0, round(now / 20)) if is_whole else max(0.01, round(now / 20, 3))
    values = (round(float(now + step * at), 6) for at in range(-BELOW, ABOVE + 1))
    return tuple(value for value in values if value >= 0)


def run(
    policies: PolicySet, name: str, state: StateFolder, now: Instant, workers: int, progress: Progress
) -> ThresholdTrial:
    """Try a parameter on the last thirty days of the log; `progress` is called with the share that is done.

    Raises `BadArgument` when no rule reads the parameter.
    """
    rules = tuple(replace(rule, mode=Mode()) for rule in policies.rules if name in parameters(rule, policies))
    parameters_read = {key: value for rule in rules for key, value in parameters(rule, policies).items()}
    current = parameters_read.get(name, 0.0)
    values, since = steps(current), now - OVER
    sweep = Sweep(replace(policies, rules=rules), name, values, workers, since, state.decided.geometry())
    events, last = 0, max(1, state.log.last)
    for batch in state.events.since(since - max((longest_window(rule.when) for rule in rules), default=0)):
        sweep.take(batch.select(LOGGED.names))
        events += batch.num_rows
        progress(batch.column("sequence")[-1].as_py() / last)
    by_value = {value: frozenset(sweep.accounts(value)) for value in values}
    return ThresholdTrial(name, current, tuple(str(rule.id) for rule in rules), since, events, by_value)
