"""Events on disk that Cartellino could not take yet: appended while it is away, sent in order when it is back."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


class Spool:
    """A file of lines, and how far it was sent. After a crash some lines are sent again, with the ids that they had."""

    def __init__(self, folder: Path, name: str, most: int) -> None:
        """`most` is the largest size in bytes; beyond it nothing is taken."""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._file, self._place = folder / f"{name}.ndjson", folder / f"{name}.place"
        self._most = most
        self._end_last_line()
        self._at = self._sent_before()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to send."""
        return self._size() <= self._at

    @property
    def waiting(self) -> int:
        """Bytes that wait."""
        return max(0, self._size() - self._at)

    def append(self, lines: list[bytes]) -> int:
        """Add lines; return how many were taken, which is fewer when there is no room left."""
        room = self._most - self._size()
        taken, size = [], 0
        for line in lines:
            size += len(line) + 1
            if size > room:
                break
            taken.append(line)
        if taken:
            self._add(b"\n".join(taken) + b"\n")
        return len(taken)

    def _add(self, data: bytes) -> None:
        """Write all of it or nothing: what a full disk took is cut off, since the same lines are added again later."""
        before = self._size()
        file = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            while data:
                data = data[os.write(file, data) :]
        except OSError:
            os.ftruncate(file, before)
            raise
        finally:
            os.close(file)

    def head(self, most: int, size: int) -> tuple[list[bytes], int]:
        """Return the next lines, at most so many and of so many bytes together, and where they end."""
        with self._file.open("rb") as file:
            file.seek(self._at)
            piece = file.read(size)
            if b"\n" not in piece:
                piece += file.readline()  # a line that is longer than that; it goes alone
        lines = piece[: piece.rfind(b"\n") + 1].split(b"\n")[:-1][:most]
        return lines, self._at + sum(len(line) + 1 for line in lines)

    def sent(self, until: int) -> None:
        """Note that everything up to there was sent; an empty spool starts anew."""
        self._at = until
        if self.is_empty:
            self._place.unlink(missing_ok=True)  # first: a place that outlived its file would skip lines of the next
            self._file.unlink(missing_ok=True)
            self._at = 0
        else:
            fresh = self._place.with_suffix(".new")
            with suppress(OSError):  # on a full disk more is sent again after a crash, with the ids that it had
                fresh.write_text(str(until))
                fresh.replace(self._place)

    def _end_last_line(self) -> None:
        """After a crash the last line may lack its end: it is ended, and refused as unreadable when it is sent."""
        if self._size() and self._file.read_bytes()[-1:] != b"\n":
            with self._file.open("ab") as file:
                file.write(b"\n")

    def _size(self) -> int:
        try:
            return self._file.stat().st_size
        except FileNotFoundError:
            return 0

    def _sent_before(self) -> int:
        try:
            return min(int(self._place.read_text()), self._size())
        except (FileNotFoundError, ValueError):
            return 0
