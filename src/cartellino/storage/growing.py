"""A file that grows by whole pieces: each is durable, or it is taken away again.

The caller knows the `end` of the file, the byte behind the last piece that is durable. What stands behind `end` was
never acknowledged and is cut off before anything else is written.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from cartellino.storage.faults import write_failed
from cartellino.storage.files import File, Files


def make_folder(files: Files, folder: Path) -> None:
    """Make a folder with its parents, for their owner alone, durably.

    Raises `WriteFailed`.
    """
    try:
        files.make_folder(folder)
    except OSError as error:
        raise write_failed(folder, "a new folder", error) from error


def grow(files: Files, path: Path, end: int, piece: bytes | memoryview) -> int:
    """Write a piece behind `end`, make it durable, and return the new end. The file is `end` bytes long.

    Raises `WriteFailed` when the disk fails; then the file ends at `end` again, or the next `cut` sees to it.
    """
    try:
        with files.open(path) as file:
            _write(files, path, end, file, piece)
    except OSError as error:
        raise write_failed(path.parent, f"{len(piece):,} bytes of {path.name}", error) from error
    return end + len(piece)


def cut(files: Files, path: Path, end: int) -> None:
    """Cut off what stands behind `end`, and make sure of what stands before it.

    What a process wrote that died before its sync is still in the memory of the system and looks durable: hence the
    sync of the file and its name, also where nothing is cut. Raises `WriteFailed`.
    """
    try:
        with files.open(path) as file:
            if files.size(path) > end:
                file.truncate(end)
            file.sync()
        files.sync_folder(path.parent)
    except OSError as error:
        raise write_failed(path.parent, f"the end of {path.name}", error) from error


def _write(files: Files, path: Path, end: int, file: File, piece: bytes | memoryview) -> None:
    try:
        file.write(piece)
        file.sync()
        if end == 0:
            files.sync_folder(path.parent)
    except BaseException:  # also a signal: nobody will say that it is durable
        with suppress(OSError):
            file.truncate(end)
            file.sync()
        raise
