"""Where the meaning coincides, a database finds the same: count, sum and distinct over RANGE windows of panes."""

from __future__ import annotations

import random

import duckdb
import pytest
from tests.kernel.streams import BEGINS, node, probe

from cartellino.events.event import Event
from cartellino.signals.window import window
from cartellino.vocabulary.times import duration

ROWS = 3_000


def _stream() -> list[Event]:
    choose, now, log = random.Random(7), BEGINS, list[Event]()
    for number in range(ROWS):
        now += choose.choice((0, 40, 700, 1_000, 4_000, 20_000, 200_000))
        account = f"a{choose.randrange(12)}"
        log.append(
            Event(
                id=f"e{number}",
                time=now,
                kind="broadcast_sent",
                account=account,
                account_since=BEGINS,
                peer=f"p{choose.randrange(40)}",
                device=f"d{choose.randrange(5)}",
                recipients=choose.randrange(50),
            )
        )
    return log


LOG = _stream()
MEANS = {
    "count(broadcast_sent": "count(*)",
    "sum(broadcast_sent.recipients": "sum(recipients)",
    "distinct(broadcast_sent.peer": "count(DISTINCT peer)",
}


@pytest.mark.parametrize("over", ["10s", "1m", "1h", "24h"])
@pytest.mark.parametrize("by", ["account", "device"])
def test_duckdb_counts_the_same(over: str, by: str) -> None:
    """RANGE takes in what stands later in the same pane, so readings are compared at the last row of each pane."""
    cut = window(duration(over))
    chosen = {f'{head}, over="{over}", by={by})': column for head, column in MEANS.items()}
    kernel, found = probe(list(chosen)), {}
    for at, event in enumerate(LOG):
        kernel.take(event, at)
        found[(getattr(event, by), event.time // cut.pane)] = [kernel.reading(node(signal)).least for signal in chosen]
    asked = ", ".join(f"{column} OVER w" for column in chosen.values())
    rows = [(one.account, one.device, one.time // cut.pane, one.peer, one.recipients) for one in LOG]
    with duckdb.connect() as database:
        database.execute("CREATE TABLE log (account TEXT, device TEXT, pane BIGINT, peer TEXT, recipients BIGINT)")
        database.executemany("INSERT INTO log VALUES (?, ?, ?, ?, ?)", rows)
        answers = database.execute(
            f"SELECT DISTINCT {by}, pane, {asked} FROM log WINDOW w AS "
            f"(PARTITION BY {by} ORDER BY pane RANGE BETWEEN {cut.panes - 1} PRECEDING AND CURRENT ROW)"
        ).fetchall()
    assert {(key, pane): [float(one) for one in counts] for key, pane, *counts in answers} == found
