"""What body a route takes: one table of named bounds, of which every route names one in its `opt`.

A body that is larger, comes too slowly or has too many parts is refused before the handler sees it (`web.bodies`).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

KB, MB = 1 << 10, 1 << 20

SLOWEST = 64 * KB
"""Bytes a second that a body has to bring on average, once its first seconds have passed."""

LISTED = 1_000
"""Refused rows that an answer lists; it counts all of them."""


class Bound(NamedTuple):
    """How large a body may be, and how long it may take."""

    what: str
    """What is taken, in words."""
    bytes: int
    """As they come over the network."""
    seconds: float = 10.0
    """Until the body has arrived; a second more for every `SLOWEST` bytes that have."""
    fields: int = 0
    """Of a form; 0: the body is no form."""
    values: int = 0
    """Of JSON, counted by its commas and brackets; 0: as many as fit into so few bytes."""
    decoded: int = 0
    """Bytes once it is decompressed, and once it is columns."""
    rows: int = 0
    """Lines of NDJSON, also empty ones; rows of Arrow and Parquet."""
    raw: bool = False
    """Whether its handler parses it, and looks after the character U+0000 itself."""


BOUNDS: Mapping[str, Bound] = MappingProxyType(
    {
        "none": Bound("no body", 0),
        "form": Bound("a form", 64 * KB, fields=64),
        "editor": Bound("a form with a policy file", 1_100 * KB, fields=64),
        "public": Bound("JSON", 64 * KB),
        "json": Bound("JSON", 256 * KB, values=10_000),
        "mail": Bound("a mail, raw or as JSON", 10 * MB, raw=True),
        "policies": Bound("JSON with policy files", 4 * MB, values=500_000),
        "files": Bound("JSON with files in Base64", 15 * MB, values=10_000),
        "events": Bound("NDJSON, Arrow IPC or Parquet", 32 * MB, decoded=64 * MB, rows=100_000, raw=True),
    }
)


def bounds(body: int = 32 * MB) -> dict[str, Bound]:
    """Return every bound, where no body has more bytes than `body`, and events unpack to twice that."""
    made = {name: bound._replace(bytes=min(bound.bytes, body)) for name, bound in BOUNDS.items()}
    made["events"] = made["events"]._replace(bytes=body, decoded=2 * body)
    return made
