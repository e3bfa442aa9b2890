"""While an incident is open, behaviour that it causes does not punish (law 8)."""

from __future__ import annotations

from typing import Any

import pytest
from tests.enforcement.things import Court, rule, said

from cartellino.enforcement.acts import CloseIncident, OpenIncident, Release
from cartellino.expressions.parse import parse_text
from cartellino.vocabulary.times import HOUR

RETRIES = frozenset({"connected", "message_failed"})


def court() -> Court:
    return Court(
        rule("retries", on=frozenset({"connected"}), rung=3),
        rule("spam", on=frozenset({"message_sent"}), rung=3),
        rule("mixed", on=frozenset({"message_sent", "connected"}), rung=3),
    )


@pytest.mark.parametrize(
    ("name", "at", "mode"),
    [
        ("retries", 999, "live"),
        ("retries", 1_000, "shadow"),
        ("retries", 1_999, "shadow"),
        ("retries", 2_000, "shadow"),
        ("retries", 2_000 + HOUR - 1, "shadow"),
        ("retries", 2_000 + HOUR, "live"),
        ("spam", 1_500, "live"),
        ("mixed", 1_500, "live"),
    ],
)
def test_an_incident_excuses_what_it_causes_while_the_rule_can_see_it(name: str, at: int, mode: str) -> None:
    judged = court()
    judged.act(OpenIncident(**said(1_200), incident="i", kinds=RETRIES, starts_at=1_000))
    judged.act(CloseIncident(**said(2_500), incident="i", ends_at=2_000))
    decision = judged.decided(name, at)
    assert decision.mode == mode
    assert (decision.note == "excused by an incident") is (mode == "shadow")
    assert judged.name(at) == ("suspended" if mode == "live" else "clear")
    assert bool(judged.sequencer.standing("main", "a").strikes) is (mode == "live")


@pytest.mark.parametrize(("at", "mode"), [(1_999, "live"), (2_000, "shadow"), (HOUR, "shadow")])
def test_an_incident_that_is_planned_excuses_from_its_start(at: int, mode: str) -> None:
    judged = court()
    judged.act(OpenIncident(**said(1_000), incident="i", kinds=RETRIES, starts_at=2_000))
    assert judged.decided("retries", at).mode == mode


@pytest.mark.parametrize("ends_at", [1_500, 2_000])
def test_an_incident_that_was_called_off_before_its_start_excuses_nothing(ends_at: int) -> None:
    judged = court()
    judged.act(OpenIncident(**said(1_000), incident="i", kinds=RETRIES, starts_at=2_000))
    judged.act(CloseIncident(**said(1_500), incident="i", ends_at=ends_at))
    assert judged.decided("retries", 2_100).mode == "live"


def test_an_incident_that_is_not_closed_goes_on_excusing() -> None:
    judged = court()
    judged.act(OpenIncident(**said(0), incident="i", kinds=RETRIES, starts_at=0))
    judged.act(CloseIncident(**said(0), incident="another", ends_at=0))
    assert judged.decided("retries", 10**12).mode == "shadow"
    assert [row.what for row in judged.sequencer.ledger.rows] == ["OpenIncident", "CloseIncident"]


def test_two_incidents_excuse_each_for_itself() -> None:
    judged = court()
    judged.act(OpenIncident(**said(0), incident="i", kinds=RETRIES, starts_at=0))
    judged.act(OpenIncident(**said(0), incident="j", kinds=frozenset({"message_sent"}), starts_at=0))
    judged.act(CloseIncident(**said(5), incident="i", ends_at=5))
    assert judged.decided("spam", 2 * HOUR).mode == "shadow"
    judged.act(CloseIncident(**said(2 * HOUR), incident="j", ends_at=2 * HOUR))
    assert judged.decided("retries", 3 * HOUR).mode == "live"


def test_a_rule_that_counts_what_the_incident_causes_is_excused_wherever_it_is_judged() -> None:
    judged = court()
    judged.act(OpenIncident(**said(0), incident="i", kinds=frozenset({"message_sent"}), starts_at=0))
    assert judged.decided("mixed", 10).mode == "shadow"


def test_a_rule_that_also_counts_what_the_incident_does_not_cause_is_not_excused() -> None:
    both = parse_text('count(message_sent, over="1h") + count(connected, over="1h") > 2')
    judged = Court(rule(when=both, on=frozenset({"message_sent", "connected"})))
    judged.act(OpenIncident(**said(0), incident="i", kinds=frozenset({"connected"}), starts_at=0))
    assert judged.decided("r", 10).mode == "live"


def test_one_ordinary_reconnect_after_the_outage_is_no_retry_storm() -> None:
    """Fifty of the fifty-one that the rule counts came during the outage."""
    judged = court()
    judged.act(OpenIncident(**said(0), incident="i", kinds=RETRIES, starts_at=0))
    judged.act(CloseIncident(**said(HOUR // 2), incident="i", ends_at=HOUR // 2))
    assert judged.decided("retries", HOUR // 2 + 60_000).mode == "shadow"


PLACES = [
    ({}, {"region": "US", "address": "AS9"}, "shadow"),
    ({"service": "main"}, {"region": "US"}, "shadow"),
    ({"service": "shop"}, {"region": "US"}, "live"),
    ({"countries": frozenset({"ID", "MY"})}, {"region": "MY"}, "shadow"),
    ({"countries": frozenset({"ID", "MY"})}, {"region": "US"}, "live"),
    ({"countries": frozenset({"ID"})}, {}, "shadow"),
    ({"countries": frozenset({"ID"}), "network": "AS1"}, {"region": "ID", "address": "AS1/10.0.0.7"}, "shadow"),
    ({"countries": frozenset({"ID"}), "network": "AS1"}, {"region": "ID", "address": "AS2/10.0.0.7"}, "live"),
    ({"countries": frozenset({"ID"}), "network": "AS1"}, {"region": "ID"}, "shadow"),
]


@pytest.mark.parametrize(("where", "known", "mode"), PLACES)
def test_an_incident_excuses_where_it_holds_and_where_that_is_unknown(
    where: dict[str, Any], known: dict[str, str], mode: str
) -> None:
    judged = court()
    judged.act(OpenIncident(**said(0), incident="i", kinds=RETRIES, starts_at=0, **where))
    assert judged.decided("retries", 10, **known).mode == mode


BOTH = parse_text('count(message_sent, over="1h") + count(connected, over="1h") > 2')


@pytest.mark.parametrize(
    ("at", "region", "holds", "mode"),
    [
        (10, "ID", True, "held"),
        (10, None, True, "held"),
        (10, "US", True, "live"),
        (10, "ID", False, "live"),
        (HOUR + 100, "ID", True, "live"),
    ],
)
def test_what_leans_on_an_incident_waits_for_a_person(at: int, region: str | None, holds: bool, mode: str) -> None:
    judged = Court(rule(when=BOTH, on=frozenset({"message_sent"}), rung=3))
    countries = frozenset({"ID"})
    judged.act(OpenIncident(**said(0), incident="i", kinds=RETRIES, starts_at=0, countries=countries, holds=holds))
    judged.act(CloseIncident(**said(50), incident="i", ends_at=50))
    decision = judged.decided("r", at, region=region)
    assert decision.mode == mode
    assert judged.name(at) == ("limited" if mode == "held" else "suspended")


def test_what_leaned_on_an_incident_is_carried_out_when_a_person_releases_it() -> None:
    """An incident is no shield: what was done under it is counted afterwards."""
    judged = Court(rule(when=BOTH, on=frozenset({"message_sent"}), rung=3))
    judged.act(OpenIncident(**said(0), incident="i", kinds=RETRIES, starts_at=0, holds=True))
    waited = judged.decided("r", 10)
    judged.act(Release(**said(20), rule="p/r"))
    assert judged.sequencer.held == {}
    assert judged.sequencer.register.sanction(waited.sanction).in_force(30)


def test_an_incident_holds_nothing_that_does_not_count_what_it_causes() -> None:
    judged = Court(rule(rung=3), rule("look", when=BOTH, action="review"))
    judged.act(OpenIncident(**said(0), incident="i", kinds=RETRIES, starts_at=0, holds=True))
    assert judged.decided("r", 10).mode == "live"
    assert judged.decided("look", 10, account="b").mode == "live"
