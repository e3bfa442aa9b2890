"""Disclosure control for public counts: hides small counts, and others from which they could be calculated.

A count from 1 to 4 is shown as `<5`. If the total is shown, a single hidden count equals the total minus the others, so
further counts are hidden (`5+`), until every small count may still be anything from 1 to 4: complementary suppression
(Hundepool et al., *Statistical Disclosure Control*, 2012). If that does not suffice, because the sizes of the hidden
counts still reveal too much, a table shows only which counts are not zero (`1+`). If the total itself is from 1 to 4,
every count in its tables is shown as `<5`, including zeros.

Tables with the same total are protected together, since each reveals the total. What an observer can infer about each
count is an interval. The intervals computed here are exact, since the tables have only their total in common.

>>> protect(9, [{"warning": 2, "restriction": 7, "ban": 0}, {"spam": 9}])
Protected(total=9, tables=[{'warning': '<5', 'restriction': '5+', 'ban': 0}, {'spam': 9}])
>>> protect(3, [{"warning": 3, "ban": 0}])
Protected(total='<5', tables=[{'warning': '<5', 'ban': '<5'}])
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf
from typing import NamedTuple

FEWEST = 5
"""Positive counts below this concern so few people that they are hidden."""

FEW, MORE, SOME = f"<{FEWEST}", f"{FEWEST}+", "1+"
"""How hidden counts are shown: 1 to 4, 5 or more, and 1 or more."""

Shown = int | str


class Protected(NamedTuple):
    """A total and the tables that divide it, as they may be published."""

    total: Shown
    tables: list[dict[str, Shown]]


class Range(NamedTuple):
    """The interval in which a count lies, as far as an observer can infer."""

    least: float
    most: float


def protect(total: int, tables: Sequence[Mapping[str, int]]) -> Protected:
    """Return the publishable form of tables that each add up to `total`."""
    if 0 < total < FEWEST:
        return Protected(FEW, [dict.fromkeys(table, FEW) for table in tables])
    shown = Protected(total, [{name: _first(count) for name, count in table.items()} for table in tables])
    while (exposed := _exposed(shown, tables)) is not None:
        looser = _loosened(shown, exposed)
        if looser is None:
            break
        shown = looser
    return shown


def ranges(shown: Protected) -> list[dict[str, Range]]:
    """Return the interval that an observer can infer for each count of each table."""
    known = [{name: _interval(count) for name, count in table.items()} for table in shown.tables]
    sums = [_sum(table) for table in known]
    total = _interval(shown.total)
    least = max([total.least, *(bounds.least for bounds in sums)])
    most = min([total.most, *(bounds.most for bounds in sums)])
    return [{name: _left(Range(least, most), table, name) for name in table} for table in known]


def together(*shown: Shown) -> Shown:
    """Return the sum of counts of different things, as precisely as these tell it themselves.

    >>> together(7, 15), together(0, "<5"), together("<5", "<5"), together("<5", 15), together("1+", 0)
    (22, '<5', '1+', '5+', '1+')
    """
    if not any(isinstance(count, str) for count in shown):
        return sum(count for count in shown if isinstance(count, int))
    if sum(count != 0 for count in shown) == 1:
        return next(count for count in shown if count != 0)
    return MORE if sum(_interval(count).least for count in shown) >= FEWEST else SOME


def _left(total: Range, table: Mapping[str, Range], name: str) -> Range:
    others = _sum({other: bounds for other, bounds in table.items() if other != name})
    own = table[name]
    least = own.least if others.most == inf else max(own.least, total.least - others.most)
    return Range(least, min(own.most, total.most - others.least))


def _sum(table: Mapping[str, Range]) -> Range:
    return Range(sum(bounds.least for bounds in table.values()), sum(bounds.most for bounds in table.values()))


def _interval(shown: Shown) -> Range:
    if isinstance(shown, int):
        return Range(shown, shown)
    return {FEW: Range(1, FEWEST - 1), MORE: Range(FEWEST, inf), SOME: Range(1, inf)}[shown]


def _first(count: int) -> Shown:
    return FEW if 0 < count < FEWEST else count


def _exposed(shown: Protected, tables: Sequence[Mapping[str, int]]) -> int | None:
    """Return the index of a table in which an observer can narrow a small count down to less than 1 to 4."""
    for number, (table, known) in enumerate(zip(tables, ranges(shown), strict=True)):
        for name, count in table.items():
            if 0 < count < FEWEST and (known[name].least > 1 or known[name].most < FEWEST - 1):
                return number
    return None


def _loosened(shown: Protected, at: int) -> Protected | None:
    """Hide more: the smallest figure of table `at`, else the total, else the smallest figure of another table, else the
    sizes in a table; `None` if nothing more can be hidden."""
    tables = [dict(table) for table in shown.tables]
    if _hide_smallest(tables[at]):
        return Protected(shown.total, tables)
    if isinstance(shown.total, int):
        return Protected(MORE, tables)
    if any(_hide_smallest(table) for table in tables) or any(_hide_sizes(table) for table in (tables[at], *tables)):
        return Protected(MORE, tables)
    return None


def _hide_smallest(table: dict[str, Shown]) -> bool:
    large = [(count, name) for name, count in table.items() if isinstance(count, int) and count >= FEWEST]
    if large:
        table[min(large)[1]] = MORE
    return bool(large)


def _hide_sizes(table: dict[str, Shown]) -> bool:
    sizes = [name for name, count in table.items() if count in (FEW, MORE)]
    table.update(dict.fromkeys(sizes, SOME))
    return bool(sizes)
