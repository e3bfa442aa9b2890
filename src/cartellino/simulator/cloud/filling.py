"""Do the parameters of a template message fit the places of the template?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cartellino.simulator.cloud.errors import error_of, wrong
from cartellino.simulator.cloud.templates import Template

MEDIA = ("IMAGE", "VIDEO", "DOCUMENT", "LOCATION", "GIF")


def check_parameters(template: Template, components: Sequence[Any]) -> None:
    """Compare what was sent with what the template asks for.

    Raises `GraphError` where they differ.
    """
    for one in components:
        held = one.get("parameters") or [] if isinstance(one, dict) else None
        if not isinstance(held, list) or not all(isinstance(each, dict) for each in held):
            raise wrong("template[components]", "each is an object with `type`, and `parameters` that are objects")
    for kind in ("HEADER", "BODY"):
        sent = _parameters(components, kind.lower())
        _check_header_kind(template, sent) if kind == "HEADER" else None
        _check_texts(template, kind, [one for one in sent if one.get("type", "text") in _TEXTS])
    _check_buttons(template, [one for one in components if str(one.get("type")).lower() == "button"])


_TEXTS = ("text", "currency", "date_time")


def _parameters(components: Sequence[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for one in components:
        if str(one.get("type", "")).lower() == kind:
            found += [each for each in one.get("parameters") or [] if isinstance(each, dict)]
    return found


def _check_texts(template: Template, kind: str, sent: list[dict[str, Any]]) -> None:
    places = template.places(kind)
    if len(sent) != len(places):
        raise error_of(
            132000, f"{kind.lower()}: number of localizable_params ({len(sent)}) does not match the expected number of "
            f"params ({len(places)})",
        )  # fmt: skip
    named = {str(one["parameter_name"]) for one in sent if one.get("parameter_name")}
    if template.parameter_format == "NAMED" and named != set(places):
        raise error_of(132000, f"{kind.lower()}: parameter_name has to be each of {', '.join(places)}")
    for one in sent:
        if one.get("type", "text") == "text" and not str(one.get("text") or "").strip():
            raise error_of(132012, f"{kind.lower()}: a parameter has no text")


def _check_header_kind(template: Template, sent: list[dict[str, Any]]) -> None:
    header = next((one for one in template.components if one.get("type") == "HEADER"), {})
    expected = str(header.get("format", "TEXT")).lower()
    if expected.upper() in MEDIA and [one.get("type") for one in sent] != [expected]:
        raise error_of(132012, f"header: Format mismatch, expected {expected.upper()}, received "
                       f"{str(sent[0].get('type')).upper() if sent else 'nothing'}")  # fmt: skip
    if expected.upper() not in MEDIA and any(str(one.get("type")).upper() in MEDIA for one in sent):
        raise error_of(132012, "header: Format mismatch, expected TEXT")


def _check_buttons(template: Template, sent: list[dict[str, Any]]) -> None:
    buttons: list[Any] = next(
        (one.get("buttons", []) for one in template.components if one.get("type") == "BUTTONS"), []
    )
    for one in sent:
        index = str(one.get("index", "0"))
        if not index.isdigit() or int(index) >= len(buttons):
            raise error_of(132000, f"button: the template has no button {index}")
