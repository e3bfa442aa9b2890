"""The outage of the demonstration, replayed: the map turns, an earlier one is there, and nobody is accused."""

from __future__ import annotations

import pytest

from cartellino.availability.monitor import Moment
from cartellino.availability.replay import replay
from cartellino.availability.rows import Row
from cartellino.cli.outage import (
    ABROAD,
    ANNOUNCED,
    BEGINS,
    LASTS,
    STRICKEN,
    announcement,
    reports,
    spans,
    suffered,
    world,
)
from cartellino.vocabulary.times import DAY, HOUR, MINUTE

TODAY = 1_795_000_000_000 // DAY * DAY
SINCE, UNTIL = TODAY - 6 * HOUR, TODAY + 18 * HOUR


@pytest.fixture(scope="module")
def moments() -> list[Moment]:
    failing = spans(TODAY, 1)
    rows: list[Row] = [announcement(span) for span in failing[1:]]
    rows += [*suffered(world(SINCE, UNTIL), failing), *reports(SINCE, UNTIL, failing)]
    return list(replay(rows))


def level(moments: list[Moment], country: str, at: int, feature: str = "sending") -> str:
    changes = [one for moment in moments for one in moment.levels if one.key[1:] == (country, feature)]
    return next((one.level for one in reversed(changes) if one.time <= at), "unknown")


def test_the_map_turns_with_the_outage_and_back(moments: list[Moment]) -> None:
    begins, ends = TODAY + BEGINS, TODAY + BEGINS + LASTS
    for country in ABROAD:
        is_hit = country in STRICKEN
        assert level(moments, country, begins) == "none"
        assert level(moments, country, begins + 30 * MINUTE) == ("danger" if is_hit else "none")
        assert level(moments, country, ends + HOUR) == "none"
    assert level(moments, "FR", ends) == "unknown"


def test_nothing_but_sending_is_ever_raised(moments: list[Moment]) -> None:
    raised = {one.key.feature for moment in moments for one in moment.levels if one.level in ("warning", "danger")}
    assert raised == {"sending"}


def test_an_earlier_incident_is_there_to_compare_with(moments: list[Moment]) -> None:
    assert level(moments, "MY", TODAY - 4 * HOUR - 30 * MINUTE) == "danger"
    assert level(moments, "ID", TODAY - 4 * HOUR - 30 * MINUTE) == "none"


def test_it_is_an_outage_and_whether_the_restriction_has_to_do_with_it_is_left_open(moments: list[Moment]) -> None:
    announced = TODAY + BEGINS + ANNOUNCED
    causes = [cause for moment in moments if moment.time > announced for cause in moment.causes or ()]
    assert ("outage", "world") in {(one.kind, one.place) for one in causes}
    assert {one.grade for one in causes if one.kind in ("restriction", "block")} <= {"ruled_out"}


def test_most_but_not_all_that_is_written_meanwhile_fails_and_nothing_else() -> None:
    failing = spans(TODAY, 1)
    before, after = list(world(TODAY, UNTIL)), list(suffered(world(TODAY, UNTIL), failing))
    hit = [event for event in before if any(span.hits(event) for span in failing)]
    changed = [event for event, other in zip(before, after, strict=True) if event != other]
    assert 0.8 * len(hit) < len(changed) < 0.9 * len(hit)
    assert {event.id for event in changed} <= {event.id for event in hit}
