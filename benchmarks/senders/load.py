"""How many sends a second the rules judge, on a state of many people.

    python -m benchmarks.senders.load --people 100000 --sends 20000
    python -m benchmarks.senders.load --profile

A send is judged and, where nothing speaks against it, its budgets are taken: what the gateway does in one step.
"""

from __future__ import annotations

import cProfile
import pstats
import sys
from argparse import ArgumentParser
from collections.abc import Callable
from time import process_time

import msgspec

from cartellino.senders.facts import Accepted, Asked, Consented, Message, NumberSeen, Status, TemplateChanged, TierSet
from cartellino.senders.fold import apply
from cartellino.senders.judging import judge
from cartellino.senders.pillars import pillars_of
from cartellino.senders.state import Senders
from cartellino.vocabulary.times import DAY, HOUR, SECOND, Instant, instant

NOON = instant("2026-11-28T11:00:00Z")


def offer(person: int) -> Message:
    """Return an offer to a person."""
    return Message(number="1", person=(f"p:{person:024}",), kind="template", category="marketing",
                   template="spring_sale", language="en", campaign="c", content="same", country="IT",
                   zone="Europe/Rome")  # fmt: skip


def filled(people: int) -> Senders:
    """Return a state of so many people who agreed and got three offers within a month; a fifth of them read."""
    state = Senders()
    apply(state, NumberSeen(at=NOON - 90 * DAY, number="1", account="w", quality="GREEN", throughput="raised"))
    apply(state, TierSet(at=NOON - 90 * DAY, account="w", tier="TIER_UNLIMITED"))
    apply(state, TemplateChanged(at=NOON - 90 * DAY, account="w", template="spring_sale", language="en",
                                 status="APPROVED", category="marketing"))  # fmt: skip
    for person in range(people):
        names = offer(person).person
        apply(state, Consented(at=NOON - 80 * DAY, person=names, category="marketing", source="form", wording="Offers"))
    for number, days in enumerate((25, 16, 8)):
        for person in range(people):
            _sent(state, offer(person), f"{number}-{person}", NOON - days * DAY + person * 5)
    return state


def _sent(state: Senders, message: Message, attempt: str, at: Instant) -> None:
    apply(state, Asked(at=at, attempt=attempt, message=message))
    apply(state, Accepted(at=at, attempt=attempt, message_id=f"w{attempt}"))
    said = "read" if hash(attempt) % 5 == 0 else "delivered"
    apply(state, Status(at=at + SECOND, message_id=f"w{attempt}", number="1", status=said))


def judged(state: Senders, sends: int, people: int) -> tuple[int, float]:
    """Judge sends and take what they spend; return how many passed, and the seconds of one processor."""
    began, passed = process_time(), 0
    for place in range(sends):
        message, at = offer(place * 7 % people), NOON + HOUR + 2 * place
        if not judge(state, message, at):
            apply(state, Asked(at=at, attempt=f"n{place}", message=message))
            passed += 1
    return passed, process_time() - began


def _timed(what: Callable[[], object]) -> float:
    began = process_time()
    what()
    return process_time() - began


def main() -> int:
    """Measure."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--sends", type=int, default=20_000)
    parser.add_argument("--profile", action="store_true")
    given = parser.parse_args()
    state = filled(given.people)
    if given.profile:
        with cProfile.Profile() as profile:
            judged(state, given.sends, given.people)
        pstats.Stats(profile).sort_stats("cumulative").print_stats(30)
        return 0
    passed, seconds = judged(state, given.sends, given.people)
    rate = f"{given.sends / seconds:,.0f}/s of one processor"
    sys.stdout.write(f"{given.people:,} people, {given.sends:,} sends, {passed:,} passed: {rate}\n")
    pillars = _timed(lambda: pillars_of(state, state.numbers["1"], NOON + 2 * HOUR))
    copied = _timed(lambda: msgspec.msgpack.encode(state))
    sys.stdout.write(f"pillars measured in {pillars:.2f} s, the state packed in {copied:.2f} s\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
