"""Levels as the interface shows them: counts so small that they could be of one person are not."""

from __future__ import annotations

from typing import Any

from cartellino.availability.cells import Key
from cartellino.availability.features import FEATURES
from cartellino.availability.monitor import CellState
from cartellino.learning.hidden import FEW, FEWEST, Shown
from cartellino.service.health_watch import Seen
from cartellino.vocabulary.times import Instant, show_instant

RAISED = ("warning", "danger")
"""Levels at which something fails."""


def worst_level(seen: Seen, country: str | None, service: str) -> str:
    """Return the worst level of the features of a country; `none` only where sending is known to work."""
    cells = [cell for cell in seen.cells if (cell.key.service, cell.key.place) == (service, country)]
    raised = [cell.level for cell in cells if cell.level in RAISED]
    if raised:
        return "danger" if "danger" in raised else "warning"
    return "none" if any(cell.key.feature == "sending" and cell.level == "none" for cell in cells) else "unknown"


def levels(seen: Seen, now: Instant, country: str | None, feature: str | None, service: str | None) -> dict[str, Any]:
    """Return the cells of a country, a feature and a service; of one country all features, also unknown ones."""
    wanted = (service, country, feature)
    cells = {cell.key: cell for cell in seen.cells if _fits(cell.key, wanted)}
    if country is not None:
        for name in FEATURES if feature is None else (feature,):
            key = Key(service or "main", country, name)
            cells.setdefault(key, CellState(key, "unknown", 0, 0.0, (), False))
    return {
        "as_of": show_instant(seen.as_of or now),
        "cells": [_shown(cell) for _, cell in sorted(cells.items())],
    }


def _fits(key: Key, wanted: tuple[str | None, ...]) -> bool:
    return all(asked is None or asked == value for asked, value in zip(wanted, key, strict=True))


def _shown(cell: CellState) -> dict[str, Any]:
    return {
        "country": cell.key.place,
        "feature": cell.key.feature,
        "service": cell.key.service,
        "level": cell.level,
        "reports": hidden(cell.reports),
        "expected": round(cell.expected, 1),
        "sources": list(cell.sources),
    }


def hidden(count: int) -> Shown:
    """Return a count, unless it is of so few that it could tell who they are.

    >>> hidden(0), hidden(4), hidden(5)
    (0, '<5', 5)
    """
    return FEW if 0 < count < FEWEST else count
