"""Mails to people who complained, to authorities and to business senders: what was received, decided, sent on, and why.

>>> said = mail("complaint_received", {"complaint": "ABCD", "due_at": 0, "basis": "our own promise"}, Words({}), "en",
...             "https://s.example")
>>> said.subject, said.lines[0]
('We have received your complaint ABCD',
 'A person will look at it and decide by 1 January 1970, 00:00 UTC (our own promise).')
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from babel.dates import format_datetime

from cartellino.notices import filing_texts as texts
from cartellino.notices.status_mail import Mail
from cartellino.notices.words import Words
from cartellino.vocabulary.languages import chosen
from cartellino.vocabulary.times import Instant

Offices = Callable[[str, str], Sequence[tuple[str, str, str]]]
"""Offices in a country for a category: name, address, hours."""

Say = Callable[..., str]


def mail(
    kind: str, data: Mapping[str, Any], words: Words, language: str, base: str,
    offices: Offices = lambda country, category: (),
) -> Mail:  # fmt: skip
    """Return a mail of a kind, with the facts in `data`; links begin with `base`."""

    def say(text: str, **holes: object) -> str:
        return words.say(language, text, **holes)

    subject, lines = _MADE[kind](say, data, language, base)
    listed = offices(str(data.get("country", "")), str(data.get("category", ""))) if kind in _WITH_OFFICES else ()
    if listed:
        head = texts.YOURSELF if kind == "complaint_referred" else texts.TURN_TO
        lines += ["", say(head), *(f"- {say(name)}: {address} ({say(hours)})" for name, address, hours in listed)]
    return Mail(subject, lines)


def moment(language: str, at: Instant) -> str:
    """Return an instant as a language writes it, in UTC."""
    made = datetime.fromtimestamp(at / 1000, UTC)
    return str(format_datetime(made, "d MMMM y, HH:mm 'UTC'", locale=language))


_Made = tuple[str, list[str]]


def _page(base: str, data: Mapping[str, Any]) -> str:
    return f"{base}/complaints/{data['complaint']}"


def _confirm(say: Say, data: Mapping[str, Any], language: str, base: str) -> _Made:
    ticket = data["complaint"]
    return say(texts.TO_CONFIRM, ticket=ticket), [
        say(texts.SOMEBODY, ticket=ticket), "", say(texts.TO_COUNT),
        f"{_page(base, data)}/confirm?secret={data['secret']}", "", say(texts.NOT_YOU),
    ]  # fmt: skip


def _received(say: Say, data: Mapping[str, Any], language: str, base: str, text: str = texts.WILL_DECIDE) -> _Made:
    urgent = ["", say(texts.URGENT)] if data.get("category") == "threat_to_life" else []
    return say(texts.RECEIVED, ticket=data["complaint"]), [
        say(text, when=moment(language, data["due_at"]), basis=say(data["basis"])), *urgent, "", say(texts.FOLLOW),
        _page(base, data),
    ]  # fmt: skip


def _joined(say: Say, data: Mapping[str, Any], language: str, base: str) -> _Made:
    return _received(say, data, language, base, texts.TOGETHER)


def _decided(say: Say, data: Mapping[str, Any], language: str, base: str) -> _Made:
    lines = [say(texts.OUTCOME[data["outcome"]]), say(texts.REASON, reason=chosen(data["reasons"], language)),
             say(texts.BY_PERSON)]  # fmt: skip
    lines += ["", say(texts.OFTEN_UNFOUNDED)] if data["outcome"] == "unfounded" else []
    return say(texts.DECIDED, ticket=data["complaint"]), [*lines, "", say(texts.DISAGREE), _page(base, data)]


def _referred(say: Say, data: Mapping[str, Any], language: str, base: str) -> _Made:
    sent = say(texts.SENT_TO, recipient=data["recipient"], law=data["law"])
    return say(texts.REFERRED, ticket=data["complaint"]), [sent, "", say(texts.FOLLOW), _page(base, data)]


def _refused(say: Say, data: Mapping[str, Any], language: str, base: str) -> _Made:
    return say(texts.NOT_HANDLED, ticket=data["complaint"]), [
        say(texts.UNTIL, when=moment(language, data["until"])), say(texts.STILL_TAKEN), "", say(texts.OBJECT),
    ]  # fmt: skip


def _warned(say: Say, data: Mapping[str, Any], language: str, base: str) -> _Made:
    return say(texts.WARNED), [say(texts.FACED), say(texts.REASON, reason=data["why"]), "", say(texts.OBJECT)]


def _suspended(say: Say, data: Mapping[str, Any], language: str, base: str) -> _Made:
    return say(texts.SUSPENDED), [
        say(texts.UNTIL, when=moment(language, data["until"])), say(texts.REASON, reason=data["why"]),
        say(texts.STILL_TAKEN), "", say(texts.OBJECT),
    ]  # fmt: skip


def _restored(say: Say, data: Mapping[str, Any], language: str, base: str) -> _Made:
    return say(texts.RESTORED), [say(texts.AGAIN)]


def _order_received(say: Say, data: Mapping[str, Any], language: str, base: str) -> _Made:
    due = say(texts.ORDER_DUE, when=moment(language, data["due_at"]), basis=say(data["basis"]))
    return say(texts.ORDER_RECEIVED, order=data["order"]), [due]


def _order_decided(say: Say, data: Mapping[str, Any], language: str, base: str) -> _Made:
    state = say(texts.ORDER_STATE[data["state"]])
    refused = [say(texts.NOT_FOR, refused=", ".join(data["refused"]))] if data["refused"] else []
    return say(texts.ORDER_DECIDED, order=data["order"], state=state), [
        f"{state}.", *refused, say(texts.REASON, reason=data["note"]), say(texts.BY_PERSON), "", say(texts.REDRESS),
    ]  # fmt: skip


def _written(say: Say, data: Mapping[str, Any], language: str, base: str) -> _Made:
    """Return a notice that was worded when it was queued."""
    return data["subject"], list(data["lines"])


_MADE: Mapping[str, Callable[[Say, Mapping[str, Any], str, str], _Made]] = {
    "complaint_confirm": _confirm, "complaint_received": _received, "complaint_joined": _joined,
    "complaint_decided": _decided, "complaint_referred": _referred, "complaint_refused": _refused,
    "filer_warned": _warned, "filer_suspended": _suspended, "filer_restored": _restored,
    "order_received": _order_received, "order_decided": _order_decided,
    "sender_notice": _written,
}  # fmt: skip

KINDS: frozenset[str] = frozenset(_MADE)
"""Every kind of mail."""

_WITH_OFFICES = ("complaint_received", "complaint_joined", "complaint_decided", "complaint_referred")
