"""Frequency: how often does one person get offers, how late in the day, and do they grow tired of them?"""

from __future__ import annotations

from functools import lru_cache

from cartellino.senders.people import Person, Sent
from cartellino.senders.pillars.audience import OVER, READ, Audience, Reached
from cartellino.senders.pillars.course import course_of_sum
from cartellino.senders.pillars.saying import Saying
from cartellino.senders.pillars.shape import Figure, Lever, Pillar, largest, number, share
from cartellino.senders.practice import practice
from cartellino.senders.quiet import quiet_until, zones_of
from cartellino.vocabulary.times import DAY, HOUR, Instant, show_duration

LATER = 4
"""From which offer within 30 days on somebody may be tired."""


def frequency(audience: Audience) -> Pillar:
    """Return the pillar."""
    offered, weeks = audience.offered, OVER / (7 * DAY)
    counts = sorted(len(reached.offers) for reached in offered)
    mean = sum(counts) / len(counts) / weeks if counts else None
    most = counts[min(len(counts) - 1, int(len(counts) * 0.95))] / weeks if counts else None
    above, surplus = _above_cap(audience)
    night, unknown, all_offers = _at_night(offered)
    others = sum(day.others for _, day in audience.number.days.last(OVER // DAY, audience.now))
    return Pillar(
        name="frequency",
        about="Nobody gets more than they can be asked to bear, and nothing advertises at night.",
        figures=(
            number("per_week", "offers to one person in a week", "per_week", mean, of=len(counts)),
            number("per_week_most", "offers in a week to those who got most (the upper twentieth)", "per_week", most,
                   of=len(counts)),
            above,
            share("at_night", "offers at night by the person's own clock", hits=night, of=all_offers, unknown=unknown),
            _reaction("reacted_first", f"the first {LATER - 1} offers to one person within 30 days that were read or"
                      " answered", [sent for reached in offered for sent in reached.offers[: LATER - 1]], audience.now),
            _reaction("reacted_later", "further offers to them that were read or answered",
                      [sent for reached in offered for sent in reached.offers[LATER - 1 :]], audience.now),
            Figure(name="others", about="messages of the same number that another program sent", unit="messages",
                   least=float(others), most=None),
        ),
        series=(
            course_of_sum("begun", "conversations begun within seven days", "messages", audience.number, audience.now,
                          lambda day: day.began or None),
            course_of_sum("offers", "offers within seven days", "messages", audience.number, audience.now,
                          lambda day: day.sent.get("marketing")),
        ),
        levers=largest(_keep_to_cap(above, surplus), _wait_for_morning(night, all_offers)),
    )  # fmt: skip


def _above_cap(audience: Audience) -> tuple[Figure, int]:
    """Return the share of people who got more than a careful business sends, and how many offers were too many."""
    caps = practice().frequency.caps("marketing")
    surplus = [
        max(sum(sent.at > audience.now - within for sent in reached.offers) - most for within, most in caps)
        for reached in audience.offered
    ]
    above = [many for many in surplus if many > 0]
    said = ", ".join(f"{most} in {show_duration(within)}" for within, most in caps)
    return share("above_cap", f"people who got more than {said}", hits=len(above), of=len(surplus)), sum(above)


def _at_night(offered: list[Reached]) -> tuple[int, int, int]:
    """Return how many offers were sent at night, of how many nobody knows, of how many."""
    night = unknown = every = 0
    for reached in offered:
        known = _has_clock(reached.person)
        every += len(reached.offers)
        unknown += 0 if known else len(reached.offers)
        if known:
            night += sum(
                _is_night(sent.at // HOUR, reached.person.country, reached.person.zone) for sent in reached.offers
            )
    return night, unknown, every


def _has_clock(person: Person) -> bool:
    return bool(zones_of(person.country, person.zone))


@lru_cache(maxsize=65_536)
def _is_night(hour: Instant, country: str | None, zone: str | None) -> bool:
    return quiet_until(hour * HOUR, country, zone) is not None


def _reaction(name: str, about: str, sent: list[Sent], now: Instant) -> Figure:
    reacted = sum(message.answered_at is not None or message.status in READ for message in sent)
    young = sum(
        message.at > now - DAY and message.answered_at is None and message.status not in READ for message in sent
    )
    return share(name, about, hits=reacted, of=len(sent), unknown=young)


def _keep_to_cap(above: Figure, surplus: int) -> Lever | None:
    if not above.least:
        return None
    many = round(above.least * above.of)
    return Lever(
        name="keep_to_cap", figure="above_cap", many=many, now=above.least, then=0,
        saying=Saying("keep_to_cap", {"people": many, "surplus": surplus}),
    )  # fmt: skip


def _wait_for_morning(night: int, of: int) -> Lever | None:
    if not night:
        return None
    quiet = practice().quiet_hours
    return Lever(
        name="wait_for_morning", figure="at_night", many=night, now=night / of, then=0,
        saying=Saying("wait_for_morning", {"many": night, "begin": quiet.begin, "end": quiet.end}),
    )  # fmt: skip
