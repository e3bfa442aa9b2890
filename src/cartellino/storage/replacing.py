"""A file written anew under another name and put in place in one step: it is there as it was, or as it is now.

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
    """Give a file to write; when the block ends it is durable under `path`, and when it fails nothing has changed.

    Raises `WriteFailed` when the disk does not take it.
    """
    temporary = path.with_name(path.name + ".tmp")
    try:
        with files.open(temporary) as file:
            file.truncate(0)  # what a crash left
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
