"""The world: time, people, businesses, and what the platform tells by webhook. It is moved by `run_to` alone."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from cartellino.simulator.cloud.agenda import Agenda
from cartellino.simulator.cloud.business import Account, Number, Portfolio
from cartellino.simulator.cloud.chance import chosen, digits, letters
from cartellino.simulator.cloud.messages import Message
from cartellino.simulator.cloud.people import Recipient, Thread, country_of
from cartellino.simulator.cloud.thresholds import Mood, Thresholds
from cartellino.vocabulary.times import Duration, Instant

PEOPLE = 200_000
"""Most people of a world."""

MESSAGES = 50_000
"""So many of the latest messages are remembered by their id."""

_NAMES = ("Ada", "Budi", "Chiara", "Dewi", "Elena", "Farid", "Giulia", "Hana", "Ivan", "Joko", "Karim", "Lucia")


class Update(msgspec.Struct, frozen=True):
    """One thing that the platform tells by webhook; `number` is `None` where it is about an account."""

    field: str
    account: str
    value: dict[str, Any]
    at: Instant
    number: str | None = None


class FullError(Exception):
    """There is no room for more people."""


class World:
    """Everything that is. `tell` gets each update as it happens."""

    def __init__(self, seed: int, start: Instant, tell: Callable[[Update], None]) -> None:
        self.seed, self.now, self.tell = seed, start, tell
        self.thresholds = Thresholds()
        self.agenda = Agenda()
        self.portfolios: dict[str, Portfolio] = {}
        self.accounts: dict[str, Account] = {}
        self.numbers: dict[str, Number] = {}
        self.people: dict[str, Recipient] = {}
        self.by_bsuid: dict[str, str] = {}
        self.messages: dict[str, Message] = {}
        self.inbound: dict[str, str] = {}
        """By id, whether messages that people wrote were `received` or `read`."""
        self.forced: deque[int] = deque(maxlen=100_000)
        """Codes with which the next messages are refused, as somebody asked for."""
        self._made = 0

    def run_to(self, until: Instant) -> None:
        """Let everything happen that is due until an instant; time never goes back."""
        while (due := self.agenda.due(until)) is not None:
            at, happening = due
            self.now = max(self.now, at)
            happening()
        self.now = max(self.now, until)

    def later(self, after: Duration, happening: Callable[[], None]) -> None:
        """Let something happen after a while."""
        self.agenda.enter(self.now + after, happening)

    def new_id(self, many: int, *names: object) -> str:
        """Return an id of so many digits that was not given before."""
        self._made += 1
        return digits(many, self.seed, "id", self._made, *names)

    def new_wamid(self) -> str:
        """Return the id of a message."""
        self._made += 1
        return "wamid.SIM" + letters(32, self.seed, "wamid", self._made)

    def account_of(self, number: Number) -> Account:
        """Return the account of a number."""
        return self.accounts[number.account]

    def portfolio_of(self, number: Number) -> Portfolio:
        """Return the portfolio of a number."""
        return self.portfolios[self.accounts[number.account].portfolio]

    def numbers_of(self, portfolio: Portfolio) -> Iterator[Number]:
        """Yield the numbers of a portfolio."""
        return (number for number in self.numbers.values() if self.account_of(number).portfolio == portfolio.id)

    def make_person(self, wa_id: str, mood: Mood, chance: float = 1.0) -> Recipient:
        """Make a person, or give somebody who is there another mood.

        Raises `FullError` when there are too many.
        """
        person = self.people.get(wa_id)
        if person is None:
            if len(self.people) >= PEOPLE:
                raise FullError
            country = country_of(wa_id)
            bsuid = f"{country or 'US'}.{digits(20, self.seed, 'bsuid', wa_id)}"
            name = chosen(_NAMES, self.seed, "name", wa_id)
            person = self.people[wa_id] = Recipient(wa_id, bsuid, mood, name, country=country)
            self.by_bsuid[bsuid] = wa_id
        person.mood, person.chance = mood, chance
        return person

    def somebody(self, wa_id: str) -> Recipient:
        """Return a person; whoever nobody made is a stranger."""
        if wa_id in self.people:
            return self.people[wa_id]
        strangers = self.thresholds.strangers
        if strangers == "absent":
            bsuid = f"{country_of(wa_id) or 'US'}.{digits(20, self.seed, 'bsuid', wa_id)}"
            return Recipient(wa_id, bsuid, "ignores", "", country=country_of(wa_id), on_whatsapp=False)
        return self.make_person(wa_id, strangers)

    def thread(self, message: Message) -> Thread:
        """Return what is between the sender and the recipient of a message."""
        return self.somebody(message.person).thread(message.number)

    def knows(self, message_id: str) -> bool:
        """Whether there is a message of this id, of either side."""
        return message_id in self.inbound or message_id in self.messages

    def came_in(self, message_id: str) -> None:
        """Keep the id of a message that somebody wrote."""
        self.inbound[message_id] = "received"
        if len(self.inbound) > MESSAGES:
            del self.inbound[next(iter(self.inbound))]

    def remember(self, message: Message) -> None:
        """Keep a message by its id; the oldest is forgotten where there are too many."""
        self.messages[message.id] = message
        if len(self.messages) > MESSAGES:
            del self.messages[next(iter(self.messages))]
