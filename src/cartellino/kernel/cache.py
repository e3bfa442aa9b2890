"""The folder of compiled functions: their texts, and beside each text what Numba made of it.

What is loaded from here is run, so the folder must be ours alone. A file is written whole or not at all, since other
processes may look for the same one.
"""

from __future__ import annotations

import os
import tempfile
from functools import cache
from pathlib import Path


def folder() -> Path:
    """Return the folder: CARTELLINO_CACHE, else the user's, else a temporary one of this process.

    A folder of somebody else, or one that others may write to, is not used.
    """
    chosen = os.environ.get("CARTELLINO_CACHE")
    above = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    try:
        path = Path(chosen) if chosen else Path(above).expanduser() / "cartellino" / "kernel"
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
    except (OSError, RuntimeError):  # it cannot be made, or nobody knows where the user is at home
        return _temporary()
    return path if _is_ours_alone(path) else _temporary()


def text_file(name: str, text: str) -> Path:
    """Return the file that holds a text, written if it is not there, or not whole."""
    file = folder() / f"{name}.py"
    if not file.exists() or file.read_bytes() != text.encode():
        _write(file, text)
    return file


def holds(name: str, function: str) -> bool:
    """Say whether a function of a text was compiled before. Those that it calls were compiled before it."""
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
