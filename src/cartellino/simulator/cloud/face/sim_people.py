"""`/_sim/recipients`: who is there, what they got, and what they do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cartellino.simulator.cloud import moods, people
from cartellino.simulator.cloud.business import Number
from cartellino.simulator.cloud.errors import error_of, missing, unknown_node, wrong
from cartellino.simulator.cloud.face.accounts import signup_of
from cartellino.simulator.cloud.face.calls import Answer, Call, text_of
from cartellino.simulator.cloud.face.hub import Hub
from cartellino.simulator.cloud.moving import move
from cartellino.simulator.cloud.people import Recipient, wa_id_of
from cartellino.simulator.cloud.thresholds import MOODS
from cartellino.simulator.cloud.world import PEOPLE, FullError
from cartellino.vocabulary.times import show_instant

AT_ONCE = 10_000
"""Most people made in one call."""


def make(hub: Hub, call: Call) -> Answer:
    """Make a person, or several in `recipients`; somebody who is there gets the mood."""
    data = call.data()
    asked = data.get("recipients", [data])
    if not isinstance(asked, list) or len(asked) > AT_ONCE or not all(isinstance(one, dict) for one in asked):
        raise wrong("recipients", f"a list of at most {AT_ONCE} objects")
    made = [_make(hub, one) for one in asked]
    return Answer(_shown(hub, made[0]) if "recipients" not in data else {"made": len(made)})


def _make(hub: Hub, data: dict[str, Any]) -> Recipient:
    wa_id = wa_id_of(str(data.get("wa_id", "")))
    if wa_id is None:
        raise wrong("wa_id", "a phone number with its country code, such as 628112345678")
    mood, chance = data.get("mood", "ignores"), data.get("chance", 1.0)
    if mood not in MOODS:
        raise wrong("mood", f"one of {', '.join(MOODS)}")
    if not isinstance(chance, int | float) or isinstance(chance, bool) or not 0 <= chance <= 1:
        raise wrong("chance", "a number from 0 to 1")
    try:
        person = hub.world.make_person(wa_id, mood, float(chance))
    except FullError:
        raise error_of(100, f"A world has at most {PEOPLE:,} people.") from None
    person.name = text_of(data, "name", 100, needed=False) or person.name
    for name in ("on_whatsapp", "in_experiment", "is_allowed"):
        if isinstance(data.get(name), bool):
            setattr(person, name, data[name])
    return person


def everybody(hub: Hub, call: Call) -> Answer:
    """List people, briefly."""
    first = int(call.query.get("offset", "0")) if call.query.get("offset", "0").isdigit() else 0
    held = list(hub.world.people.values())[first : first + 1_000]
    return Answer({"count": len(hub.world.people), "recipients": [
        {"wa_id": one.wa_id, "mood": one.mood, "received": one.received_count} for one in held]})  # fmt: skip


def show(hub: Hub, call: Call, wa_id: str) -> Answer:
    """Say what somebody received and wrote."""
    return Answer(_shown(hub, _person(hub, call, wa_id)))


def _shown(hub: Hub, person: Recipient) -> dict[str, Any]:
    return {
        "wa_id": person.wa_id, "user_id": person.bsuid, "name": person.name, "mood": person.mood,
        "chance": person.chance, "country": person.country, "on_whatsapp": person.on_whatsapp,
        "received": list(person.received), "sent": list(person.sent),
        "threads": {number: {
            "window_until": show_instant(thread.open_until) if hub.world.now < thread.open_until else None,
            "has_blocked": thread.has_blocked, "is_blocked": thread.is_blocked,
            "stopped_marketing": thread.stopped_marketing,
        } for number, thread in person.threads.items()},
    }  # fmt: skip


def _person(hub: Hub, call: Call, written: str) -> Recipient:
    wa_id = hub.world.by_bsuid.get(written) or wa_id_of(written) or ""
    person = hub.world.people.get(wa_id)
    if person is None:
        raise unknown_node(call.method, written)
    return person


def say(hub: Hub, call: Call, wa_id: str) -> Answer:
    """Let somebody write, text or any message as webhooks have it; whoever is not there yet is made."""
    written = wa_id_of(wa_id)
    if written is not None and written not in hub.world.people and hub.world.by_bsuid.get(wa_id) is None:
        _make(hub, {"wa_id": written})
    person, data = _person(hub, call, wa_id), call.data()
    message = data.get("message")
    if message is None:
        message = {"type": "text", "text": {"body": text_of(data, "text")}}
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        raise wrong("message", 'an object such as {"type": "text", "text": {"body": "Hello"}}')
    message = {
        name: value for name, value in message.items() if name not in ("from", "from_user_id", "id", "timestamp")
    }
    if isinstance(data.get("context"), str):
        message = message | {"context": {"from": _number(hub, data).digits, "id": data["context"]}}
    referral = {"referral": {"source_type": "ad", "source_id": "1", "ctwa_clid": "sim"}} if data.get("ad") else {}
    message_id = moods.write(
        hub.world, _number(hub, data), person, {**message, **referral}, by_advertisement=bool(data.get("ad"))
    )
    if message_id is None:
        raise error_of(100, "The number has blocked this person, or is not registered.")
    return Answer({"id": message_id})


def _number(hub: Hub, data: dict[str, Any]) -> Number:
    number = hub.world.numbers.get(str(data.get("number", next(iter(hub.world.numbers)))))
    if number is None:
        raise wrong("number", f"one of {', '.join(hub.world.numbers)}")
    return number


def act(hub: Hub, call: Call, wa_id: str, what: str) -> Answer:
    """Let somebody block, unblock, report, stop or resume marketing, sign up, or change their number."""
    person, data = _person(hub, call, wa_id), call.data()
    done = ACTS.get(what)
    if done is None:
        raise unknown_node(call.method, what)
    done(hub, call, person, _number(hub, data), data)
    return Answer(_shown(hub, person))


def _block(hub: Hub, call: Call, person: Recipient, number: Number, data: dict[str, Any]) -> None:
    moods.block(hub.world, number, person)


def _unblock(hub: Hub, call: Call, person: Recipient, number: Number, data: dict[str, Any]) -> None:
    person.thread(number.id).has_blocked = False


def _report(hub: Hub, call: Call, person: Recipient, number: Number, data: dict[str, Any]) -> None:
    moods.report(hub.world, number, person)


def _stop(hub: Hub, call: Call, person: Recipient, number: Number, data: dict[str, Any]) -> None:
    moods.prefer(hub.world, number, person, "stop")


def _resume(hub: Hub, call: Call, person: Recipient, number: Number, data: dict[str, Any]) -> None:
    moods.prefer(hub.world, number, person, "resume")


def _sign_up(hub: Hub, call: Call, person: Recipient, number: Number, data: dict[str, Any]) -> None:
    held = signup_of(hub, call, text_of(data, "signup_id", 40))
    if held["status"] != "ACTIVE":
        raise wrong("signup_id", "the signup is disabled")
    moods.prefer(hub.world, number, person, "signup", held["id"])


def _move(hub: Hub, call: Call, person: Recipient, number: Number, data: dict[str, Any]) -> None:
    to = people.wa_id_of(str(data.get("to", "")))
    if to is None:
        raise missing("to")
    if to in hub.world.people:
        raise wrong("to", "somebody has this number already")
    move(hub.world, person, to)


ACTS: dict[str, Callable[[Hub, Call, Recipient, Number, dict[str, Any]], None]] = {
    "block": _block, "unblock": _unblock, "report": _report, "stop": _stop, "resume": _resume, "signup": _sign_up,
    "change_number": _move,
}  # fmt: skip
