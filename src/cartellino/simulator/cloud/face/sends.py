"""`POST /{number}/messages` and `/marketing_messages`: what a client wrote becomes a wish, the answer has its id."""

from __future__ import annotations

from typing import Any

from cartellino.simulator.cloud.business import Number
from cartellino.simulator.cloud.errors import error_of, missing, wrong
from cartellino.simulator.cloud.face.calls import Answer, Call, text_of
from cartellino.simulator.cloud.face.contents import CHECKS, MEDIA
from cartellino.simulator.cloud.face.hub import Hub
from cartellino.simulator.cloud.people import wa_id_of
from cartellino.simulator.cloud.sending import Wish, send


def messages(hub: Hub, call: Call, number_id: str) -> Answer:
    """Send a message, or mark one as read."""
    number, data = hub.number(call, number_id), _data(call)
    if "status" in data:
        return _mark(hub, data)
    return _send(hub, number, data)


def marketing_messages(hub: Hub, call: Call, number_id: str) -> Answer:
    """Send a marketing template by the Marketing Messages API."""
    number, data = hub.number(call, number_id), _data(call)
    if _kind(data) != "template":
        raise error_of(134100, "Only templates of the category marketing are sent here.", http=400)
    return _send(hub, number, data, lite=True)


def _data(call: Call) -> dict[str, Any]:
    data = call.data()
    if data.get("messaging_product") != "whatsapp":
        raise error_of(100, "The parameter messaging_product is required, and has to be `whatsapp`.")
    return data


def _mark(hub: Hub, data: dict[str, Any]) -> Answer:
    """Mark a message of a person as read, and show that somebody is typing if that is wished."""
    if data["status"] != "read":
        raise wrong("status", "`read`")
    message_id, typing = text_of(data, "message_id", 512), data.get("typing_indicator")
    if typing is not None and not (isinstance(typing, dict) and typing.get("type") == "text"):
        raise wrong("typing_indicator", 'has to be {"type": "text"}')
    if message_id not in hub.world.inbound:
        raise wrong("message_id", "nobody wrote a message with this id")
    hub.world.inbound[message_id] = "read"
    return Answer({"success": True})


def _send(hub: Hub, number: Number, data: dict[str, Any], *, lite: bool = False) -> Answer:
    kind = _kind(data)
    content = _content(hub, data, kind)
    shown, person = _recipient(hub, data)
    wish = Wish(
        person=person, kind=kind, content=content, opaque=text_of(data, "biz_opaque_callback_data", 512, needed=False)
        or None, answers=_context(data), by_bsuid="wa_id" not in shown, lite=lite,
    )  # fmt: skip
    outcome = send(hub.world, number, wish)
    told: dict[str, Any] = {"id": outcome.message.id}
    if kind == "template":
        told["message_status"] = outcome.status
    return Answer({"messaging_product": "whatsapp", "contacts": [shown], "messages": [told]})


def _kind(data: dict[str, Any]) -> str:
    """Return the type; where a client leaves it out, the one whose content is there."""
    kind = data.get("type")
    if kind is None:
        kind = next((name for name in CHECKS if name in data), "text")
    if not isinstance(kind, str) or kind.lower() not in CHECKS:
        raise error_of(100, f"Param type must be one of {{{', '.join(name.upper() for name in CHECKS)}}} - got "
                       f"{str(kind)[:40]!r}.")  # fmt: skip
    return kind.lower()


def _content(hub: Hub, data: dict[str, Any], kind: str) -> dict[str, Any]:
    content: Any = data.get(kind)
    if content is None:
        raise missing(kind)
    if kind != "contacts" and not isinstance(content, dict):
        raise wrong(kind, "an object")
    CHECKS[kind](content)
    if kind in MEDIA and "id" in content and hub.files.find(str(content["id"])) is None:
        raise wrong(f"{kind}[id]", f"there is no media {str(content['id'])[:40]}; upload it first")
    if kind == "reaction" and not hub.world.knows(content["message_id"]):
        raise wrong("reaction[message_id]", "there is no such message")
    return {"contacts": content} if isinstance(content, list) else dict(content)


def _recipient(hub: Hub, data: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """Return the contact that the answer shows, and the person. A `to` wins over a `recipient`."""
    if data.get("recipient_type", "individual") != "individual":
        raise wrong("recipient_type", "the simulator knows individuals only")
    if data.get("to"):
        written = str(data["to"])
        wa_id = wa_id_of(written)
        if wa_id is None:
            raise wrong("to", f"`{written[:40]}` is no phone number; ids of people go into `recipient`")
        return {"input": written, "wa_id": wa_id, "user_id": hub.world.somebody(wa_id).bsuid}, wa_id
    bsuid = text_of(data, "recipient", 160, needed=False)
    if not bsuid:
        raise error_of(100, "The parameter to is required.")
    person = hub.world.by_bsuid.get(bsuid)
    if person is None:
        raise wrong("recipient", "nobody has this id in your portfolio")
    return {"input": bsuid, "user_id": bsuid}, person


def _context(data: dict[str, Any]) -> str | None:
    context = data.get("context")
    if context is None:
        return None
    if not isinstance(context, dict) or not isinstance(context.get("message_id"), str):
        raise wrong("context[message_id]", "the id of the message that is answered")
    return str(context["message_id"])
