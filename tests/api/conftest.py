"""A running service over each kind of database, or over SQLite alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.api.world import Time, World, begun, client_of, settings_for


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def world(tmp_path: Path, time: Time, url: str) -> Iterator[World]:
    """A world over each kind of database."""
    service = begun(settings_for(tmp_path / "data", database=url), time)
    try:
        with client_of(service) as client:
            yield World(service, client, time)
    finally:
        service.stop()


@pytest.fixture
def small(tmp_path: Path, time: Time) -> Iterator[World]:
    """A world over SQLite alone, for what has nothing to do with the database."""
    service = begun(settings_for(tmp_path / "data"), time)
    try:
        with client_of(service) as client:
            yield World(service, client, time)
    finally:
        service.stop()
