"""Four shops that differ in whom they write to and how often, and the people of each: what nobody but the world knows.

Every figure here is an assumption: no platform publishes how many people block what. They are the same with and without
the gateway, and the gateway cannot read them.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from benchmarks.senders.wanting import Person, wanted_a_week
from cartellino.simulator.cloud.chance import drawn
from cartellino.simulator.cloud.thresholds import Mood, Thresholds
from cartellino.vocabulary.times import DAY, HOUR, Instant

START: Instant = 1_796_000_400_000
"""2026-11-30, 01:00 UTC: a Monday, 8 in the morning in Jakarta."""

ZONE_OFFSET = 7 * HOUR


class Group(msgspec.Struct, frozen=True):
    """People of one kind. Chances are of one advertising message to somebody who got none in the last seven days."""

    name: str
    many: int
    agreed: bool
    """Whether they agreed to advertising."""
    is_customer: bool
    """Whether they order, sign in, and ask."""
    answers: float
    reads: float
    blocks: float
    reports: float
    stops: float
    absent: float = 0.0
    """Share that has no WhatsApp."""


class Shop(msgspec.Struct, frozen=True):
    """A shop: its people, and at which hours of the week (from Monday 0:00, local time) it writes to all of them."""

    name: str
    groups: tuple[Group, ...]
    campaigns: tuple[int, ...]

    @property
    def days(self) -> frozenset[int]:
        """Weekdays of the shop's offers, from Monday; what is late in the evening waits for the morning."""
        return frozenset((hour // 24 + (hour % 24 >= 21)) % 7 for hour in self.campaigns)


def _hour(day: int, hour: int) -> int:
    return 24 * day + hour


_AGREED = Group("agreed", 900, True, True, 0.10, 0.70, 0.003, 0.0005, 0.005)
_ASKED_NOBODY = Group("never asked", 600, False, True, 0.03, 0.50, 0.04, 0.008, 0.02)
_BOUGHT = Group("bought", 1_500, False, False, 0.004, 0.25, 0.10, 0.03, 0.01, absent=0.15)

SHOPS: dict[str, Shop] = {
    shop.name: shop
    for shop in (
        Shop("bought list", (msgspec.structs.replace(_AGREED, many=300), _BOUGHT),
             (_hour(0, 10), _hour(2, 10), _hour(4, 22))),
        Shop("mixed consent", (_AGREED, _ASKED_NOBODY), (_hour(0, 10), _hour(3, 10), _hour(5, 21))),
        Shop("daily offers", (msgspec.structs.replace(_AGREED, many=1_200),),
             tuple(_hour(day, 10) for day in range(6))),
        Shop("careful", (msgspec.structs.replace(_AGREED, many=1_200),), (_hour(1, 10),)),
    )
}  # fmt: skip


class Buyer(msgspec.Struct):
    """One of the shop's people as they are."""

    wa_id: str
    group: Group
    agreed: bool
    got: list[Instant] = []
    """When advertisements that they did not answer reached them, the last seven days."""
    latest: Instant = 0
    """When the latest advertisement was sent to them."""


class Reaction(NamedTuple):
    """What somebody is going to do about a message, as the world takes it, and whether they wanted it."""

    mood: Mood
    chance: float
    is_wanted: bool
    """Whether they agreed, got none today, and fewer unanswered ones this week than they want (`wanting`)."""
    is_answered: bool
    """Whether they agreed and would answer this one."""


def buyers_of(shop: Shop, seed: int) -> list[Buyer]:
    """Return the people of a shop, in an order that depends on the seed."""
    made, number = [], 0
    for group in shop.groups:
        for _ in range(group.many):
            made.append(Buyer(f"62811{number:07}", group, group.agreed))
            number += 1
    return sorted(made, key=lambda buyer: drawn(seed, "order", buyer.wa_id))


def reaction(
    seed: int, buyer: Buyer, category: str, wish: str, at: Instant, days: frozenset[int] = frozenset(), *,
    tires: bool = True,
) -> Reaction:  # fmt: skip
    """Say what somebody does about a message: the more they got lately, the more they mind and the less they answer.

    A quarter of the people are keen: they answer seven times as often as the others.

    The draw depends on person and wish alone, so that both ways of sending meet the same luck. Whether a message is
    wanted does not depend on the draw: nobody, not even they, knows their luck before.
    """
    luck = drawn(seed, "reaction", buyer.wa_id, wish)
    if category != "marketing":
        return _to_service(luck, category)
    group = buyer.group
    lately = sum(at - 7 * DAY < when for when in buyer.got)
    night = not 8 <= (at + ZONE_OFFSET) // HOUR % 24 < 21
    agreed = _AGREED if buyer.agreed and not group.agreed else group
    minds = (1 + lately) * (2 if night else 1)
    keen = 2.8 if drawn(seed, "keen", buyer.wa_id) < 0.25 else 0.4
    answers = agreed.answers * keen * 0.8**lately
    steps: tuple[tuple[float, Mood, float], ...] = (
        (agreed.blocks * minds, "blocks", 1.0), (agreed.reports * minds, "reports", 1.0),
        (agreed.stops * minds, "opts_out", 1.0), (answers, "answers", 1.0),
        (agreed.reads * 0.9**lately, "answers", 0.0),
    )  # fmt: skip
    person = Person(agreed.answers * keen, agreed.blocks + agreed.reports + agreed.stops, tires)
    is_wanted = buyer.agreed and buyer.latest <= at - DAY and lately < wanted_a_week(person, days)
    for share, mood, chance in steps:
        if luck < share:
            return Reaction(mood, chance, is_wanted, buyer.agreed and chance == 1.0 and mood == "answers")
        luck -= share
    return Reaction("ignores", 1.0, is_wanted, is_answered=False)


def _to_service(luck: float, category: str) -> Reaction:
    """Return what somebody does about an order, a code or an answer: they wanted it; some answer, hardly any minds."""
    if category == "utility" and luck < 0.0005:
        return Reaction("blocks", 1.0, is_wanted=True, is_answered=False)
    if category == "utility" and luck < 0.05:
        return Reaction("answers", 1.0, is_wanted=True, is_answered=True)
    return Reaction("answers", 0.0, is_wanted=True, is_answered=False)


def thresholds(seed: int) -> dict[str, Any]:
    """Return what the platform does not publish, by seed: from 0.6 to 1.6 times what the simulator guesses."""
    held, names = Thresholds(), ("yellow_share", "red_share", "template_pause_share", "strike_share", "grave_share")
    together = 0.6 + drawn(seed, "platform")
    changed: dict[str, Any] = {name: round(getattr(held, name) * together, 4) for name in names}
    for name in ("yellow_least", "red_least", "strike_least", "grave_least", "template_pause_least"):
        changed[name] = max(2.0, round(getattr(held, name) * (0.6 + drawn(seed, "platform", name)), 1))
    annoyed = {"marketing": 1.0, "utility": 1.0, "authentication": 0.0, "service": 0.0}
    return {**changed, "annoyance": annoyed}
