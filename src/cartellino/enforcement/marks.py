"""Marks on what accounts share: which sanctioned accounts used this device, number or address.

A mark counts for other accounts only, while its sanction is in force. A number that is released takes its marks
along, and a lifted sanction counts no more: so a restored account or the new owner of a recycled number is nobody's
evader.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cartellino.kernel.finding import Context
from cartellino.signals.keys import LINKS
from cartellino.vocabulary.ids import SanctionId


@dataclass(frozen=True)
class Mark:
    """An account was under this sanction when it used the thing."""

    account: str
    kind: str
    grave: bool
    sanction: SanctionId


class Marks:
    """Marks by service and by what is shared."""

    def __init__(self) -> None:
        """Start empty."""
        self._held: dict[tuple[str, str, str], dict[SanctionId, Mark]] = {}

    def put(self, service: str, context: Context, mark: Mark) -> None:
        """Mark everything that the account was last known to use."""
        for by in LINKS:
            thing = getattr(context, by)
            if thing is not None:
                self._held.setdefault((service, by, thing), {})[mark.sanction] = mark

    def linked(self, service: str, by: str, thing: str, account: str, counts: Callable[[Mark], bool]) -> int:
        """Return how many other accounts have a mark on the thing that counts."""
        held = self._held.get((service, by, thing), {}).values()
        return len({mark.account for mark in held if mark.account != account and counts(mark)})

    def release(self, service: str, number: str) -> None:
        """Forget a number's marks: it went back to the carrier."""
        self._held.pop((service, "number", number), None)

    def release_numbers_of(self, service: str, account: str) -> None:
        """Forget the marks of every number on which an account has one."""
        own = [
            (marked, by, thing)
            for (marked, by, thing), marks in self._held.items()
            if (marked, by) == (service, "number") and any(mark.account == account for mark in marks.values())
        ]
        for _, _, number in own:
            self.release(service, number)
