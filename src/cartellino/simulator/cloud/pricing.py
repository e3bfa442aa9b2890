"""What a delivered message costs, as statuses say it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from cartellino.senders.platform import platform
from cartellino.simulator.cloud.business import Number
from cartellino.simulator.cloud.messages import Message
from cartellino.simulator.cloud.people import Thread
from cartellino.vocabulary.times import SECOND, Instant


def pricing(number: Number, thread: Thread, message: Message, now: Instant) -> dict[str, Any]:
    """Return the pricing of a message that is delivered at an instant."""
    category, kind = message.category, "regular"
    if message.lite:
        category = "marketing_lite"
    elif number.is_ai_provider and category == "service":
        category = "general_purpose_ai"
    if now < thread.free_until:
        kind = "free_entry_point"
    elif now < thread.window_until and _is_free(number, message, now):
        kind = "free_customer_service"
    return {"billable": kind == "regular", "pricing_model": "PMP", "type": kind, "category": category}


def _is_free(number: Number, message: Message, now: Instant) -> bool:
    limits = platform().service_messages
    if message.category not in ("service", "utility") or number.is_ai_provider:
        return False
    if datetime.fromtimestamp(now / SECOND, UTC).date() < limits.since:
        return True
    return message.category == "service" and free_left(number, now) > 0


def free_left(number: Number, now: Instant) -> int:
    """Return how many free-form messages are free in this month."""
    month = datetime.fromtimestamp(now / SECOND, UTC).strftime("%Y-%m")
    used = number.service_month[1] if number.service_month[0] == month else 0
    return platform().service_messages.free - used


def count_service(number: Number, now: Instant) -> None:
    """Count a free-form message that was delivered."""
    month = datetime.fromtimestamp(now / SECOND, UTC).strftime("%Y-%m")
    used = number.service_month[1] if number.service_month[0] == month else 0
    number.service_month = (month, used + 1)
