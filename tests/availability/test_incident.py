"""Incidents and accounts: states, grace and answers."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartellino.availability.account import AccountFacts, answer
from cartellino.availability.evidence import Cause, Evidence
from cartellino.availability.incident import (
    Incident,
    NotAllowed,
    State,
    covers,
    excused,
    move,
    open_incident,
    scope_of,
    severity,
    worst_first,
)


def cause(*sources: str, place: str = "world", features: tuple[str, ...] = ("sending",), **more: Any) -> Cause:
    evidence = tuple(Evidence(one, "failing") for one in sources)
    return Cause(**{"kind": "outage", "grade": "likely", **more}, place=place, features=features, since=1_000,
                 evidence=evidence)  # fmt: skip


def incident(*sources: str, who: str = "service", also: str = "", **more: Any) -> Incident:
    return open_incident("i1", "main", scope_of(cause(*sources, **more), also.split()), who, 2_000)


@pytest.mark.parametrize("sources", [(), ("reports",)])
def test_reports_alone_excuse_nothing(sources: tuple[str, ...]) -> None:
    assert excused(incident(*sources)) == frozenset()


@pytest.mark.parametrize("sources", [("telemetry",), ("reports", "probes")])
def test_what_is_measured_excuses_what_it_causes_and_nothing_else(sources: tuple[str, ...]) -> None:
    assert excused(incident(*sources)) == {"message_failed", "connected", "sign_in_failed"}
    assert excused(incident(*sources, features=("sign_in",))) == {"connected", "sign_in_failed"}


def test_an_operator_gives_grace() -> None:
    assert "message_failed" in excused(incident("reports", also="operator"))


@pytest.mark.parametrize(
    ("place", "features", "is_about"),
    [
        ("ID,MY", ("sending",), True),
        ("MY", ("sending", "calls"), True),
        ("world", ("sending",), True),
        ("US", ("sending",), False),
        ("ID", ("calls",), False),
        ("ID/AS2", ("sending",), True),
    ],
)
def test_a_cause_is_about_an_incident_with_a_place_and_a_feature_in_common(
    place: str, features: tuple[str, ...], is_about: bool
) -> None:
    held = incident("telemetry", place="ID,MY")
    assert covers(held.scope, cause(place=place, features=features)) is is_about


def test_the_fault_of_one_network_is_not_that_of_another() -> None:
    held = incident("telemetry", kind="network", place="ID/AS1")
    assert (held.scope.countries, held.scope.network) == (frozenset({"ID"}), "AS1")
    assert not covers(held.scope, cause(kind="network", place="ID/AS2"))


def test_what_an_incident_is_about_is_what_its_latest_line_says() -> None:
    held = incident("reports")
    wider = scope_of(cause("telemetry", place="ID", features=("calls",)))
    moved = move(held, "opened", "service", 3_000, scope=wider)
    assert moved.scope == wider
    assert move(moved, "identified", "ann", 4_000, "found").scope == wider
    with pytest.raises(NotAllowed, match="already"):
        move(moved, "opened", "ann", 4_000)


def test_an_incident_goes_its_way_and_back_but_not_out_of_order() -> None:
    held = incident("probes")
    for number, state in enumerate(("identified", "monitoring", "opened", "monitoring", "resolved"), start=3):
        held = move(held, state, "ann", number * 1_000)  # type: ignore[arg-type]
    assert held.until == 7_000
    with pytest.raises(NotAllowed, match="does not become monitoring"):
        move(held, "monitoring", "ann", 8_000)
    with pytest.raises(NotAllowed, match="before"):
        move(held, "opened", "ann", 6_999)
    with pytest.raises(NotAllowed, match="text"):
        move(held, "post_mortem", "ann", 8_000)
    done = move(held, "post_mortem", "ann", 9_000, "a bug in a routine operation")
    assert (done.state, done.until) == ("post_mortem", 7_000)


STATES: list[State] = ["opened", "identified", "monitoring", "resolved", "post_mortem"]


@given(st.lists(st.tuples(st.sampled_from(STATES), st.integers(0, 9_000)), max_size=12))
def test_a_timeline_only_grows_and_is_in_order(steps: list[tuple[State, int]]) -> None:
    held = incident("probes")
    for state, at in steps:
        try:
            moved = move(held, state, "ann", at, "text")
        except NotAllowed:
            continue
        assert moved.timeline[:-1] == held.timeline
        held = moved
    times = [one.at for one in held.timeline]
    assert times == sorted(times)
    assert (held.until is not None) == (held.state in ("resolved", "post_mortem"))


def test_severity_is_area_times_sources() -> None:
    wide, small = incident("reports"), incident("telemetry", "probes", "reports", place="ID")
    assert severity(wide) > severity(small)
    assert severity(incident("telemetry", "probes")) == 2 * severity(incident("probes"))
    assert worst_first([small, wide])[0] == wide
    assert worst_first([small, move(wide, "resolved", "ann", 5_000)])[0] == small


def test_a_banned_person_is_told_so_while_the_service_is_down_and_the_reverse() -> None:
    down = cause("telemetry", grade="confirmed")
    banned = answer(AccountFacts(standing="banned", decision_id="d1", country="ID"), [down])
    assert (banned.state, banned.grade, banned.next_step) == ("banned", "confirmed", "appeal")
    assert banned.causes == (down,)
    clear = answer(AccountFacts(country="ID"), [down])
    assert (clear.state, clear.next_step) == ("clear", "wait")


@pytest.mark.parametrize(
    ("facts", "state", "grade"),
    [
        (AccountFacts(), "clear", "confirmed"),
        (AccountFacts(failed_sign_ins=3), "session_lost", "possible"),
        (AccountFacts(is_client_official=False, client="gb/1"), "unofficial_client", "likely"),
        (AccountFacts(is_client_old=True), "old_client", "likely"),
        (AccountFacts(standing="limited", is_held_wrong=True), "enforcement_fault", "likely"),
        (AccountFacts(standing="suspended", is_client_official=False), "suspended", "confirmed"),
    ],
)
def test_the_account_has_one_state_with_its_grade(facts: AccountFacts, state: str, grade: str) -> None:
    found = answer(facts, [])
    assert (found.state, found.grade) == (state, grade)
    assert found.evidence


def test_a_lost_session_is_likely_where_sessions_are_lost_and_is_no_ban() -> None:
    found = answer(AccountFacts(failed_sign_ins=1), [cause("telemetry", kind="session", features=("sign_in",))])
    assert (found.state, found.grade, found.next_step) == ("session_lost", "likely", "sign_in_again")


def test_only_causes_that_reach_the_account_are_told() -> None:
    elsewhere, network = cause("probes", place="US,BR"), cause("probes", kind="network", place="ID/AS1")
    facts = AccountFacts(country="ID", network="AS2")
    assert answer(facts, [elsewhere, network]).causes == ()
    assert answer(AccountFacts(country="ID", network="AS1"), [network]).next_step == "try_other_network"
    assert answer(facts, []).next_step == "report"
