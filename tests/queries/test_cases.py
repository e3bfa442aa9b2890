from __future__ import annotations

from typing import Any

import pytest
from tests.queries.conftest import Put

from cartellino.queries import cases
from cartellino.storage import tables
from cartellino.storage.database import Rows
from cartellino.vocabulary.actors import holder, operator


def names(found: Any) -> list[str]:  # noqa: ANN401 - rows
    return [row.case_id for row in found]


@pytest.fixture
def queue(put: Put) -> None:
    """Two appeals that are due at once, and one later; a review; and three that were closed, two of them at once."""
    for case, due in (("b", 10), ("a", 10), ("c", 20)):
        put(tables.cases, case_id=case, kind="appeal", status="open", account=case, due_at=due, opened_at=due)
    put(tables.cases, case_id="r", kind="review", status="open", account="a", due_at=15, opened_at=15)
    for case, closed in (("x", 30), ("y", 30), ("z", 40)):
        put(tables.cases, case_id=case, kind="appeal", status="closed", account="a", opened_at=1, closed_at=closed,
            outcome="upheld", rule_version="v")  # fmt: skip


@pytest.mark.usefixtures("queue")
def test_open_cases_come_page_by_page_and_none_is_left_out(rows: Rows) -> None:
    first = cases.open_of(rows, "appeal", None, 1)
    assert names(first) == ["a"]
    assert names(cases.open_of(rows, "appeal", (10, "a"), 9)) == ["b", "c"]
    assert names(cases.open_of(rows, "appeal", (10, "b"), 9)) == ["c"]


@pytest.mark.usefixtures("queue")
def test_closed_cases_come_page_by_page_the_latest_first(rows: Rows) -> None:
    assert names(cases.closed_of(rows, "appeal", None, 9)) == ["z", "y", "x"]
    assert names(cases.closed_of(rows, "appeal", (40, "z"), 9)) == ["y", "x"]
    assert names(cases.closed_of(rows, "appeal", (30, "y"), 9)) == ["x"]


@pytest.mark.usefixtures("queue")
def test_after_a_case_comes_the_next_one_of_its_kind(rows: Rows) -> None:
    def following(case: str) -> str | None:
        row = cases.by_id(rows, case)
        assert row is not None
        return cases.next_open(rows, row)

    assert [following(case) for case in ("a", "b", "c", "r")] == ["b", "c", None, None]


@pytest.mark.usefixtures("queue")
def test_cases_that_are_due_after_an_instant_have_what_was_asked_for(rows: Rows) -> None:
    assert names(cases.due_after(rows, 10, {}, 9)) == ["r", "c"]
    assert names(cases.due_after(rows, 5, {"kind": "appeal", "account": "a"}, 9)) == ["a"]


@pytest.mark.usefixtures("queue")
def test_open_cases_are_counted_by_kind_lateness_and_age(rows: Rows) -> None:
    assert cases.open_counts(rows, 20, [5, 15]) == {"appeal": [3, 2, 1, 3], "review": [1, 1, 0, 1]}


@pytest.mark.usefixtures("queue")
def test_what_was_decided_alike_is_of_the_same_rule_version_and_not_the_case_itself(rows: Rows, put: Put) -> None:
    put(tables.cases, case_id="o", status="closed", closed_at=50, outcome="reversed", rule_version="other")
    put(tables.cases, case_id="p", status="open", rule_version="v")
    row = cases.by_id(rows, "z")
    assert row is not None
    assert sorted(names(cases.decided_alike(rows, row, 9))) == ["x", "y"]


@pytest.mark.usefixtures("queue")
def test_the_cases_of_an_account_are_of_every_kind_the_latest_first(rows: Rows) -> None:
    assert names(cases.of_account(rows, "", "a", 2)) == ["r", "a"]
    assert not names(cases.of_account(rows, "elsewhere", "a", 2))


def test_who_reviewed_a_decision_or_changed_its_sanction_had_a_part_in_it(rows: Rows, put: Put) -> None:
    put(tables.decisions, decision_id="d")
    put(tables.cases, case_id="r", kind="review", decision_id="d", closed_by=operator("rita"))
    put(tables.cases, case_id="a", kind="appeal", decision_id="d", closed_by=operator("anna"))
    for number, (by, kind, sanction) in enumerate(
        [("tom", "Lift", "s"), ("ugo", "Shorten", "s"), ("vic", "Lift", "other"), ("will", "Impose", "s")]
    ):
        put(tables.acts, number=number, by=operator(by), kind=kind, data={"sanction": sanction})
    decision = rows.execute(tables.decisions.select()).one()
    had = {
        name for name in ("rita", "anna", "tom", "ugo", "vic", "will")
        if cases.took_part(rows, operator(name), decision, "s")
    }  # fmt: skip
    assert had == {"rita", "tom", "ugo"}
    assert not cases.took_part(rows, holder("rita"), decision, "s")
