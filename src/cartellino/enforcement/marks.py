"""Marks on what accounts share: which sanctioned accounts used this device, number or address.

A mark counts for other accounts only, while its sanction is in force. A number that is released takes its marks
along, also those that wait for a person to decide, and a lifted sanction counts no more: so a restored account or the
new owner of a recycled number is nobody's evader.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from cartellino.kernel.finding import Context
from cartellino.signals.keys import LINKS
from cartellino.vocabulary.ids import DecisionId, SanctionId


@dataclass(frozen=True)
class Mark:
    """An account was under this sanction when it used the thing."""

    account: str
    kind: str
    grave: bool
    sanction: SanctionId


@dataclass(frozen=True)
class Waiting:
    """A decision waits for a person; if they sanction the account, what it used is marked."""

    decision: DecisionId
    service: str
    account: str
    context: Context


class Marks:
    """Marks by service and by what is shared, and what waits to be marked."""

    def __init__(self) -> None:
        """Start empty."""
        self._held: dict[tuple[str, str, str], dict[SanctionId, Mark]] = {}
        self._waiting: dict[DecisionId, Waiting] = {}

    def wait(self, waiting: Waiting) -> None:
        """Remember what an account uses until a person has decided."""
        self._waiting[waiting.decision] = waiting

    def taken(self, decision: DecisionId) -> Context:
        """A person has decided: forget what the account used, and return what of it is still its own."""
        waiting = self._waiting.pop(decision, None)
        return waiting.context if waiting is not None else Context()

    def put(self, service: str, context: Context, mark: Mark) -> None:
        """Mark everything that the account was last known to use."""
        for by in LINKS:
            thing = getattr(context, by)
            if thing is not None:
                self._held.setdefault((service, by, thing), {})[mark.sanction] = mark

    def linked(self, service: str, by: str, thing: str, account: str, counts: Callable[[Mark], bool]) -> int:
        """Return how many other accounts have a mark on the thing that counts."""
        marks = self._held.get((service, by, thing), {}).values()
        return len({mark.account for mark in marks if mark.account != account and counts(mark)})

    def release(self, service: str, number: str, account: str) -> None:
        """A number went back to the carrier; without one, every number that is an account's."""
        for gone in [number] if number else self._numbers_of(service, account):
            self._held.pop((service, "number", gone), None)
            self._waiting |= {
                waiting.decision: replace(waiting, context=replace(waiting.context, number=None))
                for waiting in self._waiting.values()
                if (waiting.service, waiting.context.number) == (service, gone)
            }

    def _numbers_of(self, service: str, account: str) -> list[str]:
        """Return the numbers on which an account has a mark, or may leave one."""
        numbers = [
            thing
            for (where, by, thing), marks in self._held.items()
            if (where, by) == (service, "number") and any(mark.account == account for mark in marks.values())
        ]
        kept = [
            waiting for waiting in self._waiting.values() if (waiting.service, waiting.account) == (service, account)
        ]
        return [*numbers, *(waiting.context.number for waiting in kept if waiting.context.number is not None)]
