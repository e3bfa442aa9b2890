"""A world without a face, and a simulator that runs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.simulator.cloud.running import Simulator, running
from tests.simulator.cloud.worlds import ANN, Little


@pytest.fixture
def little() -> Little:
    """A world in which Ann has WhatsApp, and does nothing."""
    made = Little()
    made.world.make_person(ANN, "ignores")
    return made


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    """A simulator over loopback with a receiver of webhooks; its time stands still but for advances."""
    with running() as made:
        yield made
