"""Statements of reasons fit the DSA Transparency Database; reporters' credit and precision behave."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartellino.learning.credit import Record
from cartellino.learning.dsa import faults, statement
from cartellino.learning.judged import Judged, precision


@pytest.mark.parametrize("kind", ["restriction", "suspension", "ban"])
@given(reason=st.text(min_size=1, max_size=6_000), automatic=st.booleans(), reported=st.booleans())
def test_statements_are_valid(kind: str, reason: str, automatic: bool, reported: bool) -> None:
    ends = None if kind == "ban" else 86_400_000
    one = statement("d_1", kind, 0, ends, "Terms 4", reason, automatic=automatic, reported=reported)
    assert faults(one) == []


def test_what_is_missing_is_named() -> None:
    one = statement("d_1", "ban", 0, None, "Terms 4", "Why.", automatic=True)
    del one["category"], one["decision_account"]
    assert [fault.split()[0] for fault in faults(one)] == ["category", "one"]


@given(right=st.integers(0, 500), wrong=st.integers(0, 500))
def test_credit_rises_with_right_and_falls_with_wrong(right: int, wrong: int) -> None:
    credit = Record(right, wrong).credit
    assert 0 <= credit <= 100
    assert Record(right + 5, wrong).credit >= credit >= Record(right, wrong + 5).credit


@given(st.integers(1, 400), st.integers(0, 60))
def test_a_campaign_that_appeals_en_masse_is_one_voice(appeals: int, others: int) -> None:
    one = precision([Judged("campaign", False)], [], 0)
    many = precision([Judged("campaign", False)] * appeals, [], 0)
    assert one == many
    assert precision([Judged("c", True)] * appeals, [], others).looked == 1
