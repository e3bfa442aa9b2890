"""What belongs to a business: its numbers, its accounts with their templates, and its portfolios with their tier."""

from __future__ import annotations

from bisect import bisect_right, insort
from itertools import islice, takewhile
from typing import Literal

import msgspec

from cartellino.senders.days import Days
from cartellino.senders.facts import AiAnswered, AiReviewed, Category, Declared
from cartellino.senders.platform import Throughput, Tiers, platform
from cartellino.vocabulary.times import DAY, SECOND, Instant


class Stop(msgspec.Struct):
    """Something that may not be sent, since when, until when (`None`: until somebody says so), and who said so."""

    since: Instant
    until: Instant | None
    said_by: Literal["platform", "error"]
    code: int | None = None
    remediation: str = ""
    errors: int = 0

    def holds(self, now: Instant) -> bool:
        """Whether it is in force."""
        return self.until is None or now < self.until


class Template(msgspec.Struct):
    """A template in one language."""

    name: str
    language: str
    category: Category | None = None
    status: str = "UNKNOWN"
    quality: str = "UNKNOWN"
    reason: str = ""
    pauses: int = 0
    paused_until: Instant | None = None
    filed_next: Category | None = None
    filed_at: Instant | None = None
    template_id: str = ""
    told_at: Instant = 0
    """When the platform last told its state."""
    faults: tuple[str, ...] | None = None
    """What its words may be faulted for; `None` where nobody has read them."""

    def category_at(self, now: Instant) -> Category | None:
        """Return the category under which the platform files it at an instant."""
        moved = self.filed_next is not None and self.filed_at is not None and self.filed_at <= now
        return self.filed_next if moved else self.category


class Account(msgspec.Struct):
    """A business account of the platform (WABA): its templates, and what the platform restricts for all its numbers."""

    id: str
    templates: dict[str, Template] = {}
    signups: dict[str, str] = {}
    """By the id of an In-App Signup, the words to which people agree there."""
    stops: dict[str, Stop] = {}
    violations: list[tuple[Instant, str]] = []
    restricted: list[tuple[Instant, str, Instant | None, str]] = []
    """What the platform restricted: when, what, until when, for which number (empty: all); the latest hundred."""
    disabled: str = ""
    disabled_date: str = ""
    told: list[tuple[Instant, str, str, str]] = []
    """What else it was told: when, what, how grave, in which words; the latest hundred."""
    subscribed: tuple[str, ...] | None = None
    """The fields of webhooks that the app is told; `None` where nobody looked."""

    def template(self, name: str, language: str | None) -> Template | None:
        """Return a template; without a language, any that has the name."""
        if language is not None:
            return self.templates.get(f"{name}/{language}")
        return next((template for template in self.templates.values() if template.name == name), None)


class Number(msgspec.Struct):
    """A number of the business."""

    id: str
    account: str | None = None
    portfolio: str | None = None
    display: str | None = None
    quality: str = "UNKNOWN"
    status: str = ""
    speed: Literal["ordinary", "raised", "coexistence"] = "ordinary"
    since: Instant | None = None
    stops: dict[str, Stop] = {}
    slowed: Stop | None = None
    recent: list[Instant] = []
    """When messages were sent within the last second."""
    declared: Declared | None = None
    ai_reviewed: AiReviewed | None = None
    ai_answered: AiAnswered | None = None
    days: Days = msgspec.field(default_factory=Days)
    service_month: tuple[str, int] = ("", 0)
    """The current month and how many free-form messages were delivered in it."""

    def per_second(self, limits: Throughput) -> int:
        """Return how many messages a second it may send."""
        return {"ordinary": limits.ordinary, "raised": limits.raised, "coexistence": limits.coexistence}[self.speed]

    def take(self, now: Instant) -> None:
        """Count a message."""
        del self.recent[: bisect_right(self.recent, now - SECOND)]
        insort(self.recent, now)

    def give_back(self, at: Instant) -> None:
        """Do not count a message that was not sent."""
        if at in self.recent:
            self.recent.remove(at)

    def sent_in_second(self, now: Instant) -> list[Instant]:
        """Return when messages were sent within the second before an instant."""
        return self.recent[bisect_right(self.recent, now - SECOND) : bisect_right(self.recent, now)]


class Portfolio(msgspec.Struct):
    """A business: the people to whom its numbers began to write, and its tier."""

    id: str
    tier: str = msgspec.field(default_factory=lambda: platform().tiers.first)
    tier_known: bool = False
    began: dict[int, Instant] = {}
    """By person, when the business last began to write to them; the oldest first."""
    most_used: list[tuple[int, int]] = []
    """By day since 1970, the most of the limit that was used; the last eight days."""

    def take(self, person: int, now: Instant) -> None:
        """Count a person to whom the business begins to write."""
        oldest = now - platform().tiers.over
        while self.began and (first := next(iter(self.began.items())))[1] <= oldest:
            del self.began[first[0]]
        self.began.pop(person, None)
        self.began[person] = now
        used, day = self.used(now), now // DAY
        if self.most_used and self.most_used[-1][0] == day:
            self.most_used[-1] = (day, max(used, self.most_used[-1][1]))
        else:
            self.most_used = [*self.most_used[-7:], (day, used)]

    def give_back(self, person: int) -> None:
        """Do not count a person whom the message did not reach."""
        self.began.pop(person, None)

    def join(self, person: int, into: int) -> None:
        """Count two people who prove to be one as one."""
        at = self.began.pop(person, None)
        if at is not None:
            self.take_again(into, at)

    def take_again(self, person: int, at: Instant) -> None:
        """Count a person since an instant that is past, unless they are counted since a later one."""
        if at > self.began.get(person, at - 1):
            self.began[person] = at
            self.began = dict(sorted(self.began.items(), key=lambda item: item[1]))

    def used(self, now: Instant) -> int:
        """Return how many people the business began to write to within the time that the limit is about."""
        oldest = now - platform().tiers.over
        return len(self.began) - sum(1 for _ in takewhile(lambda at: at <= oldest, self.began.values()))

    def limit(self, tiers: Tiers) -> int | None:
        """Return how many people it may begin to write to; `None` without limit."""
        return tiers.levels.get(self.tier, tiers.levels[tiers.first])

    def next_at(self, now: Instant, tiers: Tiers, surplus: int = 0) -> Instant:
        """Return when one of the people counted now is counted no more, and those of a surplus before them."""
        counted = (at for at in self.began.values() if at > now - tiers.over)
        return next(islice(counted, max(0, surplus), None), now) + tiers.over
