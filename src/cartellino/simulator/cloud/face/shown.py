"""Numbers, accounts and their health as the Graph API shows them."""

from __future__ import annotations

from typing import Any

from cartellino.simulator.cloud.beginning import APP
from cartellino.simulator.cloud.business import Account, Number
from cartellino.simulator.cloud.face.hub import Hub
from cartellino.simulator.cloud.world import World
from cartellino.vocabulary.times import show_instant

USUAL_NUMBER = ("id", "verified_name", "display_phone_number", "quality_rating", "code_verification_status",
                "platform_type", "throughput", "last_onboarded_time", "webhook_configuration")  # fmt: skip
USUAL_ACCOUNT = ("id", "name", "timezone_id", "message_template_namespace", "currency")


def number(hub: Hub, held: Number) -> dict[str, Any]:
    """Return every field of a number."""
    world = hub.world
    account, portfolio = world.account_of(held), world.portfolio_of(held)
    return {
        "id": held.id, "verified_name": held.verified_name, "display_phone_number": held.display,
        "quality_rating": held.quality, "quality_score": {"score": held.quality}, "status": _status(world, held),
        "code_verification_status": "VERIFIED", "platform_type": "CLOUD_API", "account_mode":
        "SANDBOX" if held.is_test else "LIVE", "name_status": "APPROVED" if held.name_approved else "PENDING_REVIEW",
        "throughput": {"level": "HIGH" if held.speed == "raised" else "STANDARD"},
        "whatsapp_business_manager_messaging_limit": portfolio.tier, "messaging_limit_tier": portfolio.tier,
        "is_official_business_account": False, "is_pin_enabled": bool(held.pin), "is_preverified_number": False,
        "is_on_biz_app": held.speed == "coexistence", "last_onboarded_time": show_instant(world.now)[:19] + "+0000",
        "search_visibility": "VISIBLE", "health_status": health(world, account, held),
        "webhook_configuration": _webhooks(hub, account, held),
    }  # fmt: skip


def _webhooks(hub: Hub, account: Account, held: Number) -> dict[str, str]:
    found = {"phone_number": held.callback, "whatsapp_business_account": account.callback,
             "application": hub.courier.wishes.url}  # fmt: skip
    return {name: url for name, url in found.items() if url}


def _status(world: World, held: Number) -> str:
    account = world.account_of(held)
    if not held.is_registered:
        return "DISCONNECTED"
    if account.state != "active":
        return "BANNED" if account.state == "disabled" else "RESTRICTED"
    return "RESTRICTED" if account.in_force(world.now) else "CONNECTED"


def account(hub: Hub, held: Account) -> dict[str, Any]:
    """Return every field of an account."""
    state = "DISABLED" if held.state == "disabled" else "RESTRICTED" if held.in_force(hub.world.now) else "ACTIVE"
    return {
        "id": held.id, "name": held.name, "timezone_id": "1", "message_template_namespace": "cartellino_sim",
        "currency": "USD", "status": state, "account_review_status": "APPROVED", "country": "US",
        "business_verification_status": "verified" if hub.world.portfolios[held.portfolio].is_verified
        else "not_verified", "ownership_type": "SELF", "is_enabled_for_insights": True,
        "owner_business_info": {"id": held.portfolio, "name": held.name},
        "health_status": health(hub.world, held, None),
    }  # fmt: skip


def health(world: World, held: Account, asked: Number | None) -> dict[str, Any]:
    """Return what may be sent, by everything that it depends on."""
    entities = [{"entity_type": "PHONE_NUMBER", "id": asked.id, **_of_number(asked)}] if asked else []
    entities += [
        {"entity_type": "WABA", "id": held.id, **_of_account(world, held)},
        {"entity_type": "BUSINESS", "id": held.portfolio, "can_send_message": "AVAILABLE"},
        {"entity_type": "APP", "id": APP, "can_send_message": "AVAILABLE"},
    ]
    order = ("BLOCKED", "LIMITED", "AVAILABLE")
    worst = min((str(one["can_send_message"]) for one in entities), key=order.index)
    return {"can_send_message": worst, "entities": entities}


def _of_number(held: Number) -> dict[str, Any]:
    if not held.is_registered:
        return _ill("BLOCKED", 141000, "The phone number is not registered.", "Register it.")
    if not held.name_approved:
        return {"can_send_message": "LIMITED", "additional_info": ["The display name is not approved yet."]}
    return {"can_send_message": "AVAILABLE"}


def _of_account(world: World, held: Account) -> dict[str, Any]:
    if held.state != "active":
        return _ill("BLOCKED", 141014, f"The account is {held.state} for violating a policy.", "Ask for a review.")
    stops = held.in_force(world.now)
    if stops:
        level = "BLOCKED" if held.stopped("replies", world.now) else "LIMITED"
        kinds = ", ".join(stop.kind for stop in stops)
        return _ill(level, 141015, f"The account is under {kinds}.", "Wait until it ends, or ask for a review.")
    if not held.has_payment:
        return _ill("LIMITED", 141006, "There is no payment method.", "Add one.")
    return {"can_send_message": "AVAILABLE"}


def _ill(level: str, code: int, why: str, remedy: str) -> dict[str, Any]:
    error = {"error_code": code, "error_description": why, "possible_solution": remedy}
    return {"can_send_message": level, "errors": [error]}
