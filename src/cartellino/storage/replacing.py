"""Replaces a file atomically: it is written under another name and then renamed, so it is never seen half written.

>>> import tempfile
>>> from cartellino.storage.files import DISK
>>> path = Path(tempfile.mkdtemp()) / "a"
>>> with replacing(DISK, path) as file:
...     file.write(b"whole")
>>> path.read_bytes()
b'whole'
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from cartellino.storage.faults import write_failed
from cartellino.storage.files import File, Files


@contextmanager
def replacing(files: Files, path: Path) -> Iterator[File]:
    """Yield a file to write. At the end of the block it is durably at `path`; if the block raises, nothing has changed.

    Raises `WriteFailed` if it cannot be written.
    """
    temporary = path.with_name(path.name + ".tmp")
    try:
        with files.open(temporary) as file:
            file.truncate(0)  # a crash may have left one
            yield file
            file.sync()
        files.rename(temporary, path)
        files.sync_folder(path.parent)
    except OSError as error:
        _discard(files, temporary)
        raise write_failed(path.parent, f"the new {path.name}", error) from error
    except Exception:
        _discard(files, temporary)
        raise


def _discard(files: Files, temporary: Path) -> None:
    with suppress(OSError):
        files.remove(temporary)
