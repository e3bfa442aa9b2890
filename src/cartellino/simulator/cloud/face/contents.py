"""Is the content of a message of each type as it has to be? What is wrong is named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cartellino.simulator.cloud.errors import error_of, missing, wrong

MEDIA = ("image", "audio", "video", "document", "sticker")
Content = dict[str, Any]


def _text(content: Content) -> None:
    _words(content, "body", "text", 4_096)
    if not isinstance(content.get("preview_url", False), bool) and content["preview_url"] not in ("true", "false"):
        raise wrong("text[preview_url]", "true or false")


def _template(content: Content) -> None:
    _words(content, "name", "template", 512)
    language = content.get("language")
    if not isinstance(language, dict):
        raise missing("template[language]")
    _words(language, "code", "template[language]", 20)
    if content.get("components") is not None and not isinstance(content["components"], list):
        raise wrong("template[components]", "a list")


def _location(content: Content) -> None:
    for name, most in (("latitude", 90), ("longitude", 180)):
        try:
            degrees = float(content[name])
        except KeyError:
            raise missing(f"location[{name}]") from None
        except (TypeError, ValueError):
            raise wrong(f"location[{name}]", "a number of degrees") from None
        if not -most <= degrees <= most:
            raise wrong(f"location[{name}]", f"from -{most} to {most}")


def _contacts(content: object) -> None:
    if not isinstance(content, list) or not content:
        raise wrong("contacts", "a list of at least one contact")
    for one in content:
        name = one.get("name") if isinstance(one, dict) else None
        if not isinstance(name, dict):
            raise missing("contacts[name]")
        _words(name, "formatted_name", "contacts[name]", 1_024)


def _reaction(content: Content) -> None:
    _words(content, "message_id", "reaction", 512)
    if not isinstance(content.get("emoji", ""), str):
        raise wrong("reaction[emoji]", "an emoji, or an empty text to take the reaction back")


def _media(content: Content) -> None:
    if ("id" in content) == ("link" in content):
        raise error_of(100, "Media has either `id` or `link`.")
    link = content.get("link")
    if link is not None and not (isinstance(link, str) and link.startswith(("http://", "https://"))):
        raise wrong("link", "an address that begins with http:// or https://")
    if len(str(content.get("caption") or "")) > 1_024:
        raise wrong("caption", "at most 1024 characters")


def _interactive(content: Content) -> None:
    kind = content.get("type")
    if not isinstance(kind, str) or kind not in _INTERACTIVE:
        raise wrong("interactive[type]", f"one of {', '.join(_INTERACTIVE)}")
    body, action = content.get("body"), content.get("action")
    if kind not in ("product", "carousel"):
        if not isinstance(body, dict):
            raise missing("interactive[body]")
        _words(body, "text", "interactive[body]", 4_096 if kind == "list" else 1_024)
    if not isinstance(action, dict):
        raise missing("interactive[action]")
    _INTERACTIVE[kind](action)


def _buttons(action: Content) -> None:
    buttons = action.get("buttons")
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= 3:
        raise wrong("interactive[action][buttons]", "1 to 3 buttons")
    replies = [one.get("reply") if isinstance(one, dict) else None for one in buttons]
    for reply in replies:
        if not isinstance(reply, dict):
            raise missing("interactive[action][buttons][reply]")
        _words(reply, "id", "reply", 256)
        _words(reply, "title", "reply", 20)
    for name in ("id", "title"):
        if len({reply[name] for reply in replies if reply}) < len(replies):
            raise wrong(f"reply[{name}]", "different for each button")


def _list(action: Content) -> None:
    _words(action, "button", "interactive[action]", 20)
    sections = action.get("sections")
    if not isinstance(sections, list) or not 1 <= len(sections) <= 10:
        raise wrong("interactive[action][sections]", "1 to 10 sections")
    lists = [one.get("rows") for one in sections if isinstance(one, dict)]
    rows = [row for held in lists if isinstance(held, list) for row in held]
    if not 1 <= len(rows) <= 10 or not all(isinstance(row, dict) for row in rows):
        raise wrong("interactive[action][sections][rows]", "1 to 10 rows in all")
    for row in rows:
        _words(row, "id", "row", 200)
        _words(row, "title", "row", 24)
    if len({row["id"] for row in rows}) < len(rows):
        raise wrong("row[id]", "different for each row")


def _link(action: Content) -> None:
    parameters = action.get("parameters")
    if not isinstance(parameters, dict):
        raise missing("interactive[action][parameters]")
    _words(parameters, "display_text", "parameters", 20)
    _words(parameters, "url", "parameters", 2_000)


def _flow(action: Content) -> None:
    parameters = action.get("parameters")
    if not isinstance(parameters, dict):
        raise missing("interactive[action][parameters]")
    if not parameters.get("flow_id") and not parameters.get("flow_name"):
        raise missing("interactive[action][parameters][flow_id]")
    _words(parameters, "flow_cta", "parameters", 30)


def _anything(_: Content) -> None:
    """Kinds whose action is passed on as it is."""


_INTERACTIVE: dict[str, Callable[[Content], None]] = {
    "button": _buttons, "list": _list, "cta_url": _link, "flow": _flow, "location_request_message": _anything,
    "address_message": _anything, "call_permission_request": _anything, "voice_call": _anything,
    "catalog_message": _anything, "product": _anything, "product_list": _anything, "carousel": _anything,
}  # fmt: skip

CHECKS: dict[str, Callable[[Any], None]] = {
    "text": _text, "template": _template, "location": _location, "contacts": _contacts, "reaction": _reaction,
    "interactive": _interactive, **dict.fromkeys(MEDIA, _media),
}  # fmt: skip
"""By type of message, what raises `GraphError` for a content that is wrong."""


def _words(content: Content, name: str, of: str, most: int) -> None:
    value = content.get(name)
    if value is None or value == "":
        raise missing(f"{of}[{name}]")
    if not isinstance(value, str):
        raise wrong(f"{of}[{name}]", "a text")
    if len(value) > most:
        raise error_of(100, f"Param {of}[{name}] must be at most {most} characters long.")
