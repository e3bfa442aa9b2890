"""Who may read what an installation keeps: its owner alone, everything, however it was made.

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
"""What group and others may do."""


def keep_to_owner() -> None:
    """Let what this process makes from now on be its owner's alone."""
    os.umask(OTHERS)


def all_of(folder: Path, *more: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """Yield a folder, all that is in it, and more files where they are there. Links are not followed."""
    inside = (Path(at) / name for at, folders, files in os.walk(folder) for name in (*folders, *files))
    for path in (folder, *inside, *more):
        with suppress(FileNotFoundError):  # gone meanwhile
            status = path.lstat()
            if not stat.S_ISLNK(status.st_mode):
                yield path, status


def open_to_others(folder: Path, *more: Path) -> Iterator[tuple[Path, int]]:
    """Yield what others than the owner can read, write or enter, with its mode."""
    for path, status in all_of(folder, *more):
        if status.st_mode & OTHERS:
            yield path, stat.S_IMODE(status.st_mode)


def close_to_others(folder: Path, *more: Path) -> list[Path]:
    """Take everything away from others than the owner; return what this process may not change."""
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
