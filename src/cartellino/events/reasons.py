"""Why a row is refused: stable codes, each with its meaning. Every refused row is kept in the rejected output.

>>> REASONS["late"]
"more than 60 s behind the largest time of its source, or the caller's clock where that is behind: nobody could
tell any more if it is a retry"
"""

from __future__ import annotations

from types import MappingProxyType

REASONS = MappingProxyType(
    {
        "invalid-json": "the line is not one JSON object",
        "too-long": "the line is longer than 1 MiB",
        "missing": "a required column is not there",
        "wrong-type": "a value is not what its column must be",
        "wrong-name": "an own column has a name that cannot be used in policies",
        "too-many-columns": "the row has more than 64 own columns",
        "unknown-column": "there is no such column",
        "unknown-kind": "there is no such kind; the row can be sent again after an upgrade that knows it",
        "duplicate": "a retry: the source has sent this id before, or the log holds a row that is the same in every "
        "column, whichever source sent it (counted, and not among the rejected)",
        "id-reused": "the source used this id within the last minute for another event: something in it differs, "
        "be it the time, the service or a peer",
        "late": "more than 60 s behind the largest time of its source, or the caller's clock where that is behind: "
        "nobody could tell any more if it is a retry",
        "future": "more than 60 s ahead of the caller's clock",
        "unreadable": "the file cannot be read from this row on, or at all",
    }
)
