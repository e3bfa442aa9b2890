from __future__ import annotations

from typing import Any

import pytest
from tests.queries.conftest import Put

from cartellino.queries import decisions, rule_history
from cartellino.storage import tables
from cartellino.storage.database import Rows
from cartellino.vocabulary.times import DAY, HOUR


def names(found: Any) -> list[str]:  # noqa: ANN401 - rows
    return [row.decision_id for row in found]


@pytest.fixture
def decide(put: Put) -> Put:
    def made(decision: str, account: str = "a", **values: Any) -> None:
        given = {"service": "main", "rule": "spam/bulk", "rule_version": "v", "mode": "live", "kind": "ban", **values}
        put(tables.decisions, decision_id=decision, account=account, **given)

    return made


def test_the_latest_come_page_by_page_and_none_is_left_out(rows: Rows, decide: Put) -> None:
    for decision, at in (("x", 10), ("y", 10), ("z", 20)):
        decide(decision, at=at)
    decide("w", account="b", at=30, rule="spam/invites")
    assert names(decisions.latest(rows, "", "", None, 2)) == ["w", "z"]
    assert names(decisions.latest(rows, "", "", (20, "z"), 9)) == ["y", "x"]
    assert names(decisions.latest(rows, "", "", (10, "y"), 9)) == ["x"]
    assert names(decisions.latest(rows, "b", "", None, 9)) == names(decisions.latest(rows, "", "spam/invites", None, 9))


def test_in_order_they_are_those_after_a_sequence_that_have_what_was_asked_for(rows: Rows, decide: Put) -> None:
    decide("b", sequence=1)
    decide("a", sequence=2)
    decide("c", account="b", sequence=2)
    assert names(decisions.in_order(rows, 1, {}, 9)) == ["a", "c"]
    assert names(decisions.in_order(rows, 0, {"account": "a"}, 9)) == ["b", "a"]


def test_of_an_account_they_are_those_of_its_service(rows: Rows, decide: Put) -> None:
    decide("x", at=1)
    decide("y", at=2, mode="shadow")
    decide("z", at=3, service="other")
    assert names(decisions.of_account(rows, "main", "a", 9)) == ["y", "x"]
    assert decisions.latest_live_at(rows, "main", "a") == 1
    assert decisions.latest_live_at(rows, "main", "b") is None


def test_alike_are_those_about_others_by_the_same_version_in_the_same_mode(rows: Rows, decide: Put) -> None:
    decide("this", cluster="c", at=5)
    decide("campaign", account="b", cluster="c", at=1)
    decide("alike", account="c", cluster="other", at=2)
    decide("own", cluster="c")
    decide("shadow", account="d", cluster="c", mode="shadow")
    decide("version", account="e", cluster="c", rule_version="w")
    row = decisions.by_id(rows, "this")
    assert row is not None
    assert names(decisions.alike(rows, row, 9)) == ["alike", "campaign"]
    assert names(decisions.in_campaign_with(rows, row, 9)) == ["campaign"]


def test_a_campaign_is_everybody_with_a_common_cluster_that_was_not_erased(rows: Rows, decide: Put) -> None:
    decide("d1", cluster="c")
    decide("d2", account="b", cluster="c")
    decide("d3", cluster="erased")
    decide("d4", account="d", cluster="erased")
    assert decisions.campaign_of(rows, "main", "a", 9) == [("main", "b")]


def test_statements_are_owed_for_what_was_carried_out_and_limits_somebody(rows: Rows, decide: Put) -> None:
    for number, (kind, mode) in enumerate(
        [("ban", "live"), ("suspension", "live"), ("restriction", "live"), ("warning", "live"), ("ban", "held")], 1
    ):
        decide(f"d{number}", sequence=number, kind=kind, mode=mode)
    assert names(decisions.restricting_after(rows, 1, 9)) == ["d2", "d3"]


def test_versions_of_a_rule_are_counted_by_what_they_imposed(rows: Rows, decide: Put, put: Put) -> None:
    decide("a", at=1)
    decide("b", at=3)
    decide("c", at=9, kind="review")
    decide("d", at=9, mode="shadow")
    decide("e", at=5, rule_version="w")
    decide("f", at=9, rule="spam/invites")
    found = [(one.rule_version, one.first, one.last, one.many) for one in rule_history.versions_of(rows, "spam/bulk")]
    assert found == [("w", 5, 5, 1), ("v", 1, 3, 2)]
    put(tables.strikes, decision_id="a", revoked=True)
    put(tables.strikes, decision_id="b", revoked=False)
    put(tables.strikes, decision_id="e", revoked=False)
    put(tables.strikes, decision_id="f", revoked=True)
    assert rule_history.revoked_strikes(rows, "spam/bulk") == {"v": 1}


def test_decisions_are_counted_by_day_and_by_rule(rows: Rows, decide: Put) -> None:
    for decision, at, mode in (("a", DAY + 1, "live"), ("b", 2 * DAY - 1, "shadow"), ("c", 2 * DAY + HOUR, "held")):
        decide(decision, at=at, mode=mode)
    decide("d", at=2 * DAY + 1, mode="off")
    decide("e", at=2 * DAY + 2, rule="spam/invites")
    assert rule_history.days_of(rows, "spam/bulk", DAY) == {DAY: 2, 2 * DAY: 1}
    assert rule_history.days_of(rows, "spam/bulk", DAY + 1) == {DAY: 1, 2 * DAY: 1}
    assert rule_history.first_since(rows, DAY + 1) == 2 * DAY - 1
    assert rule_history.first_since(rows, 9 * DAY) is None
    assert sorted(rule_history.by_rule(rows, DAY, DAY)) == [("spam/bulk", DAY, 1), ("spam/invites", 2 * DAY, 1)]
