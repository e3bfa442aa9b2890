"""Events, and what is not quite one, for hypothesis."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from cartellino.events.columns import (
    CHECK_REASONS,
    COLUMNS,
    FEWEST_MILLISECONDS,
    LARGEST,
    LONGEST_NAME,
    REPORT_REASONS,
    Column,
)
from cartellino.events.event import Event, Scalar
from cartellino.events.kinds import KINDS
from cartellino.events.validation import validate
from cartellino.vocabulary.times import LATEST

letters = st.characters(exclude_categories=["Cs"])
names = st.text(letters, min_size=1, max_size=12)
own_names = st.from_regex(r"x_[a-z][a-z0-9_]{0,8}", fullmatch=True)
own_values: st.SearchStrategy[Scalar] = st.one_of(
    st.text(letters, max_size=12),
    st.integers(-LARGEST, LARGEST),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
)


def values(column: Column) -> st.SearchStrategy[Scalar]:
    """What a column of the contract may hold, as an event holds it."""
    if column.values:
        return st.sampled_from(column.values)
    if column.name == "image_hash":
        return st.from_regex(r"[0-9a-f]{64}", fullmatch=True)
    if column.name == "region":
        return st.from_regex(r"[A-Z]{2}", fullmatch=True)
    kinds: dict[str, st.SearchStrategy[Scalar]] = {
        "text": st.text(letters, min_size=1, max_size=min(column.most or LONGEST_NAME, 20)),
        "int": st.integers(0, column.most or LARGEST),
        "bool": st.booleans(),
        "instant": st.integers(FEWEST_MILLISECONDS, LATEST),
    }
    return kinds[column.type]


@st.composite
def rows(draw: st.DrawFn) -> dict[str, Any]:
    """A row that is a valid event."""
    kind = draw(st.sampled_from(sorted(KINDS)))
    row: dict[str, Any] = {name: draw(values(COLUMNS[name])) for name in ("id", "time", "account")} | {"kind": kind}
    optional = sorted(set(COLUMNS) - set(row) - {"reason"})
    row |= {name: draw(values(COLUMNS[name])) for name in draw(st.sets(st.sampled_from(optional), max_size=8))}
    reasons = {"reported": REPORT_REASONS, "report_withdrawn": REPORT_REASONS, "number_checked": CHECK_REASONS}
    if draw(st.booleans()):
        row["reason"] = draw(st.sampled_from(reasons[kind])) if kind in reasons else draw(names)
    return row | draw(st.dictionaries(own_names, own_values, max_size=3))


@st.composite
def events(draw: st.DrawFn) -> Event:
    """A valid event."""
    judged = validate(draw(rows()))
    assert isinstance(judged, Event), judged
    return judged


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda below: st.lists(below, max_size=4) | st.dictionaries(st.text(max_size=8), below, max_size=4),
    max_leaves=8,
)
"""Anything that JSON can say, and a little more."""


@st.composite
def spoilt_rows(draw: st.DrawFn) -> dict[str, Any]:
    """A valid row in which some values were exchanged for anything."""
    row = draw(rows())
    names_of = st.sampled_from(sorted(COLUMNS)) | own_names | st.text(max_size=8)
    return row | draw(st.dictionaries(names_of, json_values, max_size=3))
