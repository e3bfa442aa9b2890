"""Thousands of tiny scenarios in one log, each in a service of its own, so that none knows of another.

A long random stream seldom meets a border: two clocks that differ by exactly a window, a log that is exactly as old.
Here most instants are such borders, and every scenario is small enough to be worked out by brute force.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from cartellino.events.event import Event

BEGINS = 1_767_225_600_000
"""2026-01-01, a round instant, where panes of every length begin."""

SECONDS = (0, 1, 4, 9, 10, 11, 20, 29, 30, 31, 40, 50, 59, 60, 61, 69, 70, 71, 90)
"""Instants of a scenario, around the borders of windows of 10 s, 30 s and 1 min."""

WEEK = 7 * 86_400
"""For so long a message makes an answer solicited; some scenarios end that much later."""

DISORDER = 60

STRETCH = 200
"""So many events in a row are mixed with one another."""

KINDS = (*("message_sent",) * 4, "connected", "connected", "reply_received", "blocked", "unblocked")
OBSERVES = ("message_sent", "connected", "reply_received", "blocked")


def scenario(choose: random.Random, service: str, sizes: Sequence[int] = (2, 3, 3, 4, 5, 6)) -> list[Event]:
    """Write the few events of one service, at most a minute out of order."""
    newest, events = 0, list[Event]()
    for number in range(choose.choice(sizes)):
        later = WEEK if newest >= WEEK or choose.random() < 0.1 else 0
        second = later + choose.choice([one for one in SECONDS if later + one >= newest - DISORDER])
        newest = max(newest, second)
        events.append(_event(choose, service, number, second))
    return events


def _event(choose: random.Random, service: str, number: int, second: int) -> Event:
    some = choose.choice
    return Event(
        id=f"{service}-{number}",
        time=BEGINS + second * 1_000 + some((0, 0, 0, 999)),
        kind=some(KINDS),
        account=some(("a", "a", "b")),
        service=service,
        account_since=some((None, None, BEGINS - 1, BEGINS, BEGINS + 10_000)),
        peer=some(("p", "p", "q", "a", "b", None)),
        device=some((None, "d", "d", "e")),
        address=some((None, "x", "y")),
        content=some((None, "c")),
        known=some((None, True, False)),
    )


Told = tuple[int, str, str, str | None]
"""At which second, what, by whom, and to or by which peer."""


def told(service: str, *events: Told) -> list[Event]:
    """Write a scenario by hand."""
    return [
        Event(
            id=f"{service}-{at}", time=BEGINS + second * 1_000, kind=kind, account=account, service=service, peer=peer,
            account_since=BEGINS if at == 0 else None,
        )
        for at, (second, kind, account, peer) in enumerate(events)
    ]  # fmt: skip


def borders() -> list[list[Event]]:
    """Write scenarios that chance seldom finds: each is one side of a border."""
    sent, replied, blocked = "message_sent", "reply_received", "blocked"
    weeks = [told(f"w{more}", (0, sent, "b", "a"), (WEEK + more, sent, "a", "b")) for more in (-1, 0, 1)]
    to_p: list[Told] = [(second, sent, "a", "p") for second in (39, 41, 65, 90)]
    unnamed = [told(f"n{at}", (0, "connected", "a", None), (at, replied, "a", None), *to_p) for at in (8, 9, 10)]
    gone: list[Told] = [(31, "unblocked", "a", "p"), (31, blocked, "a", "q"), (32, blocked, "a", "r")]
    tallied = [told(f"t{at}", (0, blocked, "a", "p"), (at, blocked, "a", "p"), *gone) for at in (29, 30)]
    return [*weeks, *unnamed, *tallied]


def scenarios(seed: int, number: int) -> list[list[Event]]:
    """Write so many scenarios."""
    choose = random.Random(seed)
    return [scenario(choose, f"s{one}") for one in range(number)]


def packed(written: Sequence[Sequence[Event]], seed: int = 0) -> list[tuple[Event, int, int]]:
    """Return the events of all in one log, each with its scenario and place; each scenario keeps its order."""
    choose = random.Random(seed)
    turns = [one for one, events in enumerate(written) for _ in events]
    for begin in range(0, len(turns), STRETCH):
        part = turns[begin : begin + STRETCH]
        choose.shuffle(part)
        turns[begin : begin + STRETCH] = part
    given = [iter(enumerate(events)) for events in written]
    return [(event, one, at) for one in turns for at, event in [next(given[one])]]
