from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.events.strategies import own_values, rows, spoilt_rows, values

from cartellino.events.columns import CHECK_REASONS, COLUMNS, FEWEST_MILLISECONDS, LARGEST, REPORT_REASONS, Column
from cartellino.events.event import Event, row, value
from cartellino.events.kinds import KINDS
from cartellino.events.validation import HIGHEST_OWN, Fault, shown, validate
from cartellino.vocabulary.times import LATEST

GOOD: dict[str, Any] = {"id": "e1", "time": 1_795_341_600_000, "kind": "read", "account": "a1"}
NOTHING_FITS: tuple[Any, ...] = (b"bytes", ["list"], {"a": "mapping"}, object())
"""Values that no column takes."""

WRONG: dict[str, tuple[Any, ...]] = {
    "text": (*NOTHING_FITS, 5, 1.5, True, "", "\ud800", "half \udfff of a letter"),
    "int": (
        *NOTHING_FITS,
        "5",
        1.5,
        True,
        False,
        -1,
        2**60,
        10**30,
        1e300,
        float("inf"),
        "",
        Decimal("1.5"),
        Decimal("1e99999"),
    ),
    "bool": (*NOTHING_FITS, "true", 0, 1, 1.0, ""),
    "instant": (
        *(*NOTHING_FITS, True, FEWEST_MILLISECONDS + 0.5, -1, -1.0, 10**20, float("inf"), Decimal("Infinity")),
        *("", "yesterday", "2026-11-22", "2026-11-22T10:00", "2026-11-22T10:00:61Z", "0"),
    ),
}


def faults(**changed: object) -> tuple[Fault, ...]:
    """The faults of a good row in which columns are changed."""
    judged = validate(GOOD | changed)
    return () if isinstance(judged, Event) else judged


def bounds(column: Column) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """The first and last values that a column takes, and the first beyond."""
    if column.values:
        return column.values, ("none of them", column.values[0].upper(), f" {column.values[0]}")
    if column.name == "image_hash":
        return ("0" * 64, "F" * 64, "aB" * 32), ("0" * 63, "0" * 65, "g" * 64, "0x" + "0" * 62, "\u0660" * 64)
    if column.name == "region":
        return ("IT", "GB", "XK"), ("it", "ITA", "Italy", "I1", "ÀÈ")
    if column.name == "kind":
        return tuple(KINDS), ()
    if column.type == "text":
        assert column.most is not None
        return ("a", "è" * column.most, "\0", "名"), ("a" * (column.most + 1), "a" * 10_000)
    if column.type == "int":
        most = column.most or LARGEST
        return (0, 1, most), (-1, most + 1)
    return {
        "bool": ((True, False), ()),
        "instant": (
            (
                FEWEST_MILLISECONDS,
                LATEST,
                "1970-01-01T00:00:00Z",
                "2026-11-22T10:00:00.5+01:00",
                datetime(2026, 11, 22, tzinfo=UTC),
            ),
            (-1, "1969-12-31T23:59:59.999Z"),
        ),
    }[column.type]


@pytest.mark.parametrize("name", COLUMNS)
def test_a_column_takes_what_the_contract_says_and_nothing_else(name: str) -> None:
    column = COLUMNS[name]
    good, beyond = bounds(column)
    for held in good:
        assert faults(**{name: held}) == (), held
    for held in (*beyond, *(one for one in WRONG[column.type] if one not in good)):
        found = faults(**{name: held})
        assert [(fault.code, fault.column) for fault in found] == [("wrong-type", name)]
        assert found[0].expected == column.expected or "seems to be in" in found[0].expected
        assert found[0].got
        assert len(found[0].got) < 100


@pytest.mark.parametrize("name", ["time", "account_since"])
@pytest.mark.parametrize(
    ("number", "unit"),
    [
        *((0, "seconds"), (1_793_600_000, "seconds"), (1_793_600_000.5, ""), (FEWEST_MILLISECONDS - 1, "seconds")),
        *(
            (LATEST + 1, "microseconds"),
            (1_793_600_000_000_000, "microseconds"),
            (1_793_600_000 * 10**9, "nanoseconds"),
        ),
        *((1_793_600_000.0, "seconds"), (Decimal(1_793_600_000), "seconds"), (10**17, "nanoseconds")),
    ],
)
def test_a_number_in_another_unit_is_refused_with_the_unit(name: str, number: object, unit: str) -> None:
    (fault,) = faults(**{name: number})
    assert (fault.code, fault.column) == ("wrong-type", name)
    assert f"in {unit}" in fault.expected if unit else "seems" not in fault.expected


def test_a_whole_number_may_be_written_as_a_fraction_or_a_decimal() -> None:
    for held in (5, 5.0, Decimal(5), Decimal("5.00")):
        event = validate(GOOD | {"recipients": held, "time": held * 10**12})
        assert isinstance(event, Event)
        assert (event.recipients, event.time) == (5, 5 * 10**12)
        assert type(event.recipients) is type(event.time) is int


def test_a_decimal_of_ones_own_is_a_number() -> None:
    event = validate(GOOD | {"x_whole": Decimal("5"), "x_part": Decimal("5.25")})
    assert isinstance(event, Event)
    assert event.own == {"x_whole": 5, "x_part": 5.25}
    assert type(event.own["x_whole"]) is int


def test_an_instant_without_an_offset_is_in_utc_in_whichever_form_it_comes() -> None:
    for held in ("2026-11-22T10:00:00", "2026-11-22 10:00:00.000", datetime(2026, 11, 22, 10)):
        event = validate(GOOD | {"time": held, "account_since": held})
        assert isinstance(event, Event)
        assert event.time == event.account_since == 1_795_341_600_000


def test_the_index_of_a_data_frame_is_passed_over_and_nothing_else_is() -> None:
    assert faults(__index_level_0__=5, __index_level_12__="a") == ()
    assert [fault.code for fault in faults(index=5)] == ["unknown-column"]


@pytest.mark.parametrize("name", COLUMNS)
def test_null_and_nan_are_the_same_as_missing(name: str) -> None:
    missing = {key: held for key, held in GOOD.items() if key != name}
    assert validate(GOOD | {name: None}) == validate(GOOD | {name: float("nan")}) == validate(missing)
    if COLUMNS[name].required:
        assert validate(missing) == (Fault("missing", name, COLUMNS[name].expected, "nothing"),)
    else:
        assert isinstance(validate(missing), Event)


def test_a_missing_service_is_main_and_other_missing_columns_are_unknown() -> None:
    event = validate(GOOD)
    assert isinstance(event, Event)
    assert event.service == "main"
    assert {value(event, name) for name in COLUMNS if name not in (*GOOD, "service")} == {None}


def test_every_fault_of_a_row_is_told() -> None:
    found = validate({"time": "soon", "kind": "raed", "credit": 101, "colour": "red", "x_": {}, "account": ""})
    assert isinstance(found, tuple)
    assert {(fault.code, fault.column) for fault in found} == {
        ("missing", "id"),
        ("wrong-type", "time"),
        ("unknown-kind", "kind"),
        ("wrong-type", "credit"),
        ("unknown-column", "colour"),
        ("wrong-type", "x_"),
        ("wrong-type", "account"),
    }
    nothing = validate({})
    assert isinstance(nothing, tuple)
    assert {fault.column for fault in nothing} == set(GOOD)


def test_an_unknown_column_is_refused_with_the_nearest_one() -> None:
    assert faults(devise="d1") == (Fault("unknown-column", "devise", "did you mean `device`?", "d1"),)
    assert faults(devise=None) == ()
    assert faults(own={"x_a": 1})[0].code == "unknown-column"
    assert faults(**{"": 1})[0].code == "unknown-column"
    assert len(faults(**{"c" * 10_000: 1})[0].column) <= 128


def test_an_unknown_kind_is_refused_under_a_code_of_its_own_with_the_nearest_one() -> None:
    assert faults(kind="message_send") == (
        Fault("unknown-kind", "kind", "did you mean `message_sent`?", "message_send"),
    )
    assert faults(kind="k" * 129)[0].code == "wrong-type"


@pytest.mark.parametrize(
    ("kind", "good"),
    [
        ("reported", REPORT_REASONS),
        ("report_withdrawn", REPORT_REASONS),
        ("number_checked", CHECK_REASONS),
        ("message_failed", ("131047", "blocked by the carrier")),
        ("sign_in_failed", ("wrong-pin",)),
    ],
)
def test_a_reason_is_one_that_the_kind_can_have(kind: str, good: tuple[str, ...]) -> None:
    for reason in good:
        assert faults(kind=kind, reason=reason) == ()
    if kind in ("reported", "report_withdrawn", "number_checked"):
        (fault,) = faults(kind=kind, reason="because")
        assert (fault.code, fault.column, fault.got) == ("wrong-type", "reason", "because")
        assert all(f"`{reason}`" in fault.expected for reason in good)


@given(own_values)
def test_an_own_column_takes_texts_numbers_and_truths(held: object) -> None:
    judged = validate(GOOD | {"x_shop": held})
    assert isinstance(judged, Event)
    assert judged.own == {"x_shop": held}
    assert type(judged.own["x_shop"]) is type(held)


def test_an_own_column_takes_nothing_else() -> None:
    assert faults(x_shop="a" * 128, x_="", x_n=-(2**53 - 1)) == ()
    for held in (*NOTHING_FITS, float("inf"), 2**53, -(2**53), "a" * 129, "\ud800", 10**5000):
        assert [fault.code for fault in faults(x_shop=held)] == ["wrong-type"]


def test_an_own_column_has_a_plain_name() -> None:
    assert faults(x_shop_2=1) == ()
    for name in ("x_my shop", "x_a-b", "x_a.b", "x_" + "a" * 127):
        assert [fault.code for fault in faults(**{name: 1})] == ["wrong-name"]
    assert [fault.code for fault in faults(X_shop=1)] == ["unknown-column"]


def test_a_row_holds_a_limited_number_of_own_columns() -> None:
    own = {f"x_{number}": number for number in range(HIGHEST_OWN)}
    assert faults(**own) == ()
    assert faults(**own, x_more=1) == (Fault("too-many-columns", "x_", "at most 64 own columns", "65"),)


def test_a_hash_is_kept_in_small_letters() -> None:
    judged = validate(GOOD | {"image_hash": "AB" * 32})
    assert isinstance(judged, Event)
    assert judged.image_hash == "ab" * 32


def test_a_value_is_shortened_in_a_refusal() -> None:
    assert shown("a" * 60) == "a" * 60
    assert shown("a" * 10_000) == "a" * 57 + "... (10000 characters)"
    assert len(shown(list(range(10_000)))) < 100
    nested: list[Any] = []
    for _ in range(100_000):
        nested = [nested]
    assert shown(nested) == "a list that is too large to be shown"
    while nested:  # taken apart by hand, since Python would do it by recursion
        nested = nested.pop()


@given(rows())
def test_a_valid_row_is_an_event_that_gives_the_row_back(written: dict[str, Any]) -> None:
    judged = validate(written)
    assert isinstance(judged, Event)
    assert row(judged) == {"service": "main"} | written


@given(spoilt_rows() | st.dictionaries(st.text(max_size=8), st.integers() | st.binary() | st.floats(), max_size=5))
def test_any_row_is_an_event_or_told_what_is_wrong(written: dict[str, Any]) -> None:
    judged = validate(written)
    if isinstance(judged, Event):
        assert all(type(held) in (str, int, float, bool) for held in row(judged).values())
        return
    assert judged
    for fault in judged:
        assert fault.code
        assert len(fault.got) < 200


@given(st.sampled_from(sorted(COLUMNS)), st.data())
def test_each_column_takes_all_its_values(name: str, data: st.DataObject) -> None:
    held = data.draw(values(COLUMNS[name])) if name != "kind" else "read"
    assert faults(**{name: held}) == ()


@pytest.mark.parametrize(("held", "word"), [(0, "false"), (1, "true"), (0.0, "false"), (1.0, "true")])
def test_a_truth_that_is_written_as_a_number_is_refused_with_the_word_for_it(held: float, word: str) -> None:
    found, other = validate({**GOOD, "known": held}), validate({**GOOD, "known": 2})
    assert not isinstance(found, Event)
    assert not isinstance(other, Event)
    assert f"write `{word}`" in found[0].expected
    assert other[0].expected == "true or false"
