"""A homeserver under Cartellino for the tests of a file."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.adapters.matrix.town import Town


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    town = Town(tmp_path_factory.mktemp("town"))
    try:
        yield town
    finally:
        town.stop()
