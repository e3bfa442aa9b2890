"""Which series there are: a cell for each country, feature and service, and what cells add up to.

A cell counts in five pools: its country, its feature in its region, its region, its feature in the world, the world.
Pools see what a single sparse country cannot, and they give it the shape of its week.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cartellino.availability.places import WORLD, region_of

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

ALL = "*"
"""Of features: all together."""


class Key(NamedTuple):
    """A series: of a service, in a country, a region or the world, of a feature or of all."""

    service: str
    place: str
    feature: str


class Cells:
    """The numbers of series, given in the order in which cells are met; a pool comes before its cells."""

    def __init__(self) -> None:
        self.keys: list[Key] = []
        self._numbers: dict[Key, int] = {}
        self._above: list[int] = []
        self._depths: list[int] = []
        self._pools: dict[int, tuple[int, ...]] = {}
        self._arrays: tuple[int, Ints, list[Ints], Ints, Ints] | None = None

    def __len__(self) -> int:
        return len(self.keys)

    def number(self, service: str, country: str, feature: str) -> int:
        """Return the number of a cell, which is given one if it is new."""
        key = Key(service, country, feature)
        found = self._numbers.get(key)
        if found is None:
            found = self._add(key)
        return found

    def find(self, service: str, place: str, feature: str) -> int | None:
        """Return the number of a series that is there."""
        return self._numbers.get(Key(service, place, feature))

    def cells(self) -> Iterable[tuple[int, Key]]:
        """Yield the cells, without the pools."""
        return ((number, self.keys[number]) for number in self._pools)

    def pools(self, cell: int) -> tuple[int, ...]:
        """Return the pools of a cell."""
        return self._pools[cell]

    def _add(self, key: Key) -> int:
        region = region_of(key.place)
        world = self._pool(Key(key.service, WORLD, ALL), -1)
        around = self._pool(Key(key.service, region, ALL), -1)
        country = self._pool(Key(key.service, key.place, ALL), around)
        of_region = self._pool(Key(key.service, region, key.feature), around)
        of_world = self._pool(Key(key.service, WORLD, key.feature), world)
        number = self._pool(key, country)
        self._pools[number] = (country, of_region, around, of_world, world)
        self._arrays = None
        return number

    def _pool(self, key: Key, above: int) -> int:
        found = self._numbers.get(key)
        if found is None:
            found = self._numbers[key] = len(self.keys)
            self.keys.append(key)
            self._above.append(above)
            self._depths.append(0 if above < 0 else self._depths[above] + 1)
        return found

    def _shape(self) -> tuple[int, Ints, list[Ints], Ints, Ints]:
        if self._arrays is None:
            depths = np.array(self._depths, np.int64)
            by_depth = [np.flatnonzero(depths == depth) for depth in range(int(depths.max(initial=0)) + 1)]
            cells = np.fromiter(self._pools, np.int64, len(self._pools))
            pools = np.array(list(self._pools.values()), np.int64).reshape(-1, 5)
            self._arrays = (len(self.keys), np.array(self._above, np.int64), by_depth, cells, pools)
        return self._arrays

    @property
    def above(self) -> Ints:
        """The series whose shape each series borrows; -1 for none."""
        return self._shape()[1]

    @property
    def by_depth(self) -> list[Ints]:
        """The series by how many stand above them."""
        return self._shape()[2]

    @property
    def numbers(self) -> Ints:
        """The cells, without the pools."""
        return self._shape()[3]

    def summed(self, counts: Mapping[int, float]) -> Floats:
        """Return the counts of all series from those of some cells."""
        total = np.zeros(len(self))
        for cell, count in counts.items():
            total[cell] += count
        if counts:
            _, _, _, cells, pools = self._shape()
            np.add.at(total, pools.T, np.broadcast_to(total[cells], (5, len(cells))))
        return total


def either(size: int, *masks: Mask) -> Mask:
    """Return a mask of so many series that is set where any is; masks may be of more or fewer series.

    >>> either(3, np.array([True]), np.array([False, False, True, True])).tolist()
    [True, False, True]
    """
    found = np.zeros(size, np.bool_)
    for mask in masks:
        have = min(size, len(mask))
        found[:have] |= mask[:have]
    return found


def grown(held: npt.NDArray[np.float64], size: int, value: float = 0.0) -> Floats:
    """Return an array with room for so many series along its last axis."""
    have = held.shape[-1]
    if size <= have:
        return held
    room = np.full((*held.shape[:-1], max(size, 2 * have, 64)), value)
    room[..., :have] = held
    return room
