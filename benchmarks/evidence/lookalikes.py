"""Honest people whose days look like an attack: what the shipped pack does to them.

    python -m benchmarks.evidence.lookalikes --people 30 --days 14 --seed 1

In an open loop, without brakes: nobody is held back, so whoever would go on does. To how many people they
write, and who answers, are assumptions.
"""

from __future__ import annotations

from argparse import ArgumentParser
from collections import Counter
from collections.abc import Callable, Iterator
from random import Random
from typing import Any, NamedTuple

from benchmarks.evidence.replay import WHOLE_PAST, markdown
from cartellino.enforcement.brakes import Released
from cartellino.enforcement.decision import Decision
from cartellino.events.event import Event
from cartellino.pipeline.one_by_one import Stepwise
from cartellino.policies.ladder import SEVERITY
from cartellino.policies.load import load
from cartellino.policies.packs import pack
from cartellino.simulator.run import START
from cartellino.vocabulary.times import DAY, HOUR, MINUTE

Habit = Callable[[str, Random, int], Iterator[Event]]
"""A person's events, in any order, by their account's name, chance, and the number of days."""


def courier(me: str, rng: Random, days: int) -> Iterator[Event]:
    """A number of 90 days tells some 55 people a day that it is at the door; one in eight answers, nobody minds.

    None of them has the courier in their contacts. Every other courier sends a text that is always the same.
    """
    yield _event("connected", me, START, account_since=START - 90 * DAY)
    text = {"content": f"{me}-at-the-door", "content_by": "server"} if rng.random() < 0.5 else {}
    for day in range(days):
        for number in range(max(20, round(rng.gauss(55, 8)))):
            peer, at = f"{me}-customer-{day}-{number}", START + day * DAY + _hours(rng, 8, 18)
            yield _event("message_sent", me, at, peer=peer, known=False, **text)
            if rng.random() < 1 / 8:
                yield _event("reply_received", me, at + round(rng.expovariate(1 / (10 * MINUTE))), peer=peer)


def organiser(me: str, rng: Random, days: int) -> Iterator[Event]:
    """A number of 200 days invites 40 people of a list twice, with one text; half of them answer within hours."""
    yield _event("connected", me, START, account_since=START - 200 * DAY)
    for day in (rng.randint(0, 2), rng.randint(7, 9)):
        begins = START + day * DAY + _hours(rng, 17, 20)
        for number in range(40):
            peer, at = f"{me}-guest-{day}-{number}", begins + number * round(rng.uniform(30, 90) * 1000)
            text = {"content": f"{me}-invitation", "content_by": "server"}
            yield _event("message_sent", me, at, peer=peer, known=False, **text)
            if rng.random() < 0.5:
                yield _event("reply_received", me, at + round(rng.expovariate(1 / (2 * HOUR))), peer=peer)


def family_phone(me: str, rng: Random, days: int) -> Iterator[Event]:
    """One phone goes round a family of five: each makes an account, and writes to people they know six times a day."""
    device = f"{me}-phone"
    for member in range(5):
        account = f"{me}-{member}"
        made = START + _hours(rng, 0, 5 * 24)
        yield _event("registered", account, made, device=device)
        for day in range((made - START) // DAY + 1, days):
            yield _event("connected", account, START + day * DAY + _hours(rng, 7, 9), device=device)
            for _ in range(6):
                peer, at = f"{me}-friend-{rng.randrange(12)}", START + day * DAY + _hours(rng, 9, 23)
                yield _event("message_sent", account, at, peer=peer, known=True, device=device)


LOOKALIKES: tuple[Habit, ...] = (courier, organiser, family_phone)


class Lived(NamedTuple):
    """What became of the people of a habit."""

    accounts: int
    decisions: list[Decision]

    def strongest(self) -> Counter[str]:
        """Count accounts by the strongest thing that was done to them."""
        worst: dict[str, str] = {}
        for one in self.decisions:
            worst[one.account] = max(worst.get(one.account, "warning"), one.action.kind, key=SEVERITY.__getitem__)
        return Counter(worst.values())


def live(habit: Habit, people: int, days: int, seed: int) -> Lived:
    """Let so many people of a habit live under the shipped pack."""
    route = Stepwise(load([*pack("messenger"), WHOLE_PAST]), brakes=Released())
    events = [
        event
        for number in range(people)
        for event in habit(f"{habit.__name__}-{number}", Random(f"{seed}/{habit.__name__}/{number}"), days)
    ]
    decided = [one for event in sorted(events, key=lambda each: each.time) for one in route.judge(event)]
    felt = [one for one in decided if one.action.kind not in ("review", "diagnosis")]
    return Lived(len({event.account for event in events}), felt)


def _hours(rng: Random, first: float, last: float) -> int:
    return round(rng.uniform(first, last) * HOUR)


def _event(kind: str, account: str, time: int, **columns: Any) -> Event:
    return Event(id=f"{account}/{kind}/{time}/{columns.get('peer')}", time=time, kind=kind, account=account, **columns)


def main() -> None:
    """Let them live, and print the table."""
    command = ArgumentParser(description=__doc__)
    command.add_argument("--people", type=int, default=30)
    command.add_argument("--days", type=int, default=14)
    command.add_argument("--seed", type=int, default=1)
    given = command.parse_args()
    rows = []
    for habit in LOOKALIKES:
        lived = live(habit, given.people, given.days, given.seed)
        worst, rules = lived.strongest(), Counter(one.rule for one in lived.decisions)
        kinds = [worst[kind] for kind in ("warning", "restriction", "suspension", "ban")]
        by = ", ".join(f"{rule} {number}" for rule, number in rules.most_common())
        rows.append((habit.__name__.replace("_", " "), lived.accounts, *kinds, by))
    print(
        markdown(("habit", "accounts", "at most warned", "limited", "suspended", "banned", "decisions by rule"), rows)
    )


if __name__ == "__main__":
    main()
