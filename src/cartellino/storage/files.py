"""What the storage needs of a disk, as a protocol, so that tests can use a disk that loses or tears writes and fails.

Every failure of a disk (`ENOSPC`, `EIO`, ...) is an `OSError`. Nothing is durable before a `sync`: the bytes of a file
need a sync of the file, and its name needs a sync of the folder.

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
    """A file opened for appending. Leaving the `with` block closes it without syncing."""

    def write(self, data: bytes | memoryview) -> None:
        """Append all of `data`. If that fails, any part of it may be in the file."""

    def sync(self) -> None:
        """Make the bytes and the length of the file durable."""

    def truncate(self, size: int) -> None:
        """Cut the file off after `size` bytes."""


class Files(Protocol):
    """A disk with folders and files."""

    def lock(self, folder: Path) -> AbstractContextManager[None]:
        """Lock the folder against other writers, waiting for it; the death of a process releases its lock."""

    def make_folder(self, folder: Path) -> None:
        """Create a folder with its missing parents, durably; a folder that exists already is made durable, too."""

    def list(self, folder: Path) -> list[str]:
        """Return the names in a folder, sorted; an empty list if there is no such folder."""

    def size(self, path: Path) -> int:
        """Return the size of a file in bytes, 0 if there is no such file."""

    def open(self, path: Path) -> File:
        """Open a file for appending, creating it if there is none."""

    def map(self, path: Path) -> memoryview:
        """Return the bytes of a file; they are read from the disk only when they are accessed."""

    def sync_folder(self, folder: Path) -> None:
        """Make the names in a folder durable."""

    def rename(self, old: Path, new: Path) -> None:
        """Rename a file atomically, replacing any file of the new name."""

    def remove(self, path: Path) -> None:
        """Remove a file."""


LARGE = 1 << 20
"""Bytes from which on the system need not keep in memory what is on the disk."""


class _DiskFile:
    def __init__(self, path: Path) -> None:
        self._number = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        self._written = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._number)

    def write(self, data: bytes | memoryview) -> None:
        rest = memoryview(data)
        self._written += len(rest)
        while rest:  # `write` may accept only a part, as it does when the disk is nearly full
            rest = rest[os.write(self._number, rest) :]

    def sync(self) -> None:
        os.fsync(self._number)
        if self._written >= LARGE and hasattr(os, "posix_fadvise"):
            # It is hardly read soon. The next piece is quicker in pages that are used again than in new ones.
            end = os.lseek(self._number, 0, os.SEEK_CUR)
            os.posix_fadvise(self._number, end - self._written, self._written, os.POSIX_FADV_DONTNEED)
        self._written = 0

    def truncate(self, size: int) -> None:
        os.ftruncate(self._number, size)


class Disk:
    """The disk of this machine. A folder is locked with `flock`, which network file systems may not know."""

    @contextmanager
    def lock(self, folder: Path) -> Iterator[None]:
        """Lock a folder; no lock file is needed."""
        with _folder(folder) as number:
            fcntl.flock(number, fcntl.LOCK_EX)
            yield

    def make_folder(self, folder: Path) -> None:
        """Create a folder and its missing parents, accessible to their owner alone.

        The name of an existing folder is synced as well, since the process that created it may have died before that.
        """
        folder = folder.absolute()
        if not folder.is_dir():
            self.make_folder(folder.parent)
            folder.mkdir(exist_ok=True, mode=0o700)
        with suppress(PermissionError):  # this user cannot have created a name in a folder that they may not read
            self.sync_folder(folder.parent)

    def list(self, folder: Path) -> list[str]:
        """Return the names in a folder."""
        return sorted(os.listdir(folder)) if folder.is_dir() else []  # noqa: PTH208 - names, at every append

    def size(self, path: Path) -> int:
        """Return the size of a file in bytes."""
        return path.stat().st_size if path.exists() else 0

    def open(self, path: Path) -> File:
        """Open a file for appending."""
        return _DiskFile(path)

    def map(self, path: Path) -> memoryview:
        """Map a file into memory. It stays mapped while any part of the view is referenced."""
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
    """A disk for processes that only read: files are read into memory, so that truncating one cannot crash a reader."""

    def map(self, path: Path) -> memoryview:
        """Read a whole file."""
        return memoryview(path.read_bytes())


def private(path: str, flags: int) -> int:
    """Open a file, for use as `open(..., opener=private)`; a new file is accessible to its owner alone."""
    return os.open(path, flags | os.O_CLOEXEC, 0o600)


@contextmanager
def _folder(folder: Path) -> Iterator[int]:
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield number
    finally:
        os.close(number)


DISK = Disk()
"""The disk of this machine, which has no state and can be shared."""
