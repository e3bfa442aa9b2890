"""What the platform stopped, for account or number. Where it stopped only what the business begins, replies go on."""

from __future__ import annotations

from collections.abc import Iterator

from cartellino.senders.accounts import Stop
from cartellino.senders.judging import Case, Objection, Rule
from cartellino.senders.practice import practice
from cartellino.vocabulary.times import show_instant


def _stops(case: Case) -> Iterator[tuple[str, Stop]]:
    for stops in (case.account.stops if case.account is not None else {}, case.number.stops):
        for what, stop in stops.items():
            if stop.holds(case.now):
                yield what, stop


def _meant(case: Case, what: str) -> bool:
    message = case.message
    return (
        what == "everything"
        or (what == "business_initiated" and (message.is_template or case.begins))
        or (what == "replies" and case.in_window)
        or (what == "marketing" and case.is_marketing)
        or (what == "utility" and message.category == "utility")
        or (what == f"country:{message.country or case.person.country or 'ZZ'}")
    )


_WORDS = {
    "everything": "everything",
    "business_initiated": "messages that the business begins",
    "new_numbers": "adding numbers",
    "replies": "replies",
    "new_utility_templates": "new templates of the category utility",
    "direct_utility": "utility messages without a template",
    "calls_out": "calls by the business",
    "calls_in": "calls to the business",
    "utility": "utility messages",
}


def _in_words(what: str) -> str:
    if what.startswith("country:"):
        return f"messages to {what.removeprefix('country:')}"
    return _WORDS.get(what, what.replace("_", " "))


def restricted(case: Case) -> Objection | None:
    """Refuse what a restriction or a grave error stopped."""
    for what, stop in _stops(case):
        if _meant(case, what):
            return Objection(
                rule="restricted",
                code=stop.code or (130497 if what.startswith("country:") else 368),
                said=f"The platform has stopped {_in_words(what)} for this sender.",
                evidence={"stopped": what, "since": show_instant(stop.since), "said_by": stop.said_by,
                          "code": stop.code, "remediation": stop.remediation or None},
                next_allowed_at=stop.until,
            )  # fmt: skip
    return None


def quality(case: Case) -> Objection | None:
    """Rest marketing while the number is rated red."""
    if not (case.is_marketing and case.begins and case.number.quality in practice().quality.rests):
        return None
    return Objection(
        rule="quality", code=131048, said="People have rated what this number sends badly: marketing rests.",
        evidence={"quality": case.number.quality},
    )  # fmt: skip


RULES = (
    Rule("restricted", "What the platform has stopped for account or number is not sent.", "platform", restricted),
    Rule("quality", "Marketing rests while the number is rated red.", "practice", quality),
)
