"""A policy version with new series takes over under load: it is filled from the log beside the one that serves.

    prepare    in a thread of its own: what the log holds goes through the new kernel, which compiles and counts
    activate   between two batches: the rest of the log, what has fired so far, and the new kernel serves

The version that serves goes on meanwhile, and no event is missed or judged twice.
"""

from __future__ import annotations

from threading import Thread

from cartellino.events.logged import LOGGED
from cartellino.pipeline.route import Route
from cartellino.policies.policyset import PolicySet
from cartellino.storage.segments import SegmentLog
from cartellino.vocabulary.ids import PolicyVersion


class PolicySwitch:
    """One version on its way to take over."""

    def __init__(self, route: Route, policies: PolicySet, log: SegmentLog) -> None:
        """Begin to fill the new version from the log."""
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
        """Whether what the log held at the beginning has been counted; what came since is little."""
        return not self._thread.is_alive()

    def activate(self) -> tuple[PolicyVersion, int]:
        """Let the new version serve from the next event on; return it, and the number of the log after which it holds.

        Call it between two batches. Raises what went wrong while it was filled, and then the old version serves on.
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
