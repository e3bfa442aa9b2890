"""Columns with values that were renamed. Rows keep what was stored, and are read under the name of today.

>>> read_shape("appeal_upheld"), read_shape("banned")
('decision_upheld', 'banned')
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

SHAPES = {"appeal_upheld": "decision_upheld"}
"""Shapes of notices by the names under which older rows store them."""


def read_shape(stored: str) -> str:
    """Return the name that a stored shape has today."""
    return SHAPES.get(stored, stored)


class ShapeOfNotice(sa.types.TypeDecorator[str]):
    """A column with the shape of a notice."""

    impl = sa.Text
    cache_ok = True

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> str | None:
        """Return what a row stores as it is called today."""
        return None if value is None else read_shape(value)


class FactsOfNotice(sa.types.TypeDecorator[dict[str, Any]]):
    """A column with the facts of a notice, among them its shape."""

    impl = sa.JSON
    cache_ok = True

    def process_result_value(self, value: dict[str, Any] | None, dialect: sa.Dialect) -> dict[str, Any] | None:
        """Return the facts that a row stores, with the shape as it is called today."""
        return value if value is None or "shape" not in value else {**value, "shape": read_shape(value["shape"])}
