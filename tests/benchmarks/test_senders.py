"""The benchmark of senders, on a small shop: both ways are wished the same, and what it shows follows from rules."""

from __future__ import annotations

import msgspec
import pytest
from benchmarks.senders import shops, wishes
from benchmarks.senders.sending import With, Without
from benchmarks.senders.shop_days import Days, run
from benchmarks.senders.sixty_days import interval, table

AGREED, BOUGHT = shops.SHOPS["bought list"].groups
SMALL = shops.Shop("bought list", (msgspec.structs.replace(AGREED, many=30), msgspec.structs.replace(BOUGHT, many=170)),
                   shops.SHOPS["bought list"].campaigns)  # fmt: skip


@pytest.fixture(scope="module")
def both() -> tuple[Days, Days]:
    return run(SMALL, 1, Without), run(SMALL, 1, With)


def test_both_ways_are_wished_the_same(both: tuple[Days, Days]) -> None:
    without, with_ = both
    assert {kind: many for kind, many in without.wishes.items() if kind != "reply"} == {
        kind: many for kind, many in with_.wishes.items() if kind != "reply"
    }
    people = shops.buyers_of(SMALL, 1)
    assert without.wishes["campaign"] == len(list(wishes.campaigns(SMALL, people)))


def test_the_naive_sender_is_restricted_and_the_gateways_is_not(both: tuple[Days, Days]) -> None:
    without, with_ = both
    assert without.restricted_hours > 24
    assert with_.restricted_hours == 0
    assert with_.answered["campaign"] > without.answered["campaign"]


def test_nobody_who_did_not_agree_got_an_offer_by_the_gateway(both: tuple[Days, Days]) -> None:
    _, with_ = both
    offers = with_.wishes["campaign"]
    assert with_.accepted["campaign"] <= offers * AGREED.many // 30 * 30 / 200
    assert with_.refused["campaign consent"] == offers * 170 // 200


def test_the_same_seed_is_the_same_run(both: tuple[Days, Days]) -> None:
    again = run(SMALL, 1, With)
    assert msgspec.json.encode(again) == msgspec.json.encode(both[1])


def test_another_seed_is_another_platform() -> None:
    assert shops.thresholds(1) != shops.thresholds(2)


def test_the_table_has_a_row_for_each_measure_and_a_line_for_each_shop(both: tuple[Days, Days]) -> None:
    shown = table(both)
    assert "| days restricted |" in shown
    assert "- bought list: restricted in 1 of 1 without and 0 with" in shown


def test_an_interval_of_one_is_unknown() -> None:
    mean, half = interval([3.0])
    assert mean == 3
    assert half != half  # not a number
