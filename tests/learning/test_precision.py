"""Shares and their intervals, against figures from elsewhere."""

from __future__ import annotations

import pytest

from cartellino.learning.precision import Share, score


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [
        # scipy.stats.binomtest(hits, of).proportion_ci(method="wilson"), SciPy 1.17
        (0, 1_899, 0.0, 0.0020188013),
        (5, 1_350, 0.0015830069, 0.0086408334),
        (2, 3, 0.2076596, 0.9385081),
        (10, 10, 0.7224672, 1.0),
        (1, 1, 0.2065493, 1.0),
    ],
)
def test_the_interval_is_wilsons(hits: int, of: int, low: float, high: float) -> None:
    assert Share(hits, of).interval == pytest.approx((low, high), abs=1e-6)


def test_of_nothing_nothing_is_said() -> None:
    assert Share(0, 0).value is None
    assert Share(0, 0).interval is None
    assert Share(0, 0).show() == "none"


def test_precision_and_recall_count_labelled_accounts_only() -> None:
    found = score({"a", "b", "unlabelled"}, {"a": True, "b": False, "c": True})

    assert (found.precision.hits, found.precision.of) == (1, 2)
    assert (found.recall.hits, found.recall.of) == (1, 2)
