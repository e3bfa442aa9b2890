"""Reads and writes the small files of a state folder: JSON with the number of the format, replaced atomically.

A file without a number is of the first format. A file of a later format than this program knows is refused, since its
fields may have another meaning.
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
"""The format of `policies.json`, of `forgotten.json`, and of the records in `found.journal`."""


def read_part(path: Path) -> dict[str, Any]:
    """Return the content of a file; empty if it does not exist.

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
    """Replace a file atomically."""
    with replacing(files, path) as out:
        out.write(msgspec.json.encode({"format": FORMAT, **content}))


def must_be_known(path: Path, number: int, newest: int = FORMAT) -> None:
    """Raises `BadFile` for the number of a format, or of an edition, that only a newer program knows."""
    if number > newest:
        raise BadFile(
            f"{path} was written by a newer version of this program (format {number}, this one knows {newest}); use "
            "that version"
        )
