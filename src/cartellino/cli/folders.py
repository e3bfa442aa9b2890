"""A temporary folder that is gone afterwards: with the process, or where that was killed, at the next start.

Whoever uses a folder holds a lock on it (flock(2)), which the system takes away when the process ends, however it does.
So a folder that nobody has locked is left over, and a number of a process that is used again misleads nobody.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PREFIX = "cartellino-demo-"


@contextmanager
def passing_folder() -> Iterator[Path]:
    """Make a folder, and remove it at the end; remove what others, who were killed, have left over."""
    _clean_up()
    folder, lock = _locked_folder()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _locked_folder() -> tuple[Path, int]:
    while True:
        folder = Path(tempfile.mkdtemp(prefix=PREFIX))
        lock = _lock(folder)
        if lock is not None and folder.exists():
            return folder, lock
        if lock is not None:  # somebody who cleaned up came in between
            os.close(lock)


def _clean_up() -> None:
    """Remove folders that are ours and that nobody uses."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        lock = _lock(folder)
        if lock is not None:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(lock)


def _lock(folder: Path) -> int | None:
    """Lock a folder; return nothing where it is no folder, somebody else's, gone, or in use."""
    with suppress(OSError):
        opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            if os.fstat(opened).st_uid != os.geteuid():
                raise PermissionError(f"{folder} is somebody else's")
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(opened)
            raise
        return opened
    return None
