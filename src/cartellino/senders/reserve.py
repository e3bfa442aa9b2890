"""How many people a portfolio may begin with: its tier, of which marketing leaves some to codes and orders.

So much is left as codes and orders may need, going by the busiest of the last days, so that a campaign that fills the
tier does not stop for a day what people wait for. Who sends none leaves nothing.
"""

from __future__ import annotations

from cartellino.senders.accounts import Portfolio
from cartellino.senders.platform import platform
from cartellino.senders.practice import practice
from cartellino.senders.state import MAIN, Senders
from cartellino.vocabulary.times import DAY, Instant


def room(state: Senders, portfolio: Portfolio, now: Instant, *, advertises: bool) -> int | None:
    """Return how many people may be begun with within the time of the tier; `None` without limit."""
    limit = portfolio.limit(platform().tiers)
    if limit is None or not advertises:
        return limit
    reserve, busiest = practice().reserve, _busiest(state, portfolio, now)
    kept = max(int(limit * reserve.least_share), reserve.times * busiest) if busiest else 0
    return limit - min(int(limit * reserve.most_share), kept)


def _busiest(state: Senders, portfolio: Portfolio, now: Instant) -> int:
    """Return how many codes and orders were sent on the busiest of the last days."""
    numbers = [number for number in state.numbers.values() if (number.portfolio or MAIN) == portfolio.id]
    today, days = now // DAY, practice().reserve.over // DAY
    return max(
        sum(
            day.sent.get("utility", 0) + day.sent.get("authentication", 0)
            for number in numbers
            if (day := number.days.by_day.get(when)) is not None
        )
        for when in range(today - days + 1, today + 1)
    )
