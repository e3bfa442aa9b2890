"""Whether a general AI is what a number offers, or a help within its own service: evidence, and what follows from it.

Nothing here looks into a message. What a machine finds is at most a reason for a person to look: a number is refused
only after that person's decision, a notice to the sender and a grace (`rules.ai`).
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Literal

import msgspec

from cartellino.senders.accounts import Number
from cartellino.senders.ai_policy import Bound, ai_policy
from cartellino.senders.facts import AiReviewed
from cartellino.senders.shares import Share
from cartellino.senders.state import Senders
from cartellino.vocabulary.times import DAY, Instant

Declaration = Literal["none", "incidental", "primary"]
Answer = Literal["allowed", "review", "not_allowed"]
Way = Literal["tried", "declared", "untried", "missing", "not_needed"]
"""The way to a person: seen to work, declared, declared and never seen although it should have been, or missing."""


class Evidence(msgspec.Struct, frozen=True):
    """One share, the bound beyond which it speaks for a general AI, and whether it surely does or surely does not."""

    name: str
    share: Share
    bound: Bound

    @property
    def speaks(self) -> bool | None:
        """Whether it speaks for a general AI; `None` where the interval holds both."""
        above, below = self.bound.above, self.bound.below
        if above is not None:
            return True if self.share.surely_above(above) else False if self.share.surely_below(above) else None
        bound = below or 0.0
        return True if self.share.surely_below(bound) else False if self.share.surely_above(bound) else None


class Use(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a number's use of AI: what it declared, and what its metadata say."""

    number: str
    since: Instant | None
    declared: Declaration | None
    reached_by: str
    """How people reach a person, as the number declared."""
    evidence: tuple[Evidence, ...]
    people: int
    conversations: int
    """By a program, within the time."""
    handed_over: int
    charged_as_ai: int
    """Messages that the platform charged as those of a general AI."""
    reviewed: AiReviewed | None = None

    @property
    def points_to_primary(self) -> bool | None:
        """Whether the metadata show that a general AI is what it offers; `None` where they do not tell."""
        spoken = [evidence.speaks for evidence in self.evidence]
        if self.people < ai_policy().evidence.people or False in spoken:
            return False
        return None if None in spoken else True

    @property
    def way(self) -> Way:
        """Return how it stands with the way to a person."""
        if not self.conversations:
            return "not_needed"
        if self.handed_over:
            return "tried"
        if not self.reached_by:
            return "missing"
        return "untried" if self.conversations >= ai_policy().review.tried_after else "declared"


class Assessment(msgspec.Struct, frozen=True):
    """What follows for people of one country on one day, with every reason."""

    answer: Answer
    reasons: tuple[str, ...]
    country: str | None = None


def use_of(state: Senders, number: Number, now: Instant) -> Use:
    """Gather what is known of a number's use of AI."""
    bounds, days = ai_policy().evidence, [day for _, day in number.days.last(ai_policy().evidence.within // DAY, now)]
    sent = sum(sum(day.sent.values()) for day in days)
    free = sum(day.sent.get("service", 0) for day in days)
    programs, persons = sum(day.automated_free for day in days), sum(day.by_person for day in days)
    unsaid = max(0, free - programs - persons)
    people, first = _people(state, number.id, now - bounds.within)
    handed = sum(day.handed_over for day in days)
    declared = number.declared
    return Use(
        number=number.id, since=number.since, declared=declared.ai if declared is not None else None,
        reached_by=declared.escalation.strip() if declared is not None else "",
        evidence=(
            Evidence("automated_free_form", Share(programs, sent, unsaid), bounds.automated_free_form),
            Evidence("from_people_who_wrote_first", Share(first, people), bounds.from_people_who_wrote_first),
            Evidence("own_business", Share(sent - free, sent), bounds.own_business),
            Evidence("handed_over", Share(min(people, handed + persons), people, _unseen(state, people, unsaid)),
                     bounds.handed_over),
        ),
        people=people, conversations=people if programs else 0, handed_over=handed + persons,
        charged_as_ai=sum(day.general_ai for day in days), reviewed=number.ai_reviewed,
    )  # fmt: skip


def _people(state: Senders, number: str, since: Instant) -> tuple[int, int]:
    """Return how many people wrote, and how many of them were not written to first, as far back as is remembered."""
    wrote = first = 0
    for person in state.people.people.values():
        thread = person.threads.get(number)
        if thread is None or thread.wrote_at is None or thread.wrote_at <= since:
            continue
        wrote += 1
        first += not any(sent.began for sent in person.sent)
    return wrote, first


def _unseen(state: Senders, people: int, unsaid: int) -> int:
    """Return of how many conversations nobody knows whether a person answered: of all, where no client says it."""
    ever = any(
        day.handed_over or day.by_person for number in state.numbers.values() for day in number.days.by_day.values()
    )
    return min(people, unsaid) if ever else people if unsaid else 0


def assess(use: Use, country: str | None, now: Instant) -> Assessment:
    """Say whether a number may be used as it is towards people of a country, and why."""
    policy, day = ai_policy(), _day(now)
    since = None if use.since is None else _day(use.since)
    begin = policy.holds_from(since)
    if day < begin:
        return Assessment("allowed", (f"the policy holds for this number from {begin.isoformat()}",), country)
    answer, reasons = _by_person(use) or _found(use)
    exemption = policy.exemption(country, day)
    if answer != "allowed" and exemption is not None:
        charged = ", at a charge" if exemption.is_charged(day) else ""
        said = (
            f"in {country} the platform has to permit it since {exemption.begin.isoformat()}{charged}: {exemption.why}"
        )
        return Assessment("allowed", (said, *reasons), country)
    return Assessment(answer, reasons, country)


def _by_person(use: Use) -> tuple[Answer, tuple[str, ...]] | None:
    if use.reviewed is None:
        return None
    return use.reviewed.outcome, (f"a person decided so on {_day(use.reviewed.at).isoformat()}: {use.reviewed.reason}",)


def _found(use: Use) -> tuple[Answer, tuple[str, ...]]:
    points = use.points_to_primary
    if use.declared == "primary":
        return "not_allowed", ("it declared that a general AI is what it offers",)
    if points:
        return "not_allowed", ("its messages show that a general AI is what it offers", *_told(use, True))
    reasons = []
    if use.charged_as_ai:
        reasons.append(f"the platform charged {use.charged_as_ai} messages as those of a general AI")
    if points is None:
        reasons.append("its messages do not rule out that a general AI is what it offers")
    if use.way in ("missing", "untried"):
        reasons.append(WAYS[use.way])
    if reasons:
        return "review", (*reasons, *_told(use, None))
    said = {"none": "it declared to use no AI", "incidental": "it declared AI as a help within its own service"}
    allowed = said.get(use.declared or "", "nothing was declared, and nothing points to a general AI")
    return "allowed", (allowed, *_told(use, False), *([WAYS[use.way]] if use.way in ("tried", "declared") else []))


WAYS: dict[Way, str] = {
    "tried": "people reach a person: it was seen",
    "declared": "a way to a person is declared",
    "untried": "a way to a person is declared, but nobody was seen to reach one",
    "missing": "no way to a person is declared, and nobody was seen to reach one",
    "not_needed": "no program answers freely",
}


def _told(use: Use, speaks: bool | None) -> tuple[str, ...]:
    return tuple(
        f"{evidence.bound.why}: {evidence.share.shown}"
        for evidence in use.evidence
        if evidence.speaks is speaks and evidence.share.of
    )  # fmt: skip


def charged_otherwise(number: Number, now: Instant) -> int:
    """Return how many messages the platform charged as those of a general AI, of a number that declared otherwise."""
    if number.declared is not None and number.declared.ai == "primary":
        return 0
    return sum(day.general_ai for _, day in number.days.last(ai_policy().evidence.within // DAY, now))


class Queued(msgspec.Struct, frozen=True):
    """A number that a person should look at."""

    use: Use
    assessment: Assessment
    waits_since: Instant | None
    """When the sender answered to an earlier decision."""


def queue(state: Senders, now: Instant) -> list[Queued]:
    """Return the numbers that a person should look at: those who answered first, then by how clear it is."""
    queued = []
    for number in state.numbers.values():
        use = use_of(state, number, now)
        said, answered = assess(use, None, now), number.ai_answered
        reviewed = number.ai_reviewed
        is_answered = answered is not None and (reviewed is None or answered.at > reviewed.at)
        if is_answered or (reviewed is None and said.answer != "allowed") or _changed(number, now):
            queued.append(Queued(use, said, answered.at if answered is not None and is_answered else None))
    return sorted(
        queued,
        key=lambda entry: (entry.waits_since is None, entry.assessment.answer != "not_allowed", entry.use.number),
    )


def _changed(number: Number, now: Instant) -> bool:
    """Whether, after a person found it allowed, it declared otherwise or the platform charged it as a general AI."""
    reviewed, declared = number.ai_reviewed, number.declared
    if reviewed is None or reviewed.outcome != "allowed":
        return False
    is_declared = declared is not None and declared.at > reviewed.at and declared.ai == "primary"
    days = number.days.last(ai_policy().evidence.within // DAY, now)
    return is_declared or any(day.general_ai for at, day in days if at * DAY > reviewed.at)


def decided(
    number: str, outcome: Literal["allowed", "not_allowed"], reason: str, actor: str, now: Instant
) -> AiReviewed:
    """Return a person's decision; what is not allowed is refused only after the grace."""
    blocks_from = now + ai_policy().review.grace if outcome == "not_allowed" else None
    return AiReviewed(at=now, number=number, outcome=outcome, reason=reason, actor=actor, blocks_from=blocks_from)


def countries_of(state: Senders, number: str) -> list[str]:
    """Return the countries of the people whom a number is in conversation with, the most frequent first."""
    counts: dict[str, int] = {}
    for person in state.people.people.values():
        if number in person.threads and person.country is not None:
            counts[person.country] = counts.get(person.country, 0) + 1
    return sorted(counts, key=lambda country: (-counts[country], country))


def _day(at: Instant) -> date:
    return datetime.fromtimestamp(at / 1000, UTC).date()
