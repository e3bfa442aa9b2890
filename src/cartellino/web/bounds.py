"""The bounds of request bodies: a table of named bounds, one of which every route names in its `opt`.

A body that is too large, too slow or has too many parts is refused before the handler sees it (`web.bodies`).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

KB, MB = 1 << 10, 1 << 20

SLOWEST = 64 * KB
"""The lowest mean rate of a body in bytes a second, once its first seconds have passed."""

LISTED = 1_000
"""Most refused rows that an answer lists; it counts all of them."""


class Bound(NamedTuple):
    """How large a body may be, and how long it may take."""

    what: str
    """A description of the body, for messages."""
    bytes: int
    """Most bytes, as transferred."""
    seconds: float = 10.0
    """Most seconds until the body has arrived, and one more for every `SLOWEST` bytes."""
    fields: int = 0
    """Most fields of a form; 0: the body is no form."""
    values: int = 0
    """Most values of JSON, counted by its commas and brackets; 0: as many as fit."""
    decoded: int = 0
    """Most bytes after decompression, and again after decoding to columns."""
    rows: int = 0
    """Most lines of NDJSON, empty ones included, or rows of Arrow and Parquet."""
    files: bool = False
    """Whether the form may come with files, whose contents are fields like others."""
    uploads: bool = False
    """Whether the form may come with files of any bytes, which the handler finds in `request.state.uploads`."""
    raw: bool = False
    """Whether the handler parses it, and checks for the character U+0000 itself."""


BOUNDS: Mapping[str, Bound] = MappingProxyType(
    {
        "none": Bound("no body", 0),
        "form": Bound("a form", 64 * KB, fields=64),
        "editor": Bound("a form with a policy file", 1_100 * KB, fields=64),
        "upload": Bound("a form with a file of text", 1_100 * KB, fields=64, files=True),
        "evidence": Bound("a form with small files", 8 * MB, fields=64, uploads=True),
        "public": Bound("JSON", 64 * KB),
        "json": Bound("JSON", 256 * KB, values=10_000),
        "complaint": Bound("JSON with small files in Base64", 5 * MB, values=2_000),
        "audience": Bound("JSON with an audience", 1 * MB, values=50_000),
        "mail": Bound("a mail, raw or as JSON", 10 * MB, raw=True),
        "policies": Bound("JSON with policy files", 4 * MB, values=500_000),
        "files": Bound("JSON with files in Base64", 15 * MB, values=10_000),
        "health": Bound("NDJSON or JSON", 4 * MB, decoded=16 * MB, rows=10_000, raw=True),
        "events": Bound("NDJSON, Arrow IPC or Parquet", 32 * MB, decoded=64 * MB, rows=100_000, raw=True),
    }
)


def bounds(body: int = 32 * MB) -> dict[str, Bound]:
    """Return all bounds by name; no body has more bytes than `body`, and events twice that when decompressed."""
    made = {name: bound._replace(bytes=min(bound.bytes, body)) for name, bound in BOUNDS.items()}
    made["events"] = made["events"]._replace(bytes=body, decoded=2 * body)
    return made
