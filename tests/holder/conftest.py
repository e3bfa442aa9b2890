"""A running service with its pages, over SQLite."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.api.world import Time, World, begun, client_of, settings_for

from cartellino.holder.pages import PAGES
from cartellino.web.pages import static


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    time = Time()
    service = begun(settings_for(tmp_path / "data"), time)
    try:
        with client_of(service, static, *PAGES) as client:
            yield World(service, client, time)
    finally:
        service.stop()
