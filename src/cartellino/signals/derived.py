"""Derived columns: the kernel computes them from the log, and policies use them like any other column.

>>> DERIVED["gap"].meaning
'whole seconds since the account did the same kind of thing before; unknown the first time'
"""

from __future__ import annotations

from types import MappingProxyType

from cartellino.events.columns import COLUMNS, OWN_PREFIX, Column
from cartellino.expressions.types import Type
from cartellino.vocabulary.times import DAY, Duration

REMEMBERED: Duration = 7 * DAY
"""How long messages to a peer count as solicited after a message from that peer, in ms."""

_TABLE = (
    Column(
        "solicited",
        "bool",
        "the peer wrote to the account in the 7 days before: the account answers, it does not intrude; unknown where "
        "the log is younger than that and neither account was made in it",
    ),
    Column("gap", "int", "whole seconds since the account did the same kind of thing before; unknown the first time"),
    Column("app", "text", "the name of the client without its version: what stands before the first `/`", most=128),
    Column("hour", "int", "the hour of the day in UTC, 0 to 23"),
    Column(
        "peer_age", "int", "whole hours since the account of the peer was made; unknown where the log does not tell it"
    ),
    Column(
        "peer_only",
        "bool",
        "the peer, which was made in the log, has sent messages to nobody but this account; unknown of any other peer",
    ),
)

DERIVED = MappingProxyType({column.name: column for column in _TABLE})

_TYPES: dict[str, Type] = {"text": "text", "int": "number", "float": "number", "bool": "truth", "instant": "text"}


def column_types() -> dict[str, Type]:
    """Return the type of every column that an expression may use."""
    return {name: _TYPES[column.type] for name, column in {**COLUMNS, **DERIVED}.items()}


def known_column(name: str) -> bool:
    """Return whether an expression may use a column of this name."""
    return name in COLUMNS or name in DERIVED or name.startswith(OWN_PREFIX)
