"""What one person can be asked to bear: marketing holds, how often, at which hours, and whether they ever answer."""

from __future__ import annotations

from itertools import takewhile

from cartellino.senders.judging import Case, Objection, Rule
from cartellino.senders.practice import practice
from cartellino.senders.quiet import quiet_until
from cartellino.vocabulary.times import DAY, Instant, show_duration, show_instant


def undeliverable(case: Case) -> Objection | None:
    """Refuse offers that cannot arrive: they failed several times, or the business blocked the person."""
    stopped, until = case.person.stop_until("all", case.now)
    if not stopped or case.in_window or not case.is_marketing:
        return None  # a code or an order is of a person who is there now, and a message that fails spends nothing
    return Objection(
        rule="undeliverable", code=131026,
        said="Messages to this person did not arrive several times: they left, or have blocked the number.",
        evidence={"failed": len(case.person.undeliverable)}, next_allowed_at=until,
    )  # fmt: skip


def marketing_hold(case: Case) -> Objection | None:
    """Refuse marketing that the platform holds back from this person: trying again makes the hold longer."""
    stopped, until = case.person.stop_until("marketing", case.now)
    if not (stopped and case.is_marketing):
        return None
    return Objection(
        rule="marketing-hold", code=131049, said="The platform holds marketing back from this person for now.",
        evidence={"until": None if until is None else show_instant(until)}, next_allowed_at=until,
    )  # fmt: skip


def frequency(case: Case) -> Objection | None:
    """Refuse more than a person can be asked to bear; an answer begins the count of weeks and months anew."""
    category = case.message.category or "marketing"
    if not case.begins or not case.message.is_template:
        return None
    caps = practice().frequency
    for within, most in caps.caps(category):
        sent = [message for message in case.person.began(case.now, within) if message.category == category]
        if caps.answer_begins_anew and within > DAY:
            sent = list(takewhile(lambda message: message.answered_at is None, reversed(sent)))[::-1]
        if len(sent) >= most:
            return Objection(
                rule="frequency", code=131049 if category == "marketing" else 131056,
                said=f"The person got {len(sent)} {category} messages in {show_duration(within)}; {most} are enough.",
                evidence={"category": category, "sent": len(sent), "most": most, "within": show_duration(within)},
                next_allowed_at=sent[-most].at + within,
            )  # fmt: skip
    return None


def unanswered(case: Case) -> Objection | None:
    """Refuse further marketing to somebody to whom it never meant anything."""
    bounds = practice().unanswered
    if not (case.is_marketing and case.begins):
        return None
    row: list[Instant] = []
    for sent in reversed(case.person.began(case.now, bounds.within)):
        if sent.answered_at is not None or sent.status in ("read", "played"):
            break
        if sent.category == "marketing":
            row.append(sent.at)
    if len(row) < bounds.most:
        return None
    return Objection(
        rule="unanswered", code=131049, said=f"The last {len(row)} offers to this person were not read or answered.",
        evidence={"unanswered": len(row), "most": bounds.most}, next_allowed_at=row[bounds.most - 1] + bounds.within,
    )  # fmt: skip


def duplicate(case: Case) -> Objection | None:
    """Refuse the same message again within an hour: a program repeats itself."""
    message, within = case.message, practice().duplicate.within
    if not message.is_template or message.content is None or message.category == "authentication":
        return None
    for sent in reversed(case.person.sent):
        if sent.at <= case.now - within:
            return None
        if sent.content == message.content and sent.reached:
            return Objection(
                rule="duplicate", code=131056, said="The person got the very same message a short while ago.",
                evidence={"sent_at": show_instant(sent.at)}, next_allowed_at=sent.at + within,
            )  # fmt: skip
    return None


def quiet_hours(case: Case) -> Objection | None:
    """Refuse marketing at night, by the person's own clock."""
    if not (case.is_marketing and case.begins and case.message.is_template):
        return None
    country, zone = case.message.country or case.person.country, case.message.zone or case.person.zone
    until = quiet_until(case.now, country, zone)
    if until is None:
        return None
    hours = practice().quiet_hours
    return Objection(
        rule="quiet-hours", code=131049, said=f"It is between {hours.begin} and {hours.end} where the person lives.",
        evidence={"country": country, "zone": zone}, next_allowed_at=until,
    )  # fmt: skip


RULES = (
    Rule("undeliverable", "People whom nothing reaches get no offers for a time.", "practice", undeliverable),
    Rule("marketing-hold", "Marketing that the platform held back is not tried again.", "platform", marketing_hold),
    Rule("frequency", "Nobody is written to more often than they can be asked to bear.", "practice", frequency),
    Rule("unanswered", "Who reads and answers nothing gets no more offers for a time.", "practice", unanswered),
    Rule("duplicate", "The same message does not go to the same person twice within an hour.", "practice", duplicate),
    Rule("quiet-hours", "Nothing advertises at night, by the person's own clock.", "practice", quiet_hours),
)
