"""Reads what the platform tells by webhooks into facts.

What a change is about follows from the keys of its value, for the platform's own samples name the wrong field, and new
fields come. What is not known is kept as `Unfamiliar`, never dropped, and never a reason to fail.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from cartellino.adapters.whatsapp_cloud import account_updates
from cartellino.adapters.whatsapp_cloud.fields import Update, at_of, code_of, items, read_instant, text_of
from cartellino.senders.facts import (
    Echoed,
    Fact,
    HandedOver,
    Names,
    NumberSeen,
    Preferred,
    Renamed,
    Status,
    Unfamiliar,
    Wrote,
)
from cartellino.senders.phone import read_phone
from cartellino.senders.platform import platform
from cartellino.senders.words import word_of
from cartellino.service.pseudonyms import Pseudonyms
from cartellino.vocabulary.refusals import BadArgument
from cartellino.vocabulary.times import Instant

STATUSES = frozenset(
    {"sent", "delivered", "read", "played", "failed", "deleted", "warning", "accepted", "held", "paused"}
)
PREFERENCES = frozenset({"stop", "resume", "signup"})
INBOUND = frozenset({
    "text", "image", "video", "audio", "voice", "document", "sticker", "location", "contacts", "reaction", "order",
    "interactive", "button", "unsupported", "unknown", "request_welcome", "ephemeral", "edit", "revoke", "poll", "pin",
    "call_permission_reply", "group_invite", "product_inquiry",
})  # fmt: skip


class NotAnUpdate(BadArgument):
    """The body is no webhook of the platform; the message says why."""


def facts_of(payload: object, received_at: Instant, names: Pseudonyms) -> list[Fact]:
    """Return the facts of a webhook, in its order.

    Raises `NotAnUpdate` for another shape, and for more updates than the platform sends at once.
    """
    if not isinstance(payload, Mapping) or not isinstance(payload.get("entry"), Sequence):
        raise NotAnUpdate("a webhook is a JSON object with `object` and `entry`")
    updates = list(_updates(payload, received_at, names))
    most = platform().webhooks.most_updates
    if sum(update.size for update in updates) > most:
        raise NotAnUpdate(f"more than {most} updates in one webhook")
    return [fact for update in updates for fact in _read(update)]


def newest_of(payload: object) -> Instant:
    """Return the latest instant that a webhook names for itself or for a message in it; 0 if it names none."""
    named = [0]
    for entry in items(payload, "entry") if isinstance(payload, Mapping) else []:
        named.append(read_instant(entry.get("time")) or 0)
        for change in items(entry, "changes"):
            value = change.get("value")
            inside = value if isinstance(value, Mapping) else {}
            for name in ("messages", "statuses", "user_preferences"):
                named += [read_instant(item.get("timestamp")) or 0 for item in items(inside, name)]
    return max(named)


def _updates(payload: Mapping[str, Any], received_at: Instant, names: Pseudonyms) -> Iterator[Update]:
    for entry in items(payload, "entry"):
        at = at_of(entry.get("time"), received_at)
        for change in items(entry, "changes"):
            value = change.get("value")
            inside = value if isinstance(value, Mapping) else {}
            yield Update(
                text_of(change, "field") or "unknown", inside, text_of(entry, "id") or "", at, received_at, names
            )


def _read(update: Update) -> list[Fact]:
    facts = [fact for reader in _READERS for fact in reader(update)]
    return facts or [Unfamiliar(at=update.at, field="field", what=update.field, number=update.number)]


# People and their messages


def _seen(update: Update) -> Iterator[Fact]:
    if update.number is not None:
        yield NumberSeen(at=update.at, number=update.number, account=update.account or None,
                         display=text_of(update.metadata, "display_phone_number"))  # fmt: skip


def _messages(update: Update) -> Iterator[Fact]:
    for message in [*items(update.value, "messages"), *items(update.value, "standby")]:
        kind, number = text_of(message, "type") or "unknown", update.number or ""
        at, system = at_of(message.get("timestamp"), update.at), message.get("system")
        if kind == "system" and isinstance(system, Mapping):
            yield from _system(update, message, system, at)
            continue
        if kind not in INBOUND:
            yield Unfamiliar(at=at, field="messages.type", what=kind, number=update.number)
        yield Wrote(
            at=at, number=number, person=_author(update, message), message_id=_identity(update, message),
            kind=kind, word=word_of(_said(message, kind)), answers=_answers(message), entry=_is_entry(message),
            handler="standby" if update.field in ("standby", "messaging_handovers") else "us",
            country=_country(message),
        )  # fmt: skip


def _said(message: Mapping[str, Any], kind: str) -> str:
    """Return what somebody wrote or tapped, which is read for words that stop and kept nowhere."""
    inside = message.get(kind)
    if not isinstance(inside, Mapping):
        return ""
    if kind == "interactive":
        reply = inside.get("button_reply") or inside.get("list_reply")
        return (text_of(reply, "title") or "") if isinstance(reply, Mapping) else ""
    return text_of(inside, "body") or text_of(inside, "text") or text_of(inside, "caption") or ""


def _author(update: Update, message: Mapping[str, Any]) -> Names:
    sender = text_of(message, "from") or ""
    user_id = text_of(message, "from_user_id") or text_of(message, "user_id")
    contacts = items(update.value, "contacts")
    for contact in contacts:
        if text_of(contact, "wa_id") == sender or (not sender and len(contacts) == 1):
            user_id = user_id or text_of(contact, "user_id")
    if user_id is None and len(contacts) == 1 and not text_of(contacts[0], "wa_id"):
        user_id = text_of(contacts[0], "user_id")
    return _person(update.names, sender, user_id)


def _person(names: Pseudonyms, written: str | None, user_id: str | None) -> Names:
    """Return a person's names; an id that is no number stands for a user id, as the platform may put either there."""
    phone = read_phone(written or "")
    digits = phone.digits or (written if written and written.isdigit() else "")
    known = names.of(digits=digits or None, user_id=user_id or (written if written and not digits else None))
    return known or names.of(user_id="nobody")


def _identity(update: Update, message: Mapping[str, Any]) -> str:
    """Return the name of a message; one that has none gets one, the same when it is told again, and for no other."""
    if named := text_of(message, "id"):
        return named
    encoded = msgspec.json.encode([update.number, message], order="sorted")
    return f"none:{update.names.content(encoded)}"


def _country(message: Mapping[str, Any]) -> str | None:
    return read_phone(text_of(message, "from") or "").country


def _answers(message: Mapping[str, Any]) -> str | None:
    context = message.get("context")
    return text_of(context, "id") if isinstance(context, Mapping) else None


def _is_entry(message: Mapping[str, Any]) -> bool:
    """Say whether somebody came by an advertisement, which opens a longer window."""
    return isinstance(message.get("referral"), Mapping)


def _system(update: Update, message: Mapping[str, Any], system: Mapping[str, Any], at: Instant) -> Iterator[Fact]:
    kind = text_of(system, "type") or "unknown"
    if kind not in ("user_changed_number", "customer_changed_number", "user_changed_user_id"):
        if kind not in ("customer_identity_changed", "user_identity_changed"):
            yield Unfamiliar(at=at, field="system.type", what=kind, number=update.number)
        return
    was_number = text_of(system, "customer") or text_of(message, "from")
    was_user = text_of(system, "previous_user_id")
    now_number = text_of(system, "wa_id") or text_of(system, "new_wa_id")
    now_user = text_of(system, "user_id") or text_of(system, "new_user_id")
    if kind == "user_changed_user_id":
        now_number = now_number or was_number
        now_user = now_user or text_of(message, "from_user_id")
    was, now = _names(update, was_number, was_user), _names(update, now_number, now_user)
    if was and now and was != now:
        yield Renamed(at=at, number=update.number or "", was=was, now=now)


def _names(update: Update, written: str | None, user_id: str | None) -> Names:
    digits = read_phone(written or "").digits or (written if written and written.isdigit() else None)
    return update.names.of(digits=digits, user_id=user_id)


def _statuses(update: Update) -> Iterator[Fact]:
    if update.field == "calls":
        return  # they say how a call rings
    for status in items(update.value, "statuses"):
        said, at = text_of(status, "status") or "unknown", at_of(status.get("timestamp"), update.at)
        if said not in STATUSES:
            yield Unfamiliar(at=at, field="statuses.status", what=said, number=update.number)
        error = next(iter(items(status, "errors")), {})
        data, pricing = error.get("error_data"), status.get("pricing")
        yield Status(
            at=at, message_id=text_of(status, "id") or "", number=update.number or "", status=said,
            person=_person(update.names, text_of(status, "recipient_id"), text_of(status, "recipient_user_id")),
            code=code_of(error.get("code")),
            details=((text_of(data, "details") if isinstance(data, Mapping) else None) or "")[:300],
            pricing=text_of(pricing, "category") if isinstance(pricing, Mapping) else None,
        )  # fmt: skip


def _preferences(update: Update) -> Iterator[Fact]:
    for preference in items(update.value, "user_preferences"):
        contact = next(iter(items(update.value, "contacts")), {})
        user_id = text_of(preference, "user_id")
        if user_id is None and text_of(contact, "wa_id") in (None, text_of(preference, "wa_id")):
            user_id = text_of(contact, "user_id")
        yield Preferred(
            at=at_of(preference.get("timestamp"), update.at), number=update.number or "",
            person=_person(update.names, text_of(preference, "wa_id"), user_id),
            value=(text_of(preference, "value") or "unknown").casefold(),
            category=text_of(preference, "category") or "marketing_messages", signup=text_of(preference, "signup_id"),
        )  # fmt: skip


def _calls(update: Update) -> Iterator[Fact]:
    for call in items(update.value, "calls"):
        if text_of(call, "direction") == "USER_INITIATED" and text_of(call, "event") == "connect":
            yield Wrote(
                at=at_of(call.get("timestamp"), update.at), number=update.number or "", kind="call",
                person=_author(update, call), message_id=_identity(update, call), country=_country(call),
            )  # fmt: skip


def _handovers(update: Update) -> Iterator[Fact]:
    """Read who answers from now on, wherever the platform puts it."""
    for handover in [update.value, *items(update.value, "messaging_handovers")]:
        for key in ("control_passed", "control_taken", "pass_thread_control", "take_thread_control"):
            inside = handover.get(key)
            if not isinstance(inside, Mapping):
                continue
            person = _handed(update, handover)
            to = text_of(inside, "new_owner_role") or text_of(inside, "to") or text_of(inside, "target") or ""
            is_person = any(word in to.casefold() for word in ("person", "human", "inbox", "live_agent"))
            yield HandedOver(
                at=update.at, number=update.number or "", person=person, to="person" if is_person else "program"
            )


def _handed(update: Update, handover: Mapping[str, Any]) -> Names:
    contact = next(iter(items(handover, "contacts")), {})
    sender = handover.get("sender")
    written = text_of(contact, "wa_id") or (text_of(sender, "phone_number") if isinstance(sender, Mapping) else None)
    return _person(update.names, written or text_of(handover, "from"), text_of(contact, "user_id"))


def _echoes(update: Update) -> Iterator[Fact]:
    """Read what somebody of the business wrote with its own app, which the platform echoes."""
    for message in items(update.value, "message_echoes"):
        yield Echoed(
            at=at_of(message.get("timestamp"), update.at), number=update.number or "",
            person=_person(update.names, text_of(message, "to"), text_of(message, "to_user_id")),
            message_id=_identity(update, message),
        )  # fmt: skip


def _quiet(update: Update) -> Iterator[Fact]:
    """Take what is understood and changes nothing: histories of the business's own app, and errors of webhooks."""
    for error in items(update.value, "errors"):
        yield Unfamiliar(at=update.at, field="errors", what=text_of(error, "code") or "unknown", number=update.number)
    if "message_echoes" in update.value or "history" in update.value or "state_sync" in update.value:
        yield NumberSeen(at=update.at, number=update.number or "", account=update.account or None)


_READERS: Sequence[Callable[[Update], Iterator[Fact]]] = (
    _seen, _messages, _statuses, _preferences, _calls, _handovers, _echoes, _quiet, account_updates.read,
)  # fmt: skip
