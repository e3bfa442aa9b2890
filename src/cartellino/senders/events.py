"""Facts of a sender as events of the platform's side: what its own policies on business senders are judged by.

The account is the business number, the peer a pseudonym. Blocks and reports are seen by the platform alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from cartellino.events.event import Event
from cartellino.senders.accounts import Number
from cartellino.senders.facts import Asked, Consented, Fact, HandedOver, Message, Preferred, Withdrew, Wrote
from cartellino.senders.state import MAIN, Senders
from cartellino.vocabulary.times import DAY, Instant

LOOKED_BACK = 7 * DAY
"""The longest time that the policies look back over what was sent, but for orders and hand-overs."""


def event_of(fact: Fact, identity: str, number: str = "", portfolio: str = MAIN) -> Event | None:
    """Return a fact as an event; `None` where it is none. `number` is whose consents are meant, which name no number.

    >>> wrote = Wrote(at=5, number="1", person=("u:a", "p:b"), message_id="m")
    >>> event = event_of(wrote, "e1")
    >>> event.kind, event.account, event.peer
    ('reply_received', '1', 'u:a')
    """
    match fact:
        case Asked(message=message):
            return sent(message, fact.at, identity, portfolio)
        case Wrote(word=None | "resume"):
            kind, account = "reply_received", fact.number
        case Wrote():
            kind, account = "opted_out", fact.number
        case Preferred(value="stop"):
            kind, account = "opted_out", fact.number
        case Preferred(value="resume" | "signup"):
            kind, account = "opted_in", fact.number
        case Consented():
            kind, account = "opted_in", number
        case Withdrew():
            kind, account = "opted_out", number
        case HandedOver(to="person"):
            kind, account = "handover", fact.number
        case _:
            return None
    if not account:
        return None
    return Event(id=identity, time=fact.at, kind=kind, account=account, peer=fact.person[0], portfolio=portfolio)


def sent(message: Message, at: Instant, identity: str, portfolio: str = MAIN) -> Event:
    """Return a message as an event."""
    return Event(
        id=identity, time=at, kind="template_sent" if message.is_template else "message_sent",
        account=message.number, peer=message.person[0] if message.person else None, portfolio=portfolio,
        content=message.content, automated=message.automated, template=message.template,
        category=None if message.category == "service" else message.category, campaign=message.campaign,
    )  # fmt: skip


def history(state: Senders, number: Number, now: Instant, within: int = LOOKED_BACK) -> Iterator[Event]:
    """Yield what a state remembers of a number as events, in no order: what was sent, answers, people who stopped."""
    portfolio = number.portfolio or MAIN
    for person in state.people.people.values():
        peer = next(iter(sorted(person.names, reverse=True)), "")
        for place, sent in enumerate(person.sent):
            if sent.number != number.id or sent.at <= now - within or not sent.reached:
                continue
            named = f"{person.key}.{place}"
            yield Event(
                id=named, time=sent.at, kind="message_sent" if sent.category == "service" else "template_sent",
                account=number.id, peer=peer, portfolio=portfolio, content=sent.content, template=sent.template,
                category=None if sent.category == "service" else sent.category, campaign=sent.campaign,
            )  # fmt: skip
            if sent.answered_at is not None and sent.answered_at <= now:
                yield Event(id=f"{named}.answer", time=sent.answered_at, kind="reply_received", account=number.id,
                            peer=peer, portfolio=portfolio)  # fmt: skip
        for category, at in person.withdrew.items():
            if now - within < at <= now and number.id in person.threads:
                yield Event(id=f"{person.key}.{category}", time=at, kind="opted_out", account=number.id, peer=peer,
                            category=None if category == "any" else category, portfolio=portfolio)  # fmt: skip
