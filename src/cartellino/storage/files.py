"""What a log needs of a disk, as a protocol, so that tests can bring a disk that loses, tears, fills up and fails.

Every failure of a disk (`ENOSPC`, `EIO`, ...) is an `OSError`. Nothing is durable before a `sync`: a file's bytes need
the sync of the file, its name needs the sync of its folder.

>>> import tempfile
>>> folder = Path(tempfile.mkdtemp()) / "log"
>>> DISK.make_folder(folder)
>>> with DISK.open(folder / "a") as file:
...     file.write(b"once")
...     file.sync()
>>> DISK.list(folder), DISK.size(folder / "a"), bytes(DISK.map(folder / "a"))
(['a'], 4, b'once')
"""

from __future__ import annotations

import fcntl
import mmap
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Protocol, Self


class File(AbstractContextManager["File", None], Protocol):
    """A file opened for appending. Leaving the `with` block closes it and makes nothing durable."""

    def write(self, data: bytes | memoryview) -> None:
        """Put all of `data` behind the end. Where that fails, any part of it may be in the file."""

    def sync(self) -> None:
        """Return once the bytes and the length are on the disk."""

    def truncate(self, size: int) -> None:
        """Cut the file off after `size` bytes."""


class Files(Protocol):
    """A disk with folders and files."""

    def lock(self, folder: Path) -> AbstractContextManager[None]:
        """Hold the folder against every other writer, waiting for it; a process that dies lets go."""

    def make_folder(self, folder: Path) -> None:
        """Make a folder and the missing ones above it. It is durable when this returns, also where it was there."""

    def list(self, folder: Path) -> list[str]:
        """Return the names in a folder, sorted; none where there is no folder."""

    def size(self, path: Path) -> int:
        """Return the bytes of a file, 0 where there is none."""

    def open(self, path: Path) -> File:
        """Open a file for appending; it is made where there is none."""

    def map(self, path: Path) -> memoryview:
        """Return the bytes of a file, read as they are touched."""

    def sync_folder(self, folder: Path) -> None:
        """Return once the names in a folder are on the disk."""

    def rename(self, old: Path, new: Path) -> None:
        """Give a file another name in one step, in place of the file that had it."""

    def remove(self, path: Path) -> None:
        """Remove a file."""


class _DiskFile:
    def __init__(self, path: Path) -> None:
        self._number = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._number)

    def write(self, data: bytes | memoryview) -> None:
        rest = memoryview(data)
        while rest:  # the system may take a part, as it does when the disk is nearly full
            rest = rest[os.write(self._number, rest) :]

    def sync(self) -> None:
        os.fsync(self._number)

    def truncate(self, size: int) -> None:
        os.ftruncate(self._number, size)


class Disk:
    """The disk of this machine. A folder is locked with `flock`, which network file systems may not know."""

    @contextmanager
    def lock(self, folder: Path) -> Iterator[None]:
        """Hold a folder, without a file for it."""
        with _folder(folder) as number:
            fcntl.flock(number, fcntl.LOCK_EX)
            yield

    def make_folder(self, folder: Path) -> None:
        """Make a folder and the missing ones above it, for their owner alone.

        Its name is synced also where it is there: whoever made it may have died before its sync.
        """
        folder = folder.absolute()
        if not folder.is_dir():
            self.make_folder(folder.parent)
            folder.mkdir(exist_ok=True, mode=0o700)
        with suppress(PermissionError):  # a folder that this user may not even read holds no new name of theirs
            self.sync_folder(folder.parent)

    def list(self, folder: Path) -> list[str]:
        """Return the names in a folder."""
        return sorted(os.listdir(folder)) if folder.is_dir() else []  # noqa: PTH208 - names, at every append

    def size(self, path: Path) -> int:
        """Return the bytes of a file."""
        return path.stat().st_size if path.exists() else 0

    def open(self, path: Path) -> File:
        """Open a file for appending."""
        return _DiskFile(path)

    def map(self, path: Path) -> memoryview:
        """Map a file into memory. It stays mapped as long as somebody holds a part of it."""
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_size == 0:
                return memoryview(b"")
            return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))

    def sync_folder(self, folder: Path) -> None:
        """Sync a folder."""
        with _folder(folder) as number:
            os.fsync(number)

    def rename(self, old: Path, new: Path) -> None:
        """Rename a file."""
        old.replace(new)

    def remove(self, path: Path) -> None:
        """Remove a file."""
        path.unlink()


class Reading(Disk):
    """A disk for whoever only looks: a file that is cut off meanwhile is read as it was, not torn from under them."""

    def map(self, path: Path) -> memoryview:
        """Return the bytes of a file, read at once."""
        return memoryview(path.read_bytes())


def private(path: str, flags: int) -> int:
    """Open a file for `open(..., opener=private)`: one that is made is its owner's alone."""
    return os.open(path, flags | os.O_CLOEXEC, 0o600)


@contextmanager
def _folder(folder: Path) -> Iterator[int]:
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield number
    finally:
        os.close(number)


DISK = Disk()
"""The disk of this machine holds no state, so one is enough."""
