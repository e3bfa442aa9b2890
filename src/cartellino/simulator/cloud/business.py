"""What a business has: a portfolio with its tier, accounts with templates, and numbers."""

from __future__ import annotations

from collections import deque
from typing import Any, Literal

import msgspec

from cartellino.senders.platform import platform
from cartellino.simulator.cloud.feedback import Feedback
from cartellino.simulator.cloud.templates import Template
from cartellino.vocabulary.times import DAY, SECOND, Instant


class Portfolio(msgspec.Struct):
    """A business: whom its numbers began to write to, and its tier."""

    id: str
    tier: str = msgspec.field(default_factory=lambda: platform().tiers.first)
    is_verified: bool = False
    began: dict[str, Instant] = msgspec.field(default_factory=dict)
    """By person, when the business last began to write to them; the oldest first."""
    days: dict[int, int] = msgspec.field(default_factory=dict)
    """By day, the most of the limit that was used."""
    reached: dict[str, Instant] = msgspec.field(default_factory=dict)
    """By person, when something that the business began was last delivered, for the step to the second tier."""
    grows_at: Instant | None = None

    def used(self, now: Instant) -> int:
        """Return how many people it began to write to within the moving day."""
        oldest = now - platform().tiers.over
        while self.began and (first := next(iter(self.began.items())))[1] <= oldest:
            del self.began[first[0]]
        return len(self.began)

    def refused(self, person: str, now: Instant) -> bool:
        """Whether beginning to write to somebody would pass the limit."""
        limit = platform().tiers.levels[self.tier]
        return limit is not None and person not in self.began and self.used(now) >= limit

    def take(self, person: str, now: Instant) -> None:
        """Count somebody to whom it begins to write."""
        self.began.pop(person, None)
        self.began[person] = now
        self.days[now // DAY] = max(self.days.get(now // DAY, 0), self.used(now))

    def give_back(self, person: str, at: Instant) -> None:
        """Do not count somebody whom the message of an instant did not reach."""
        if self.began.get(person) == at:
            del self.began[person]

    def deserves_more(self, now: Instant) -> bool:
        """Whether it used enough of its limit, or reached enough people, for the next tier."""
        tiers = platform().tiers
        limit = tiers.levels[self.tier]
        if limit is None:
            return False
        since = (now - tiers.growth.within) // DAY
        self.days = {day: most for day, most in self.days.items() if day >= since}
        half = max(self.days.values(), default=0) >= limit * tiers.growth.share_used
        if self.tier != tiers.first:
            return half
        oldest = now - tiers.second_tier.within
        many = sum(at > oldest for at in self.reached.values()) >= tiers.second_tier.people
        return half or many or self.is_verified


class Stop(msgspec.Struct, frozen=True):
    """A restriction in force; without `until` it lasts until a review."""

    kind: str
    until: Instant | None


class Account(msgspec.Struct):
    """A business account (WABA)."""

    id: str
    portfolio: str
    name: str = "Cartellino's shop"
    templates: dict[str, Template] = msgspec.field(default_factory=dict)
    """By name and language."""
    created: deque[Instant] = msgspec.field(default_factory=lambda: deque(maxlen=10_000))
    stops: list[Stop] = msgspec.field(default_factory=list)
    strikes: int = 0
    struck_at: Instant | None = None
    misused: int = 0
    misuse_rung: int = -1
    state: Literal["active", "locked", "disabled"] = "active"
    has_payment: bool = True
    callback: str | None = None
    is_subscribed: bool = True
    signups: dict[str, dict[str, Any]] = msgspec.field(default_factory=dict)
    flows: dict[str, dict[str, Any]] = msgspec.field(default_factory=dict)

    def stopped(self, what: str, now: Instant) -> Stop | None:
        """Return the restriction that stops something (`business_initiated`, `replies`, ...)."""
        stops = platform().restrictions
        return next((stop for stop in self.in_force(now) if what in stops.get(stop.kind, ())), None)

    def in_force(self, now: Instant) -> list[Stop]:
        """Return the restrictions in force."""
        self.stops = [stop for stop in self.stops if stop.until is None or now < stop.until]
        return self.stops


class Number(msgspec.Struct):
    """A number of a business."""

    id: str
    account: str
    display: str
    token: str = "sim"
    verified_name: str = "Cartellino's shop"
    quality: str = "GREEN"
    speed: Literal["ordinary", "raised", "coexistence"] = "ordinary"
    is_registered: bool = True
    is_test: bool = False
    name_approved: bool = True
    is_ai_provider: bool = False
    is_standby: bool = False
    """The platform's own agent answers people; what they write is told as `standby`."""
    no_cloud_marketing: bool = False
    """Marketing templates have to go by the Marketing Messages API."""
    barred_countries: frozenset[str] = frozenset()
    maintained_until: Instant = 0
    recent: deque[Instant] = msgspec.field(default_factory=deque)
    feedback: Feedback = msgspec.field(default_factory=Feedback)
    since_strike: float = 0.0
    """Blocks and reports of what was sent after the last violation."""
    messages: int = 0
    blocks: int = 0
    reports: int = 0
    opt_outs: int = 0
    statuses: dict[str, int] = msgspec.field(default_factory=dict)
    refusals: dict[str, int] = msgspec.field(default_factory=dict)
    service_month: tuple[str, int] = ("", 0)
    profile: dict[str, Any] = msgspec.field(default_factory=lambda: {"vertical": "UNDEFINED"})
    callback: str | None = None
    pin: str = ""

    @property
    def digits(self) -> str:
        """The phone number without what is for people."""
        return "".join(filter(str.isdigit, self.display))

    @property
    def per_second(self) -> int:
        """How many messages a second it may send and receive."""
        limits = platform().throughput
        return {"ordinary": limits.ordinary, "raised": limits.raised, "coexistence": limits.coexistence}[self.speed]

    @staticmethod
    def struck_since(sent_at: Instant, struck_at: Instant | None) -> bool:
        """Whether a message counts towards the next violation: it was sent after the last one."""
        return struck_at is None or sent_at > struck_at

    def take(self, now: Instant) -> None:
        """Count a message, of either side."""
        self._forget(now)
        self.recent.append(now)

    def is_too_fast(self, now: Instant) -> bool:
        """Whether the second is full."""
        self._forget(now)
        return len(self.recent) >= self.per_second

    def _forget(self, now: Instant) -> None:
        while self.recent and self.recent[0] <= now - SECOND:
            self.recent.popleft()
