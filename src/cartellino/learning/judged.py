"""The precision of a rule version, estimated from appeals and from a blind audit, by cluster.

There are two strata. For decisions with a decided appeal, right or wrong is known. From all others a random sample was
drawn for a blind audit, and represents them, with Wilson's interval. A cluster (decisions with the same device or
address) counts once, so that a thousand appeals of one campaign have the weight of one.

>>> appealed = [Judged("campaign", True)] * 500 + [Judged("a1", False)]
>>> audited = [Judged(f"d{n}", n > 1) for n in range(40)]
>>> precision(appealed, audited, others=98).show()
'94.1 % (82.8 to 97.6)'
>>> precision([], [], others=5).show()
'unknown'
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from cartellino.learning.precision import Share

FEWEST = 10
"""Least number of reviewed clusters with which a rule may be found imprecise."""


@dataclass(frozen=True)
class Judged:
    """A reviewed decision: its cluster, and whether it was right."""

    cluster: str
    right: bool


@dataclass(frozen=True)
class Precision:
    """The share of clusters in which a rule was right, `None` if unknown, with a 95 % interval from `low` to `high`.

    `looked` is the number of clusters that were reviewed.
    """

    value: float | None
    low: float
    high: float
    looked: int

    def show(self) -> str:
        """Return share and interval as text, in percent."""
        if self.value is None:
            return "unknown"
        return f"{self.value * 100:.1f} % ({self.low * 100:.1f} to {self.high * 100:.1f})"

    def is_surely_below(self, bound: float) -> bool:
        """Return whether enough clusters were reviewed and the whole interval lies below a bound."""
        return self.looked >= FEWEST and self.high < bound


def precision(appealed: Iterable[Judged], audited: Iterable[Judged], others: int) -> Precision:
    """Return the precision over all clusters: those appealed, and `others`, which the audited ones represent."""
    known, drawn = _share(appealed), _share(audited)
    everything = known.of + others
    if not everything or (others and not drawn.of):
        return Precision(None, 0.0, 1.0, known.of + drawn.of)
    weight = others / everything
    low, high = drawn.interval or (0.0, 0.0)
    certain = known.hits / everything
    return Precision(
        certain + weight * (drawn.value or 0.0), certain + weight * low, certain + weight * high, known.of + drawn.of
    )


def _share(decisions: Iterable[Judged]) -> Share:
    """Return the share of clusters in which a rule was right, which is decided by majority within each cluster."""
    clusters: dict[str, list[bool]] = defaultdict(list)
    for decision in decisions:
        clusters[decision.cluster].append(decision.right)
    return Share(sum(2 * sum(voices) >= len(voices) for voices in clusters.values()), len(clusters))
