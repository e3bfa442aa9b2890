"""The state of the template: what is paused or disabled is not sent, for every try counts against the sender."""

from __future__ import annotations

from cartellino.senders.judging import Case, Objection, Rule
from cartellino.senders.practice import practice

_CODES = {"PAUSED": 132015, "DISABLED": 132016}


def usable(case: Case) -> Objection | None:
    """Refuse templates that the platform would refuse; one of which nothing is known passes."""
    template = case.template
    if template is None or template.status in ("APPROVED", "UNKNOWN"):
        return None
    if template.status == "PAUSED" and template.paused_until is not None and template.paused_until <= case.now:
        return None
    return Objection(
        rule="template", code=_CODES.get(template.status, 132001),
        said=f"The template is not approved for sending: {template.status.lower().replace('_', ' ')}.",
        evidence={"template": template.name, "language": template.language, "status": template.status,
                  "reason": template.reason or None, "pauses": template.pauses},
        next_allowed_at=template.paused_until,
    )  # fmt: skip


def rated(case: Case) -> Objection | None:
    """Rest a marketing template that is rated red, before the platform pauses it."""
    template = case.template
    if template is None or not case.is_marketing or template.quality not in practice().quality.rests:
        return None
    return Objection(
        rule="template-quality", code=132015,
        said="The template is rated red: the platform pauses it next, the third time for ever. Change it first.",
        evidence={"template": template.name, "quality": template.quality, "pauses": template.pauses},
    )  # fmt: skip


RULES = (
    Rule("template", "Templates that are paused, disabled or not approved are not sent.", "platform", usable),
    Rule("template-quality", "A marketing template that is rated red rests.", "practice", rated),
)
