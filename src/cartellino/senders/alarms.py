"""What should make a sender look up: each alarm with its evidence and what to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from cartellino.senders.accounts import Number
from cartellino.senders.ai import charged_otherwise
from cartellino.senders.state import Senders
from cartellino.vocabulary.times import DAY, MINUTE, Instant, show_instant

NEEDED = ("messages", "user_preferences", "account_update", "message_template_status_update",
          "message_template_quality_update", "template_category_update", "standby", "messaging_handovers",
          "business_capability_update", "account_alerts")  # fmt: skip
"""Fields of webhooks without which the gateway is blind to something."""

UNDELIVERED, LEAST = 0.5, 20
"""The share of accepted messages without any sign of arrival that is an alarm, and of how many at least."""

_SETTLED, _WITHIN = 30 * MINUTE, DAY


class Alarm(msgspec.Struct, frozen=True):
    """Something is wrong."""

    name: str
    said: str
    evidence: Mapping[str, int | float | str | None]
    todo: str


def alarms_of(state: Senders, number: Number, now: Instant) -> list[Alarm]:
    """Return the alarms of a number, the gravest first."""
    return [*_ai_review(number, now), *_undelivered(state, number, now), *_subscriptions(state, number),
            *_general_ai(number, now), *_unfamiliar(state, now)]  # fmt: skip


def _ai_review(number: Number, now: Instant) -> Iterator[Alarm]:
    """The notice to the sender: a person decided, and from a day on something is refused."""
    reviewed = number.ai_reviewed
    if reviewed is None or reviewed.blocks_from is None:
        return
    begin = show_instant(reviewed.blocks_from)
    is_on = reviewed.blocks_from <= now
    yield Alarm(
        "ai-review", f"A person found that a general AI is what this number offers: {reviewed.reason}",
        {"decided_at": show_instant(reviewed.at), "blocks_from": begin},
        f"What a program writes freely is refused {'since' if is_on else 'from'} {begin[:16].replace('T', ' ')}. Let "
        "the bot answer about your own service only, offer a way to a person, and answer: it is looked at anew.",
    )  # fmt: skip


def _undelivered(state: Senders, number: Number, now: Instant) -> Iterator[Alarm]:
    """Messages that the platform accepted and of which nothing was heard: it does so where no payment is set up."""
    sent = [
        message for person in state.people.people.values() for message in person.sent
        if message.number == number.id and message.message_id and now - _WITHIN < message.at <= now - _SETTLED
    ]  # fmt: skip
    silent = [message for message in sent if message.status in ("accepted", "sent")]
    if len(sent) < LEAST or len(silent) / len(sent) < UNDELIVERED:
        return
    unheard = all(message.status == "accepted" for message in silent)
    yield Alarm(
        "undelivered", f"Of {len(sent)} messages that the platform accepted in a day, {len(silent)} did not arrive.",
        {"accepted": len(sent), "without_delivery": len(silent)},
        "No status came at all: see whether webhooks of the field `messages` arrive at the gateway." if unheard else
        "Look at the payment method: without one the platform accepts messages and delivers none.",
    )  # fmt: skip


def _subscriptions(state: Senders, number: Number) -> Iterator[Alarm]:
    account = state.account_of(number.id)
    if account is None or account.subscribed is None:
        return
    missing = [field for field in NEEDED if field not in account.subscribed]
    if missing:
        named = ", ".join(missing)
        yield Alarm(
            "unsubscribed", f"The app is not told of {named}.", {"missing": named},
            "Subscribe the app to these fields: without them stops, windows or restrictions are missed.",
        )  # fmt: skip


def _general_ai(number: Number, now: Instant) -> Iterator[Alarm]:
    charged = charged_otherwise(number, now)
    if charged:
        declared = number.declared.ai if number.declared is not None else None
        yield Alarm(
            "general-purpose-ai", f"The platform charged {charged} messages as those of a general AI.",
            {"charged": charged, "declared": declared},
            "The platform takes this number for an AI provider. If it is not, ask it to review; else say so.",
        )  # fmt: skip


def _unfamiliar(state: Senders, now: Instant) -> Iterator[Alarm]:
    fresh = {name: report for name, report in state.unfamiliar.items() if report.at > now - 7 * DAY}
    if fresh:
        latest = max(fresh.items(), key=lambda item: item[1].at)
        yield Alarm(
            "unfamiliar", f"The platform told {len(fresh)} things that this version does not know.",
            {"kinds": len(fresh), "latest": latest[0], "at": show_instant(latest[1].at)},
            "They were kept and passed on. Update Cartellino, or report them.",
        )  # fmt: skip
