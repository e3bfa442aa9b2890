"""Appends to a file in whole pieces: each piece becomes durable, or is removed again.

The caller knows the `end` of the file: the offset behind the last durable piece. What stands behind `end` was never
acknowledged and is cut off before anything else is written.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from cartellino.storage.faults import write_failed
from cartellino.storage.files import File, Files


def make_folder(files: Files, folder: Path) -> None:
    """Create a folder with its parents, durably, accessible to their owner alone.

    Raises `WriteFailed`.
    """
    try:
        files.make_folder(folder)
    except OSError as error:
        raise write_failed(folder, "a new folder", error) from error


def grow(files: Files, path: Path, end: int, piece: bytes | memoryview) -> int:
    """Append a piece durably to a file that is `end` bytes long, and return the new end.

    Raises `WriteFailed` if the disk fails. Then the file is truncated to `end` again, or, if that fails as well, has to
    be truncated by a later `cut`.
    """
    try:
        with files.open(path) as file:
            _write(files, path, end, file, piece)
    except OSError as error:
        raise write_failed(path.parent, f"{len(piece):,} bytes of {path.name}", error) from error
    return end + len(piece)


def cut(files: Files, path: Path, end: int) -> None:
    """Truncate a file to `end` bytes, and make them durable.

    File and folder are synced even if there is nothing to cut off: what a process wrote that died before its sync may
    still be only in the page cache, and looks durable. Raises `WriteFailed`.
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
    except BaseException:  # also an interrupt: the piece will not be acknowledged, so it must not stay
        with suppress(OSError):
            file.truncate(end)
            file.sync()
        raise
