"""Fairness: real people's messages through the shipped pack; who is bothered, and what could not be judged.

    python -m benchmarks.evidence.fairness [--out DIR]

CollegeMsg and NUS SMS, once with `known` left unknown and once harshly: whoever exchanged nothing before is a stranger.
"""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.evidence.replay import Replayed, keep, markdown, replay
from benchmarks.real import collegemsg, nus_sms
from benchmarks.real.common import Row
from cartellino.learning.precision import Share

Rows = Callable[[], Iterator[Row]]


def sets() -> dict[str, tuple[Rows, int]]:
    """Return each replay with the number of people in it who send."""
    messages = nus_sms.plausible(nus_sms.timed())
    people = len({message.sender for message in messages})
    return {
        "CollegeMsg, known unknown": (lambda: collegemsg.events(), 1_350),
        "CollegeMsg, harsh": (lambda: collegemsg.events(harsh=True), 1_350),
        "NUS SMS, known unknown": (lambda: nus_sms.events(messages), people),
        "NUS SMS, harsh": (lambda: nus_sms.events(messages, harsh=True), people),
    }


def main() -> None:
    """Replay, print the tables, and write every decision."""
    given = ArgumentParser(description=__doc__)
    given.add_argument("--out", type=Path, default=Path("build/evidence"))
    out = given.parse_args().out
    rows, shares = [], {}
    for name, (read, people) in sets().items():
        replayed = replay(read())
        keep(replayed.decisions, out / f"fairness-{name.replace(', ', '-').replace(' ', '-').lower()}.ndjson")
        rows.append(_row(name, replayed, people))
        shares[name] = replayed.evaluable()
    columns = ("replay", "events", "people", "warned or limited", "share, 95 % interval", "suspended or banned")
    print(markdown(columns, rows), end="\n\n")
    print("Evaluable share by rule (of the events on which the rule was judged):\n")
    rules = sorted({rule for found in shares.values() for rule in found})
    print(
        markdown(("rule", *shares), ([rule, *(_percent(one.get(rule)) for one in shares.values())] for rule in rules))
    )
    print(f"\nEvery decision, with its evidence: {out}")


def _row(name: str, replayed: Replayed, people: int) -> tuple[object, ...]:
    mild, hard = replayed.of("warning", "restriction"), replayed.of("suspension", "ban", "challenge")
    bothered = Share(len(mild | hard), people)
    return name, f"{replayed.route.statistics.taken:,}", f"{people:,}", len(mild), bothered.show(), len(hard)


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share:.1%}"


if __name__ == "__main__":
    main()
