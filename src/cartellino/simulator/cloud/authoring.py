"""Creates, changes and deletes templates: what is accepted, in which category, and how the platform reviews it."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

from cartellino.senders.platform import platform
from cartellino.simulator.cloud import strikes
from cartellino.simulator.cloud.business import Account
from cartellino.simulator.cloud.errors import GraphError, error_of, missing
from cartellino.simulator.cloud.payloads import tell_account, tell_template
from cartellino.simulator.cloud.templates import CATEGORIES, Category, Template, advertises, is_only_a_place
from cartellino.simulator.cloud.world import World
from cartellino.vocabulary.times import HOUR

_NAME = re.compile(r"[a-z0-9_]{1,512}")
_PARTS = ("HEADER", "BODY", "FOOTER", "BUTTONS", "CAROUSEL", "LIMITED_TIME_OFFER", "CALL_PERMISSION_REQUEST")
MOST_TEMPLATES = 6_000
"""Most templates of an account."""


def create(world: World, account: Account, data: dict[str, Any]) -> Template:
    """Create a template, which is reviewed a little later.

    Raises `GraphError` if it is not accepted.
    """
    name, language, category = _named(data), _language(data), _category(data)
    _check_room(world, account, name, language)
    template = Template(
        world.new_id(15), name, language, category, _components(data), status="PENDING",
        rated_at=world.now, is_paced=True, parameter_format=str(data.get("parameter_format", "POSITIONAL")).upper(),
    )  # fmt: skip
    _file(world, account, template)
    account.templates[f"{name}/{language}"] = template
    account.created.append(world.now)
    _send_to_review(world, account, template)
    return template


def change(world: World, account: Account, template: Template, data: dict[str, Any]) -> None:
    """Change a template, which is reviewed again. Raises `GraphError` if the change is not accepted."""
    if "category" in data:
        template.category = _category(data)
    if "components" in data:
        template.components = _components(data)
    template.status = "PENDING"
    _file(world, account, template)
    _send_to_review(world, account, template)


def delete(world: World, account: Account, name: str, template_id: str = "") -> None:
    """Delete a template in all its languages, or only the one with an id.

    Raises `GraphError` if there is none.
    """
    keys = [key for key, each in account.templates.items() if each.name == name and template_id in ("", each.id)]
    if not keys:
        raise GraphError(100, "Invalid parameter", f"Message template {name} was not found.", subcode=2593002)
    for key in keys:
        template = account.templates.pop(key)
        template.status = "DELETED"
        tell_template(world, account.id, template, "DELETED")


def _named(data: dict[str, Any]) -> str:
    name = data.get("name")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise error_of(100, "Param name must be lower-case letters, digits and underscores.")
    return name


def _language(data: dict[str, Any]) -> str:
    language = data.get("language")
    if not isinstance(language, str) or not re.fullmatch(r"[a-z]{2,3}(_[A-Za-z]{2,4})?", language):
        raise error_of(100, "Param language must be a code such as en or pt_BR.")
    return language


def _category(data: dict[str, Any]) -> Category:
    written = str(data.get("category", "")).lower()
    for category in CATEGORIES:
        if category == written:
            return category
    raise error_of(100, f"Param category must be one of {{{', '.join(name.upper() for name in CATEGORIES)}}}.")


def _components(data: dict[str, Any]) -> list[dict[str, Any]]:
    components = data.get("components")
    if not isinstance(components, list) or not components:
        raise missing("components")
    made = []
    for component in components[:20]:
        kind = str(component.get("type", "")).upper() if isinstance(component, dict) else ""
        if kind not in _PARTS:
            raise error_of(100, f"Param components[type] must be one of {{{', '.join(_PARTS)}}}.")
        buttons = component.get("buttons") or []
        if not isinstance(buttons, list) or not all(isinstance(each, dict) for each in buttons):
            raise error_of(100, "Param components[buttons] must be a list of objects.")
        buttons = [{**each, "type": str(each.get("type", "")).upper()} for each in buttons]
        made.append({**component, "type": kind, **({"buttons": buttons} if buttons else {})})
    if len(str(next((part.get("text", "") for part in made if part["type"] == "BODY"), ""))) > 1_024:
        raise error_of(132005, "The body has at most 1024 characters.")
    return made


def _check_room(world: World, account: Account, name: str, language: str) -> None:
    if f"{name}/{language}" in account.templates:
        raise GraphError(100, "Invalid parameter", "There is already content in this language for this template.",
                         subcode=2388024)  # fmt: skip
    if len(account.templates) >= MOST_TEMPLATES:
        raise error_of(100, f"An account has at most {MOST_TEMPLATES} templates.")
    if sum(at > world.now - HOUR for at in account.created) >= platform().templates.created_per_hour:
        raise error_of(80007, f"At most {platform().templates.created_per_hour} templates can be made in an hour.")


def _file(world: World, account: Account, template: Template) -> None:
    """Move a template that advertises from utility to marketing; submitting it as utility counts as misuse."""
    if template.category != "utility":
        return
    if account.stopped("new_utility_templates", world.now):
        raise error_of(131064, "New utility templates are not taken while the account is restricted.")
    if advertises(template.components) or is_only_a_place(template.components):
        template.previous_category, template.category = "UTILITY", "marketing"
        strikes.misuse(world, account)


def _send_to_review(world: World, account: Account, template: Template) -> None:
    world.later(world.thresholds.reviewed_within, partial(_review, world, account, template))


def _review(world: World, account: Account, template: Template) -> None:
    if template.status != "PENDING":
        return
    body = template.text()
    if "}}{{" in body.replace(" ", ""):
        template.status, template.rejected_reason = "REJECTED", "INVALID_FORMAT"
        told = {"reason": "Parameters stand next to each other.", "recommendation": "Put words between them."}
        tell_template(world, account.id, template, "REJECTED", "INVALID_FORMAT", rejection_info=told)
        return
    template.status = "APPROVED"
    tell_template(world, account.id, template, "APPROVED")
    if template.previous_category:
        value = {"message_template_id": int(template.id), "message_template_name": template.name,
                 "message_template_language": template.language, "previous_category": "UTILITY",
                 "new_category": "MARKETING"}  # fmt: skip
        tell_account(world, account.id, value, "template_category_update")
