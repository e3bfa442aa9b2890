"""Brakes: a rule that suddenly acts on many accounts is held until a person has looked (law 7).

A rule may act on max(20, 2 % of the accounts active in the last 24 h) accounts a day, and on no more than ten times
what its backtest promised. Accounts younger than a day have a budget of their own, so that a flood of fresh accounts
can neither use the brake as a shield for old ones nor be shielded by them. What is above is held, never dropped.

>>> brakes = Brakes()
>>> [brakes.hold("p/r", young=False, active=100, now=n) for n in range(22)].count(True)
2
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

from cartellino.vocabulary.times import DAY, Instant

FEWEST = 20
SHARE = 0.02
ABOVE_BACKTEST = 10


class Brakes:
    """Counts what each rule wishes in the last 24 h, by young and older accounts apart."""

    def __init__(self, promised: Mapping[str, float] | None = None) -> None:
        """`promised` is how many accounts a day a rule acted on in its backtest."""
        self._promised = dict(promised or {})
        self._wishes: dict[tuple[str, bool], deque[Instant]] = {}
        self.tripped: set[tuple[str, bool]] = set()

    def promise(self, promised: Mapping[str, float]) -> None:
        """From now on, rules promise these rates: other policies decide."""
        self._promised = dict(promised)

    def hold(self, rule: str, *, young: bool, active: int, now: Instant) -> bool:
        """Note a wish, and say whether it is one too many."""
        wishes = self._wishes.setdefault((rule, young), deque())
        while wishes and wishes[0] <= now - DAY:
            wishes.popleft()
        wishes.append(now)
        held = len(wishes) > self.budget(rule, active)
        (self.tripped.add if held else self.tripped.discard)((rule, young))
        return held

    def budget(self, rule: str, active: int) -> float:
        """Return how many accounts the rule may act on in 24 h."""
        budget = max(FEWEST, SHARE * active)
        promised = self._promised.get(rule)
        return budget if promised is None else max(FEWEST, min(budget, ABOVE_BACKTEST * promised))


class Released(Brakes):
    """Brakes that never hold: for judging policies on the past, where nobody is harmed by a decision."""

    def hold(self, rule: str, *, young: bool, active: int, now: Instant) -> bool:
        """Never hold."""
        return False
