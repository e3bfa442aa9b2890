"""File modes: everything of an installation is accessible to its owner alone, however it was created.

>>> import tempfile
>>> folder = Path(tempfile.mkdtemp())
>>> _ = (folder / "a").write_text("secret"), (folder / "a").chmod(0o644)
>>> [path.name for path, _ in open_to_others(folder)], close_to_others(folder), list(open_to_others(folder))
(['a'], [], [])
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

OTHERS = 0o077
"""The permission bits of group and others."""


def keep_to_owner() -> None:
    """Create all files of this process for its owner alone from now on."""
    os.umask(OTHERS)


def all_of(folder: Path, *more: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """Yield a folder, everything in it, and those of `more` that exist, with their status. Links are left out."""
    inside = (Path(at) / name for at, folders, files in os.walk(folder) for name in (*folders, *files))
    for path in (folder, *inside, *more):
        with suppress(FileNotFoundError):  # gone meanwhile
            status = path.lstat()
            if not stat.S_ISLNK(status.st_mode):
                yield path, status


def open_to_others(folder: Path, *more: Path) -> Iterator[tuple[Path, int]]:
    """Yield the files and folders that others than the owner can access, with their modes."""
    for path, status in all_of(folder, *more):
        if status.st_mode & OTHERS:
            yield path, stat.S_IMODE(status.st_mode)


def close_to_others(folder: Path, *more: Path) -> list[Path]:
    """Remove the permissions of group and others; return the paths that this process may not change."""
    left = []
    for path, mode in list(open_to_others(folder, *more)):
        try:
            path.chmod(mode & ~OTHERS)
        except FileNotFoundError:
            continue
        except OSError:
            left.append(path)
    return left


def beside(database: Path | None) -> tuple[Path, ...]:
    """Return the files of an SQLite database."""
    return tuple(Path(f"{database}{end}") for end in ("", "-wal", "-shm", ".lock")) if database is not None else ()
