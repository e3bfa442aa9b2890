"""Records of the journal of findings."""

from __future__ import annotations

import msgspec

from cartellino.enforcement.acts import ReleaseNumber
from cartellino.kernel.finding import Finding
from cartellino.pipeline.folder_parts import FORMAT


class Noted(msgspec.Struct, frozen=True):
    """What the events up to a number of the log led to."""

    through: int
    findings: tuple[Finding, ...]
    released: tuple[ReleaseNumber, ...]
    installation: str = ""
    format: int = FORMAT

    def within(self, after: int, until: int) -> Noted:
        """Return what of it was found in the events after a number and up to another."""
        return msgspec.structs.replace(
            self,
            findings=tuple(finding for finding in self.findings if after < finding.sequence <= until),
            released=tuple(act for act in self.released if after < act.after <= until),
        )
