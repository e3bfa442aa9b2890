"""Stolen work: every test runs once, and tests that share a server run in one process, in their order."""

from __future__ import annotations

import random
from types import SimpleNamespace
from typing import Any

import pytest
from tests.scheduling import TOGETHER, KeepingTogether, group


class Worker:
    """A process of the tests, as the scheduler sees it; it runs a test at a time."""

    def __init__(self) -> None:
        self.queue: list[int] = []
        self.done: list[int] = []
        self.asked: list[int] | None = None
        self.shutting_down = False
        self.gateway = SimpleNamespace(id="gw")

    def send_runtest_some(self, tests: list[int]) -> None:
        self.queue += tests

    def send_steal(self, tests: list[int]) -> None:
        self.asked = tests

    def shutdown(self) -> None:
        self.shutting_down = True


class Config:
    """As much of pytest's configuration as the scheduler asks for."""

    def __init__(self, count: int) -> None:
        self._count = count

    def getvalue(self, _: str) -> list[str]:
        return ["popen"] * self._count


def ran(tests: list[str], count: int, chance: random.Random) -> list[Worker]:
    """Let some workers run tests, each as fast as chance has it; return them."""
    made: Any = KeepingTogether(Config(count))
    workers = [Worker() for _ in range(count)]
    for worker in workers:
        made.add_node(worker)
        made.add_node_collection(worker, tests)
    made.schedule()
    for _ in range(100_000):
        waiting = [worker for worker in workers if worker.asked is not None]
        for worker in waiting:
            stolen = [test for test in worker.asked or [] if test in worker.queue[2:]]
            worker.asked, worker.queue = None, [test for test in worker.queue if test not in stolen]
            made.remove_pending_tests_from_node(worker, stolen)
        # A process begins a test when it knows of the next one, or that there is none.
        able = [worker for worker in workers if len(worker.queue) > 1 or (worker.queue and worker.shutting_down)]
        if not able:
            break
        worker = chance.choice(able)
        test = worker.queue.pop(0)
        worker.done.append(test)
        made.mark_test_complete(worker, test)
    return workers


@pytest.mark.parametrize("seed", range(60))
def test_nothing_is_lost_and_groups_stay_together(seed: int) -> None:
    chance = random.Random(seed)
    shared = [f"{file}::test_{number}" for file in sorted(TOGETHER) for number in range(chance.randint(1, 12))]
    others = [f"tests/z/test_z.py::test_{number}" for number in range(chance.randint(0, 60))]
    cut = chance.randint(0, len(others))
    tests = [*others[:cut], *shared, *others[cut:]]
    workers = ran(tests, chance.randint(1, 6), chance)
    assert sorted(test for worker in workers for test in worker.done) == list(range(len(tests)))
    together = [[test for test in worker.done if group(tests[test])] for worker in workers]
    assert [tests[test] for part in together for test in part] == shared
    assert sum(bool(part) for part in together) == 1
