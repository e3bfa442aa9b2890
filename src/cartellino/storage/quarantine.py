"""Rows that cannot be accepted yet, kept unchanged in one NDJSON file per source, so that they can be sent again.

>>> import tempfile
>>> quarantine = Quarantine(Path(tempfile.mkdtemp()) / "quarantine")
>>> quarantine.keep("phone", [b'{"kind": "waved", "account": "a"}', b'{"kind": "waved", "account": "b"}'])
>>> quarantine.remove(lambda row: b'"a"' in row)
>>> (quarantine.folder / "phone.ndjson").read_bytes()
b'{"kind": "waved", "account": "b"}\\n'
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from cartellino.storage.files import DISK, Files
from cartellino.storage.growing import cut, grow, make_folder
from cartellino.storage.replacing import replacing

_NEWLINE = ord("\n")


class Quarantine:
    """The quarantine files of one folder, which threads and processes may use at the same time."""

    def __init__(self, folder: Path, files: Files = DISK) -> None:
        """The folder is created with the first rows, readable by its owner only."""
        self.folder = folder
        self._files = files

    def keep(self, source: str, rows: Sequence[bytes]) -> None:
        """Append rows of a source, a line each; they are durable when this returns.

        Raises `DiskFull` or `WriteFailed` if they cannot be written; then none of them is kept.
        """
        if not rows:
            return
        make_folder(self._files, self.folder)
        path = self.folder / f"{source.replace('/', '_')[:100]}.ndjson"
        with self._files.lock(self.folder):
            grow(self._files, path, self._end(path), b"".join(row + b"\n" for row in rows))

    def remove(self, is_meant: Callable[[bytes], bool]) -> None:
        """Remove every row for which `is_meant` is true; a crash leaves each file either old or new, never in between.

        Raises `WriteFailed` if a file cannot be written without them.
        """
        if not self._files.list(self.folder):
            return
        with self._files.lock(self.folder):
            for name in self._files.list(self.folder):
                if name.endswith(".ndjson"):
                    self._remove(self.folder / name, is_meant)

    def _remove(self, path: Path, is_meant: Callable[[bytes], bool]) -> None:
        lines = bytes(self._files.map(path)).splitlines(keepends=True)
        kept = [line for line in lines if not is_meant(line)]
        if len(kept) < len(lines):
            with replacing(self._files, path) as file:
                file.write(b"".join(kept))

    def _end(self, path: Path) -> int:
        """Return the end of the last whole line, cut off an incomplete one, and sync the file: a process that died may
        have left either."""
        data = self._files.map(path) if self._files.size(path) else memoryview(b"")
        end = len(data)
        while end and data[end - 1] != _NEWLINE:
            end -= 1
        if len(data):
            cut(self._files, path, end)
        return end
