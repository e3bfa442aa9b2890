"""What is done with a number: register, profile, block people."""

from __future__ import annotations

from typing import Any

from cartellino.simulator.cloud.errors import error_of, missing
from cartellino.simulator.cloud.face.calls import Answer, Call, text_of
from cartellino.simulator.cloud.face.hub import Hub
from cartellino.simulator.cloud.face.nodes import pin_of
from cartellino.simulator.cloud.face.paging import paged, picked
from cartellino.simulator.cloud.people import wa_id_of
from cartellino.vocabulary.times import DAY

_PROFILE = ("about", "address", "description", "email", "websites", "vertical", "profile_picture_handle")
MOST_BLOCKED = 64_000
"""Most people that a number can block."""


def register(hub: Hub, call: Call, number_id: str) -> Answer:
    """Register a number, with a PIN."""
    number, pin = hub.number(call, number_id), pin_of(call.data())
    if number.pin and number.pin != pin:
        raise error_of(133005, "The PIN is not that of the number.")
    number.pin, number.is_registered = pin, True
    return Answer({"success": True})


def deregister(hub: Hub, call: Call, number_id: str) -> Answer:
    """Take a number off."""
    hub.number(call, number_id).is_registered = False
    return Answer({"success": True})


def request_code(hub: Hub, call: Call, number_id: str) -> Answer:
    """Ask for a code by SMS or call; the simulator takes any six digits."""
    hub.number(call, number_id)
    if str(call.data().get("code_method", "")).upper() not in ("SMS", "VOICE"):
        raise error_of(100, "Param code_method must be one of {SMS, VOICE}.")
    return Answer({"success": True})


def verify_code(hub: Hub, call: Call, number_id: str) -> Answer:
    """Take a code."""
    hub.number(call, number_id)
    code = text_of(call.data(), "code", 20).replace("-", "")
    if len(code) != 6 or not code.isdigit():
        raise error_of(100, "Param code must be 6 digits.")
    return Answer({"success": True})


def profile(hub: Hub, call: Call, number_id: str) -> Answer:
    """Show the profile."""
    held = {"messaging_product": "whatsapp", **hub.number(call, number_id).profile}
    return Answer({"data": [{name: value for name, value in picked(held, call).items() if name != "id"}]})


def set_profile(hub: Hub, call: Call, number_id: str) -> Answer:
    """Change the profile."""
    number, data = hub.number(call, number_id), call.data()
    if len(str(data.get("about") or "")) > 139:
        raise error_of(100, "Param about must be at most 139 characters long.")
    number.profile.update({name: data[name] for name in _PROFILE if name in data})
    return Answer({"success": True})


def blocked(hub: Hub, call: Call, number_id: str) -> Answer:
    """List the people whom the number has blocked."""
    number = hub.number(call, number_id)
    held = [{
            "messaging_product": "whatsapp", "input": person.wa_id, "wa_id": person.wa_id, "user_id": person.bsuid,
        }
            for person in hub.world.people.values()
            if number.id in person.threads and person.threads[number.id].is_blocked]  # fmt: skip
    return Answer(paged(held, call))


def block(hub: Hub, call: Call, number_id: str) -> Answer:
    """Block people who wrote within the last day."""
    return _set_blocked(hub, call, number_id, to=True)


def unblock(hub: Hub, call: Call, number_id: str) -> Answer:
    """Let people write again."""
    return _set_blocked(hub, call, number_id, to=False)


def _set_blocked(hub: Hub, call: Call, number_id: str, *, to: bool) -> Answer:
    number, asked = hub.number(call, number_id), call.data().get("block_users")
    if not isinstance(asked, list) or not asked:
        raise missing("block_users")
    done: list[dict[str, Any]] = []
    failed: list[dict[str, Any]] = []
    for one in asked[:1_000]:
        written = str((one.get("user") or one.get("user_id") or "") if isinstance(one, dict) else "")
        wa_id = hub.world.by_bsuid.get(written) or wa_id_of(written) or ""
        thread = hub.world.people[wa_id].thread(number.id) if wa_id in hub.world.people else None
        recent = thread and (thread.wrote_at is not None and hub.world.now - thread.wrote_at <= DAY)
        if thread is None or (to and not recent):
            failed.append(
                {
                    "input": written,
                    "wa_id": wa_id,
                    "errors": [
                        {
                            "code": 139100,
                            "message": "Failed to block some users",
                            "error_data": {"details": "Only people who wrote within the last 24 hours can be blocked."},
                        }
                    ],
                }
            )
            continue
        thread.is_blocked = to
        done.append({"input": written, "wa_id": wa_id, "user_id": hub.world.people[wa_id].bsuid})
    answer: dict[str, Any] = {"messaging_product": "whatsapp",
                              "block_users": {"added_users" if to else "removed_users": done}}  # fmt: skip
    if failed:
        answer["block_users"]["failed_users"] = failed
        answer |= error_of(139100, "Some people could not be blocked.").body(hub.new_trace())
    return Answer(answer, 400 if failed else 200)
