"""The cache of compiled functions: a folder with their source texts and the files in which Numba stores machine code.

Since code is loaded from here, nobody else may be able to write to the folder. Files are written atomically, as other
processes may read them.
"""

from __future__ import annotations

import os
import tempfile
from functools import cache
from pathlib import Path


def folder() -> Path:
    """Return the folder: CARTELLINO_CACHE, else one in the user's cache, else a temporary one of this process.

    A folder that belongs to another user, or to which others may write, is not used.
    """
    chosen = os.environ.get("CARTELLINO_CACHE")
    above = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    try:
        path = Path(chosen) if chosen else Path(above).expanduser() / "cartellino" / "kernel"
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
    except (OSError, RuntimeError):  # it cannot be created, or the user has no home directory
        return _temporary()
    return path if _is_ours_alone(path) else _temporary()


def text_file(name: str, text: str) -> Path:
    """Return the file with a text, after writing it if it is missing or differs."""
    file = folder() / f"{name}.py"
    if not file.exists() or file.read_bytes() != text.encode():
        _write(file, text)
    return file


def holds(name: str, function: str) -> bool:
    """Return whether a function of a text is in the cache; then those that it calls are, too."""
    return any((folder() / "__pycache__").glob(f"{name}.{function}-*.nbc"))


def _is_ours_alone(path: Path) -> bool:
    status = path.stat()
    return os.access(path, os.W_OK) and status.st_uid == os.getuid() and not status.st_mode & 0o022


@cache
def _temporary() -> Path:
    return Path(_removed_at_exit().name)


@cache
def _removed_at_exit() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="cartellino-kernel-", ignore_cleanup_errors=True)


def _write(file: Path, text: str) -> None:
    with tempfile.NamedTemporaryFile("wb", dir=file.parent, suffix=".tmp", delete=False) as out:
        out.write(text.encode())
    Path(out.name).replace(file)
