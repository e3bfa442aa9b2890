"""What people do changes: their window opens, their word holds, and what they were sent counts as answered."""

from __future__ import annotations

from typing import Literal

import msgspec

from cartellino.senders.facts import Consented, Forgotten, HandedOver, Preferred, Renamed, Withdrew, Wrote
from cartellino.senders.people import Person
from cartellino.senders.platform import platform
from cartellino.senders.state import Handlers, Report, Senders
from cartellino.vocabulary.times import DAY, SECOND, Instant

_ANSWERS_WITHIN = 7 * DAY
"""A person who writes within this time answers what they were sent; after it, they write of their own accord."""


def wrote(state: Senders, fact: Wrote) -> None:
    """Open the service window, count the answer, and obey a word that stops or resumes."""
    if not state.is_new(fact.message_id, fact.at):
        return
    number, window = state.number(fact.number), platform().service_window
    person = state.person(fact.person, fact.number)
    person.country = person.country or fact.country
    thread, day = person.thread(fact.number), number.days.on(fact.at)
    length = window.free_entry if fact.entry else window.length
    thread.window_until = max(thread.window_until, fact.at + length)
    thread.wrote_at = max(fact.at, thread.wrote_at or 0)
    day.wrote += 1
    _answer(state, person, fact)
    if fact.word is None:
        thread.waiting_since = thread.waiting_since if thread.waiting_since is not None else fact.at
    person.undeliverable.clear()
    if person.stops.get("all", 0) is not None:
        person.stops.pop("all", None)  # who writes can be reached again
    if fact.word in ("stop", "stop_everything"):
        day.stopped += 1
        _withdraw(person, "marketing" if fact.word == "stop" else "any", fact.at)
    elif fact.word == "resume":
        day.resumed += 1
        if person.withdrew:  # "start" from somebody who stopped nothing is a greeting, and no agreement
            again: Literal["marketing", "any"] = "any" if "any" in person.withdrew else "marketing"  # orders, too
            _resume(person, Consented(at=fact.at, person=fact.person, category=again, source="wrote: resume"))


def _answer(state: Senders, person: Person, fact: Wrote) -> None:
    if fact.word is not None and fact.word != "resume":
        return  # who asks to be left alone has not answered
    for sent in person.sent:
        recent = fact.at - _ANSWERS_WITHIN < sent.at <= fact.at
        if sent.number == fact.number and sent.answered_at is None and sent.reached and recent:
            sent.answered_at = fact.at
            state.number(fact.number).days.on(sent.at).answered += sent.began


def preferred(state: Senders, fact: Preferred) -> None:
    """Obey what a person told the platform; a category that is not known is obeyed as if it meant everything."""
    person, day = state.person(fact.person, fact.number), state.number(fact.number).days.on(fact.at)
    category = "marketing" if fact.category == "marketing_messages" else "any"
    if fact.value == "stop":
        day.stopped += 1
        _withdraw(person, category, fact.at)
    elif fact.value in ("resume", "signup"):
        day.resumed += 1
        signup = fact.signup or ""
        wording = next(
            (account.signups[signup] for account in state.accounts.values() if signup in account.signups), ""
        )
        _resume(person, Consented(at=fact.at, person=fact.person, category="marketing",
               source=f"platform: {fact.value}", wording=wording, proof=signup))  # fmt: skip
    else:
        state.unfamiliar[f"user_preferences/{fact.value}"[:200]] = Report(1, fact.at)


def consented(state: Senders, fact: Consented) -> None:
    """Write an agreement into the ledger."""
    _agree(state.person(fact.person), fact)


def withdrew(state: Senders, fact: Withdrew) -> None:
    """Write a withdrawal into the ledger."""
    _withdraw(state.person(fact.person), fact.category, fact.at)


def forgotten(state: Senders, fact: Forgotten) -> None:
    """Erase a person but for their withdrawals, which need no more than the pseudonyms; offers are withdrawn with it.

    An old list that is imported once more must not make them a recipient again.
    """
    person = state.person(fact.person)
    for sent in person.sent:
        state.messages.pop(sent.message_id, None)
    for attempt in [attempt for attempt, key in state.pending.items() if state.people.by_key(key) is person]:
        del state.pending[attempt]
    person.country = person.zone = None
    person.agreed, person.sent, person.threads, person.undeliverable = {}, [], {}, []
    _withdraw(person, "marketing", fact.at)


def _agree(person: Person, fact: Consented) -> None:
    earlier = person.agreed.get(fact.category)
    if earlier is None or (earlier.given_at or earlier.at) <= (fact.given_at or fact.at):
        person.agreed[fact.category] = fact
    if fact.category in ("marketing", "any"):
        person.stops.pop("marketing", None)


def _withdraw(person: Person, category: str, at: Instant) -> None:
    """Note a withdrawal. The platform tells whole seconds: what was agreed to within that second was before it."""
    agreed = [given.given_at or given.at for given in person.agreed.values()]
    at = max([at, *(when for when in agreed if when <= at + SECOND)])
    person.withdrew[category] = max(at, person.withdrew.get(category, at))


def _resume(person: Person, fact: Consented) -> None:
    """Note that somebody resumes, after a withdrawal in the same second, if there was one."""
    at = max([fact.at, *(when + 1 for when in person.withdrew.values() if when <= fact.at + SECOND)])
    _agree(person, msgspec.structs.replace(fact, given_at=at))


def renamed(state: Senders, fact: Renamed) -> None:
    """Let consent, withdrawals and windows follow a person to their new name."""
    state.renamed(fact.was, fact.now)


def handed_over(state: Senders, fact: HandedOver) -> None:
    """Note that a person of the business took over, or a program again."""
    state.person(fact.person, fact.number).thread(fact.number).with_person = fact.to == "person"
    state.number(fact.number).days.on(fact.at).handed_over += fact.to == "person"


HANDLERS: Handlers = {
    Wrote: wrote, Preferred: preferred, Consented: consented, Withdrew: withdrew, Renamed: renamed,
    Forgotten: forgotten,
    HandedOver: handed_over,
}  # fmt: skip
