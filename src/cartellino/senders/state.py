"""The state of business senders: what follows from all facts so far. `fold.apply` adds one fact."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import msgspec

from cartellino.senders.accounts import Account, Number, Portfolio
from cartellino.senders.facts import Names, Status
from cartellino.senders.people import Directory, Person, Sent
from cartellino.vocabulary.times import Instant

MAIN = "main"
"""The portfolio of numbers that nobody placed in another one: a gateway stands before one business."""


MOST_SEEN = 100_000


class Report(msgspec.Struct):
    """Something unfamiliar that came in: how often, and when last."""

    count: int
    at: Instant


class Senders(msgspec.Struct):
    """Numbers, accounts, portfolios and people of one gateway, and how its rules are set."""

    people: Directory = msgspec.field(default_factory=Directory)
    numbers: dict[str, Number] = {}
    accounts: dict[str, Account] = {}
    portfolios: dict[str, Portfolio] = {}
    modes: dict[str, str] = {}
    bypass: bool = False
    early: dict[str, list[Status]] = {}
    """Statuses of messages whose answer is not known yet, by the platform's id: it may tell before it answers."""
    pending: dict[str, int] = {}
    """The person by attempt, for messages whose outcome is not known yet."""
    messages: dict[str, int] = {}
    """The person by the platform's id of a message."""
    seen: dict[str, Instant] = {}
    """What the platform told, which it tells twice at times: ids of messages, and digests; the latest."""
    unfamiliar: dict[str, Report] = {}
    """By field and name."""
    heard: dict[str, Instant] = {}
    """When each kind of webhook (`field`) was last heard of, by number or account and field."""

    def number(self, number: str) -> Number:
        """Return a number, begun if it is new."""
        return self.numbers.setdefault(number, Number(number))

    def account(self, account: str) -> Account:
        """Return an account, begun if it is new."""
        return self.accounts.setdefault(account, Account(account))

    def account_of(self, number: str) -> Account | None:
        """Return the account of a number; the only one there is, if the number's is not known."""
        known = self.number(number).account
        if known is not None:
            return self.account(known)
        return next(iter(self.accounts.values())) if len(self.accounts) == 1 else None

    def portfolio_of(self, number: str) -> Portfolio:
        """Return the portfolio of a number."""
        name = self.number(number).portfolio or MAIN
        return self.portfolios.setdefault(name, Portfolio(name))

    def person(self, names: Names, number: str | None = None) -> Person:
        """Return a person, begun if they are new, as a number of the business knows them (`None`: any of it).

        Who proves to be one person counts once from then on.
        """
        portfolio = self.numbers[number].portfolio if number in self.numbers else None
        return self._once(lambda: self.people.meet(names, portfolio or MAIN))

    def same_person(self, person: Person, names: Names) -> Person:
        """Return a person of whom the platform now says these names, too."""
        return self._once(lambda: self.people.join((*names, *sorted(person.names))))

    def renamed(self, was: Names, now: Names) -> Person:
        """Return a person who has new names."""
        return self._once(lambda: self.people.rename(was, now))

    def _once(self, meet: Callable[[], Person]) -> Person:
        """Let people who are joined meanwhile count once in the tiers."""
        known = len(self.people.joined)
        person = meet()
        for was in list(self.people.joined)[known:]:
            for portfolio in self.portfolios.values():
                portfolio.join(was, person.key)
        return person

    def is_new(self, name: str, at: Instant) -> bool:
        """Say whether something is told for the first time, and remember it."""
        if name in self.seen:
            return False
        self.seen[name] = at
        if len(self.seen) > MOST_SEEN:
            del self.seen[next(iter(self.seen))]
        return True

    def sent(self, *, attempt: str = "", message_id: str = "") -> tuple[Person, Sent] | None:
        """Return a message and who it went to, by our name for it or by the platform's; `None` if it is not known."""
        key = self.pending.get(attempt) if attempt else self.messages.get(message_id)
        person = self.people.by_key(key)
        if person is None:
            return None
        for sent in reversed(person.sent):
            if (attempt and sent.attempt == attempt) or (message_id and sent.message_id == message_id):
                return person, sent
        return None


Handlers: TypeAlias = dict[type[Any], Callable[[Senders, Any], None]]
"""What each kind of fact changes."""
