"""Judges a message before it is sent: every rule that speaks against it, with its evidence and when it would not.

The rules stand in `rules`, in the order in which a refusal names them. Nothing here sends or refuses: the gateway does,
as the mode of each rule says.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

import msgspec

from cartellino.senders.accounts import Account, Number, Portfolio, Template
from cartellino.senders.facts import Message
from cartellino.senders.people import Person, Thread
from cartellino.senders.state import Senders
from cartellino.vocabulary.times import Instant

Evidence: TypeAlias = Mapping[str, int | float | str | bool | None]


class Objection(msgspec.Struct, frozen=True, kw_only=True):
    """A rule speaks against a message. `code` is the platform's error that is nearest."""

    rule: str
    code: int
    said: str
    evidence: Evidence
    next_allowed_at: Instant | None = None
    """When the same message would pass as far as this rule goes; `None`: not by waiting."""


class Case(msgspec.Struct, frozen=True):
    """A message with everything that rules look at. `person` is empty for a stranger."""

    message: Message
    now: Instant
    state: Senders
    number: Number
    person: Person
    thread: Thread
    portfolio: Portfolio
    account: Account | None
    template: Template | None

    @property
    def in_window(self) -> bool:
        """Whether the person's service window is open."""
        return self.now < self.thread.window_until

    @property
    def begins(self) -> bool:
        """Whether the business begins, which it may with templates only."""
        return not self.in_window

    @property
    def is_marketing(self) -> bool:
        """Whether it advertises, under the category as filed by the platform."""
        return self.message.is_marketing


Judge: TypeAlias = Callable[[Case], Objection | None]


class Rule(msgspec.Struct, frozen=True):
    """A rule: its stable name, what it is about in a sentence, whose it is, and how it judges."""

    name: str
    about: str
    whose: str
    """`platform` for limits of the platform, `practice` for what a careful business keeps to."""
    judge: Judge


def case_of(state: Senders, message: Message, now: Instant) -> Case:
    """Gather what rules look at; nothing is added to the state, also for strangers."""
    number = state.numbers.get(message.number) or Number(message.number)
    person = state.people.find(message.person)
    if person is None:
        person = Person(0, set(message.person), message.country, message.zone)
    thread = person.threads.get(message.number) or Thread()
    portfolio = state.portfolios.get(number.portfolio or "main") or Portfolio(number.portfolio or "main")
    account = _account(state, number)
    template = None
    if account is not None and message.template is not None:
        template = account.template(message.template, message.language)
    if template is not None and message.is_template:
        message = msgspec.structs.replace(message, category=template.category_at(now))
    return Case(message, now, state, number, person, thread, portfolio, account, template)


def _account(state: Senders, number: Number) -> Account | None:
    if number.account is not None:
        return state.accounts.get(number.account)
    return next(iter(state.accounts.values())) if len(state.accounts) == 1 else None


def judge(state: Senders, message: Message, now: Instant) -> tuple[Objection, ...]:
    """Return every objection to a message, in the order of the rules."""
    from cartellino.senders.rules import RULES

    case = case_of(state, message, now)
    judged = (rule.judge(case) for rule in RULES)
    return tuple(objection for objection in judged if objection is not None)
