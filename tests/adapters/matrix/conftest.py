"""One homeserver under Cartellino for all tests that can share it; those that end it come last (`test_journey.py`)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.adapters.matrix.reached import ReachedTown


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReachedTown]:
    town = ReachedTown(tmp_path_factory.mktemp("town"))
    try:
        yield town
    finally:
        town.stop()
