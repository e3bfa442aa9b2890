"""Whether the person wants it: the service window, what they agreed to, what they stopped."""

from __future__ import annotations

from cartellino.senders.judging import Case, Objection, Rule
from cartellino.senders.platform import platform
from cartellino.vocabulary.times import show_instant


def opted_out(case: Case) -> Objection | None:
    """Refuse what somebody has asked not to be sent; codes always pass, and so does an answer to a question."""
    category = case.message.category or "marketing"
    if category == "authentication" or (category == "service" and case.in_window):
        return None
    if case.person.agrees(category) is not False:
        return None
    at = max(at for kind, at in case.person.withdrew.items() if kind in (category, "any"))
    return Objection(
        rule="opted-out", code=131050, said="The person has asked for no more messages of this kind.",
        evidence={"category": category, "withdrew_at": show_instant(at)},
    )  # fmt: skip


def window(case: Case) -> Objection | None:
    """Refuse free-form messages outside the service window."""
    if case.message.is_template or case.in_window:
        return None
    wrote = case.thread.wrote_at
    return Objection(
        rule="window", code=131047,
        said="More than 24 hours have passed since the person last wrote: only a template may open the conversation.",
        evidence={"last_wrote_at": None if wrote is None else show_instant(wrote),
                  "window_ended_at": show_instant(case.thread.window_until) if case.thread.window_until else None},
    )  # fmt: skip


def consent(case: Case) -> Objection | None:
    """Refuse marketing to people of whom no agreement is known."""
    if not (case.message.is_template and case.is_marketing) or case.person.agrees("marketing") is not None:
        return None
    if case.in_window and case.message.category is None:
        return None
    return Objection(
        rule="consent", code=131050,
        said="No agreement of the person to marketing is on record. Record one, with source and wording, or ask them.",
        evidence={"category": case.message.category or "unknown", "consent": "unknown"},
    )  # fmt: skip


def no_marketing_country(case: Case) -> Objection | None:
    """Refuse marketing to countries where the platform delivers none."""
    country, closed_since = case.message.country or case.person.country, platform().marketing.no_marketing
    if not (case.message.is_template and case.message.category == "marketing") or country not in closed_since:
        return None
    return Objection(
        rule="country", code=131049, said=f"The platform delivers no marketing to people in {country}.",
        evidence={"country": country, "since": closed_since[country].isoformat()},
    )  # fmt: skip


RULES = (
    Rule("opted-out", "Who asked for no more messages gets none of that kind.", "platform", opted_out),
    Rule("window", "Outside 24 hours after the person's last message only templates are sent.", "platform", window),
    Rule("consent", "Marketing goes to people whose agreement is on record.", "platform", consent),
    Rule("country", "Marketing does not go where the platform delivers none.", "platform", no_marketing_country),
)
