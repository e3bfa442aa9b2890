"""Segmentation: does an offer go to those whom it fits, or does everybody get everything?"""

from __future__ import annotations

from collections import Counter

from cartellino.senders.days import Day
from cartellino.senders.pillars.audience import Audience, Reached, hides_reading, is_open
from cartellino.senders.pillars.course import course_of_share
from cartellino.senders.pillars.saying import Saying
from cartellino.senders.pillars.shape import Figure, Lever, Pillar, largest, number, share

SILENT_AFTER = 3
"""So many offers without any reaction make a person silent."""


def segmentation(audience: Audience) -> Pillar:
    """Return the pillar."""
    people, now = audience.reached, audience.now
    reacted = sum(reached.reacted for reached in people)
    unknown = sum(not reached.reacted and (hides_reading(reached) or is_open(reached, now)) for reached in people)
    engaged = share("engaged", "people written to who answered or read anything", hits=reacted, of=len(people),
                    unknown=unknown)  # fmt: skip
    campaigns = Counter(
        name for reached in people for name in {sent.campaign for sent in reached.sent if sent.campaign}
    )
    everything = _gets_everything(people, len(campaigns))
    return Pillar(
        name="segmentation",
        about="An offer goes to those whom it fits: who reacts gets more of it, who never does gets none.",
        figures=(
            engaged, everything, _alike(people),
            number("campaigns", "campaigns within 30 days", "campaigns", len(campaigns) or None),
        ),
        series=(
            course_of_share("alike", "messages that are like the most frequent one", audience.number, now, _most_alike,
                            lambda day: sum(day.contents.values())),
            course_of_share("read", "messages shown as read, of those that arrived", audience.number, now,
                            lambda day: day.read, lambda day: day.delivered,
                            lambda day: max(0, day.delivered - day.read)),
        ),
        levers=largest(_leave_out_silent(audience, engaged), _divide(everything, people)),
    )  # fmt: skip


def _gets_everything(people: list[Reached], campaigns: int) -> Figure:
    """Return the share that got every campaign; with fewer than two there is nothing to choose from."""
    some = [{sent.campaign for sent in reached.sent if sent.campaign} for reached in people]
    some = [names for names in some if names] if campaigns >= 2 else []
    every = sum(len(names) == campaigns for names in some)
    return share("gets_everything", "people who got every campaign", hits=every, of=len(some))


def _alike(people: list[Reached]) -> Figure:
    contents = Counter(sent.content for reached in people for sent in reached.offers)
    unknown, of = contents.pop(None, 0), sum(len(reached.offers) for reached in people)
    most = max(contents.values(), default=0)
    return share("alike", "offers that are like the most frequent one", hits=most, of=of, unknown=unknown)


def _most_alike(day: Day) -> int:
    return max(day.contents.values(), default=0)


def _leave_out_silent(audience: Audience, engaged: Figure) -> Lever | None:
    silent = sum(len(reached.offers) >= SILENT_AFTER and not reached.reacted for reached in audience.reached)
    if not silent or engaged.least is None:
        return None
    then = engaged.least * engaged.of / (engaged.of - silent) if engaged.of > silent else None
    said = "leave_out_silent.none" if then is None else "leave_out_silent"
    return Lever(
        name="leave_out_silent", figure="engaged", many=silent, now=engaged.least, then=then,
        saying=Saying(said, {"people": silent, "least": SILENT_AFTER, "then": then or 0.0, "now": engaged.least}),
    )  # fmt: skip


def _divide(everything: Figure, people: list[Reached]) -> Lever | None:
    if everything.least is None or everything.least < 0.5:
        return None
    many = round(everything.least * everything.of)
    return Lever(
        name="divide", figure="gets_everything", many=many, now=everything.least, then=0,
        saying=Saying("divide", {"many": many, "people": len(people)}),
    )  # fmt: skip
