"""What is hidden in a table cannot be worked out from what is shown: tried by whoever adds and subtracts."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cartellino.learning.hidden import FEW, FEWEST, MORE, Protected, Range, Shown, protect, ranges

Table = dict[str, int]


@st.composite
def divided(draw: st.DrawFn, most: int = 12) -> tuple[int, list[Table]]:
    """A total, and tables that divide it."""
    first = draw(st.lists(st.integers(0, most), min_size=1, max_size=5))
    total = sum(first)
    tables = [first]
    for _ in range(draw(st.integers(0, 2))):
        cuts = sorted(draw(st.lists(st.integers(0, total), max_size=3)))
        tables.append([after - before for before, after in zip([0, *cuts], [*cuts, total], strict=True)])
    return total, [{f"{number}{at}": count for at, count in enumerate(one)} for number, one in enumerate(tables)]


def choices(held: Shown, top: int) -> range:
    if isinstance(held, int):
        return range(held, held + 1)
    return {FEW: range(1, FEWEST), MORE: range(FEWEST, top + 1)}[held]


def worlds(shown: Protected, top: int) -> Iterator[tuple[int, ...]]:
    """Everything that the tables may be, for all that is shown: one number for each count, in their order."""
    for total in choices(shown.total, top):
        for found in product(*(list(_of(table, total, top)) for table in shown.tables)):
            yield tuple(count for one in found for count in one)


def _of(table: dict[str, Shown], total: int, top: int) -> Iterator[tuple[int, ...]]:
    for found in product(*(choices(held, top) for held in table.values())):
        if sum(found) == total:
            yield found


@settings(max_examples=60, deadline=None)
@given(divided(most=7).filter(lambda one: one[0] <= 12 and len(one[1]) < 3))
@example((9, [{"warning": 2, "restriction": 7}]))
@example((8, [{"warning": 1, "restriction": 7}, {"spam": 8}]))
@example((6, [{"a": 1, "b": 5}, {"c": 6}]))
@example((6, [{"a": 3, "b": 3}, {"c": 6}]))
@example((4, [{"a": 1, "b": 1, "c": 1, "d": 1}]))
def test_every_small_count_may_still_be_any_small_count(given_: tuple[int, list[Table]]) -> None:
    """By trying everything that fits what is shown."""
    total, tables = given_
    shown = protect(total, tables)
    if 0 < total < FEWEST:  # where all is hidden alike, nothing tells whether a count is nought
        assert {shown.total, *(held for table in shown.tables for held in table.values())} == {FEW}
        return
    counts = [count for table in tables for count in table.values()]
    found = [set(one) for one in zip(*worlds(shown, 24), strict=True)]
    for count, may_be in zip(counts, found, strict=True):
        assert count in may_be
        assert set(range(1, FEWEST)) <= may_be or not 0 < count < FEWEST, (tables, shown)


@settings(max_examples=300, deadline=None)
@given(divided(most=40))
def test_no_small_count_can_be_solved_for(given_: tuple[int, list[Table]]) -> None:
    """By linear algebra: a hidden count that is a sum and difference of what is shown would be known."""
    total, tables = given_
    shown = protect(total, tables)
    held = [one for table in shown.tables for one in table.values()]
    rows = []
    at = 0
    for table in tables:
        rows.append([*(float(at <= n < at + len(table)) for n in range(len(held))), -1.0])
        at += len(table)
    unknown = [n for n, one in enumerate([*held, shown.total]) if isinstance(one, str)]
    matrix = np.array(rows)[:, unknown] if unknown else np.zeros((len(rows), 0))
    rank = np.linalg.matrix_rank(matrix) if matrix.size else 0
    counts = [count for table in tables for count in table.values()]
    for place, n in enumerate(unknown):
        if n < len(counts) and 0 < counts[n] < FEWEST and total >= FEWEST:
            alone = np.zeros((1, len(unknown)))
            alone[0, place] = 1
            assert np.linalg.matrix_rank(np.vstack([matrix, alone])) > rank, (tables, shown)


@given(divided(most=40))
def test_what_is_shown_is_true_and_what_is_not_small_or_near_it_is_shown(given_: tuple[int, list[Table]]) -> None:
    total, tables = given_
    shown = protect(total, tables)
    for table, told in zip(tables, shown.tables, strict=True):
        assert list(table) == list(told)
        for name, count in table.items():
            assert told[name] in (count, FEW if count < FEWEST else MORE)
    small = any(0 < count < FEWEST for table in tables for count in table.values())
    if not small:
        assert shown == Protected(total, [dict(table) for table in tables])
    for known, table in zip(ranges(shown), tables, strict=True):
        assert all(known[name].least <= count <= known[name].most for name, count in table.items()) or total < FEWEST


def test_ranges_are_what_can_be_worked_out() -> None:
    assert ranges(Protected(9, [{"a": FEW, "b": 7}])) == [{"a": Range(2, 2), "b": Range(7, 7)}]
    assert ranges(Protected(8, [{"a": FEW, "b": FEW}])) == [{"a": Range(4, 4), "b": Range(4, 4)}]
    assert ranges(Protected(MORE, [{"a": FEW, "b": MORE}, {"c": 6}]))[0]["a"] == Range(1, 1)
