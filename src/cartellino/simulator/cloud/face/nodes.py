"""What an id alone stands for: a number, an account, a template, media, a business, the app, a flow."""

from __future__ import annotations

from typing import Any

from cartellino.simulator.cloud import beginning
from cartellino.simulator.cloud.business import Account, Number
from cartellino.simulator.cloud.errors import error_of, unknown_node, wrong
from cartellino.simulator.cloud.face import media, shown, templates
from cartellino.simulator.cloud.face.calls import Answer, Call
from cartellino.simulator.cloud.face.hub import Hub
from cartellino.simulator.cloud.face.paging import picked


def show(hub: Hub, call: Call, node: str) -> Answer:
    """Show whatever has an id."""
    world = hub.world
    if node in world.numbers:
        return Answer(picked(shown.number(hub, hub.number(call, node)), call, shown.USUAL_NUMBER))
    if node in world.accounts:
        return Answer(picked(shown.account(hub, world.accounts[node]), call, shown.USUAL_ACCOUNT))
    template, file, flow = templates.with_id(hub, node), hub.files.find(node), flow_of(hub, node)
    if template is not None:
        return templates.show(call, template)
    if file is not None:
        return media.show(call, file)
    if flow is not None:
        return Answer(picked(flow, call))
    if node in world.portfolios:
        held = {"id": node, "name": "Cartellino's shop", "verification_status": "verified"
                if world.portfolios[node].is_verified else "not_verified",
                "whatsapp_business_manager_messaging_limit": world.portfolios[node].tier}  # fmt: skip
        return Answer(picked(held, call))
    if node in (beginning.APP, "app"):
        return Answer({"id": beginning.APP, "name": "Cartellino's simulator"})
    if node == "me":
        return Answer({"id": "600700800", "name": "System user of the simulator"})
    raise unknown_node(call.method, node)


async def change(hub: Hub, call: Call, node: str) -> Answer:
    """Change a number (where its webhooks go, its PIN), a template or a flow."""
    if node in hub.world.numbers:
        return await _change_number(hub, call, hub.number(call, node))
    template, flow = templates.with_id(hub, node), flow_of(hub, node)
    if template is not None:
        return templates.change(hub, call, template)
    if flow is not None:
        known = ("name", "categories", "endpoint_uri")
        flow.update({name: value for name, value in call.data().items() if name in known})
        return Answer({"success": True})
    if node in hub.world.accounts:
        return Answer({"success": True})
    raise unknown_node(call.method, node)


async def _change_number(hub: Hub, call: Call, number: Number) -> Answer:
    data = call.data()
    asked = data.get("webhook_configuration")
    if isinstance(asked, dict):
        number.callback = await shaken(hub, asked)
    if "pin" in data:
        number.pin = pin_of(data)
    return Answer({"success": True})


async def shaken(hub: Hub, asked: dict[str, Any]) -> str | None:
    """Return where webhooks are to go, after the receiver answered with the challenge; `None` takes it back.

    Raises `GraphError` when it did not.
    """
    url = asked.get("override_callback_uri") or asked.get("callback_url")
    if not url:
        return None
    if not isinstance(url, str) or not url.startswith(("http://", "https://")):
        raise wrong("override_callback_uri", "an address that begins with http:// or https://")
    failure = await hub.courier.shake_hands(url, str(asked.get("verify_token", "")))
    if failure:
        raise error_of(2200, f"Callback verification failed: {failure}", http=400)
    return url


def delete(hub: Hub, call: Call, node: str) -> Answer:
    """Delete media or a flow."""
    if hub.files.find(node) is not None:
        hub.files.drop(node)
        return Answer({"success": True})
    for account in hub.world.accounts.values():
        if account.flows.pop(node, None) is not None:
            return Answer({"success": True})
    raise unknown_node(call.method, node)


def pin_of(data: dict[str, Any]) -> str:
    """Return a PIN.

    Raises `GraphError` for one that has not six digits.
    """
    pin = str(data.get("pin", ""))
    if len(pin) != 6 or not (pin.isascii() and pin.isdigit()):
        raise error_of(100, "Param pin must be 6 digits.")
    return pin


def flow_of(hub: Hub, node: str) -> dict[str, Any] | None:
    """Return a flow by its id."""
    accounts: list[Account] = list(hub.world.accounts.values())
    return next((account.flows[node] for account in accounts if node in account.flows), None)
