"""Records of the journal of findings."""

from __future__ import annotations

import msgspec

from cartellino.enforcement.acts import ReleaseNumber
from cartellino.kernel.finding import Finding


class Noted(msgspec.Struct, frozen=True):
    """What the events up to a number of the log led to."""

    through: int
    findings: tuple[Finding, ...]
    released: tuple[ReleaseNumber, ...]
    installation: str = ""
