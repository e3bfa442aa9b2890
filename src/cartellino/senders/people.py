"""The people a business writes to: under which names they are known, what they agreed to, and what came of messages."""

from __future__ import annotations

from typing import Literal

import msgspec

from cartellino.senders.facts import Category, Consented, Names
from cartellino.senders.pair import Burst
from cartellino.vocabulary.times import DAY, Duration, Instant

REMEMBERED: Duration = 60 * DAY
"""How long a message that a business began is remembered with the person."""


class Sent(msgspec.Struct):
    """One message to a person, and what became of it."""

    at: Instant
    number: str
    category: Category
    began: bool
    """Whether it was sent outside a service window, so that the business began."""
    template: str | None = None
    campaign: str | None = None
    content: str | None = None
    attempt: str = ""
    message_id: str = ""
    status: str = "asked"
    code: int | None = None
    answered_at: Instant | None = None

    @property
    def reached(self) -> bool:
        """Whether the person may have seen it: it did not fail, as far as is known."""
        return self.status not in ("failed", "rejected")


class Thread(msgspec.Struct):
    """One number of the business and one person."""

    window_until: Instant = 0
    burst: Burst = msgspec.field(default_factory=Burst)
    waiting_since: Instant | None = None
    """Since when the person waits for an answer; `None` where nobody waits."""
    wrote_at: Instant | None = None
    with_person: bool = False


class Person(msgspec.Struct):
    """One person, under all their names."""

    key: int
    names: set[str]
    country: str | None = None
    zone: str | None = None
    agreed: dict[str, Consented] = {}
    withdrew: dict[str, Instant] = {}
    sent: list[Sent] = []
    threads: dict[str, Thread] = {}
    stops: dict[str, Instant | None] = {}
    """What errors stopped towards this person (`all`, `marketing`), and until when; `None` until somebody says so."""
    undeliverable: list[Instant] = []

    def thread(self, number: str) -> Thread:
        """Return the thread with a number, begun if there was none."""
        return self.threads.setdefault(number, Thread())

    def agrees(self, category: Category) -> bool | None:
        """Say whether they agreed to a kind of message: `None` where nobody knows."""
        agreed = [given.given_at or given.at for kind, given in self.agreed.items() if kind in (category, "any")]
        withdrew = [at for kind, at in self.withdrew.items() if kind in (category, "any")]
        if not agreed:
            return False if withdrew else None
        return not withdrew or max(agreed) > max(withdrew)

    def agreement(self, category: Category) -> Consented | None:
        """Return the agreement that holds for a kind of message."""
        if not self.agrees(category):
            return None
        agreements = [given for kind, given in self.agreed.items() if kind in (category, "any")]
        return max(agreements, key=lambda given: given.given_at or given.at)

    def began(self, now: Instant, within: Duration, number: str | None = None) -> list[Sent]:
        """Return the messages by which the business began and that may have reached them."""
        return [
            sent
            for sent in self.sent
            if sent.began and sent.reached and now - within < sent.at and number in (None, sent.number)
        ]

    def forget(self, now: Instant) -> None:
        """Drop messages that are older than is remembered."""
        if self.sent and self.sent[0].at <= now - REMEMBERED:
            self.sent = [sent for sent in self.sent if sent.at > now - REMEMBERED]

    def stop_until(self, what: Literal["all", "marketing"], now: Instant) -> tuple[bool, Instant | None]:
        """Say whether an error stopped what is sent to them, and until when."""
        if what not in self.stops:
            return False, None
        until = self.stops[what]
        return until is None or now < until, until


class Directory(msgspec.Struct):
    """Who is who: several names lead to one person, and a new name of a known person joins them.

    A user id is one person's, and within a portfolio a person has one (the platform makes another when they change
    their phone number, and says so). A phone number may be somebody else's tomorrow.
    """

    people: dict[int, Person] = {}
    by_name: dict[str, int] = {}
    made: int = 0
    joined: dict[int, int] = {}
    """Into whom people were joined who proved to be one: what was sent to them is known by the key they had."""
    portfolios: dict[str, str] = {}
    """The portfolio for which a user id was made."""

    def by_key(self, key: int | None) -> Person | None:
        """Return the person of a key, also under the one that they had before they were joined."""
        while key in self.joined:
            key = self.joined[key]
        return None if key is None else self.people.get(key)

    def find(self, names: Names) -> Person | None:
        """Return the person with one of these names; `None` for a stranger."""
        return next((self.people[self.by_name[name]] for name in names if name in self.by_name), None)

    def meet(self, names: Names, portfolio: str) -> Person:
        """Return the person with these names, made if there is none; people who prove to be one are joined.

        A phone number with the user id of somebody else has a new owner: it leads to them from then on, and of what
        was known of its former owner only withdrawals go along.
        """
        for name in filter(is_user_id, names):
            self.portfolios.setdefault(name, portfolio)
        moved = [name for name in names if not is_user_id(name) and self._contradicts(names, name)]
        person = self.join(tuple(name for name in names if name not in moved))
        for name in moved:
            self._move(name, person)
        return person

    def join(self, names: Names) -> Person:
        """Return the person with these names, which are all theirs, made if there is none."""
        keys = list(dict.fromkeys(self.by_name[name] for name in names if name in self.by_name))
        if not keys:
            self.made += 1
            self.people[self.made] = Person(self.made, set())
            keys = [self.made]
        person = self.people[keys[0]]
        for key in keys[1:]:
            _join(person, self.people.pop(key))
            self.joined[key] = person.key
        for name in {*names, *person.names}:
            self.by_name[name] = person.key
            person.names.add(name)
        return person

    def rename(self, was: Names, now: Names) -> Person:
        """Let everything that is known of a person follow to their new names; the old ones lead nowhere any more."""
        person = self.join(was)
        known = [self.portfolios.pop(name) for name in was if name not in now and name in self.portfolios]
        taken = [name for name in now if not is_user_id(name) and self._is_of_another(name, person, now)]
        person = self.join((*(name for name in now if name not in taken), *was))
        for name in taken:
            self._move(name, person)
        for name in now:
            if known and is_user_id(name):
                self.portfolios.setdefault(name, known[0])
        for name in was:
            if name not in now:
                self.by_name.pop(name, None)
                person.names.discard(name)
        return person

    def _contradicts(self, names: Names, phone: str) -> bool:
        """Say whether a phone number is known with another user id than the one it is named with."""
        owner = self.find((phone,))
        if owner is None:
            return False
        named = {self.portfolios.get(name): name for name in names if is_user_id(name)}
        theirs = {self.portfolios.get(name): name for name in owner.names if is_user_id(name)}
        return any(portfolio in theirs and theirs[portfolio] != name for portfolio, name in named.items())

    def _is_of_another(self, phone: str, person: Person, now: Names) -> bool:
        owner = self.find((phone,))
        return (owner is not None and owner is not person
                and any(is_user_id(name) and name not in now for name in owner.names))  # fmt: skip

    def _move(self, phone: str, person: Person) -> None:
        """Let a phone number lead to its new owner. Who asked for silence under it meant the number."""
        owner = self.find((phone,))
        if owner is not None:
            owner.names.discard(phone)
            for category, at in owner.withdrew.items():
                person.withdrew[category] = max(at, person.withdrew.get(category, at))
        self.by_name[phone] = person.key
        person.names.add(phone)


def is_user_id(name: str) -> bool:
    """Say whether a pseudonym is that of a business-scoped user id."""
    return name.startswith("u:")


def _join(person: Person, other: Person) -> None:
    person.names |= other.names
    person.country, person.zone = person.country or other.country, person.zone or other.zone
    for category, given in other.agreed.items():
        own = person.agreed.get(category)
        person.agreed[category] = (
            given if own is None else max(own, given, key=lambda agreement: agreement.given_at or agreement.at)
        )
    for category, at in other.withdrew.items():
        person.withdrew[category] = max(at, person.withdrew.get(category, at))
    person.sent = sorted([*person.sent, *other.sent], key=lambda sent: sent.at)
    for number, thread in other.threads.items():
        mine = person.threads.get(number)
        person.threads[number] = thread if mine is None or mine.window_until < thread.window_until else mine
    for what, until in other.stops.items():
        mine_until = person.stops.get(what, 0)
        person.stops[what] = None if until is None or mine_until is None else max(until, mine_until)
    person.undeliverable = sorted([*person.undeliverable, *other.undeliverable])
