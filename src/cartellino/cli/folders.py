"""Temporary folders that are removed with the process, or at the next start if that was killed.

The process holds a lock on its folder (flock(2)), which the system releases when the process ends in any way. So an
unlocked folder is left over. Unlike process ids, locks cannot be mistaken when an id is reused.
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
    """Create a folder, and remove it at the end; also remove the folders of killed processes."""
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
        if lock is not None:  # else another process removed it before it was locked
            os.close(lock)


def _clean_up() -> None:
    """Remove folders of this user that no process uses."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        lock = _lock(folder)
        if lock is not None:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(lock)


def _lock(folder: Path) -> int | None:
    """Lock a folder; return `None` if it is no folder, belongs to another user, is gone, or in use."""
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
