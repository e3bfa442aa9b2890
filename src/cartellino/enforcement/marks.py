"""Marks record which sanctioned accounts used a device, number or address, so that evasion can be recognised.

A mark counts only for other accounts, and only while its sanction is in force. When a number is released, its marks are
removed, including those of decisions that are still open. So neither a restored account nor the new owner of a recycled
number counts as evading a sanction.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from msgspec.structs import replace

from cartellino.kernel.finding import Context
from cartellino.signals.keys import LINKS
from cartellino.vocabulary.ids import DecisionId, SanctionId


class Mark(msgspec.Struct, frozen=True, gc=False):
    """An account used the device, number or address when this sanction was imposed."""

    account: str
    kind: str
    grave: bool
    sanction: SanctionId


class Waiting(msgspec.Struct, frozen=True, gc=False):
    """What an account used when a decision was made that an operator has yet to confirm; if they do, it is marked."""

    decision: DecisionId
    service: str
    account: str
    context: Context


class Marks:
    """The marks by service, kind of thing and thing, and the decisions that are open."""

    def __init__(self) -> None:
        """Start empty."""
        self._marks: dict[tuple[str, str, str], dict[SanctionId, Mark]] = {}
        self._waiting: dict[DecisionId, Waiting] = {}

    def wait(self, waiting: Waiting) -> None:
        """Remember what an account uses until an operator has decided."""
        self._waiting[waiting.decision] = waiting

    def stop_waiting(self, decision: DecisionId) -> Context:
        """Remove and return what an account used and still has, since an operator has decided."""
        waiting = self._waiting.pop(decision, None)
        return waiting.context if waiting is not None else Context()

    def put(self, service: str, context: Context, mark: Mark) -> None:
        """Mark everything that an account is known to use."""
        for by in LINKS:
            thing = getattr(context, by)
            if thing is not None:
                self._marks.setdefault((service, by, thing), {})[mark.sanction] = mark

    def linked(self, service: str, by: str, thing: str, account: str, counts: Callable[[Mark], bool]) -> int:
        """Return the number of other accounts with a mark on a thing for which `counts` is true."""
        marks = self._marks.get((service, by, thing), {}).values()
        return len({mark.account for mark in marks if mark.account != account and counts(mark)})

    def release(self, service: str, number: str, account: str) -> None:
        """Remove the marks on a number that went back to the carrier; without one, on all numbers of the account."""
        for released in [number] if number else self._numbers_of(service, account):
            self._marks.pop((service, "number", released), None)
            self._waiting |= {
                waiting.decision: replace(waiting, context=replace(waiting.context, number=None))
                for waiting in self._waiting.values()
                if (waiting.service, waiting.context.number) == (service, released)
            }

    def _numbers_of(self, service: str, account: str) -> list[str]:
        """Return the numbers that an account has marked or may yet mark."""
        numbers = [
            thing
            for (where, by, thing), marks in self._marks.items()
            if (where, by) == (service, "number") and any(mark.account == account for mark in marks.values())
        ]
        open_decisions = [
            waiting for waiting in self._waiting.values() if (waiting.service, waiting.account) == (service, account)
        ]
        return [*numbers, *(waiting.context.number for waiting in open_decisions if waiting.context.number is not None)]
