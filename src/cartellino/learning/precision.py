"""Precision and recall of what was decided, against labels, with 95 % intervals.

The intervals are Wilson's ("Probable inference", JASA 1927), which hold for small numbers and for shares near 0 and 1.

>>> figures = score({"a", "b", "x"}, {"a": True, "b": True, "c": True, "x": False})
>>> figures.precision.show(), figures.recall.show()
('66.7 % (20.8 to 93.9)', '66.7 % (20.8 to 93.9)')
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

_NORMAL = NormalDist().inv_cdf(0.975)
"""Within so many standard deviations of a normal distribution lie 95 of 100."""


@dataclass(frozen=True)
class Share:
    """`hits` of `of`, with the interval in which the true share lies in 95 of 100 such samples."""

    hits: int
    of: int

    @property
    def value(self) -> float | None:
        """The share, or `None` of nothing."""
        return self.hits / self.of if self.of else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Lower and upper end, 0 to 1."""
        if not self.of:
            return None
        share, spread = self.hits / self.of, _NORMAL * _NORMAL / self.of
        middle = share + spread / 2
        half = _NORMAL * sqrt(share * (1 - share) / self.of + spread / (4 * self.of))
        return max(0.0, (middle - half) / (1 + spread)), min(1.0, (middle + half) / (1 + spread))

    def show(self) -> str:
        """Write share and interval in percent."""
        if self.value is None or self.interval is None:
            return "none"
        low, high = self.interval
        return f"{self.value:.1%}".replace("%", " %") + f" ({low * 100:.1f} to {high * 100:.1f})"

    def record(self) -> dict[str, float | int | None]:
        """Return the share as data."""
        low, high = self.interval or (None, None)
        return {"share": self.value, "low": low, "high": high, "hits": self.hits, "of": self.of}


@dataclass(frozen=True)
class Score:
    """Precision: how many of those sanctioned are abusive. Recall: how many of the abusive are sanctioned."""

    precision: Share
    recall: Share


def score(sanctioned: Set[str], abusive: Mapping[str, bool]) -> Score:
    """Score accounts that were sanctioned against labels; accounts without a label do not count."""
    known = sanctioned & abusive.keys()
    right = sum(abusive[account] for account in known)
    return Score(Share(right, len(known)), Share(right, sum(abusive.values())))
