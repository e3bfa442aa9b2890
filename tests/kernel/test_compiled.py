"""Compiling ahead, and the cache: afterwards nothing is left to compile, and no other process or damage does harm."""

from __future__ import annotations

import asyncio
import os
import pickle
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numba.core.caching import IndexDataCacheFile
from tests.service.test_beside import POLICY

from cartellino.cli.compiling import compile_ahead, compiled_beside
from cartellino.cli.helpers import Helper
from cartellino.events.batches import Chunk
from cartellino.kernel import cache
from cartellino.kernel import compile as compiler
from cartellino.kernel.machine import Machine, core
from cartellino.kernel.native import truths
from cartellino.kernel.overloads import Overloads
from cartellino.kernel.sample import sample
from cartellino.pipeline.route import Route
from cartellino.policies.load import Text, load
from cartellino.policies.policyset import PolicySet

TEXTS = [Text("p.yaml", POLICY)]
TWICE = "def twice(x):\n    return plus(x, x, x, x)[0]"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty cache, of which this process knows nothing."""
    monkeypatch.setenv("CARTELLINO_CACHE", str(tmp_path))
    forget()
    yield tmp_path
    forget()


def forget() -> None:
    """Load everything anew from the cache, as another process would."""
    compiler._module.cache_clear()
    core.cache_clear()
    for name in [one for one in sys.modules if one.startswith("cartellino_kernel_")]:
        del sys.modules[name]


@pytest.fixture
def policies(folder: Path) -> PolicySet:
    return load(TEXTS)


def compiled_anew(machine: Machine) -> list[Any]:
    """What this process had to compile itself, since the cache did not hold it."""
    made: list[Any] = [*vars(machine.core).values(), machine.fold, machine.judge]
    return [one for one in made if hasattr(one, "stats") and one.stats.cache_misses]


@pytest.mark.slow
def test_what_was_compiled_ahead_is_all_there(policies: PolicySet) -> None:
    told: list[tuple[int, int]] = []
    assert not Machine().is_cached()
    assert asyncio.run(compile_ahead(lambda done, of: told.append((done, of))))
    assert told[-1][0] == told[-1][1] > 10
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert Machine().is_cached()
    route, batch = Route(policies, native=None), sample()
    assert route.kernel.machine.native
    route.take(Chunk(batch, np.arange(batch.num_rows), []), "s")
    assert not compiled_anew(route.kernel.machine)


@pytest.mark.slow
def test_a_process_that_is_killed_is_noticed(policies: PolicySet, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[Helper] = []
    start = Helper.start

    async def noted(module: str) -> Helper:
        started.append(await start(module))
        return started[-1]

    def killed(done: int, of: int) -> None:
        for helper in started:
            if helper._process.returncode is None:
                with suppress(ProcessLookupError):
                    os.kill(helper._process.pid, signal.SIGKILL)

    monkeypatch.setattr(Helper, "start", noted)
    assert not asyncio.run(compile_ahead(killed))
    assert all(one._process.returncode is not None for one in started)


def test_compiling_beside_ends_with_what_it_is_for(folder: Path) -> None:
    with compiled_beside() as is_needed:
        assert is_needed
        began = time.monotonic()
    assert time.monotonic() - began < 30, "it ended before all was compiled"
    assert not Machine().is_cached()


def test_where_nothing_can_be_started_it_says_so(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    assert not asyncio.run(compile_ahead(lambda done, of: None))
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    assert not asyncio.run(compile_ahead(lambda done, of: None))


# The cache


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-20])


def empty(file: Path) -> None:
    file.write_bytes(b"")


def overwrite(file: Path) -> None:
    file.write_bytes(b"not what it was")


def flip(file: Path) -> None:
    held = bytearray(file.read_bytes())
    held[len(held) // 2] ^= 0xFF
    file.write_bytes(held)


@pytest.mark.parametrize("damage", [cut, empty, overwrite, flip, Path.unlink])
def test_what_is_damaged_is_compiled_again(folder: Path, damage: Callable[[Path], None]) -> None:
    assert compiler.build([truths], TWICE).twice(2.0) == 4.0
    forget()
    again = compiler.build([truths], TWICE).twice
    assert again(2.0) == 4.0
    assert not again.stats.cache_misses, "whole, it is loaded"
    for ending in ("nbi", "nbc", "py"):
        for file in folder.rglob(f"*.{ending}"):
            damage(file)
        forget()
        assert compiler.build([truths], TWICE).twice(2.0) == 4.0


def test_two_that_write_at_the_same_time_do_not_mix_things_up(tmp_path: Path) -> None:
    assert mixed_up(Overloads, tmp_path / "ours") == []


def mixed_up(kind: type[IndexDataCacheFile], folder: Path, many: int = 60) -> list[str]:
    """Let two write an index at the same time, and return the keys for which something else, or nothing, is read."""
    folder.mkdir()

    def write(name: str) -> None:
        file: Any = kind(str(folder), "f", "stamp")
        for number in range(many):
            file.save(f"{name}{number}", f"{name}{number}")

    threads = [threading.Thread(target=write, args=(name,)) for name in "ab"]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    file: Any = kind(str(folder), "f", "stamp")
    keys = [f"{name}{number}" for name in "ab" for number in range(many)]
    return [one for one in keys if _read(file, one) != one]


def _read(file: Any, key: str) -> object:  # noqa: ANN401
    try:
        return file.load(key)
    except pickle.UnpicklingError:
        return None


def test_a_folder_that_others_may_write_to_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARTELLINO_CACHE", str(tmp_path / "cache"))
    assert cache.folder() == tmp_path / "cache"
    assert (tmp_path / "cache").stat().st_mode & 0o777 == 0o700
    (tmp_path / "cache").chmod(0o777)
    other = cache.folder()
    assert other != tmp_path / "cache"
    assert other.stat().st_mode & 0o777 == 0o700
