"""What a gateway knows of a number, as events of the platform's log: the same columns for the same policies.

The account is the number; people are peers under their key. What the platform alone sees, blocks and reports, a sender
does not know.
"""

from __future__ import annotations

from collections.abc import Iterator

from cartellino.events.event import Event
from cartellino.senders.people import Person, Sent
from cartellino.senders.state import MAIN, Senders
from cartellino.vocabulary.times import Duration, Instant


def events_of(state: Senders, number: str, now: Instant, within: Duration) -> list[Event]:
    """Return what happened to a number within a time, in order."""
    portfolio = (state.numbers[number].portfolio if number in state.numbers else None) or MAIN
    found = [event for person in state.people.people.values() for event in _of(person, number, portfolio, now - within)]
    return sorted(found, key=lambda event: (event.time, event.id))


def _of(person: Person, number: str, portfolio: str, since: Instant) -> Iterator[Event]:
    peer = str(person.key)
    for place, sent in enumerate(person.sent):
        if sent.number != number or sent.at <= since:
            continue
        yield sending(f"{peer}.{place}", sent.at, number, peer, sent, portfolio)
        if sent.status in ("delivered", "read", "played"):
            yield Event(id=f"{peer}.{place}d", time=sent.at, kind="delivered", account=number, peer=peer)
        if sent.answered_at is not None:
            yield Event(id=f"{peer}.{place}r", time=sent.answered_at, kind="reply_received", account=number, peer=peer)
    for category, at in person.withdrew.items():
        if at > since:
            yield Event(id=f"{peer}.{category}", time=at, kind="opted_out", account=number, peer=peer,
                        category=None if category == "any" else category)  # fmt: skip


def sending(identity: str, at: Instant, number: str, peer: str, sent: Sent, portfolio: str) -> Event:
    """Return the event of a message: a template opens a conversation, anything else answers in one."""
    if sent.template is None:
        return Event(id=identity, time=at, kind="message_sent", account=number, peer=peer)
    return Event(id=identity, time=at, kind="template_sent", account=number, peer=peer, template=sent.template,
                 category=sent.category, campaign=sent.campaign, portfolio=portfolio)  # fmt: skip
