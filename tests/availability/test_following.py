"""Incidents follow what the monitor finds."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartellino.availability.cells import Key
from cartellino.availability.evidence import GRADES, Cause, Evidence
from cartellino.availability.following import BLIND, QUIET, Opened, Step, confirmed, follow
from cartellino.availability.incident import Incident, Scope, move, open_incident, scope_of
from cartellino.availability.monitor import CellState

MONITOR = "service"


def cause(*sources: str, kind: str = "outage", place: str = "ID", **more: Any) -> Cause:
    evidence = tuple(Evidence(one, "failing") for one in sources or ("telemetry",))
    held = {"grade": "likely", "features": ("sending",), "since": 1_000, **more}
    return Cause(kind=kind, place=place, evidence=evidence, **held)  # type: ignore[arg-type]


def incident(*causes: Cause, who: str = MONITOR, identity: str = "i") -> Incident:
    return open_incident(identity, "main", scope_of(causes[0]), who, 2_000)


def after(held: Incident, *causes: Cause, at: int = 3_000) -> list[Opened | Step]:
    return follow([held], causes, at, MONITOR)


def taken(held: Incident, *causes: Cause, at: int) -> Incident:
    """Return the incident after the steps that causes lead to."""
    for step in after(held, *causes, at=at):
        assert isinstance(step, Step)
        held = move(held, step.state, MONITOR, at, step.note, step.scope)
    return held


def test_a_cause_opens_one_incident_and_what_is_beside_it_is_noted() -> None:
    (opened,) = follow([], [cause(), cause("probes"), cause(kind="change")], 0, MONITOR)
    assert isinstance(opened, Opened)
    assert (opened.service, sorted(opened.scope.countries), opened.scope.kind) == ("main", ["ID"], "outage")
    assert opened.scope.beside == {"change"}


def test_what_is_ruled_out_or_only_beside_opens_nothing() -> None:
    assert follow([], [cause(grade="ruled_out"), cause(kind="change"), cause(kind="session")], 0, MONITOR) == []


def test_two_features_of_two_services_are_two_incidents() -> None:
    elsewhere = cause(service="shop")
    other = cause(kind="restriction", features=("media_up",))
    found = follow([], [cause(), elsewhere, other], 0, MONITOR)
    assert [(one.service, one.scope.kind) for one in found if isinstance(one, Opened)] == [
        ("main", "outage"), ("shop", "outage"), ("main", "restriction"),
    ]  # fmt: skip


def test_an_incident_grows_and_says_nothing_where_nothing_is_new() -> None:
    held = incident(cause("reports"))
    assert after(held, cause("reports")) == []
    (step,) = after(held, cause("telemetry", place="ID,MY", features=("sending", "calls"), since=500))
    assert isinstance(step, Step)
    scope = step.scope
    assert isinstance(scope, Scope)
    assert (sorted(scope.countries), sorted(scope.features), scope.since) == (["ID", "MY"], ["calls", "sending"], 500)
    assert scope.sources == {"reports", "telemetry"}


def test_an_incident_that_was_everywhere_stays_so() -> None:
    (step,) = after(incident(cause(place="world")), cause("probes", place="ID"))
    assert isinstance(step, Step)
    assert step.scope is not None
    assert step.scope.countries == frozenset()


def test_when_nothing_fails_it_is_watched_and_after_an_hour_resolved() -> None:
    watched = taken(incident(cause()), at=3_000)
    assert watched.state == "monitoring"
    assert after(watched, at=3_000 + QUIET - 1) == []
    over = taken(watched, at=3_000 + QUIET)
    assert (over.until, over.resolved) == (3_000, 3_000 + QUIET)


def test_what_fails_again_meanwhile_is_open_again() -> None:
    again = taken(taken(incident(cause()), at=3_000), cause(), at=4_000)
    assert again.state == "opened"


def test_what_a_person_opened_the_monitor_adds_to_and_does_not_resolve() -> None:
    theirs = incident(cause("reports"), who="operator:ann")
    assert after(theirs, at=10**9) == []
    (step,) = after(theirs, cause("telemetry"))
    assert isinstance(step, Step)
    assert step.state == "opened"


def signed(held: Incident, kind: str) -> Incident:
    from msgspec.structs import replace

    scope = replace(held.scope, kind=kind, grade="confirmed", sources=held.scope.sources | {"operator"})
    return move(held, "identified", "operator:ann", 2_500, "we looked", scope)


def test_what_a_person_has_confirmed_stays_confirmed() -> None:
    held = signed(incident(cause()), "regional_outage")
    for found in (cause("probes", grade="possible"), cause("probes", kind="restriction")):
        (step,) = after(held, found)
        assert isinstance(step, Step)
        assert step.scope is not None
        assert (step.scope.kind, step.scope.grade) == ("regional_outage", "confirmed")


@pytest.mark.parametrize(("kind", "grade"), [("restriction", "confirmed"), ("outage", "likely")])
def test_a_cause_is_confirmed_by_a_signature_under_the_same_cause_alone(kind: str, grade: str) -> None:
    held = signed(incident(cause()), "restriction")
    (found,) = confirmed([cause(kind=kind)], [held])
    assert found.grade == grade
    assert (found.evidence[-1].code == "confirmed") is (grade == "confirmed")
    assert confirmed([cause(kind=kind, place="US")], [held])[0].grade == "likely"


CAUSES = st.builds(
    cause,
    st.sampled_from(("reports", "telemetry", "probes")),
    kind=st.sampled_from(("outage", "feature_outage", "network", "change")),
    place=st.sampled_from(("ID", "ID,MY", "world", "ID/AS1", "US")),
    grade=st.sampled_from(GRADES),
    features=st.sampled_from((("sending",), ("calls",), ("sending", "calls"))),
    since=st.integers(0, 5_000),
)


@given(st.lists(st.lists(CAUSES, max_size=3), max_size=12))
def test_an_incident_only_grows_and_the_same_causes_twice_change_nothing(rounds: list[list[Cause]]) -> None:
    running: list[Incident] = []
    for number, causes in enumerate(rounds):
        at = 10_000 + number * QUIET
        for step in follow(running, causes, at, MONITOR):
            if isinstance(step, Opened):
                running.append(open_incident(f"i{len(running)}", step.service, step.scope, MONITOR, at))
                continue
            before = step.incident.scope
            moved = move(step.incident, step.state, MONITOR, at, step.note, step.scope)
            running[running.index(step.incident)] = moved
            assert before.features <= moved.scope.features
            assert before.sources <= moved.scope.sources
            assert not moved.scope.countries or before.countries <= moved.scope.countries
        lasting = [one for one in running if not one.is_over]
        assert [one for one in follow(lasting, causes, at, MONITOR) if isinstance(one, Opened)] == []
        running = lasting


def state(level: str, *, country: str = "ID", feature: str = "sending", ended: int | None = None) -> CellState:
    return CellState(Key("main", country, feature), level, 0, 0.0, (), is_borrowed=False, ended=ended)


def watched(held: Incident, at: int, *cells: CellState) -> Incident:
    """Return the incident after the steps that follow where nothing is said, by what the cells are."""
    for step in follow([held], [], at, MONITOR, cells):
        assert isinstance(step, Step)
        held = move(held, step.state, MONITOR, at, step.note, step.scope)
    return held


def test_an_incident_ends_when_it_ceased_to_fail_and_not_when_that_was_sure() -> None:
    cells = [state("none", ended=3_600_000), state("none", country="MY", ended=9_000_000)]
    held = watched(incident(cause()), 6_000_000, *cells)
    assert (held.state, held.until) == ("monitoring", None)
    over = watched(held, 6_000_000 + QUIET, *cells)
    assert (over.state, over.until, over.resolved) == ("resolved", 3_600_000, 6_000_000 + QUIET)
    again = move(over, "opened", "rita", 20_000_000, "it fails again")
    assert again.until is None
    assert move(again, "resolved", "rita", 30_000_000, "done").until == 30_000_000


def test_what_fails_again_has_no_end_any_more() -> None:
    held = watched(incident(cause()), 6_000_000, state("none", ended=3_600_000))
    again = taken(held, cause(), at=7_000_000)
    assert (again.state, again.scope.until) == ("opened", None)


def test_an_incident_of_which_nothing_is_measured_any_more_is_not_over() -> None:
    """Grey is not green: that our feed stands still ends no outage."""
    held = incident(cause("telemetry"))
    assert follow([held], [], 6_000_000, MONITOR, [state("unknown"), state("none", country="MY")]) == []
    (step,) = follow([held], [], 6_000_000 + BLIND, MONITOR, [state("unknown")])
    assert isinstance(step, Step)
    assert (step.state, step.note) == ("monitoring", "nothing has measured it for a day")
    assert watched(held, 6_000_000, state("unknown"), state("none", feature="calls")).state == "opened"
    assert watched(incident(cause("reports")), 6_000_000, state("unknown")).state == "monitoring"  # they have ceased
