"""How many people a portfolio may begin with: its tier, of which marketing leaves some to codes and orders.

So much is left as codes and orders may need, going by the busiest of the last days, so that a campaign that fills the
tier does not stop for a day what people wait for. How many they may become is unknown until the portfolio was watched
for as many days: until then who sends some leaves the most, and who has an approved template for them the least. Who
sends none leaves nothing.
"""

from __future__ import annotations

from cartellino.senders.accounts import Number, Portfolio
from cartellino.senders.platform import platform
from cartellino.senders.practice import practice
from cartellino.senders.state import MAIN, Senders
from cartellino.vocabulary.times import DAY, Instant


def room(state: Senders, portfolio: Portfolio, now: Instant, *, advertises: bool) -> int | None:
    """Return how many people may be begun with within the time of the tier; `None` without limit."""
    limit = portfolio.limit(platform().tiers)
    if limit is None or not advertises:
        return limit
    reserve, numbers = practice().reserve, _numbers(state, portfolio)
    busiest, most = _busiest(numbers, now), int(limit * reserve.most_share)
    least, is_watched = int(limit * reserve.least_share), _watched(numbers, now)
    if not busiest:
        return limit if is_watched or not _may_send_any(state, numbers) else limit - min(most, least)
    return limit - min(most, max(least, reserve.times * busiest) if is_watched else most)


def _numbers(state: Senders, portfolio: Portfolio) -> list[Number]:
    return [number for number in state.numbers.values() if (number.portfolio or MAIN) == portfolio.id]


def _watched(numbers: list[Number], now: Instant) -> bool:
    """Say whether the portfolio was seen sending for as long as the busiest day is looked for in."""
    first = min((min(number.days.by_day) for number in numbers if number.days.by_day), default=None)
    return first is not None and first <= (now - practice().reserve.over) // DAY


def _may_send_any(state: Senders, numbers: list[Number]) -> bool:
    """Say whether one of the numbers has an approved template for codes or orders, as far as is known."""
    accounts = [state.accounts[number.account] for number in numbers if number.account in state.accounts]
    return any(
        template.category in ("utility", "authentication") and template.status == "APPROVED"
        for account in accounts
        for template in account.templates.values()
    )


def _busiest(numbers: list[Number], now: Instant) -> int:
    """Return how many codes and orders were sent on the busiest of the last days."""
    today, days = now // DAY, practice().reserve.over // DAY
    return max(
        sum(
            day.sent.get("utility", 0) + day.sent.get("authentication", 0)
            for number in numbers
            if (day := number.days.by_day.get(when)) is not None
        )
        for when in range(today - days + 1, today + 1)
    )
