"""What all tests share: how hard hypothesis tries, the folder with the real data, and how goldens are refreshed."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import structlog
from hypothesis import HealthCheck, Phase, settings
from tests.storage import postgres as server

DATA = Path(os.environ.get("CARTELLINO_DATA") or Path(__file__).parents[2] / "shared" / "data")
"""The folder with the real data, which is not part of the project."""

settings.register_profile("here", deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", parent=settings.get_profile("here"), derandomize=True, database=None, print_blob=True)
# Whether something fails is all that `python -m tests.mutations` asks, not which example is the smallest.
settings.register_profile("faults", parent=settings.get_profile("ci"), phases=[Phase.explicit, Phase.generate])
settings.load_profile(os.environ.get("CARTELLINO_EXAMPLES") or ("ci" if os.environ.get("CI") else "here"))

# As `cartellino serve` has it. With the libraries of the tests about, structlog would paint every local variable.
structlog.configure(
    processors=[
        structlog.processors.add_log_level,
        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
    ]
)


@pytest.fixture
def drivers_leavings() -> Iterator[None]:
    """For a test whose server ends connections: what the driver leaves to the garbage collector is collected at the end
    of this very test, which expects the warnings, and not in whichever comes next."""
    yield
    gc.collect()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--write-golden", action="store_true", help="write what is shown now into the golden files")
    parser.addoption("--thorough", action="store_true", help="also what a run of all tests has only in part")
    parser.addoption("--histories", type=int, default=1_000, help="how many random histories of enforcement are played")
    parser.addoption("--scenarios", type=int, default=600, help="how many tiny scenarios of the kernel are packed")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:  # noqa: ANN401 - as xdist has it
    """Let tests that share a server stay together where work is stolen."""
    from tests.scheduling import KeepingTogether

    return KeepingTogether(config, log) if config.getoption("dist") == "worksteal" else None


SERVED = {"api", "browser", "console", "holder", "kills", "storage", "web"}
"""The folders whose tests start a service, a database or a browser."""


def pytest_collection_finish() -> None:
    """Let the garbage collector pass over what stays until the end, and come by less often: a tenth of all time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--thorough"):
        left_out = [item for item in items if item.get_closest_marker("thorough") is not None]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item.get_closest_marker("thorough") is None]
    for item in items:
        if item.path.parent.name in SERVED:
            item.add_marker(pytest.mark.served)
    if DATA.is_dir():
        return
    skip = pytest.mark.skip(reason=f"the real data are not at {DATA}; say where with CARTELLINO_DATA")
    for item in items:
        if item.get_closest_marker("data") is not None:
            item.add_marker(skip)


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder with the real data; ask for it only in tests that are marked `data`."""
    return DATA


@pytest.fixture
def write_golden(request: pytest.FixtureRequest) -> bool:
    """Whether goldens are refreshed instead of compared."""
    return bool(request.config.getoption("--write-golden"))


@pytest.fixture
def histories(request: pytest.FixtureRequest) -> int:
    """How many random histories of enforcement are played."""
    return int(request.config.getoption("--histories"))


@pytest.fixture
def scenarios(request: pytest.FixtureRequest) -> int:
    """How many tiny scenarios of the kernel are packed into logs."""
    return int(request.config.getoption("--scenarios"))


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a real PostgreSQL, one for each worker of the tests."""
    if not server.is_there():
        pytest.skip("there is no PostgreSQL; ./test installs it when it is root")
    with server.running() as found:
        yield found.url


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database, of either kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'test.db'}"
    found: str = request.getfixturevalue("postgres")
    engine = sa.create_engine(sa.make_url(found).set(drivername="postgresql+pg8000"))
    with engine.begin() as rows:
        rows.execute(sa.text("DROP SCHEMA public CASCADE"))
        rows.execute(sa.text("CREATE SCHEMA public"))
    engine.dispose()
    return found
