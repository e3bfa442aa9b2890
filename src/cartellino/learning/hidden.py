"""Counts for the public in which nobody can be found: small ones are hidden, and what would give them away as well.

A count below five is shown as `<5`. Where a total is known, the last hidden count is the total less the others, so
others are hidden with it (`5+`), until every hidden count may still be any from one to four, for all that is shown:
complementary suppression (Hundepool et al., *Statistical Disclosure Control*, 2012). Where that is not enough, since
even how much is hidden tells too much, a table says only what is not nought (`1+`). Where a total itself is so small,
`<5` stands everywhere in its tables, also for nought.

Tables that divide the same total are protected together, since each tells the total. What can be worked out from them
is an interval for each count, which here is exact: the tables share nothing but their total.

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
"""Counts below this, but nought, are of so few people that they are hidden."""

FEW, MORE, SOME = f"<{FEWEST}", f"{FEWEST}+", "1+"
"""How hidden counts are written: of few, of more than few, and of any number but nought."""

Shown = int | str


class Protected(NamedTuple):
    """A total and tables that divide it, as they may be shown."""

    total: Shown
    tables: list[dict[str, Shown]]


class Range(NamedTuple):
    """What a count may be, for all that can be known."""

    least: float
    most: float


def protect(total: int, tables: Sequence[Mapping[str, int]]) -> Protected:
    """Return what can be shown of tables that each add up to a total."""
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
    """Return, for each count of each table, all that it may be for somebody who sees what is shown."""
    known = [{name: _interval(count) for name, count in table.items()} for table in shown.tables]
    sums = [_sum(table) for table in known]
    total = _interval(shown.total)
    least = max([total.least, *(bounds.least for bounds in sums)])
    most = min([total.most, *(bounds.most for bounds in sums)])
    return [{name: _left(Range(least, most), table, name) for name in table} for table in known]


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
    """Return the number of a table in which too much can be known of a small count."""
    for number, (table, known) in enumerate(zip(tables, ranges(shown), strict=True)):
        for name, count in table.items():
            if 0 < count < FEWEST and (known[name].least > 1 or known[name].most < FEWEST - 1):
                return number
    return None


def _loosened(shown: Protected, at: int) -> Protected | None:
    """Hide more: the smallest figure of the table, else the total, else the smallest of another table, else sizes."""
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
