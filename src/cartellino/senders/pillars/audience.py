"""Whom a number began to write to lately, and what it sent them: what the figures about people are counted from."""

from __future__ import annotations

from typing import NamedTuple

from cartellino.senders.accounts import Number
from cartellino.senders.people import Person, Sent
from cartellino.senders.state import Senders
from cartellino.vocabulary.times import DAY, Instant

OVER = 30 * DAY
"""What happened within this time counts."""

READ = frozenset({"read", "played"})
ARRIVED = frozenset({"delivered", "read", "played"})

OPEN_STILL = DAY
"""A message so young may still be answered or read."""


class Reached(NamedTuple):
    """A person, what the number began to send them within the time, and what of it advertised."""

    person: Person
    sent: list[Sent]
    offers: list[Sent]

    @property
    def reacted(self) -> bool:
        """Whether they answered or read anything of it."""
        return any(sent.answered_at is not None or sent.status in READ for sent in self.sent)


class Audience(NamedTuple):
    """Everybody written to first."""

    number: Number
    now: Instant
    reached: list[Reached]

    @property
    def offered(self) -> list[Reached]:
        """Those who got offers."""
        return [person for person in self.reached if person.offers]


def audience_of(state: Senders, number: Number, now: Instant) -> Audience:
    """Return whom a number began to write to within the time."""
    reached = []
    for person in state.people.people.values():
        sent = person.began(now, OVER, number.id) if person.sent else []
        if sent:
            reached.append(Reached(person, sent, [message for message in sent if message.category == "marketing"]))
    return Audience(number, now, reached)


def hides_reading(reached: Reached) -> bool:
    """Whether nobody knows if they read: something arrived, and nothing was ever shown as read.

    People can turn receipts off, so that an unread message may have been read.
    """
    arrived = any(sent.status in ARRIVED for sent in reached.sent)
    return arrived and not any(sent.status in READ for sent in reached.person.sent)


def is_open(reached: Reached, now: Instant) -> bool:
    """Whether all that they got is so young that they may still react, or its outcome is not known."""
    return all(sent.at > now - OPEN_STILL or sent.status in ("asked", "lost", "held") for sent in reached.sent)
