"""Records which events retention may have removed from the log of a state folder."""

from __future__ import annotations

from pathlib import Path

from cartellino.pipeline.folder_parts import read_part, write_part
from cartellino.storage.files import Files
from cartellino.vocabulary.times import Instant

_NAME = "forgotten.json"


def read_forgotten(folder: Path) -> dict[str, int]:
    """Return the number (`through`) and the time (`until`) up to which events may be gone; empty if none are.

    Folders of earlier versions have no `until`.
    """
    return read_part(folder / _NAME)


def write_forgotten(folder: Path, through: int, until: Instant, files: Files) -> None:
    """Record that events up to a number and a time may be gone from the log."""
    write_part(folder / _NAME, {"through": through, "until": until}, files)
