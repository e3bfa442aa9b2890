"""What a state folder says of events that retention has taken out of its log."""

from __future__ import annotations

from pathlib import Path

from cartellino.pipeline.folder_parts import read_part, write_part
from cartellino.storage.files import Files
from cartellino.vocabulary.times import Instant

_NAME = "forgotten.json"


def read_forgotten(folder: Path) -> dict[str, int]:
    """Return up to which number (`through`) events may be gone, and when the last of them was (`until`); else nothing.

    Folders of earlier versions have no `until`.
    """
    return read_part(folder / _NAME)


def write_forgotten(folder: Path, through: int, until: Instant, files: Files) -> None:
    """Note that events up to a number and a time may be gone from the log."""
    write_part(folder / _NAME, {"through": through, "until": until}, files)
