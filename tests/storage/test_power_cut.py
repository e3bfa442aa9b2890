"""The power is cut at any moment: what was called durable is there, nothing was invented, and nobody has to mend it.

The stores run on the real disk under strace; from the recorded system calls a model of the disk makes the images that a
power cut may leave, with what was not synced lost or torn, and the real code opens them. Then every sync of the storage
is left out, one at a time, and each time that must be seen.
"""

from __future__ import annotations

import ast
import os
import random
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.storage import disk_model, recording
from tests.storage.disk_model import ALL, FATES, LOST, Acknowledged, Change, Disk, Fate, Image, Mkdir
from tests.storage.scenarios import STORES
from tests.storage.served import Served

ROOT = Path(__file__).parents[2]
STORAGE = ROOT / "src" / "cartellino" / "storage"
SCENARIOS = {**STORES, "served": Served()}
IMAGES = int(os.environ.get("CARTELLINO_IMAGES", "1"))
"""How many images of each kind are made at each moment."""
MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
"""Where images are made: they need no disk."""
EVERY = {"committed": 11, "served": 331}
"""After how many calls a power cut is tried, where not after each: a database takes long to open, a service longer."""
KINDS_OF_IMAGES = {"served": LOST[::4]}
SEED = int(os.environ.get("CARTELLINO_SEED", "1"))

pytestmark = pytest.mark.skipif(not recording.is_there(), reason="strace is not there, or may not trace here")


class Life(NamedTuple):
    """What a scenario did, and the folder as it left it."""

    folder: Path
    changes: list[Change]


def live(folder: Path, names: Iterable[str], without: str = "") -> dict[str, Life]:
    """Let scenarios run in a process of its own, and record them.

    The calls are the same in memory; on a disk, their syncs would be waited for.
    """
    root, told = folder / "root", folder / "told"
    root.mkdir()
    left_out = ["--without", without] if without else []
    command = [sys.executable, "-m", "tests.storage.live", *left_out, str(root), str(told), *names]
    found = recording.record(command, root, told, folder / "trace", cwd=ROOT)
    return {name: Life(root / name, list(_of(name, root / name, found))) for name in names}


def _of(name: str, folder: Path, changes: Sequence[Change]) -> Iterator[Change]:
    for change in changes:
        if isinstance(change, Acknowledged):
            if change.text.startswith(f"{name}: "):
                yield Acknowledged(change.text.removeprefix(f"{name}: "))
        elif change.path.is_relative_to(folder) and not (isinstance(change, Mkdir) and change.path == folder):
            yield change


def images(life: Life, fates: Sequence[Fate], every: int = 1) -> Iterator[tuple[Image, tuple[str, ...]]]:
    """Yield the images that a power cut may leave after every so many calls, with what had been told; each once."""
    disk, told, seen, chance = Disk(life.folder), list[str](), set[int](), random.Random(SEED)
    for number, change in enumerate(life.changes):
        if isinstance(change, Acknowledged):
            told.append(change.text)
        else:
            disk.apply(change)
        for fate in fates if number % every == 0 or isinstance(change, Acknowledged) else ():
            image = disk.image(fate, chance)
            key = hash((len(told), *sorted(image.items())))
            if key not in seen:
                seen.add(key)
                yield image, tuple(told)


def judge(name: str, life: Life, fates: Sequence[Fate], every: int = 1) -> int:
    """Open images with the real code and look at what is there; count them."""
    judged = 0
    for image, told in images(life, fates, every):
        with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
            disk_model.write(image, Path(folder))
            SCENARIOS[name].check(Path(folder), told)
        judged += 1
    return judged


@pytest.fixture(scope="module")
def lives() -> Iterator[dict[str, Life]]:
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        yield live(Path(folder), SCENARIOS)


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_model_of_the_disk_is_like_the_disk(name: str, lives: dict[str, Life]) -> None:
    disk = Disk(lives[name].folder)
    for change in lives[name].changes:
        disk.apply(change)
    assert disk.image(ALL, random.Random()) == disk_model.read(lives[name].folder)


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_power_cut_at_any_moment_leaves_what_was_told(name: str, lives: dict[str, Life]) -> None:
    fates = KINDS_OF_IMAGES.get(name, FATES) * IMAGES
    assert judge(name, lives[name], fates, EVERY.get(name, 1)) > 10


def sites() -> list[str]:
    """Find every call in the storage that waits for the disk, and the pragma that lets SQLite wait."""
    return [
        f"storage/{file.relative_to(STORAGE)}:{node.lineno}"
        for file in sorted(STORAGE.rglob("*.py"))
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call | ast.Constant) and _waits(node)
    ]


def _waits(node: ast.Call | ast.Constant) -> bool:
    if isinstance(node, ast.Constant):
        return node.value == "synchronous=FULL"
    return isinstance(node.func, ast.Attribute) and node.func.attr in ("fsync", "fdatasync", "sync", "sync_folder")


@pytest.mark.parametrize("site", sites())
def test_a_sync_that_is_left_out_is_seen(site: str) -> None:
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        lives = live(Path(folder), STORES, without=site)
    with pytest.raises(Exception):  # noqa: B017 - a wrong row, a damaged file, one that is not there
        for name, life in lives.items():
            judge(name, life, LOST, 3 * EVERY.get(name, 1))
