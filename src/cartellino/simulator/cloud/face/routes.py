"""Which call is answered by what. `{}` stands for any one part of a path."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from cartellino.simulator.cloud.errors import GraphError, unknown_node
from cartellino.simulator.cloud.face import accounts, media, nodes, numbers, sends, sim, sim_people, templates
from cartellino.simulator.cloud.face.calls import Answer, Call

Handler = Callable[..., Answer | Awaitable[Answer]]

_GRAPH: tuple[tuple[str, str, Handler], ...] = (
    ("POST", "{}/messages", sends.messages),
    ("POST", "{}/marketing_messages", sends.marketing_messages),
    ("POST", "{}/media", media.upload),
    ("GET", "_media/{}", media.download),
    ("GET", "{}/message_templates", templates.listed),
    ("POST", "{}/message_templates", templates.create),
    ("DELETE", "{}/message_templates", templates.delete),
    ("POST", "{}/unpause", templates.take_up),
    ("GET", "{}/phone_numbers", accounts.phone_numbers),
    ("GET", "{}/owned_whatsapp_business_accounts", accounts.accounts_of),
    ("GET", "{}/client_whatsapp_business_accounts", accounts.accounts_of),
    ("GET", "{}/subscribed_apps", accounts.subscribed),
    ("POST", "{}/subscribed_apps", accounts.subscribe),
    ("DELETE", "{}/subscribed_apps", accounts.unsubscribe),
    ("POST", "{}/subscriptions", accounts.set_callback),
    ("GET", "{}/signups", accounts.signups),
    ("POST", "{}/signups", accounts.make_signup),
    ("GET", "signups/{}", accounts.signup),
    ("POST", "signups/{}", accounts.change_signup),
    ("GET", "{}/flows", accounts.flows),
    ("POST", "{}/flows", accounts.make_flow),
    ("POST", "{}/publish", accounts.publish_flow),
    ("POST", "{}/deprecate", accounts.deprecate_flow),
    ("POST", "{}/register", numbers.register),
    ("POST", "{}/deregister", numbers.deregister),
    ("POST", "{}/request_code", numbers.request_code),
    ("POST", "{}/verify_code", numbers.verify_code),
    ("GET", "{}/whatsapp_business_profile", numbers.profile),
    ("POST", "{}/whatsapp_business_profile", numbers.set_profile),
    ("GET", "{}/block_users", numbers.blocked),
    ("POST", "{}/block_users", numbers.block),
    ("DELETE", "{}/block_users", numbers.unblock),
    ("GET", "debug_token", accounts.debug_token),
    ("GET", "{}", nodes.show),
    ("POST", "{}", nodes.change),
    ("DELETE", "{}", nodes.delete),
)

OPEN: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "oauth/access_token", accounts.access_token),
    ("POST", "oauth/access_token", accounts.access_token),
    ("GET", "_sim", sim.overview),
    ("GET", "_sim/clock", sim.clock),
    ("POST", "_sim/clock", sim.advance),
    ("GET", "_sim/recipients", sim_people.everybody),
    ("POST", "_sim/recipients", sim_people.make),
    ("GET", "_sim/recipients/{}", sim_people.show),
    ("POST", "_sim/recipients/{}/say", sim_people.say),
    ("POST", "_sim/recipients/{}/{}", sim_people.act),
    ("GET", "_sim/numbers", sim.numbers),
    ("POST", "_sim/numbers", sim.make_number),
    ("GET", "_sim/numbers/{}", sim.number),
    ("POST", "_sim/numbers/{}", sim.change),
    ("POST", "_sim/numbers/{}/{}", sim.act),
    ("POST", "_sim/templates/{}", sim.change_template),
    ("POST", "_sim/fail", sim.fail),
    ("GET", "_sim/thresholds", sim.thresholds),
    ("POST", "_sim/thresholds", sim.thresholds),
    ("GET", "_sim/webhooks", sim.webhooks),
    ("POST", "_sim/webhooks", sim.webhooks),
    ("POST", "_sim/handshake", sim.handshake),
)
"""Routes for which no token is needed."""


def _table() -> list[tuple[str, tuple[str, ...], Handler, bool]]:
    return [
        (method, tuple(path.split("/")), handler, closed)
        for routes, closed in ((OPEN, False), (_GRAPH, True))
        for method, path, handler in routes
    ]


_TABLE = _table()


def route(call: Call) -> tuple[Handler, tuple[str, ...], bool]:
    """Return what answers a call, with what stands at the places of the path, and whether a token is needed.

    Raises `GraphError` where nothing does.
    """
    others = False
    for method, path, handler, closed in _TABLE:
        if len(path) == len(call.path) and all(map(_fits, path, call.path)):
            if method == call.method:
                places = tuple(each for part, each in zip(path, call.path, strict=True) if part == "{}")
                return handler, places, closed
            others = True
    if others and call.path[0] != "_sim":
        raise unknown_node(call.method, call.path[0])
    raise _unknown_path(call)


def _fits(part: str, each: str) -> bool:
    return part in ("{}", each)


def _unknown_path(call: Call) -> GraphError:
    shown = f"Unknown path components: /{'/'.join(call.path)[:100]}"
    if call.path[:1] == ("_sim",):
        known = ", ".join(f"{method} /{path}" for method, path, _ in OPEN)
        return GraphError(2500, shown, f"Of the simulator there are {known}.", 404)
    said = "The simulator does not have this call; docs/how-to/simulate-the-cloud-api.md lists those it has."
    return GraphError(2500, shown, said)
