"""The simulated town in a running service: sends its events, files appeals, and decides them.

The town's reviewer knows the true labels and decides by them, as a good reviewer would, so that precision is realistic.
The latest appeals are left open for the visitors of the demonstration.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from random import Random
from typing import TYPE_CHECKING, Any

import numpy as np

from cartellino.appeals.hearing import Outcome
from cartellino.cli.story import MARCO, PLEA, SARI
from cartellino.events.batches import Chunk
from cartellino.events.event import Event
from cartellino.events.logged import to_logged
from cartellino.queries import cases
from cartellino.simulator.label import Label
from cartellino.vocabulary.actors import Actor, holder, operator
from cartellino.vocabulary.refusals import Refusal
from cartellino.vocabulary.times import HOUR, Instant

if TYPE_CHECKING:
    from cartellino.service.service import Service

REVIEWER_NAME = "nina"
REVIEWER = operator(REVIEWER_NAME)
LEFT_OPEN = 30 * HOUR
"""The age at which the town's own reviewer decides an appeal."""

_PLEAS = (
    "These are people I know: I told them my new number. Please look again.",
    "Sono clienti che mi hanno chiesto di scrivere. Per favore ricontrollate.",
    "Itu grup keluarga saya. Tolong periksa lagi.",
    "I did nothing wrong. Unblock me at once.",
)


class Town:
    """Sends the events of the town, and plays its holders and its reviewer."""

    def __init__(self, service: Service, events: Iterator[Event], labels: list[Label], seed: int) -> None:
        """`events` are in order of time; `labels` are the true ones."""
        self._service = service
        self._events = events
        self._labels = labels
        self._chance = Random(seed)
        self._next: Event | None = next(events, None)
        self._number = 0
        self._seen: set[str] = set()

    def send(self, until: Instant) -> None:
        """Send all events up to a time."""
        batch: list[Event] = []
        while self._next is not None and self._next.time <= until:
            batch.append(self._next)
            self._next = next(self._events, None)
        if batch:
            numbers = np.arange(self._number, self._number + len(batch))
            self._number += len(batch)
            self._service.writer.take("town", [Chunk(to_logged(batch), numbers, [])]).result()

    def live(self) -> None:
        """Let holders appeal against new sanctions, and the reviewer decide the waiting cases."""
        now = self._service.clock.now()
        abusive = {label.account: label.abusive for label in self._labels}
        for service, account in self._service.live.standings.sanctioned(now):
            if service == "main" and account != MARCO:
                self._perhaps_appeal(account, abusive=abusive.get(account, False))
        self._hear(now, abusive)
        self._look(abusive)

    def _perhaps_appeal(self, account: str, *, abusive: bool) -> None:
        from cartellino.commands.cases import file_appeal

        for sanction in self._service.live.standing("main", account).in_force(self._service.clock.now()):
            if sanction.id in self._seen:
                continue
            self._seen.add(sanction.id)
            text = PLEA if account == SARI else self._chance.choice(_PLEAS)
            if sanction.action.kind == "ban" if account == SARI else self._chance.random() < (0.15 if abusive else 0.7):
                self._do(
                    partial(file_appeal, sanction=sanction.id, text=text, door="page"), holder(self._pseudonym(account))
                )

    def _pseudonym(self, account: str) -> str:
        return self._service.live.pseudonym("main", account)

    def _hear(self, now: Instant, abusive: dict[str, bool]) -> None:
        with self._service.database.begin() as rows:
            left_open = cases.open_since(rows, now - LEFT_OPEN, but=SARI)
        for case in left_open:
            self._decide(case, abusive=abusive.get(case.account, False))

    def _decide(self, case: cases.Row, *, abusive: bool) -> None:
        from cartellino.commands.cases import decide_appeal, decide_review
        from cartellino.enforcement.action import Action

        reason = (
            "It is what the rule looks for."
            if abusive
            else "They know each other; the rule took it for something else."
        )
        if case.kind == "review":
            action = Action("warning") if abusive else None
            self._do(partial(decide_review, case=case.case_id, role="reviewer", action=action, reason=reason), REVIEWER)
        elif case.kind in ("appeal", "sibling"):
            outcome: Outcome = "upheld" if abusive else "reversed"
            given = {"case": case.case_id, "role": "reviewer", "outcome": outcome, "reason": reason}
            self._do(partial(decide_appeal, **given), REVIEWER)

    def _look(self, abusive: dict[str, bool]) -> None:
        from cartellino.commands import blind_review

        with self._service.database.begin() as rows:
            drawn = blind_review.drawn(rows, 20)
        for decision in drawn[3:]:
            right = abusive.get(decision["account"], False)
            self._do(partial(blind_review.judge, decision=decision["decision_id"], right=right), REVIEWER)

    def _do(self, what: partial[Any], by: Actor) -> None:
        try:
            self._service.writer.do(what, by).result()
        except Refusal:
            return  # a visitor of the demonstration may have decided it first
