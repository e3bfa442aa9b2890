"""Records of the journal of findings."""

from __future__ import annotations

import msgspec

from cartellino.enforcement.acts import ReleaseNumber
from cartellino.kernel.finding import Finding
from cartellino.pipeline.folder_parts import FORMAT


class Noted(msgspec.Struct, frozen=True):
    """A record of the journal: the findings and released numbers of a batch of events that ends at `through`."""

    through: int
    findings: tuple[Finding, ...]
    released: tuple[ReleaseNumber, ...]
    installation: str = ""
    format: int = FORMAT

    def within(self, after: int, until: int) -> Noted:
        """Return the part of the record about the events from `after` (excluded) to `until` (included)."""
        return msgspec.structs.replace(
            self,
            findings=tuple(finding for finding in self.findings if after < finding.sequence <= until),
            released=tuple(act for act in self.released if after < act.after <= until),
        )
