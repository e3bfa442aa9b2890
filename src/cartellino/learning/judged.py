"""The precision of a rule version: how often it was right, by a blind audit and by appeals, campaign by campaign.

Two strata. Of the decisions that were appealed and decided, right and wrong are known. Of all others a sample was
drawn by chance for a blind audit, and stands for them, with Wilson's interval. Decisions of one cluster (the same
device or address) are one voice, so a thousand appeals of one campaign weigh as one.

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
"""Clusters that were looked at, below which nothing is said against a rule."""


@dataclass(frozen=True)
class Judged:
    """A decision that was looked at: by its cluster, and whether it was right."""

    cluster: str
    right: bool


@dataclass(frozen=True)
class Precision:
    """The share of clusters in which a rule was right, with a 95 % interval; `None` where nothing is known."""

    value: float | None
    low: float
    high: float
    looked: int

    def show(self) -> str:
        """Write share and interval in percent."""
        if self.value is None:
            return "unknown"
        return f"{self.value * 100:.1f} % ({self.low * 100:.1f} to {self.high * 100:.1f})"

    def is_surely_below(self, bound: float) -> bool:
        """Say whether the whole interval lies below a bound, not only the point."""
        return self.looked >= FEWEST and self.high < bound


def precision(appealed: Iterable[Judged], audited: Iterable[Judged], others: int) -> Precision:
    """Return the precision over all clusters: those appealed, and `others`, for which the audited ones stand."""
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
    """Return in how many clusters a rule was right; in a cluster most voices say so."""
    clusters: dict[str, list[bool]] = defaultdict(list)
    for decision in decisions:
        clusters[decision.cluster].append(decision.right)
    return Share(sum(2 * sum(voices) >= len(voices) for voices in clusters.values()), len(clusters))
