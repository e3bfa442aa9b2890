"""Shares of counts, as intervals: what is unknown counts to neither end, and few observations say little.

>>> Share(hits=2, of=100).shown
'2 % (1 to 7)'
>>> Share(hits=2, of=100, unknown=98).surely_above(0.05), Share(hits=60, of=100).surely_above(0.05)
(False, True)
>>> Share(hits=0, of=0).shown
'unknown'
"""

from __future__ import annotations

from math import sqrt
from statistics import NormalDist

import msgspec

_NORMAL = NormalDist().inv_cdf(0.975)


class Share(msgspec.Struct, frozen=True):
    """The share `hits` of `of`, of which `unknown` more may be hits, with a 95 % interval (Wilson's)."""

    hits: int
    of: int
    unknown: int = 0

    @property
    def least(self) -> float:
        """The lower end."""
        return _wilson(self.hits, self.of)[0]

    @property
    def most(self) -> float:
        """The upper end, with everything that is unknown taken as a hit."""
        return _wilson(min(self.of, self.hits + self.unknown), self.of)[1]

    def surely_above(self, bound: float) -> bool:
        """Whether it lies above a bound wherever it lies."""
        return self.of > 0 and self.least > bound

    def surely_below(self, bound: float) -> bool:
        """Whether it lies below a bound wherever it lies."""
        return self.of > 0 and self.most < bound

    @property
    def shown(self) -> str:
        """The share and its interval in percent."""
        if self.of <= 0:
            return "unknown"
        ends = f"{100 * self.least:.0f} to {100 * self.most:.0f}"
        return ends + " %" if self.unknown else f"{100 * self.hits / self.of:.3g} % ({ends})"


def _wilson(hits: int, of: int) -> tuple[float, float]:
    if of <= 0:
        return 0.0, 1.0
    share, spread = hits / of, _NORMAL * _NORMAL / of
    middle = share + spread / 2
    half = _NORMAL * sqrt(max(0.0, share * (1 - share) / of + spread / (4 * of)))
    return max(0.0, (middle - half) / (1 + spread)), min(1.0, (middle + half) / (1 + spread))
