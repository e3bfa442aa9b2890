"""Reads the body of a send into what rules look at, without its text.

Clients differ: some leave out `type` or `recipient_type`, some write to a user id in `recipient`, some send forms.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from cartellino.senders.facts import Message
from cartellino.senders.phone import Phone, read_phone
from cartellino.service.pseudonyms import Pseudonyms
from cartellino.vocabulary.refusals import BadArgument

KINDS = ("text", "template", "image", "audio", "video", "document", "sticker", "location", "contacts", "interactive",
         "reaction", "order", "product", "flow", "address_message", "pin")  # fmt: skip
"""Types of messages; another one is passed on and judged as free-form."""

_LINKS = ("http://", "https://", "www.", "wa.me/")


class NotASend(BadArgument):
    """The body cannot be read as a message; `error` is the platform's code for it."""

    def __init__(self, details: str, error: int = 100) -> None:
        """`details` says what is wrong and what to write."""
        super().__init__(details)
        self.error = error


class Send(msgspec.Struct, frozen=True):
    """A send as read: the message to judge, or `None` for what is no message, such as a read receipt."""

    message: Message | None
    phone: Phone | None = None
    """The number it goes to, as read; `None` where it goes to a user id."""


def read_send(number: str, body: object, names: Pseudonyms, home: str | None, campaign: str | None = None) -> Send:
    """Read the body of a send from a number of the business; `home` is the country of that number.

    Raises `NotASend`.
    """
    if not isinstance(body, Mapping):
        raise NotASend("the body is no JSON object")
    is_receipt = isinstance(body.get("status"), str) and "message_id" in body
    if is_receipt and not any(name in body for name in ("to", "recipient", "type", *KINDS)):
        return Send(None)  # read receipts and typing are no messages
    if body.get("recipient_type") == "group" and not _names_a_person(body, home):
        return Send(None)  # groups have no service windows and no limits by person
    phone, user_id = _recipient(body, home)
    kind = _kind(body)
    template = body.get("template") if kind == "template" else None
    if kind == "template" and not (isinstance(template, Mapping) and isinstance(template.get("name"), str)):
        raise NotASend("a template needs `template.name` and `template.language.code`", 131008)
    inside = template if isinstance(template, Mapping) else {}
    message = Message(
        number=number,
        person=names.of(digits=phone.digits if phone else None, user_id=user_id),
        kind=kind,
        category=None if kind == "template" else "service",
        template=inside.get("name"),
        language=_language(inside),
        campaign=campaign,
        content=names.content(msgspec.json.encode(inside, order="sorted")) if inside else None,
        country=phone.country if phone else _country_of(user_id),
        zone=phone.zone if phone else None,
        links=_links(inside if inside else body.get(kind)),
    )
    return Send(message, phone)


def _names_a_person(body: Mapping[str, Any], home: str | None) -> bool:
    """Say whether a message to a group is written to a phone number or a user id, which are no groups."""
    to = body.get("to")
    return "recipient" in body or (isinstance(to, str | int) and read_phone(str(to), home).is_number)


def _recipient(body: Mapping[str, Any], home: str | None) -> tuple[Phone | None, str | None]:
    to, recipient = body.get("to"), body.get("recipient")
    if to not in (None, ""):  # if both are given, the platform takes `to`
        written = str(to) if isinstance(to, str | int) and not isinstance(to, bool) else ""
        phone = read_phone(written, home)
        if not phone.is_number:
            raise NotASend(f"`to` is {phone.why or 'not a phone number'}; write it as +39 333 1234567", 131009)
        return phone, None
    if isinstance(recipient, str) and 3 <= len(recipient) <= 256:
        return None, recipient
    raise NotASend("a message needs `to`, a phone number, or `recipient`, a user id", 131008)


def _kind(body: Mapping[str, Any]) -> str:
    kind = body.get("type")
    if isinstance(kind, str) and kind:
        return kind[:40]
    known = [name for name in KINDS if name in body]
    if not known:
        raise NotASend("a message needs `type` and what it says, such as `text`", 131008)
    return known[0]


def _language(template: Mapping[str, Any]) -> str | None:
    language = template.get("language")
    code = language.get("code") if isinstance(language, Mapping) else language
    return code if isinstance(code, str) else None


def _country_of(user_id: str | None) -> str | None:
    """Return the country that a user id begins with, such as `US.13491208655302741918`."""
    code = (user_id or "").partition(".")[0]
    return code if len(code) == 2 and code.isalpha() and code.isupper() else None


def _links(inside: object, depth: int = 0) -> int:
    if isinstance(inside, str):
        return any(sign in inside.casefold() for sign in _LINKS)
    if depth > 12 or not isinstance(inside, Mapping | list):
        return 0
    values = inside.values() if isinstance(inside, Mapping) else inside
    return sum(_links(value, depth + 1) for value in values)
