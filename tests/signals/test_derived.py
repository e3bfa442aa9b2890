from __future__ import annotations

from cartellino.events.columns import COLUMNS
from cartellino.signals.derived import DERIVED, column_types, known_column


def test_a_derived_column_never_hides_one_of_the_contract() -> None:
    assert not set(DERIVED) & set(COLUMNS)
    assert {"solicited", "gap", "hour"} <= set(DERIVED)
    assert all(column.meaning for column in DERIVED.values())


def test_every_column_has_a_type_in_expressions() -> None:
    types = column_types()
    assert set(types) == set(COLUMNS) | set(DERIVED)
    assert (types["known"], types["credit"], types["peer"]) == ("truth", "number", "text")
    assert (types["solicited"], types["gap"], types["hour"]) == ("truth", "number", "number")


def test_own_columns_are_known_by_their_prefix() -> None:
    assert known_column("peer")
    assert known_column("gap")
    assert known_column("x_shop")
    assert not known_column("shop")
    assert not known_column("")
