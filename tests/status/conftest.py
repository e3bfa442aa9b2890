"""A running service with its public status."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.api.world import Time, World, begun, client_of, settings_for

from cartellino.status.app import PAGES


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    time = Time()
    service = begun(settings_for(tmp_path / "data"), time)
    try:
        with client_of(service, *PAGES) as client:
            yield World(service, client, time)
    finally:
        service.stop()
