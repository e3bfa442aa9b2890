"""The public report: nobody can be found in it, whatever its figures are put together with."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
import sqlalchemy as sa
from tests.api.world import NOW, POLICY, World

from cartellino.policies.load import Text, load
from cartellino.queries import transparency
from cartellino.storage import tables
from cartellino.vocabulary.times import DAY, HOUR, show_instant

POLICIES = load([Text("p.yaml", POLICY)])
MONTH = "2026-11"


def put(
    world: World,
    actions: dict[tuple[str, str], int],
    appeals: dict[str | None, int],
    topics: dict[str, int] | None = None,
) -> dict[str, Any]:
    """Report a month in which this was decided, by kind and rule, and this became of appeals."""
    with world.service.database.begin_writing() as rows:
        rows.execute(sa.delete(tables.decisions))
        rows.execute(sa.delete(tables.cases))
        number, about = 0, [topic for topic, count in (topics or {}).items() for _ in range(count)]
        for (kind, rule), count in actions.items():
            for _ in range(count):
                number += 1
                rows.execute(sa.insert(tables.decisions).values(**_decision(number, kind, rule)))
        for outcome, count in appeals.items():
            for _ in range(count):
                number += 1
                topic = about.pop() if about else "spam"
                rows.execute(sa.insert(tables.cases).values(**_case(number, outcome), topic=topic))
        return transparency.report(rows, POLICIES, MONTH)


def _decision(number: int, kind: str, rule: str) -> dict[str, Any]:
    held: dict[str, Any] = {column.name: "" for column in tables.decisions.columns}
    for column in tables.decisions.columns:
        if isinstance(column.type, sa.Integer | sa.BigInteger):
            held[column.name] = 0
        elif isinstance(column.type, sa.JSON):
            held[column.name] = {}
        elif isinstance(column.type, sa.Boolean):
            held[column.name] = False
    named = {"decision_id": f"d_{number}", "kind": kind, "rule": rule, "mode": "live", "at": NOW, "sequence": number}
    return held | named


def _case(number: int, outcome: str | None) -> dict[str, Any]:
    closed = NOW + HOUR if outcome is not None else None
    return {
        "case_id": f"c_{number}", "kind": "appeal", "status": "open", "service": "main",
        "account": f"a{number}", "sanction_id": f"s_{number}", "decision_id": f"d_{number}", "rule_version": "v",
        "door": "app", "text": "t",
        "opened_at": NOW, "due_at": NOW + DAY, "legal_basis": "b", "closed_at": closed, "closed_by": "r",
        "outcome": outcome, "reason": "r",
    }  # fmt: skip


def test_a_small_count_is_no_difference_of_what_is_shown(small: World) -> None:
    found = put(small, {("warning", "spam/bulk"): 2, ("restriction", "spam/bulk"): 7}, {})
    assert found["actions"] == {"warning": "<5", "challenge": 0, "restriction": "5+", "suspension": 0, "ban": 0}
    assert (found["actions_total"], found["by_policy"]) == (9, {"spam": 9})
    assert found["proactive_share"] is None


def test_large_counts_are_shown_as_they_are(small: World) -> None:
    actions = {("warning", "spam/bulk"): 6, ("ban", "spam/reported"): 14}
    found = put(small, actions, {"upheld": 8, "reversed": 5, None: 7})
    assert (found["actions_total"], found["actions"]["warning"], found["actions"]["ban"]) == (20, 6, 14)
    heard = found["appeals"]
    assert (heard["filed"], heard["decided"], heard["upheld"], heard["reversed"]) == (20, 13, 8, 5)
    assert (heard["median_hours_to_decide"], heard["share_of_actions"]) == (1.0, 1.0)


@pytest.mark.parametrize(
    ("topics", "shown", "filed"),
    [
        ({"spam": 2, "reports": 7}, {"spam": "<5", "reports": "5+"}, 9),
        ({"spam": 6, "reports": 7}, {"spam": 6, "reports": 7}, 13),
        ({"spam": 1, "reports": 5}, {"spam": "<5", "reports": "5+"}, "5+"),
        ({"spam": 1}, {}, "<5"),
        ({"spam": 2, "reports": 3}, {"spam": "<5", "reports": "<5"}, 5),
    ],
)
def test_what_appeals_were_about_cannot_be_worked_out_of_how_many_there_were(
    topics: dict[str, int], shown: dict[str, Any], filed: int | str, small: World
) -> None:
    found = put(small, {("ban", "spam/bulk"): 50}, {"upheld": sum(topics.values())}, topics)
    assert found["appeals"]["filed"] == found["appeals"]["upheld"] == filed
    assert found["grievances_by_topic"] == shown


def test_a_month_with_few_actions_shows_nothing_but_that(small: World) -> None:
    found = put(small, {("warning", "spam/bulk"): 1, ("ban", "spam/bulk"): 1}, {"reversed": 1})
    assert set(found["actions"].values()) | set(found["by_policy"].values()) | {found["actions_total"]} == {"<5"}
    assert (found["proactive_share"], found["appeals"]["share_of_actions"]) == (None, None)
    assert found["appeals"]["reversed"] == "<5"


def fits(count: int, shown: int | str) -> bool:
    """Say whether a count may be what is shown as this."""
    return count == shown if isinstance(shown, int) else {"<5": 0 < count < 5, "5+": count >= 5, "1+": count > 0}[shown]


OUTCOMES = ("upheld", "reversed", "shortened", "open")


@pytest.mark.parametrize(
    "counts",
    [
        *((9, 1, 0, 0), (9, 9, 0, 2), (5, 5, 5, 1), (1, 5, 0, 0), (3, 2, 0, 0), (2, 2, 2, 2), (12, 6, 3, 7)),
        *((1, 1, 1, 3), (5, 0, 0, 1), (0, 0, 0, 6), (4, 4, 0, 0), (1, 0, 6, 0)),
    ],
)
def test_small_counts_of_appeals_are_hidden_and_cannot_be_worked_out(
    counts: tuple[int, int, int, int], small: World
) -> None:
    held = dict(zip((*OUTCOMES[:3], None), counts, strict=True))
    heard = put(small, {("ban", "spam/bulk"): 50}, held)["appeals"]
    shown = [heard[name] for name in OUTCOMES]
    assert all(fits(count, one) for count, one in zip(counts, shown, strict=True))
    worlds = [
        world
        for world in product(*(range(one, one + 1) if isinstance(one, int) else range(1, 19) for one in shown))
        if all(fits(count, one) for count, one in zip(world, shown, strict=True))
        and fits(sum(world), heard["filed"])
        and fits(sum(world[:3]), heard["decided"])
    ]
    for at, count in enumerate(counts):
        if 0 < count < 5:
            assert {world[at] for world in worlds} >= {1, 2, 3, 4}


def test_few_appeals_are_told_as_few_everywhere(small: World) -> None:
    found = put(small, {("ban", "spam/bulk"): 50}, {"upheld": 2, "reversed": 1, None: 1})
    heard = found["appeals"]
    assert {heard[name] for name in ("filed", "decided", *OUTCOMES)} == {"<5"}
    assert {heard[one] for one in heard if one.startswith("median")} == {None}
    assert (heard["within_deadline"], heard["share_of_actions"], found["grievances_by_topic"]) == (None, None, {})
    page = small.client.get(f"/transparency/{MONTH}")
    assert page.status_code == 404 or "&lt;5" in page.text
    lines = small.stranger("GET", f"/v1/transparency/{MONTH}.csv").text.splitlines()
    assert {"appeals.filed,<5", "appeals.reversed,<5", "appeals.share_of_actions,"} <= set(lines)


@pytest.mark.parametrize(
    "month", ["2026-1", "2026-011", "26-11", "2026-11-01", "2026-00", "2026-13", "+2026-1", "2026- 1"]
)
def test_a_month_is_written_with_four_and_two_digits(month: str, small: World) -> None:
    for path in (month, f"{month}.csv"):
        refused = small.stranger("GET", f"/v1/transparency/{path}")
        assert refused.status_code == 400
        assert "2026-01" in refused.json()["detail"]


def test_the_page_shows_hidden_figures(small: World) -> None:
    put(small, {("warning", "spam/bulk"): 2, ("restriction", "spam/bulk"): 7}, {"upheld": 9, "reversed": 1})
    assert small.stranger("GET", f"/v1/transparency/{MONTH}").json()["actions"]["warning"] == "<5"
    assert "<5" in small.stranger("GET", f"/v1/transparency/{MONTH}.csv").text


def test_a_month_of_the_future_is_refused(small: World) -> None:
    for path in ("2030-01", "2030-01.csv"):
        assert small.stranger("GET", f"/v1/transparency/{path}").status_code == 400


def _taken_back(world: World) -> dict[str, Any]:
    world.service.answers.forget()
    found: dict[str, Any] = world.stranger("GET", f"/v1/transparency/{MONTH}").json()["taken_back"]
    return found


def test_decisions_that_were_taken_back_without_an_appeal_have_a_line(small: World) -> None:
    accounts = [f"a{number}" for number in range(7)]
    small.breaks(*accounts)
    decisions = {one["account"]: one["decision_id"] for one in small.key("GET", "/v1/decisions").json()["decisions"]}
    assert _taken_back(small) == {"total": 0, "without_request": 0}
    undo = {"reason": "They knew her."}
    for number, account in enumerate(accounts, 1):
        path = f"/v1/decisions/{decisions[account]}/overturn"
        assert small.people["reviewer"]("POST", path, undo).status_code == 200
        shown = number if number >= 5 else "<5"
        assert _taken_back(small) == {"total": shown, "without_request": shown}


def test_one_that_was_asked_about_counts_among_the_appeals_alone(small: World) -> None:
    small.breaks("a")
    (sanction,) = small.standing("a")["sanctions"]
    filed = small.key("POST", f"/v1/sanctions/{sanction['sanction_id']}/appeals", {"text": "My birthday."}).json()
    body = {"outcome": "reversed", "reason": "They knew her."}
    outcome = small.people["reviewer"]("POST", f"/v1/appeals/{filed['appeal_id']}/outcome", body)
    assert outcome.status_code == 200
    assert _taken_back(small) == {"total": "<5", "without_request": 0}


def test_what_an_incident_excuses_late_is_taken_back_too(small: World) -> None:
    small.breaks(*[f"a{number}" for number in range(6)])
    body = {"kinds": ["message_sent"], "reason": "An outage.", "starts_at": show_instant(small.time.now - DAY)}
    incident = small.people["policy-admin"]("POST", "/v1/incidents", body).json()["incident"]
    undone = small.people["policy-admin"]("POST", f"/v1/incidents/{incident}/undo", {"reason": "An outage."})
    assert len(undone.json()["undone"]) == 6
    assert _taken_back(small) == {"total": 6, "without_request": 6}
