"""Errors of the storage: damage to what had been acknowledged, and writes that failed.

>>> raise DamagedLog(Path("log/events-0000000000000001.arrows"), 4096, "the checksum does not hold")
Traceback (most recent call last):
cartellino.storage.faults.DamagedLog: log/events-0000000000000001.arrows is damaged at byte 4096: the checksum does not
hold. What stands before that byte is whole, and nothing was changed. Put the file back from a copy; or give up what
follows: move the later files of the log away and run `truncate --size=4096` on this one
"""

from __future__ import annotations

import errno
from pathlib import Path

from cartellino.vocabulary.refusals import Refusal

_FULL = (errno.ENOSPC, errno.EDQUOT)


class DamagedLog(Refusal):
    """Data that had been acknowledged cannot be read as it was written; the damage begins at `offset` of `file`."""

    code = "damaged-log"

    def __init__(self, file: Path, offset: int, damage: str) -> None:
        self.file, self.offset = file, offset
        super().__init__(
            f"{file} is damaged at byte {offset}: {damage}. What stands before that byte is whole, and nothing was "
            "changed. Put the file back from a copy; or give up what follows: move the later files of the log away "
            f"and run `truncate --size={offset}` on this one"
        )


class WriteFailed(Refusal):
    """A write to `folder` failed. Its data were not acknowledged; everything acknowledged before is still there."""

    code = "write-failed"

    def __init__(self, folder: Path, needed: str, error: OSError) -> None:
        self.folder = folder
        super().__init__(
            f"{folder}: {needed} could not be written: {error.strerror or error}. "
            f"Nothing acknowledged was lost; {self._remedy} and run again"
        )

    _remedy = "see to the disk"


class DiskFull(WriteFailed):
    """A write failed because the disk is full, or the quota used up."""

    code = "disk-full"
    _remedy = "free space"


def write_failed(folder: Path, needed: str, error: OSError) -> WriteFailed:
    """Return `DiskFull` or `WriteFailed`, by the error number; `needed` names what could not be written."""
    kind = DiskFull if error.errno in _FULL else WriteFailed
    return kind(folder, needed, error)
