"""Plans when each person of a campaign can be written to, inside every limit: a simulation of the sending.

Who has answered or read before comes first. The tier is counted as the platform counts it, over moving 24 hours, with
what was sent already; a warm-up bounds each day; what a rule puts off is tried again when the rule lets it pass. That
the tier may grow on the way is not relied on.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from heapq import heappop, heappush

import msgspec

from cartellino.senders.accounts import Portfolio
from cartellino.senders.campaign import Campaign, Recipient
from cartellino.senders.judging import judge
from cartellino.senders.platform import platform
from cartellino.senders.practice import practice
from cartellino.senders.reserve import room
from cartellino.senders.state import Senders
from cartellino.vocabulary.times import DAY, MINUTE, SECOND, Instant

HORIZON = 90 * DAY
"""How far ahead is planned; who cannot be written to within it, is not."""

BUDGETS = frozenset({"tier", "reserve", "throughput", "pair-rate"})
"""Rules that the plan keeps by its own count."""

_MOST_TRIES = 30


class Planned(msgspec.Struct):
    """One person of the plan: when, and what they waited for (empty: nothing)."""

    recipient: Recipient
    at: Instant
    why: str = ""


class Plan(msgspec.Struct):
    """Who is written to when, in order, and who is not, with the reason."""

    planned: list[Planned]
    never: list[tuple[Recipient, str]]


def plan(state: Senders, campaign: Campaign, people: Sequence[Recipient]) -> Plan:
    """Plan a campaign."""
    return _Planner(state, campaign, people).run()


class _Planner:
    """Sends a campaign in thought: whoever is ready goes as soon as the budgets have room, the others wait."""

    def __init__(self, state: Senders, campaign: Campaign, people: Sequence[Recipient]) -> None:
        self._state, self._campaign, self._people = state, campaign, people
        self._budget, self._made = _Budget(state, campaign), Plan([], [])
        self._ready: deque[tuple[int, str]] = deque()
        self._waiting: list[tuple[Instant, int, str]] = []
        number, limits = state.numbers.get(campaign.number), platform().throughput
        self._pace = -(-SECOND // (number.per_second(limits) if number is not None else limits.ordinary))

    def run(self) -> Plan:
        """Return the plan."""
        at, horizon = self._campaign.starts_at, self._campaign.starts_at + HORIZON
        self._sort_out(at)
        while self._ready or self._waiting:
            at = self._arrive(at)
            free_at, why = self._budget.free_at(at)
            if free_at > horizon or at > horizon:
                self._give_up(why)
            elif free_at > at:
                self._ready = deque((line, waited or why) for line, waited in self._ready)
                at = free_at
            elif self._send(at):
                at += self._pace
        return self._made

    def _sort_out(self, at: Instant) -> None:
        """Sort people, the most engaged first, into those who are ready, who wait, and who are not written to."""
        engaged = [_engagement(self._state, recipient) for recipient in self._people]
        for line in sorted(range(len(self._people)), key=lambda line: (-engaged[line], line)):
            self._place(line, "", at)

    def _place(self, line: int, waited: str, at: Instant) -> bool:
        """Put a person where they belong at an instant; true if they are ready."""
        when, why = allowed_at(self._state, self._campaign, self._people[line], at)
        if when is None:
            self._made.never.append((self._people[line], why))
        elif when > at:
            heappush(self._waiting, (when, line, waited or why))
        else:
            self._ready.append((line, waited))
            return True
        return False

    def _arrive(self, at: Instant) -> Instant:
        """Let those be ready whose time has come; with nobody ready, time goes on to the first of them."""
        if not self._ready:
            at = max(at, self._waiting[0][0])
        while self._waiting and self._waiting[0][0] <= at:
            _, line, why = heappop(self._waiting)
            self._ready.append((line, why))
        return at

    def _send(self, at: Instant) -> bool:
        """Send to the next person, if the rules still let it pass."""
        line, waited = self._ready.popleft()
        if at != self._campaign.starts_at:
            if not self._place(line, waited, at):
                return False
            line, waited = self._ready.pop()
        self._made.planned.append(Planned(self._people[line], at, waited))
        self._budget.take(at)
        return True

    def _give_up(self, why: str) -> None:
        """Leave out those for whom there is no room within the horizon."""
        left = [*self._ready, *((line, waited) for _, line, waited in self._waiting)]
        self._made.never += [(self._people[line], f"no room within {HORIZON // DAY} days: {waited or why}")
                             for line, waited in left]  # fmt: skip
        self._ready.clear()
        self._waiting.clear()


def _engagement(state: Senders, recipient: Recipient) -> int:
    person = state.people.find(recipient.names)
    if person is None:
        return 0
    return sum(2 * (sent.answered_at is not None) + (sent.status in ("read", "played")) for sent in person.sent)


def allowed_at(state: Senders, campaign: Campaign, recipient: Recipient, at: Instant) -> tuple[Instant | None, str]:
    """Return when the rules let a message pass, from an instant on, and which rule put it off; `None` for never."""
    message, first = recipient.message(campaign), ""
    for _ in range(_MOST_TRIES):
        objections = [objection for objection in judge(state, message, at) if objection.rule not in BUDGETS]
        if not objections:
            return at, first
        final = next((objection for objection in objections if objection.next_allowed_at is None), None)
        if final is not None:
            return None, f"{final.rule}: {final.said}"
        first = first or objections[0].rule
        at = max(at + 1, *(objection.next_allowed_at or 0 for objection in objections))
    return None, f"{first}: no time was found at which every rule lets it pass"


class _Budget:
    """How many people may still be begun with: the tier over moving 24 hours, and the warm-up by day of the plan."""

    def __init__(self, state: Senders, campaign: Campaign) -> None:
        number = state.numbers.get(campaign.number)
        portfolio = state.portfolios.get((number.portfolio if number is not None else None) or "main")
        self._over = platform().tiers.over
        self._most = room(
            state, portfolio or Portfolio("main"), campaign.starts_at, advertises=campaign.category == "marketing"
        )
        limit = (portfolio or Portfolio("main")).limit(platform().tiers)
        self._bound = "tier" if self._most == limit else "reserve"
        begun = sorted(portfolio.began.values()) if portfolio is not None else []
        self._begun = deque(at for at in begun if at > campaign.starts_at - self._over)
        used = max([count for _, count in portfolio.most_used] or [0]) if portfolio is not None else 0
        warm = practice().warm_up
        self._starts, self._first, self._factor = (
            campaign.starts_at,
            max(warm.first_day, used * warm.factor),
            warm.factor,
        )
        self._by_day: dict[int, int] = {}

    def day_cap(self, day: int) -> int:
        """Return how many people the warm-up allows on a day of the plan."""
        return int(min(self._first * self._factor ** min(day, 40), 10**9))

    def free_at(self, at: Instant) -> tuple[Instant, str]:
        """Return when there is room for one more, from an instant on, and what bounds it."""
        why = ""
        while True:
            day = (at - self._starts) // DAY
            if self._by_day.get(day, 0) >= self.day_cap(day):
                at, why = self._starts + (day + 1) * DAY, "warm-up"
                continue
            while self._begun and self._begun[0] <= at - self._over:
                self._begun.popleft()
            if self._most is None or len(self._begun) < self._most:
                return at, why
            at, why = self._begun[len(self._begun) - self._most] + self._over, self._bound

    def take(self, at: Instant) -> None:
        """Count a person."""
        self._begun.append(at)
        day = (at - self._starts) // DAY
        self._by_day[day] = self._by_day.get(day, 0) + 1


def first_day(state: Senders, campaign: Campaign) -> int:
    """Return how many people the warm-up allows on the first day."""
    return _Budget(state, campaign).day_cap(0)


def waves(made: Plan, gap: int = 30 * MINUTE) -> list[list[Planned]]:
    """Return the plan in waves: a pause of half an hour begins another one."""
    grouped: list[list[Planned]] = []
    for message in made.planned:
        if not grouped or message.at - grouped[-1][-1].at > gap:
            grouped.append([])
        grouped[-1].append(message)
    return grouped
