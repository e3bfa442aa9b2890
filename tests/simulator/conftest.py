"""One town for all tests: small, and with an attack or more of every kind."""

from __future__ import annotations

import pytest
from tests.simulator.lives import Lives, live


@pytest.fixture(scope="session")
def lives() -> Lives:
    """A town of 500 for eight days, a fifth of them abusive."""
    return live(accounts=500, days=8, seed=11, abusive=0.2)
