"""Queries with a page, a bound or a state, of the tables that have few."""

from __future__ import annotations

from tests.queries.conftest import Put

from cartellino.queries import ledger, operators, outbox, proposals, webhooks
from cartellino.storage import tables
from cartellino.storage.database import Rows


def test_proposals_come_page_by_page_the_latest_first(rows: Rows, put: Put) -> None:
    for proposal, at, state in (("a", 1, "waiting"), ("b", 1, "agreed"), ("c", 2, "waiting")):
        put(tables.proposals, proposal_id=proposal, made_at=at, state=state)
    assert [one.proposal_id for one in proposals.latest(rows, 2)] == ["c", "b"]
    assert [one.proposal_id for one in proposals.latest(rows, 9, (2, "c"))] == ["b", "a"]
    assert [one.proposal_id for one in proposals.latest(rows, 9, (1, "b"))] == ["a"]
    assert proposals.count_waiting(rows) == 2


def test_keys_are_shown_without_sessions_and_those_that_were_ended_apart(rows: Rows, put: Put) -> None:
    for number, (key, kind, ended) in enumerate(
        [("k", "key", None), ("t", "token", None), ("s", "session", None), ("e", "key", 5)]
    ):
        put(tables.credentials, credential_id=key, kind=kind, digest=key, made_at=9 - number, ended_at=ended)
    assert [one.credential_id for one in operators.keys(rows)] == ["e", "t", "k"]
    assert [one.credential_id for one in operators.keys_not_ended(rows, 9)] == ["t", "k"]
    assert "digest" not in operators.keys(rows)[0]._fields


def test_operators_are_known_also_when_they_were_ended(rows: Rows, put: Put) -> None:
    put(tables.operators, name="rita", ended_at=5)
    put(tables.operators, name="anna", password="hashed")
    assert [one.name for one in operators.everybody(rows)] == ["anna", "rita"]
    assert "password" not in operators.everybody(rows)[0]._fields
    assert operators.is_known(rows, "rita")
    assert not operators.is_known(rows, "ugo")


def test_changes_come_in_order_without_the_kinds_that_are_left_out(rows: Rows, put: Put) -> None:
    assert outbox.last_number(rows) == 0
    for number, kind in enumerate(["notice", "code", "decision", "notice"], 1):
        put(tables.outbox, number=number, kind=kind)
    assert outbox.last_number(rows) == 4
    assert [one.number for one in outbox.after(rows, 1, but=("code",))] == [3, 4]
    assert [one.number for one in outbox.after(rows, 0, but=("code",), most=2)] == [1, 3]


def test_webhooks_that_were_ended_are_gone_and_deliveries_are_counted_by_state(rows: Rows, put: Put) -> None:
    put(tables.webhooks, webhook_id="b", made_at=1, paused_at=3)
    put(tables.webhooks, webhook_id="a", made_at=2)
    put(tables.webhooks, webhook_id="gone", ended_at=5)
    assert [one.webhook_id for one in webhooks.not_ended(rows)] == ["b", "a"]
    assert webhooks.count(rows) == 2
    assert webhooks.by_id(rows, "gone") is None
    assert webhooks.by_id(rows, "a") is not None
    for number, (webhook, state) in enumerate([("a", "dead"), ("a", "waiting"), ("a", "dead"), ("b", "delivered")], 1):
        put(tables.deliveries, number=number, webhook_id=webhook, state=state)
    put(tables.codes, code_id="c", webhook_id="a")
    counts = {("a", "dead"): 2, ("a", "waiting"): 1, ("b", "delivered"): 1, ("a", "codes"): 1}
    assert webhooks.counts(rows) == counts
    assert [one.number for one in webhooks.dead_deliveries(rows, 9)] == [1, 3]


def test_the_ledger_is_read_forwards_and_backwards(rows: Rows, put: Put) -> None:
    for number in range(1, 5):
        put(tables.ledger, number=number, subject="x" if number % 2 else "y", to=f"seal {number}")
    put(tables.acts, number=1, sealed="seal 3", why="because")
    assert [(one.number, one.reason) for one in ledger.rows_after(rows, 1, 2)] == [(2, None), (3, "because")]
    assert [one.number for one in ledger.latest_rows(rows, "", None, 9)] == [4, 3, 2, 1]
    assert [one.number for one in ledger.latest_rows(rows, "x", 3, 9)] == [1]
