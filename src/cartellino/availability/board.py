"""The level of every cell: none, warning, danger, or unknown, which is grey and never green.

Reports alone reach a warning, never danger. What is raised comes down only after three quiet buckets, and what was
known stays known for an hour, so that the map does not flap.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Levels = npt.NDArray[np.int8]

LEVELS = ("unknown", "none", "warning", "danger")
UNKNOWN, NONE, WARNING, DANGER = range(4)

QUIET, RAISED, STRONG = 1, 2, 3
"""What a source says of a cell, beside 0 for nothing: as usual, more than usual, surely and for some time."""

TO_FALL, _TO_FORGET, _TO_FORGET_RAISED, _TO_KNOW = 3, 4, 8, 2
"""Buckets in a row before a level falls, is forgotten, is forgotten though it was raised, and is known for the first
time."""


def judged(reports: Levels, telemetry: Levels, probes: Levels) -> Levels:
    """Return the level that each cell has by what its three sources say at present.

    >>> sources = np.array([[0, 1, 2, 3, 3, 2, 0, 3], [0, 0, 0, 0, 2, 1, 3, 0], [0, 0, 0, 0, 0, 1, 0, 3]], np.int8)
    >>> [LEVELS[one] for one in judged(*sources)]
    ['unknown', 'none', 'warning', 'warning', 'danger', 'none', 'danger', 'danger']
    """
    measured = np.maximum(telemetry, probes)
    contradicted = (telemetry == QUIET) & (probes == QUIET)
    found = np.where((reports == QUIET) | (measured == QUIET), NONE, UNKNOWN)
    found = np.where(((reports >= RAISED) & ~contradicted) | (measured >= RAISED), WARNING, found)
    certain = (telemetry >= RAISED) & (probes >= RAISED)
    certain |= (reports == STRONG) & (measured >= RAISED)
    certain |= measured == STRONG
    return np.where(certain, DANGER, found).astype(np.int8)


class Board:
    """The level of every cell, and for how long another one has been due."""

    def __init__(self) -> None:
        self.levels: Levels = np.zeros(0, np.int8)
        self._due, self._blind = np.zeros(0, np.int64), np.zeros(0, np.int64)

    def step(self, due: Levels) -> npt.NDArray[np.int64]:
        """Take the levels that are due; return the cells that have changed."""
        self._grow(len(due))
        held = self.levels
        below = (due < held) | ((held == UNKNOWN) & (due == NONE))
        self._due = np.where(below, self._due + 1, 0)
        self._blind = np.where(due == UNKNOWN, self._blind + 1, 0)
        rises = (due > held) & (due >= WARNING)
        falls = (held >= WARNING) & (due != UNKNOWN) & (self._due >= TO_FALL)
        forgets = np.where(held >= WARNING, self._blind >= _TO_FORGET_RAISED, self._blind >= _TO_FORGET)
        learns = (held == UNKNOWN) & (due == NONE) & (self._due >= _TO_KNOW)
        changes = rises | falls | learns | (forgets & (held != UNKNOWN))
        self.levels = np.where(changes, due, held).astype(np.int8)
        self._due = np.where(changes, 0, self._due)
        return np.flatnonzero(self.levels != held)

    def forget(self, cells: npt.NDArray[np.int64]) -> None:
        """Forget what was said of some cells: it was counted wrongly."""
        self.levels[cells] = UNKNOWN
        self._due[cells] = self._blind[cells] = 0

    def _grow(self, many: int) -> None:
        more = many - len(self.levels)
        if more > 0:
            self.levels = np.concatenate([self.levels, np.zeros(more, np.int8)])
            self._due = np.concatenate([self._due, np.zeros(more, np.int64)])
            self._blind = np.concatenate([self._blind, np.zeros(more, np.int64)])
