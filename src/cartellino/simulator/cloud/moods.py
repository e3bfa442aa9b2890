"""What people do when they get a message, and how they write to a business."""

from __future__ import annotations

from functools import partial
from typing import Any

from cartellino.senders.platform import platform
from cartellino.simulator.cloud import quality
from cartellino.simulator.cloud.business import Number
from cartellino.simulator.cloud.chance import chosen, drawn
from cartellino.simulator.cloud.messages import Message
from cartellino.simulator.cloud.payloads import tell_message, tell_preference
from cartellino.simulator.cloud.people import Recipient
from cartellino.simulator.cloud.world import World
from cartellino.vocabulary.times import SECOND, show_instant

ANSWERS = ("Yes, please", "Thanks!", "Tell me more", "OK", "What does it cost?", "Great, thank you")


def react(world: World, message: Message, person: Recipient, turn: int) -> None:
    """Let a person do what their mood is, a little later."""
    if message.kind == "reaction" or drawn(world.seed, "reacts", person.wa_id, turn) >= person.chance:
        return
    if person.mood != "answers" and not _minds(world, message, person, turn):
        return
    act = {"answers": _answer, "blocks": _block, "reports": _report, "opts_out": _opt_out}.get(person.mood)
    if act is None:
        return
    wait = world.thresholds.reacted_within * (0.5 + 0.5 * drawn(world.seed, "waits", person.wa_id, turn))
    world.later(max(1, int(wait)), partial(act, world, message, person))


def _minds(world: World, message: Message, person: Recipient, turn: int) -> bool:
    share = world.thresholds.annoyance.get(message.category, 0.0) if message.began else 0.0
    return drawn(world.seed, "minds", person.wa_id, turn) < share


def _block(world: World, message: Message, person: Recipient) -> None:
    block(world, world.numbers[message.number], person, message)


def _report(world: World, message: Message, person: Recipient) -> None:
    report(world, world.numbers[message.number], person, message)


def block(world: World, number: Number, person: Recipient, message: Message | None = None) -> None:
    """Let a person block a number, because of a message or of the latest that they got."""
    thread = person.thread(number.id)
    if not thread.has_blocked:
        thread.has_blocked = True
        number.blocks += 1
        quality.complained(world, number, message or _latest(world, number, person), 1.0)


def report(world: World, number: Number, person: Recipient, message: Message | None = None) -> None:
    """Let a person report a number."""
    number.reports += 1
    quality.complained(world, number, message or _latest(world, number, person), world.thresholds.report_weight)


def _latest(world: World, number: Number, person: Recipient) -> Message | None:
    ids = [one["id"] for one in person.received if one["from"] == number.id]
    return world.messages.get(ids[-1]) if ids else None


def _opt_out(world: World, message: Message, person: Recipient) -> None:
    if message.category == "marketing" and not world.thread(message).stopped_marketing:
        prefer(world, world.numbers[message.number], person, "stop")


def prefer(world: World, number: Number, person: Recipient, value: str, signup: str | None = None) -> None:
    """Let a person stop or resume marketing, or sign up for it."""
    person.thread(number.id).stopped_marketing = value == "stop"
    number.opt_outs += value == "stop"
    tell_preference(world, number, person, value, signup)


def _answer(world: World, message: Message, person: Recipient) -> None:
    thread = world.thread(message)
    if not message.began and thread.answered >= world.thresholds.answers_in_window:
        return
    thread.answered = 1 if message.began else thread.answered + 1
    number = world.numbers[message.number]
    content = _fitting(world, message, person)
    quotes = content["type"] != "text" or drawn(world.seed, "quotes", person.wa_id, person.written_count) < 0.5
    write(world, number, person, content | (_context(number, message) if quotes else {}), is_answer=True)


def _context(number: Number, message: Message) -> dict[str, Any]:
    return {"context": {"from": number.digits, "id": message.id}}


def _fitting(world: World, message: Message, person: Recipient) -> dict[str, Any]:
    """Return an answer that fits: a tap on a button where there are some, else a few words."""
    if message.kind == "interactive":
        tapped = _tapped(message.content)
        if tapped is not None:
            return {"type": "interactive", "interactive": tapped}
    if message.template is not None:
        buttons: list[dict[str, Any]] = next(
            (one["buttons"] for one in message.template.components if one.get("buttons")), []
        )
        quick = next((one for one in buttons if one.get("type") == "QUICK_REPLY"), None)
        if quick is not None:
            return {"type": "button", "button": {"payload": _payload(message, quick), "text": quick.get("text", "")}}
    words = chosen(ANSWERS, world.seed, "words", person.wa_id, person.written_count)
    return {"type": "text", "text": {"body": words}}


def _payload(message: Message, quick: dict[str, Any]) -> str:
    for one in message.content.get("components") or []:
        if str(one.get("type")).lower() == "button":
            return str((one.get("parameters") or [{}])[0].get("payload", quick.get("text", "")))
    return str(quick.get("text", ""))


def _tapped(content: dict[str, Any]) -> dict[str, Any] | None:
    action = content.get("action") or {}
    buttons = action.get("buttons") or []
    if content.get("type") == "button" and buttons:
        return {"type": "button_reply", "button_reply": dict(buttons[0].get("reply") or {})}
    sections = action.get("sections") or []
    lists = [one["rows"] for one in sections if isinstance(one, dict) and isinstance(one.get("rows"), list)]
    rows = [row for held in lists for row in held]
    if content.get("type") == "list" and rows:
        kept = {name: rows[0][name] for name in ("id", "title", "description") if name in rows[0]}
        return {"type": "list_reply", "list_reply": kept}
    if content.get("type") == "flow":
        reply = {"name": "flow", "body": "Sent", "response_json": f'{{"flow_token": "{_token(action)}"}}'}
        return {"type": "nfm_reply", "nfm_reply": reply}
    return None


def _token(action: dict[str, Any]) -> str:
    token = str((action.get("parameters") or {}).get("flow_token", "unused"))
    return "".join(letter for letter in token if letter.isalnum() or letter in "-_.:")


def write(
    world: World,
    number: Number,
    person: Recipient,
    content: dict[str, Any],
    *,
    by_advertisement: bool = False,
    is_answer: bool = False,
) -> str | None:
    """Let a person write: the window opens, and the business is told. Return the id, or `None` if it blocked them."""
    thread, window = person.thread(number.id), platform().service_window
    if thread.is_blocked or not number.is_registered:
        return None
    if not is_answer:
        thread.answered = 0
    thread.window_until = world.now + window.length
    if by_advertisement:
        thread.free_until = world.now + window.free_entry
    thread.wrote_at, thread.has_blocked = world.now, False
    person.marketing.clear()
    person.written_count += 1
    message_id = world.new_wamid()
    told = {"from": person.wa_id, "from_user_id": person.bsuid, "id": message_id,
            "timestamp": str(world.now // SECOND), **content}  # fmt: skip
    person.sent.append({"id": message_id, "to": number.id, "at": show_instant(world.now), **content})
    number.take(world.now)
    world.came_in(message_id)
    tell_message(world, number, person, told)
    return message_id
