"""Sixty days of one shop in one world, one way of sending."""

from __future__ import annotations

from collections import Counter
from functools import partial
from heapq import heapify, heappop, heappush
from typing import Any

import msgspec

from benchmarks.senders.sending import Way, With, Without
from benchmarks.senders.shops import START, Buyer, Reaction, Shop, buyers_of, reaction, thresholds
from benchmarks.senders.wishes import CATEGORIES, DAYS, OFFERS, Question, Wish, campaigns, daily
from cartellino.simulator.cloud import moods
from cartellino.simulator.cloud.beginning import ACCOUNT, NUMBER, begun
from cartellino.simulator.cloud.chance import drawn
from cartellino.simulator.cloud.templates import Template
from cartellino.simulator.cloud.world import Update
from cartellino.vocabulary.times import DAY, HOUR, MINUTE, SECOND, Instant

ANSWERS_WITHIN = 10 * SECOND
"""People of this world answer at once; whoever writes later, asks."""


class Days(msgspec.Struct):
    """What came of the days."""

    shop: str
    way: str
    seed: int
    wishes: Counter[str] = msgspec.field(default_factory=Counter)
    accepted: Counter[str] = msgspec.field(default_factory=Counter)
    delivered: Counter[str] = msgspec.field(default_factory=Counter)
    answered: Counter[str] = msgspec.field(default_factory=Counter)
    refused: Counter[str] = msgspec.field(default_factory=Counter)
    """What was never sent, by kind and why."""
    put_off: Counter[str] = msgspec.field(default_factory=Counter)
    sent_later: Counter[str] = msgspec.field(default_factory=Counter)
    """What was sent after it had been put off, by kind."""
    wanted: int = 0
    """Offers that people wanted: they agreed, did not stop, and got fewer unanswered ones that week than they want."""
    wanted_refused: Counter[str] = msgspec.field(default_factory=Counter)
    """Those of them that a rule of ours, no limit of the platform, kept from them, by rule."""
    answerable: int = 0
    """Offers that people who agreed would have answered, in hindsight."""
    answerable_refused: int = 0
    blocks: int = 0
    reports: int = 0
    stops: int = 0
    colours: Counter[str] = msgspec.field(default_factory=Counter)
    """Hours by the colour of the number's quality."""
    restricted_hours: int = 0
    restrictions: int = 0
    is_disabled: bool = False
    tier: str = ""
    answered_by_day: list[int] = []


class Run:
    """One run. Time goes from happening to happening; the platform's own come in between."""

    def __init__(self, shop: Shop, seed: int, way: type[With] | type[Without], *, tireless: bool = False) -> None:
        self.made = Days(shop.name, way.__name__.lower(), seed)
        self._seed, self._line, self._tireless, self._days = seed, 0, tireless, shop.days
        self._world = begun(seed, START, self._told)
        self._world.thresholds = msgspec.structs.replace(self._world.thresholds, **thresholds(seed))
        account = self._world.accounts[ACCOUNT]
        for place, name in enumerate(OFFERS[1:]):
            components = [{"type": "BODY", "text": "Something new for you."}]
            account.templates[f"{name}/en"] = Template(
                f"50060080{place}", name, "en", "marketing", components, rated_at=START
            )
        self._buyers = {buyer.wa_id: buyer for buyer in buyers_of(shop, seed)}
        self._sent: dict[str, Wish] = {}
        self._open: dict[str, tuple[Wish, Instant]] = {}
        self._answers = [0] * DAYS
        self._way: Way = way(self._world)
        for buyer in self._buyers.values():
            person = self._world.make_person(buyer.wa_id, "ignores")
            person.on_whatsapp = drawn(seed, "absent", buyer.wa_id) >= buyer.group.absent
            if buyer.agreed:
                self._way.agreed(buyer.wa_id, START - DAY, "newsletter form")
        people = list(self._buyers.values())
        self._due: list[tuple[Instant, int, Any]] = []
        for wish in [*campaigns(shop, people), *daily(people, seed)]:
            self._enter(wish.at, wish)
            self.made.wishes[wish.kind if isinstance(wish, Wish) else "question"] += 1
        for hour in range(1, DAYS * 24 + 1):
            self._enter(START + hour * HOUR, None)
        heapify(self._due)

    def _enter(self, at: Instant, what: Wish | Question | None) -> None:
        self._line += 1
        heappush(self._due, (at, self._line, what))

    def run(self) -> Days:
        """Let sixty days pass."""
        while self._due and self._due[0][0] <= START + DAYS * DAY:
            at, _, what = heappop(self._due)
            self._world.run_to(at)
            if what is None:
                self._look()
            elif isinstance(what, Wish):
                self._try(what)
            else:
                self._ask(what)
        return self._summed_up()

    # The shop

    def _try(self, wish: Wish) -> None:
        now, buyer = self._world.now, wish.buyer
        found = reaction(self._seed, buyer, CATEGORIES[wish.kind], wish.id, now, self._days, tires=not self._tireless)
        person = self._world.people[buyer.wa_id]
        person.mood, person.chance = found.mood, found.chance
        outcome = self._way.try_to(wish)
        if outcome.message_id:
            self._sent[outcome.message_id] = wish
            self.made.accepted[wish.kind] += 1
            self.made.sent_later[wish.kind] += now > wish.at
            self._weigh(wish, found)
            if wish.kind == "campaign":
                buyer.latest = now
        elif outcome.again_at is not None and outcome.again_at < wish.ends:
            self._enter(outcome.again_at, wish)
        else:
            self.made.refused[f"{wish.kind} {outcome.why}"] += 1
            self._weigh(wish, found, outcome.why if outcome.is_ours else "")

    def _weigh(self, wish: Wish, found: Reaction, refused: str = "") -> None:
        """Count an offer that was sent or given up, if the person wanted it, or would have answered it."""
        thread = self._world.people[wish.buyer.wa_id].thread(NUMBER)
        if wish.kind != "campaign" or thread.has_blocked or thread.stopped_marketing:
            return
        self.made.wanted += found.is_wanted
        if refused and found.is_wanted:
            self.made.wanted_refused[refused] += 1
        self.made.answerable += found.is_answered
        self.made.answerable_refused += found.is_answered and refused != ""

    def _ask(self, question: Question) -> None:
        buyer, now = question.buyer, self._world.now
        person = self._world.people[buyer.wa_id]
        text = {"type": "text", "text": {"body": "Do you have it in blue?"}}
        if person.on_whatsapp and moods.write(self._world, self._world.numbers[NUMBER], person, text):
            reply = Wish(f"reply {now}", now + question.answered_after, "reply", buyer)
            self._enter(reply.at, reply)
            self.made.wishes["reply"] += 1
            if question.agrees and not buyer.agreed and question.answered_after < DAY:
                buyer.agreed = True
                self._way.agreed(buyer.wa_id, now, "asked in a conversation")

    # The platform

    def _told(self, update: Update) -> None:
        self._way.hear(update)
        for status in update.value.get("statuses", ()):
            if status["status"] == "delivered" and status["id"] in self._sent:
                self._delivered(self._sent[status["id"]])
        for message in update.value.get("messages", ()):
            self._wrote(message["from"])

    def _delivered(self, wish: Wish) -> None:
        now = self._world.now
        self.made.delivered[wish.kind] += 1
        self._open[wish.buyer.wa_id] = (wish, now)
        if wish.kind == "campaign" and not self._tireless:
            wish.buyer.got = [at for at in wish.buyer.got if at > now - 7 * DAY] + [now]

    def _wrote(self, wa_id: str) -> None:
        wish, at = self._open.pop(wa_id, (None, 0))
        now = self._world.now
        if wish is None or now - at > ANSWERS_WITHIN:
            return
        self.made.answered[wish.kind] += 1
        wish.buyer.got.clear()
        if wish.kind != "reply":
            self._answers[min(DAYS - 1, (now - START) // DAY)] += 1
            self._world.later(3 * MINUTE, partial(self._reply, wish.buyer))

    def _reply(self, buyer: Buyer) -> None:
        self.made.wishes["reply"] += 1
        self._try(Wish(f"reply {self._world.now}", self._world.now, "reply", buyer))

    def _look(self) -> None:
        number, account = self._world.numbers[NUMBER], self._world.accounts[ACCOUNT]
        self.made.colours[number.quality] += 1
        stopped = account.state != "active" or account.stopped("business_initiated", self._world.now) is not None
        self.made.restricted_hours += stopped

    def _summed_up(self) -> Days:
        number, account = self._world.numbers[NUMBER], self._world.accounts[ACCOUNT]
        made = self.made
        made.blocks, made.reports, made.stops = number.blocks, number.reports, number.opt_outs
        made.restrictions = max(0, account.strikes - 1)
        made.is_disabled, made.tier = account.state != "active", self._world.portfolio_of(number).tier
        made.answered_by_day = self._answers
        if isinstance(self._way, With):
            made.put_off = self._way.put_off
        return made


def run(shop: Shop, seed: int, way: type[With] | type[Without], *, tireless: bool = False) -> Days:
    """Run sixty days; people who are tireless mind the tenth offer of a week no more than the first."""
    return Run(shop, seed, way, tireless=tireless).run()
