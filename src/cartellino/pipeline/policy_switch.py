"""Switches to a policy version that counts new series, without a pause: its kernel is filled from the log first.

    prepare    in a thread of its own: the new kernel is compiled and counts the events of the log
    activate   between two batches: it counts the rest of the log, learns which rules have fired, and takes over

The old version serves meanwhile, and no event is missed or judged twice.
"""

from __future__ import annotations

from threading import Thread

from cartellino.events.logged import LOGGED
from cartellino.pipeline.route import Route
from cartellino.policies.policyset import PolicySet
from cartellino.storage.segments import SegmentLog
from cartellino.vocabulary.ids import PolicyVersion


class PolicySwitch:
    """The preparation and activation of one version."""

    def __init__(self, route: Route, policies: PolicySet, log: SegmentLog) -> None:
        """Start the thread that fills the new kernel from the log."""
        self.policies = policies
        self.through = 0
        self._route = route
        self._log = log
        self._engine = route.kernel.successor(policies)
        self._failed: BaseException | None = None
        self._thread = Thread(target=self._prepare, args=(log.last,), name="policy_switch", daemon=True)
        self._thread.start()

    @property
    def is_ready(self) -> bool:
        """Whether the log as it was at the start has been counted, so that only a short rest is left."""
        return not self._thread.is_alive()

    def activate(self) -> tuple[PolicyVersion, int]:
        """Let the new version decide from the next event on; return it, and the number of the last event before.

        Call it between two batches. It raises the error of a failed preparation, and the old version stays.
        """
        self._thread.join()
        if self._failed is not None:
            raise self._failed
        self._fill(self._route.sequence)
        self._route.switch(self._engine, self.policies)
        return self.policies.version, self._route.sequence

    def _prepare(self, until: int) -> None:
        try:
            self._fill(until)
        except BaseException as error:
            self._failed = error

    def _fill(self, until: int) -> None:
        for batch in self._log.read_between(self.through + 1, until):
            self._engine.observe(batch.select(LOGGED.names))
        self.through = until
