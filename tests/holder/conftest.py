"""A running service with its pages, over SQLite."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from litestar.testing import TestClient
from tests.api.world import Time, World, begun, settings_for

from cartellino.api.app import application
from cartellino.holder.pages import PAGES
from cartellino.web.pages import static


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    time = Time()
    service = begun(settings_for(tmp_path / "data"), time)
    try:
        with TestClient(application(service, static, *PAGES)) as client:
            yield World(service, client, time)
    finally:
        service.stop()
