"""The small files of a state folder: JSON, each with the number of its format, put in place whole.

A file without a number is of the first format. One of a later format than this program knows is refused, since it may
mean something else by the same words.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from cartellino.storage.files import DISK, Files
from cartellino.storage.replacing import replacing
from cartellino.vocabulary.refusals import BadFile

FORMAT = 1
"""Of `policies.json`, of `forgotten.json`, and of the records in `found.journal`."""


def read_part(path: Path) -> dict[str, Any]:
    """Return what a file holds; nothing where it is not there.

    Raises `BadFile` when it is damaged, or of a later format.
    """
    if not path.exists():
        return {}
    try:
        content: dict[str, Any] = msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
    except msgspec.DecodeError as error:
        raise BadFile(f"{path} is damaged ({error}); restore it, or use another --state") from None
    must_be_known(path, content.get("format", 1))
    return content


def write_part(path: Path, content: Mapping[str, Any], files: Files = DISK) -> None:
    """Put a file in place of the one before."""
    with replacing(files, path) as out:
        out.write(msgspec.json.encode({"format": FORMAT, **content}))


def must_be_known(path: Path, number: int, newest: int = FORMAT) -> None:
    """Raises `BadFile` for the number of a format, or of an edition, that only a newer program knows."""
    if number > newest:
        raise BadFile(
            f"{path} was written by a newer version of this program (format {number}, this one knows {newest}); use "
            "that version"
        )
