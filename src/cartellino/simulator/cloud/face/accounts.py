"""What is done with an account: its numbers, who is subscribed, signups, flows; and tokens."""

from __future__ import annotations

from typing import Any

from cartellino.simulator.cloud import beginning
from cartellino.simulator.cloud.errors import GraphError, error_of, missing, unknown_node, wrong
from cartellino.simulator.cloud.face import nodes, shown
from cartellino.simulator.cloud.face.calls import Answer, Call, text_of
from cartellino.simulator.cloud.face.courier import Wishes
from cartellino.simulator.cloud.face.hub import Hub
from cartellino.simulator.cloud.face.paging import fields_of, paged, picked
from cartellino.vocabulary.times import SECOND

MOST_SIGNUPS = 1_000
"""Most signups and flows of an account."""


def phone_numbers(hub: Hub, call: Call, account_id: str) -> Answer:
    """List the numbers of an account."""
    account = hub.account(call, account_id)
    held = [picked(shown.number(hub, number), call, shown.USUAL_NUMBER)
            for number in hub.world.numbers.values() if number.account == account.id]  # fmt: skip
    return Answer(paged(held, call))


def accounts_of(hub: Hub, call: Call, portfolio_id: str) -> Answer:
    """List the accounts of a business."""
    if portfolio_id not in hub.world.portfolios:
        raise unknown_node(call.method, portfolio_id)
    held = [picked(shown.account(hub, account), call, shown.USUAL_ACCOUNT)
            for account in hub.world.accounts.values() if account.portfolio == portfolio_id]  # fmt: skip
    return Answer(paged(held, call))


def subscribed(hub: Hub, call: Call, account_id: str) -> Answer:
    """Show who gets the webhooks of an account."""
    account = hub.account(call, account_id)
    if not account.is_subscribed:
        return Answer({"data": []})
    one: dict[str, Any] = {
        "whatsapp_business_api_data": {
            "link": "https://www.facebook.com/games/?app_id=" + beginning.APP,
            "name": "Simulator",
            "id": beginning.APP,
        }
    }
    return Answer({"data": [one | ({"override_callback_uri": account.callback} if account.callback else {})]})


async def subscribe(hub: Hub, call: Call, account_id: str) -> Answer:
    """Subscribe, with an address of the account's own if wished."""
    account = hub.account(call, account_id)
    account.callback = await nodes.shaken(hub, call.data())
    account.is_subscribed = True
    return Answer({"success": True})


def unsubscribe(hub: Hub, call: Call, account_id: str) -> Answer:
    """Get no webhooks any more."""
    hub.account(call, account_id).is_subscribed = False
    return Answer({"success": True})


async def set_callback(hub: Hub, call: Call, app_id: str) -> Answer:
    """Tell webhooks to an address, for all accounts."""
    if app_id != beginning.APP:
        raise unknown_node(call.method, app_id)
    url = await nodes.shaken(hub, call.data())
    if url is None:
        raise missing("callback_url")
    held = {name: getattr(hub.courier.wishes, name) for name in Wishes.__struct_fields__}
    hub.courier.change(Wishes(**{**held, "url": url}))
    return Answer({"success": True})


def access_token(hub: Hub, call: Call) -> Answer:
    """Give the token of the app, or one for the code of an embedded signup."""
    if call.data().get("client_secret") != beginning.APP_SECRET:
        raise GraphError(1, "Error validating client secret.", f"It is `{beginning.APP_SECRET}` here.", 400)
    if call.query.get("grant_type") == "client_credentials":
        return Answer({"access_token": f"{beginning.APP}|{beginning.APP_SECRET}", "token_type": "bearer"})
    return Answer({"access_token": beginning.TOKEN, "token_type": "bearer"})


def debug_token(hub: Hub, call: Call) -> Answer:
    """Say what a token may do."""
    token = call.query.get("input_token", call.token)
    if not any(number.token == token for number in hub.world.numbers.values()) and "|" not in token:
        error = {"code": 190, "message": "Invalid OAuth access token - Cannot parse access token"}
        return Answer({"data": {"error": error, "is_valid": False, "scopes": []}})
    scopes = ["whatsapp_business_management", "whatsapp_business_messaging"]
    targets = list(hub.world.accounts)
    return Answer({"data": {
        "app_id": beginning.APP, "type": "SYSTEM_USER", "application": "Simulator", "data_access_expires_at": 0,
        "expires_at": 0, "is_valid": True, "issued_at": hub.world.now // SECOND, "scopes": scopes,
        "granular_scopes": [{"scope": scope, "target_ids": targets} for scope in scopes], "user_id": "600700800",
    }})  # fmt: skip


# In-App Signup


def signups(hub: Hub, call: Call, account_id: str) -> Answer:
    """List the signups of an account."""
    held = list(hub.account(call, account_id).signups.values())
    return Answer(paged([picked(one, call) if fields_of(call) else one for one in held], call))


def make_signup(hub: Hub, call: Call, account_id: str) -> Answer:
    """Make a link by which people sign up for marketing."""
    account, data = hub.account(call, account_id), call.data()
    if len(account.signups) >= MOST_SIGNUPS:
        raise error_of(100, f"An account has at most {MOST_SIGNUPS} signups.")
    for name in ("signup_message", "confirmation_message"):
        text_of(data, name, 300)
    if not text_of(data, "privacy_policy_url", 2_000).startswith(("http://", "https://")):
        raise wrong("privacy_policy_url", "an address that begins with http:// or https://")
    if not str(data.get("promo_code") or "x").isalnum():
        raise wrong("promo_code", "letters and digits")
    known = (
        "signup_message",
        "confirmation_message",
        "privacy_policy_url",
        "website_url",
        "promo_code",
        "display_name",
    )
    signup_id = hub.world.new_id(17)
    account.signups[signup_id] = {
        "id": signup_id, "status": "ACTIVE", "deep_link": f"https://wa.me/signup/{signup_id}",
        **{name: data[name] for name in known if data.get(name) is not None},
    }  # fmt: skip
    return Answer({"id": signup_id})


def signup(hub: Hub, call: Call, signup_id: str) -> Answer:
    """Show a signup."""
    return Answer(picked(signup_of(hub, call, signup_id), call))


def change_signup(hub: Hub, call: Call, signup_id: str) -> Answer:
    """Change a signup."""
    held, data = signup_of(hub, call, signup_id), call.data()
    if data.get("status", "ACTIVE") not in ("ACTIVE", "DISABLED"):
        raise error_of(100, "Param status must be one of {ACTIVE, DISABLED}.")
    held.update({name: value for name, value in data.items() if name in (*held, "status", "website_url", "promo_code")})
    held["id"] = signup_id
    return Answer({"success": True})


def signup_of(hub: Hub, call: Call, signup_id: str) -> dict[str, Any]:
    """Return a signup.

    Raises `GraphError` where there is none.
    """
    for account in hub.world.accounts.values():
        if signup_id in account.signups:
            return account.signups[signup_id]
    raise unknown_node(call.method, signup_id)


# Flows


def flows(hub: Hub, call: Call, account_id: str) -> Answer:
    """List the flows of an account."""
    return Answer(paged(list(hub.account(call, account_id).flows.values()), call))


def make_flow(hub: Hub, call: Call, account_id: str) -> Answer:
    """Make a flow; what is in it is not looked at."""
    account, data = hub.account(call, account_id), call.data()
    if len(account.flows) >= MOST_SIGNUPS:
        raise error_of(100, f"An account has at most {MOST_SIGNUPS} flows.")
    flow_id = hub.world.new_id(16)
    account.flows[flow_id] = {
        "id": flow_id, "name": text_of(data, "name", 200), "status": "PUBLISHED" if data.get("publish") else "DRAFT",
        "categories": data.get("categories") or ["OTHER"], "validation_errors": [],
    }  # fmt: skip
    return Answer({"id": flow_id, "success": True, "validation_errors": []})


def publish_flow(hub: Hub, call: Call, flow_id: str) -> Answer:
    """Publish a flow."""
    return _set_flow(hub, call, flow_id, "PUBLISHED")


def deprecate_flow(hub: Hub, call: Call, flow_id: str) -> Answer:
    """Deprecate a flow."""
    return _set_flow(hub, call, flow_id, "DEPRECATED")


def _set_flow(hub: Hub, call: Call, flow_id: str, status: str) -> Answer:
    held = nodes.flow_of(hub, flow_id)
    if held is None:
        raise unknown_node(call.method, flow_id)
    held["status"] = status
    return Answer({"success": True})
