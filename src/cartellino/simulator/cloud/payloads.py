"""What webhooks say: values of messages and statuses, and of what happens to accounts and templates."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from cartellino.simulator.cloud.business import Number
from cartellino.simulator.cloud.errors import GraphError
from cartellino.simulator.cloud.messages import Message
from cartellino.simulator.cloud.people import Recipient
from cartellino.simulator.cloud.templates import Template
from cartellino.simulator.cloud.world import Update, World
from cartellino.vocabulary.times import SECOND, Instant


def envelope(updates: list[Update]) -> dict[str, Any]:
    """Return what one call of a webhook holds: updates of one account."""
    entries: dict[str, dict[str, Any]] = {}
    for update in updates:
        entry = entries.setdefault(update.account, {"id": update.account, "changes": []})
        if update.number is None:
            entry["time"] = update.at // SECOND
        entry["changes"].append({"value": update.value, "field": update.field})
    return {"object": "whatsapp_business_account", "entry": list(entries.values())}


def tell_message(world: World, number: Number, person: Recipient, message: dict[str, Any]) -> None:
    """Tell of a message that somebody wrote."""
    field = "standby" if number.is_standby else "messages"
    world.tell(Update(field, number.account, _head(number, person) | {"messages": [message]}, world.now, number.id))


def tell_status(
    world: World, number: Number, person: Recipient, message: Message, status: str, *,
    pricing: dict[str, Any] | None = None, error: GraphError | None = None,
) -> None:  # fmt: skip
    """Tell what became of a message."""
    held: dict[str, Any] = {
        "id": message.id, "status": status, "timestamp": str(world.now // SECOND),
        "recipient_id": person.wa_id, "recipient_user_id": person.bsuid,
    }  # fmt: skip
    if message.opaque is not None:
        held["biz_opaque_callback_data"] = message.opaque
    if pricing is not None:
        held["pricing"] = pricing
    if error is not None:
        held["errors"] = [error.told()]
    world.tell(Update("messages", number.account, _head(number, person) | {"statuses": [held]}, world.now, number.id))


def tell_preference(world: World, number: Number, person: Recipient, value: str, signup: str | None = None) -> None:
    """Tell that somebody stopped or resumed marketing, or signed up."""
    said = {
        "stop": "User requested to stop marketing messages",
        "resume": "User requested to resume marketing messages",
    }.get(value, "User signed up for marketing messages")
    held: dict[str, Any] = {
        "wa_id": person.wa_id, "user_id": person.bsuid, "detail": said, "category": "marketing_messages",
        "value": value, "timestamp": world.now // SECOND,
    }  # fmt: skip
    if signup is not None:
        held["signup_id"] = signup
    value_told = _head(number, person) | {"user_preferences": [held]}
    world.tell(Update("user_preferences", number.account, value_told, world.now, number.id))


def tell_account(world: World, account: str, value: dict[str, Any], field: str = "account_update") -> None:
    """Tell what happens to an account."""
    world.tell(Update(field, account, value, world.now))


def tell_template(
    world: World, account: str, template: Template, event: str, reason: str = "NONE", **more: object
) -> None:
    """Tell that a template was approved, paused, disabled, rejected."""
    value = _of_template(template) | {
        "event": event, "reason": reason, "message_template_category": template.category.upper(), **more,
    }  # fmt: skip
    tell_account(world, account, value, "message_template_status_update")


def tell_template_quality(world: World, account: str, template: Template, before: str) -> None:
    """Tell that a template is rated otherwise."""
    value = {"previous_quality_score": before, "new_quality_score": template.quality} | _of_template(template)
    tell_account(world, account, value, "message_template_quality_update")


def day_of(at: Instant) -> str:
    """Return a day as `ban_info` writes it.

    >>> day_of(1_744_848_000_000)
    'April 17, 2025'
    """
    day = datetime.fromtimestamp(at / SECOND, UTC)
    return f"{day:%B} {day.day}, {day.year}"


def _of_template(template: Template) -> dict[str, Any]:
    return {
        "message_template_id": int(template.id), "message_template_name": template.name,
        "message_template_language": template.language,
    }  # fmt: skip


def _head(number: Number, person: Recipient) -> dict[str, Any]:
    return {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": number.digits, "phone_number_id": number.id},
        "contacts": [{"profile": {"name": person.name}, "wa_id": person.wa_id, "user_id": person.bsuid}],
    }
