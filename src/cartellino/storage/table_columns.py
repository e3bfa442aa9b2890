"""Columns of the relational schema, by what they hold, and the metadata that all tables share. See `storage.tables`."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

METADATA = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    }
)


def key(name: str) -> sa.Column[str]:
    """Return the primary key: a text of at most 128 characters."""
    return sa.Column(name, sa.String(128), primary_key=True)


def text(name: str, *, null: bool = False, unique: bool = False) -> sa.Column[str]:
    """Return a column of text."""
    return sa.Column(name, sa.Text, nullable=null, unique=unique)


def at(name: str, *, null: bool = False) -> sa.Column[int]:
    """Return a column of instants."""
    return sa.Column(name, sa.BigInteger, nullable=null)


def number(name: str, *, null: bool = False) -> sa.Column[int]:
    """Return a column of whole numbers."""
    return sa.Column(name, sa.Integer, nullable=null)


def data(name: str) -> sa.Column[Any]:
    """Return a column of JSON."""
    return sa.Column(name, sa.JSON, nullable=False)


def serial(name: str) -> sa.Column[int]:
    """Return a primary key that the database counts."""
    # SQLite counts by itself only in a column that is exactly INTEGER.
    kind = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    return sa.Column(name, kind, primary_key=True, autoincrement=True)
