"""What a shop wants to send within sixty days, and what people do of their own accord; the same for both ways."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec

from benchmarks.senders.shops import START, ZONE_OFFSET, Buyer, Shop
from cartellino.simulator.cloud.chance import drawn
from cartellino.vocabulary.times import DAY, HOUR, MINUTE, SECOND, Duration, Instant

DAYS = 60

Kind = Literal["campaign", "order", "code", "reply"]

TEMPLATES: dict[str, str] = {"order": "order_update", "code": "login_code"}
OFFERS = ("spring_sale", "offer_a", "offer_b", "offer_c")

CATEGORIES: dict[str, Literal["marketing", "utility", "authentication", "service"]] = {
    "campaign": "marketing", "order": "utility", "code": "authentication", "reply": "service",
}  # fmt: skip

USEFUL: dict[str, Duration] = {"campaign": 3 * DAY, "order": 12 * HOUR, "code": 10 * MINUTE, "reply": 12 * HOUR}
"""How long it makes sense to send it still."""

_PACE = 50
"""Milliseconds between two messages of a campaign."""


class Wish(msgspec.Struct, frozen=True):
    """A message that the shop wants to send."""

    id: str
    at: Instant
    kind: Kind
    buyer: Buyer
    template: str | None = None
    campaign: str | None = None

    @property
    def ends(self) -> Instant:
        """After which it is of no use."""
        return self.at + USEFUL[self.kind]


class Question(msgspec.Struct, frozen=True):
    """Somebody writes to the shop; `agrees` when asked then whether they want offers."""

    at: Instant
    buyer: Buyer
    agrees: bool
    answered_after: Duration


def campaigns(shop: Shop, buyers: Sequence[Buyer]) -> Iterator[Wish]:
    """Yield the messages of all campaigns: each goes to everybody."""
    first_monday = START - (START + ZONE_OFFSET) % DAY
    number = 0
    for week in range(DAYS // 7 + 1):
        for hour in shop.campaigns:
            at = first_monday + 7 * week * DAY + hour * HOUR
            if not START <= at < START + (DAYS - 3) * DAY:
                continue
            template = OFFERS[number % len(OFFERS)]
            for place, buyer in enumerate(buyers):
                yield Wish(f"campaign {number}", at + place * _PACE, "campaign", buyer, template, f"campaign {number}")
            number += 1


def daily(buyers: Sequence[Buyer], seed: int) -> Iterator[Wish | Question]:
    """Yield orders, codes and questions of customers."""
    for day in range(DAYS - 1):
        for buyer in (buyer for buyer in buyers if buyer.group.is_customer):
            named = (buyer.wa_id, day)
            at = START + day * DAY + int(drawn(seed, "hour", *named) * 12 * HOUR)
            if drawn(seed, "orders", *named) < 0.02:
                yield Wish(f"order {day}", at, "order", buyer, TEMPLATES["order"])
                yield Wish(f"parcel {day}", at + 20 * HOUR, "order", buyer, TEMPLATES["order"])
            if drawn(seed, "signs in", *named) < 0.01:
                yield Wish(f"code {day}", at + 7 * MINUTE, "code", buyer, TEMPLATES["code"])
            if drawn(seed, "asks", *named) < 0.015:
                slow = drawn(seed, "slow", *named)
                after = 30 * HOUR if slow < 0.05 else int(2 * MINUTE + slow * 2 * HOUR)
                agrees = drawn(seed, "agrees", *named) < 0.4
                yield Question(at + 31 * SECOND, buyer, agrees, after)
