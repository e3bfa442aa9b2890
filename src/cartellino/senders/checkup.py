"""The check-up: a few questions, each optional; what the answers mean, how great the risk is, and three next steps.

No score: the risk is that of the gravest answers, and each of them is named.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Literal

import msgspec

from cartellino.senders.accounts import Number
from cartellino.senders.causes import SHARES
from cartellino.senders.checkup_texts import CHOICES, QUESTIONS, STEPS
from cartellino.senders.days import Day
from cartellino.senders.practice import practice
from cartellino.senders.recovery import report
from cartellino.senders.shares import Share
from cartellino.senders.state import Senders
from cartellino.vocabulary.times import DAY, Instant

Level = Literal["good", "watch", "risk", "grave", "unknown"]
Risk = Literal["unknown", "low", "some", "raised", "high"]

SKIPPED = "skip"
"""The answer of somebody who does not want to answer."""

PILLARS: Mapping[str, tuple[str, ...]] = {
    "consent": ("consent", "stop"), "audience": ("audience",), "frequency": ("often",), "content": ("content", "bot"),
    "reciprocity": ("answers", "reply"),
}  # fmt: skip
"""The questions of each pillar."""

LEVELS: Mapping[str, Level] = {
    "state.fine": "good", "state.new": "watch", "state.warned": "risk", "state.blocked": "grave",
    "tool.api": "good", "tool.app": "watch", "tool.unofficial": "grave",
    "consent.proof": "good", "consent.wrote": "watch", "consent.customers": "risk", "consent.bought": "grave",
    "stop.auto": "good", "stop.hand": "watch", "stop.nothing": "grave",
    "audience.fit": "good", "audience.some": "watch", "audience.all": "risk",
    "often.one": "good", "often.few": "watch", "often.many": "risk",
    "content.clear": "good", "content.mixed": "risk", "content.links": "risk",
    "answers.many": "good", "answers.some": "watch", "answers.few": "risk",
    "reply.soon": "good", "reply.day": "watch", "reply.never": "risk",
    "bot.no": "good", "bot.own": "good", "bot.alone": "risk", "bot.general": "grave",
}  # fmt: skip
"""How each answer stands."""

COLOURS: Mapping[Level, str] = {
    "good": "green", "watch": "yellow", "risk": "yellow", "grave": "red", "unknown": "grey",
}  # fmt: skip
"""The colour of each level on a page; it never stands alone."""

_ORDER: tuple[Level, ...] = ("grave", "risk", "watch", "good", "unknown")
_ENOUGH = 5
"""Fewer answers without any worry do not make a low risk."""

_MOST_STEPS = 3


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What the answers come to: keys of the texts."""

    risk: Risk
    pillars: Mapping[str, Level]
    reasons: tuple[str, ...]
    """The answers that worry, the gravest first; those of nobody who has nothing to worry."""
    good: tuple[str, ...]
    steps: tuple[str, ...]


def read_answers(given: Mapping[str, str]) -> dict[str, str]:
    """Return the answers that are known, by question; anything else is left out.

    >>> read_answers({"consent": "bought", "stop": "skip", "often": "a lot", "x": "y"})
    {'consent': 'bought', 'stop': 'skip'}
    """
    return {
        question: choice
        for question in QUESTIONS
        if (choice := given.get(question, "")) == SKIPPED or f"{question}.{choice}" in CHOICES
    }


def next_question(answers: Mapping[str, str]) -> str | None:
    """Return the first question that is not answered; `None` at the end.

    >>> next_question({"state": "fine"}), next_question(dict.fromkeys(QUESTIONS, "skip"))
    ('tool', None)
    """
    return next((question for question in QUESTIONS if question not in answers), None)


def choices_of(question: str) -> dict[str, str]:
    """Return the choices of a question with their texts."""
    return {key.partition(".")[2]: text for key, text in CHOICES.items() if key.startswith(f"{question}.")}


def outcome(answers: Mapping[str, str]) -> Outcome:
    """Say what answers come to.

    >>> said = outcome({"consent": "bought", "often": "one"})
    >>> said.risk, said.pillars["consent"], said.steps
    ('high', 'grave', ('consent.bought',))
    """
    keys = [f"{question}.{choice}" for question, choice in answers.items() if choice != SKIPPED]
    worrying = sorted((key for key in keys if LEVELS[key] != "good"), key=lambda key: _ORDER.index(LEVELS[key]))
    steps = tuple(key for key in worrying if key in STEPS)[:_MOST_STEPS]
    return Outcome(
        risk=_risk([LEVELS[key] for key in keys]),
        pillars={name: _worst([LEVELS[key] for key in keys if key.partition(".")[0] in questions])
                 for name, questions in PILLARS.items()},
        reasons=tuple(worrying), good=tuple(key for key in keys if LEVELS[key] == "good"), steps=steps or ("keep",),
    )  # fmt: skip


def _worst(levels: list[Level]) -> Level:
    return min(levels, key=_ORDER.index, default="unknown")


def _risk(levels: list[Level]) -> Risk:
    worst = _worst(levels)
    if worst == "grave":
        return "high"
    if worst == "risk":
        return "raised"
    if len(levels) < _ENOUGH:
        return "unknown"
    return "some" if worst == "watch" else "low"


# From what a gateway has measured


def measured(state: Senders, number: Number, now: Instant) -> dict[str, str]:
    """Return the answers that the gateway can give itself, where its figures are sure enough."""
    days = [day for _, day in number.days.last(30, now)]
    answers = {"tool": "api", "state": _state_answer(state, number, now), "stop": "auto"}
    consented, answered, stopped = SHARES["consented"](days), SHARES["answered"](days), sum(day.stopped for day in days)
    if not stopped:
        del answers["stop"]  # nobody was seen to be taken off
    if consented.of >= 20:
        answers |= _by(consented, {0.9: "proof"}, "consent", "customers" if consented.surely_below(0.5) else "")
    if answered.of >= 20:
        answers |= _by(answered, {0.1: "many", 0.02: "some"}, "answers", "few" if answered.surely_below(0.02) else "")
    minutes = sorted(minute for day in days for minute in day.answer_minutes)
    if minutes:
        middle = minutes[len(minutes) // 2]
        answers["reply"] = "soon" if middle <= 60 else "day" if middle <= 1_440 else "never"
    contents = _alike(days)
    if contents is not None and contents.surely_above(0.9):
        answers["audience"] = "all"
    for question, answer in (("often", _often(state, number, now)), ("content", _content(state, number)),
                             ("bot", _bot(number))):  # fmt: skip
        if answer is not None:
            answers[question] = answer
    return read_answers({question: answers[question] for question in QUESTIONS if question in answers})


def _state_answer(state: Senders, number: Number, now: Instant) -> str:
    said = report(state, number, now).state
    if said == "clear":
        is_new = number.since is not None and now - number.since < 30 * DAY
        return "new" if is_new else "fine"
    return "warned" if said == "warned" else "blocked"


def _by(share: Share, bounds: Mapping[float, str], question: str, otherwise: str) -> dict[str, str]:
    for bound, choice in bounds.items():
        if share.surely_above(bound):
            return {question: choice}
    return {question: otherwise} if otherwise else {}


def _alike(days: list[Day]) -> Share | None:
    total: dict[str, int] = {}
    began = 0
    for day in days:
        began += day.began
        for name, many in day.contents.items():
            total[name] = total.get(name, 0) + many
    return Share(min(max(total.values()), began), began) if total and began >= 50 else None


def _often(state: Senders, number: Number, now: Instant) -> str | None:
    """Return how many offers the people get who got any, in the week of the last four in which they got most."""
    weeks: list[int] = []
    for person in state.people.people.values():
        offers = [sent for sent in person.began(now, 28 * DAY, number.id) if sent.category == "marketing"]
        if offers:
            weeks.append(max(Counter((now - sent.at) // (7 * DAY) for sent in offers).values()))
    counts = sorted(weeks)
    if len(counts) < 20:
        return None
    most = counts[int(len(counts) * 0.9)]
    cap = practice().frequency.marketing["7d"]
    return "one" if most <= 1 else "few" if most <= cap else "many"


def _content(state: Senders, number: Number) -> str | None:
    """Return how the words of the templates look; `None` where nobody has read any."""
    account = state.account_of(number.id)
    read = (
        [template.faults for template in account.templates.values() if template.faults is not None] if account else []
    )
    if not read:
        return None
    if {fault for faults in read for fault in faults} & {"short_link", "capitals", "marks", "emoji"}:
        return "links"
    refiled = account is not None and any(template.filed_next is not None for template in account.templates.values())
    return "mixed" if refiled else "clear"


def _bot(number: Number) -> str | None:
    """Return what the number declared: a bot for its own service without a way to a person stands alone."""
    declared = number.declared
    if declared is None:
        return None
    own = "own" if declared.escalation else "alone"
    return {"none": "no", "incidental": own, "primary": "general"}[declared.ai]
