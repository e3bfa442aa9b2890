"""Templates of an account: list, create, change, delete."""

from __future__ import annotations

from typing import Any

from cartellino.simulator.cloud import authoring
from cartellino.simulator.cloud.business import Account
from cartellino.simulator.cloud.errors import missing, unknown_node
from cartellino.simulator.cloud.face.calls import Answer, Call
from cartellino.simulator.cloud.face.hub import Hub
from cartellino.simulator.cloud.face.paging import fields_of, paged, picked
from cartellino.simulator.cloud.quality import unpause
from cartellino.simulator.cloud.templates import Template


def listed(hub: Hub, call: Call, account_id: str) -> Answer:
    """List templates, filtered by name, words, language, status, category and quality."""
    account = hub.account(call, account_id)
    found = [template.shown() for template in account.templates.values() if _is_asked_for(template, call)]
    if fields_of(call):
        found = [picked(one, call) for one in found]
    summary = {"total_count": len(found), "message_template_count": len(account.templates),
               "message_template_limit": authoring.MOST_TEMPLATES, "are_translations_complete": True}  # fmt: skip
    return Answer(paged(found, call) | ({"summary": summary} if "summary" in call.query else {}))


def _is_asked_for(template: Template, call: Call) -> bool:
    text = template.text().lower()
    own = {
        "language": template.language, "status": template.status, "category": template.category,
        "quality_score": template.quality,
    }  # fmt: skip
    chosen = all(own[name].lower() in _several(call.query[name]) for name in own if call.query.get(name))
    words = call.query.get("name_or_content", "").lower()
    return (
        chosen
        and call.query.get("name", "").lower() in template.name
        and call.query.get("content", "").lower() in text
        and (words in template.name or words in text)
    )


def _several(written: str) -> set[str]:
    """Return the values of a filter: one, several with commas, or a JSON array."""
    return {one.strip(' "[]').lower() for one in written.split(",")}


def create(hub: Hub, call: Call, account_id: str) -> Answer:
    """Make a template; it is reviewed a little later."""
    account = hub.account(call, account_id)
    template = authoring.create(hub.world, account, call.data())
    return Answer({"id": template.id, "status": template.status, "category": template.category.upper()})


def delete(hub: Hub, call: Call, account_id: str) -> Answer:
    """Delete by name, or one language by id too."""
    account, name = hub.account(call, account_id), call.query.get("name", "")
    if not name:
        raise missing("name")
    authoring.delete(hub.world, account, name, call.query.get("hsm_id", ""))
    return Answer({"success": True})


def show(call: Call, template: Template) -> Answer:
    """Show one template."""
    return Answer(picked(template.shown(), call))


def change(hub: Hub, call: Call, template: Template) -> Answer:
    """Change one template."""
    account = account_with(hub, template)
    authoring.change(hub.world, account, template, call.data())
    return Answer({"success": True, "id": template.id, "name": template.name, "category": template.category.upper()})


def take_up(hub: Hub, call: Call, template_id: str) -> Answer:
    """End a pause before its time."""
    template = with_id(hub, template_id)
    if template is None:
        raise unknown_node(call.method, template_id)
    was: dict[str, Any] = {"success": template.status == "PAUSED"}
    unpause(hub.world, account_with(hub, template).id, template, hub.world.now)
    return Answer(was if was["success"] else was | {"reason": "The template is not paused."})


def with_id(hub: Hub, template_id: str) -> Template | None:
    """Return a template by its id."""
    templates = (held for account in hub.world.accounts.values() for held in account.templates.values())
    return next((held for held in templates if held.id == template_id), None)


def account_with(hub: Hub, template: Template) -> Account:
    """Return the account of a template."""
    accounts = hub.world.accounts.values()
    return next(account for account in accounts if template in account.templates.values())
