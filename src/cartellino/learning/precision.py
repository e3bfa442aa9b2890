"""Precision and recall of decisions against labels, with 95 % confidence intervals.

The intervals are Wilson's ("Probable inference", JASA 1927), which are reliable for small samples and for shares near 0
and 1.

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
"""The number of standard deviations around the mean that contain 95 % of a normal distribution."""


@dataclass(frozen=True)
class Share:
    """The share `hits` of `of`, with a 95 % confidence interval."""

    hits: int
    of: int

    @property
    def value(self) -> float | None:
        """The share, 0 to 1; `None` if `of` is 0."""
        return self.hits / self.of if self.of else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """The lower and upper end of the interval, 0 to 1; `None` if `of` is 0."""
        if not self.of:
            return None
        share, spread = self.hits / self.of, _NORMAL * _NORMAL / self.of
        middle = share + spread / 2
        half = _NORMAL * sqrt(share * (1 - share) / self.of + spread / (4 * self.of))
        return max(0.0, (middle - half) / (1 + spread)), min(1.0, (middle + half) / (1 + spread))

    def show(self) -> str:
        """Return share and interval as text, in percent."""
        if self.value is None or self.interval is None:
            return "none"
        low, high = self.interval
        return f"{self.value:.1%}".replace("%", " %") + f" ({low * 100:.1f} to {high * 100:.1f})"

    def record(self) -> dict[str, float | int | None]:
        """Return the share as a JSON object."""
        low, high = self.interval or (None, None)
        return {"share": self.value, "low": low, "high": high, "hits": self.hits, "of": self.of}


@dataclass(frozen=True)
class Score:
    """Precision: the share of sanctioned accounts that are abusive. Recall: the share of abusive ones sanctioned."""

    precision: Share
    recall: Share


def score(sanctioned: Set[str], abusive: Mapping[str, bool]) -> Score:
    """Score sanctioned accounts against labels, `True` for abusive; accounts without a label are ignored."""
    known = sanctioned & abusive.keys()
    right = sum(abusive[account] for account in known)
    return Score(Share(right, len(known)), Share(right, sum(abusive.values())))
