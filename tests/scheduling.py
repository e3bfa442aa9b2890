"""Who runs which tests, where several processes do: work is stolen, but tests that share a server stay together.

What a server of several tests costs is paid once then. `--dist=worksteal` alone would part them, and each part would
start a server of its own.
"""

from __future__ import annotations

from collections.abc import Sequence

from xdist.scheduler.worksteal import MIN_PENDING, WorkStealingScheduling
from xdist.workermanage import WorkerController

TOGETHER = {
    f"tests/adapters/matrix/test_{name}.py": "the homeserver under Cartellino"
    for name in ("accounts", "enforcement", "federation", "journey")
}
"""Files whose tests share a server, by what they share."""


def group(test: str) -> str | None:
    """Return what a test shares with others; `None` if it may run anywhere.

    >>> group("tests/adapters/matrix/test_journey.py::test_journey[small]"), group("tests/test_docs.py::test_x")
    ('the homeserver under Cartellino', None)
    """
    return TOGETHER.get(test.partition("::")[0])


def upwards(groups: Sequence[str | None], place: int) -> int:
    """Return the first place from this one on at which a list can be cut without parting a group.

    >>> upwards([None, "a", "a", None], 2), upwards([None, "a", "a", None], 1), upwards(["a", "a"], 1)
    (3, 1, 2)
    """
    while 0 < place < len(groups) and groups[place] is not None and groups[place] == groups[place - 1]:
        place += 1
    return place


class KeepingTogether(WorkStealingScheduling):  # type: ignore[misc]  # xdist has no types
    """Steals work as `worksteal` does, groups as a whole."""

    steal_requested_from_node: WorkerController | None

    def check_schedule(self) -> None:
        """Give work that waits to whoever is idle; else take some from whoever has most."""
        up = {node: pending for node, pending in self.node2pending.items() if not node.shutting_down}
        if not self._idle(up):
            return
        if self.pending:
            idle = self._idle(up)
            for number, node in enumerate(idle):
                share = len(self.pending) // (len(idle) - number)
                self._send_tests(node, upwards(self._groups(self.pending), share) if share else 0)
            if not self._idle(up):
                return
        if self.steal_requested_from_node is not None:
            return
        for node, pending in sorted(up.items(), key=lambda entry: -len(entry[1])):
            stolen = self._stolen(pending)
            if stolen:
                node.send_steal(stolen)
                self.steal_requested_from_node = node
                return
        for node in self._idle(up):  # nothing can be had: they run the last test that they have, and end
            node.shutdown()

    def _stolen(self, pending: list[int]) -> list[int]:
        """Return what another may take: half, from the end, without parting a group nor what runs now and next."""
        most = min(len(pending) // 2, max(0, len(pending) - MIN_PENDING))
        return pending[upwards(self._groups(pending), len(pending) - most) :] if most else []

    def _groups(self, tests: list[int]) -> list[str | None]:
        assert self.collection is not None
        return [group(self.collection[test]) for test in tests]

    @staticmethod
    def _idle(up: dict[WorkerController, list[int]]) -> list[WorkerController]:
        return [node for node, pending in up.items() if len(pending) < MIN_PENDING]
