"""What the benchmark of outages computes, on figures that are known."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from benchmarks.outages.charts import by_budget, by_size, drawn
from benchmarks.outages.compare import BUDGETS, OURS, SIZES, VOLUMES, Tally, difference, listed, peaks, standing
from benchmarks.outages.days import QUIET, calm, staged
from benchmarks.outages.incidents import by_name
from benchmarks.outages.streams import Fault, World, taken

from cartellino.availability.rows import Problem
from cartellino.events.event import Event
from cartellino.vocabulary.times import HOUR


def test_peaks_are_apart_by_three_hours() -> None:
    values = [0.0] * 200
    values[50], values[55], values[150] = 9.0, 8.0, 7.0
    assert peaks(values)[:2] == [9.0, 7.0]


@pytest.mark.parametrize(("ours", "theirs", "sure"), [(9, 1, 1), (1, 9, -1), (5, 5, 0)])
def test_a_difference_is_sure_where_every_cluster_says_the_same(ours: int, theirs: int, sure: int) -> None:
    def found(hits: int) -> dict[str, list[int]]:
        return {str(cluster): [hits + cluster % 2, 10, 10, 10] for cluster in range(8)}

    low, high = difference(found(ours), found(theirs), 0)
    assert (low > 0) - (high < 0) == sure


def test_one_cluster_that_says_otherwise_by_far_makes_it_unsure() -> None:
    ours = {str(cluster): [6, 10, 10, 10] for cluster in range(6)}
    theirs = {**{str(cluster): [5, 10, 10, 10] for cluster in range(5)}, "5": [10, 10, 10, 10]}
    low, high = difference(ours, theirs, 0)
    assert low < 0 < high


def done(ours: int, theirs: int) -> list[dict[str, Any]]:
    tally: Tally = {
        (rule, size, number, budget): {bucket: [hits, hits, hits, 10] for bucket in range(4)}
        for rule, hits in ((OURS, ours), ("ratio to time of day", theirs))
        for size in SIZES for number in range(len(VOLUMES)) for budget in BUDGETS
    }  # fmt: skip
    return [{"found": listed(tally, str)}]


def test_where_ours_is_behind_is_said() -> None:
    every = len(SIZES) * len(VOLUMES) * 3
    ((_, cells, ahead, behind, where),) = standing(done(2, 6), 1.0)
    assert (cells, ahead, behind) == (every, 0, every)
    assert where.startswith("×2 at 0.1 in 15 min, ")
    assert [row[1:4] for row in standing(done(6, 2), 1.0)] == [(every, every, 0)]
    assert [row[1:4] for row in standing(done(0, 0), 1.0)] == [(0, 0, 0)]


def test_the_pictures_are_pictures_with_a_line_for_each_rule_and_panel() -> None:
    for rows in (by_size(done(6, 2)), by_budget(done(6, 2))):
        picture = ElementTree.fromstring("\n".join(drawn(rows, "a & b", "below")))
        lines = picture.findall("{http://www.w3.org/2000/svg}polyline")
        assert len(lines) == 2 * len(rows) * len(VOLUMES)


def test_rows_that_are_made_are_taken_as_they_are() -> None:
    fault = Fault(0, HOUR, ("ID",), ("sending",), fails=1.0, failure="http_503")
    world = World(seed=1, begins=0, ends=HOUR, countries=("ID",), features=("sending",), accounts=20, faults=[fault])
    rows = list(taken(world.rows()))
    assert {type(row) for row in rows} == {Problem, Event}
    assert {row.kind for row in rows if isinstance(row, Event)} >= {"message_failed"}
    assert np.all(np.array([row.time for row in rows]) < HOUR)


def test_a_brigade_wins_no_grace_and_an_outage_that_is_measured_does() -> None:
    brigade = next(day for day in QUIET if day.name == "a brigade from one network")
    assert calm(brigade, "reports and probes", 0)["grace"] is False
    down = staged(by_name("2022-10-25 sending"), "reports and probes", 1)
    assert (down["right"], down["grace"], down["wrong"]) == (True, True, [])
