"""What a person found to be a general AI on offer is refused after its grace, where the policy holds."""

from __future__ import annotations

from datetime import UTC, datetime

from cartellino.senders.ai_policy import ai_policy
from cartellino.senders.judging import Case, Objection, Rule
from cartellino.vocabulary.times import show_instant


def ai_provider(case: Case) -> Objection | None:
    """Refuse what a program writes freely; codes, orders and what a person of the business writes go on."""
    reviewed, message = case.number.ai_reviewed, case.message
    if reviewed is None or reviewed.outcome != "not_allowed" or reviewed.blocks_from is None:
        return None
    if case.now < reviewed.blocks_from or message.category != "service" or message.automated is False:
        return None
    country = message.country or case.person.country
    if ai_policy().exemption(country, datetime.fromtimestamp(case.now / 1000, UTC).date()) is not None:
        return None
    return Objection(
        rule="ai-provider", code=368,
        said="A general AI is what this number offers, which the platform does not allow: a person decided so.",
        evidence={"decided_at": show_instant(reviewed.at), "reason": reviewed.reason, "country": country,
                  "blocks_from": show_instant(reviewed.blocks_from)},
    )  # fmt: skip


RULES = (
    Rule("ai-provider", "A number that a person found to offer a general AI rests, after a notice and a grace.",
         "platform", ai_provider),
)  # fmt: skip
