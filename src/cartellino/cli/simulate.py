"""`cartellino simulate`: writes the events of a simulated town, with the true labels of its accounts."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from cartellino.cli.inputs import town_texts
from cartellino.cli.terminal import Advance, console, escape, progress
from cartellino.cli.verbs import PLAIN, Verbs
from cartellino.enforcement.decision import Decision
from cartellino.events.arrow import write_parquet
from cartellino.events.event import Event
from cartellino.pipeline.one_by_one import Stepwise
from cartellino.policies.load import load
from cartellino.simulator.run import START, simulate
from cartellino.vocabulary.refusals import BadArgument
from cartellino.vocabulary.times import DAY

_ABOUT = """\
A small town with known truth, deterministic by seed: honest people of many habits, and 1 % attackers of many kinds.

  cartellino simulate --accounts 2000 --days 7 --seed 1 --out town
  cartellino decide town/events.parquet --out out
  cartellino backtest messenger --against messenger --events town/events.parquet --labels town/labels.ndjson

With --policies the town is a closed loop: sanctions hold people back, and adaptive attackers slow down.
Written: events.parquet, labelled as holding every account's whole past; labels.ndjson ({"account", "abusive", "role"});
and in a closed loop decisions.ndjson.
"""


def register(verbs: Verbs) -> None:
    """Add the verb."""
    verb = verbs.add_parser("simulate", help="make a town with known truth", description=_ABOUT,
                            formatter_class=PLAIN)  # fmt: skip
    verb.add_argument("--accounts", type=int, default=2_000, metavar="N", help="residents (default 2000)")
    verb.add_argument("--days", type=int, default=7, metavar="D", help="days (default 7)")
    verb.add_argument("--seed", type=int, default=1, metavar="S", help="the same seed gives the same town (default 1)")
    verb.add_argument("--abusive", type=float, default=0.01, metavar="SHARE", help="share of attackers (default 0.01)")
    verb.add_argument("--policies", metavar="PACK_OR_DIR", help="let these policies act on the town")
    verb.add_argument("--out", type=Path, required=True, metavar="DIR", help="where to write")
    verb.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Write events and labels."""
    if chosen.accounts < 50 or not 1 <= chosen.days <= 400 or not 0 <= chosen.abusive <= 0.5:
        raise BadArgument("a town has at least 50 accounts, 1 to 400 days, and a share of attackers from 0 to 0.5")
    chosen.out.mkdir(parents=True, exist_ok=True)
    route = Stepwise(load(town_texts(chosen.policies))) if chosen.policies else None
    decided: list[Decision] = []

    def judge(event: Event) -> list[Decision]:
        decisions = route.judge(event) if route is not None else []
        decided.extend(decisions)
        return decisions

    events, labels = simulate(
        chosen.accounts, chosen.days, chosen.seed, abusive=chosen.abusive, judge=judge if route is not None else None
    )
    with progress("living", chosen.days) as advance, (chosen.out / "events.parquet").open("wb") as out:
        written = write_parquet(_watched(events, advance), out, complete_history=True)
    _lines(chosen.out / "labels.ndjson", [label.record() for label in labels])
    if route is not None:
        _lines(chosen.out / "decisions.ndjson", [decision.record() for decision in decided])
    abusive = sum(label.abusive for label in labels)
    console().print(
        f"{written:,} events of {len(labels):,} accounts ({abusive:,} abusive) in {escape(str(chosen.out))}"
    )
    return 0


def _watched(events: Iterator[Event], advance: Advance) -> Iterator[Event]:
    for number, event in enumerate(events):
        if number % 1_000 == 0:
            advance((event.time - START) / DAY, f"{number:,} events")
        yield event


def _lines(file: Path, records: list[dict[str, Any]]) -> None:
    file.write_bytes(b"".join(msgspec.json.encode(record) + b"\n" for record in records))
