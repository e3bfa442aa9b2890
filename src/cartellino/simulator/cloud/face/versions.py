"""Versions of the Graph API: an expired one falls to the oldest that can be used, and the answer says so."""

from __future__ import annotations

from cartellino.senders.platform import platform
from cartellino.simulator.cloud.errors import GraphError


def version_used(asked: str) -> str:
    """Return the version that answers.

    Raises `GraphError` for one that never was.

    >>> version_used("v13.0"), version_used("v26.0"), version_used("")
    ('v21.0', 'v26.0', 'v27.0')
    """
    known = platform().versions
    if not asked:
        return f"v{known.newest}.0"
    major = int(asked[1:].partition(".")[0] or 0)
    if not known.oldest_taken <= major <= known.newest:
        raise GraphError(
            2500, f"Unknown path components: /{asked}",
            f"Versions from v{known.oldest_taken}.0 to v{known.newest}.0 are known.",
        )  # fmt: skip
    return f"v{max(major, known.oldest_usable)}.0"
