"""While an incident is open, behaviour that it causes does not punish (law 8)."""

from __future__ import annotations

import pytest
from tests.enforcement.things import Court, rule, said

from cartellino.enforcement.acts import CloseIncident, OpenIncident
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
