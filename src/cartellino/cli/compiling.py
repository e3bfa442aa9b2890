"""Compiles the kernel ahead, in a process for each core, by a protocol of JSON lines.

helper   {"calls": 24}     how many functions are to be compiled; 0 when all lie in the cache
parent   17                compile this one
helper   {"done": 17}
"""

from __future__ import annotations

import asyncio
import gc
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from subprocess import DEVNULL, Popen
from typing import TYPE_CHECKING

from cartellino.cli.helpers import Helper, heard, tell
from cartellino.cli.steps import Steps

if TYPE_CHECKING:  # the compiler takes a second to import, and the parent does not need it
    from cartellino.kernel.ahead import Call

Progress = Callable[[int, int], object]
"""Called with how many functions are compiled, and of how many."""

MOST = 8
"""Maximum number of processes; each takes about 300 MB."""


async def compile_ahead(progress: Progress) -> bool:
    """Compile the functions that are not in the cache; return whether all are there afterwards."""
    work = _Work(progress)
    async with asyncio.TaskGroup() as group:
        shares = [group.create_task(work.share(first=number == 0)) for number in range(_cores())]
    return all(share.result() for share in shares)


@contextmanager
def compiled_beside() -> Iterator[bool]:
    """Compile in processes of their own what is not in the cache, for as long as the block lasts.

    Whoever judges goes on in Python meanwhile, and takes over what it finds in the cache. The value is whether anything
    has to be compiled.
    """
    from cartellino.kernel.machine import Machine

    if Machine().is_cached():
        yield False
        return
    command = "import sys; from cartellino.cli.entry import main; sys.exit(main())"
    with Popen(
        [sys.executable, "-c", command, "policies", "compile"], stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL
    ) as compiling:
        try:
            yield True
        finally:
            compiling.terminate()


def show_compiled(steps: Steps, number: int, done: int, of: int) -> None:
    """Show how many functions are compiled."""
    words = f"{done} of {of} functions compiled" if of else "all compiled before"
    steps.move(number, done if of else 1, of or 1, words)


def _cores() -> int:
    return min(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1, MOST)


class _Work:
    """The functions still to be compiled, and how many were."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._left: list[int] = []
        self._done = self._of = 0
        self._is_known = asyncio.Event()

    async def share(self, *, first: bool) -> bool:
        """Let one process compile its share; return whether it succeeded. The first one reports the total."""
        if not first:
            await self._is_known.wait()
            if not self._left:
                return True
        try:
            helper = await Helper.start("cartellino.cli.compiling")
        except OSError:
            self._is_known.set()
            return False
        try:
            async for message in helper.messages():
                self._count(message)
                if not self._left:
                    return True
                helper.tell(self._left.pop())
            return False
        finally:
            self._is_known.set()
            await helper.end()

    def _count(self, message: dict[str, int]) -> None:
        if "done" in message:
            self._done += 1
        elif not self._is_known.is_set():
            self._of = message["calls"]
            self._left = list(range(self._of))[::-1]
            self._is_known.set()
        self._progress(self._done, self._of)


def missing_calls() -> list[Call]:
    """Return the functions to compile, the slowest first; none if all are in the cache."""
    import numpy as np

    from cartellino.events.batches import Chunk
    from cartellino.kernel.ahead import SMALL, noting
    from cartellino.kernel.machine import Machine
    from cartellino.kernel.sample import sample, sample_policies
    from cartellino.pipeline.route import Route

    if Machine().is_cached():
        return []
    route, batch = Route(sample_policies(), geometry=SMALL, native=False), sample()
    machine = noting(route.kernel)
    route.take(Chunk(batch, np.arange(batch.num_rows), []), "sample")
    route.kernel.check(batch)
    return sorted(machine.calls, key=lambda call: call.part == "core")


def main() -> None:
    """Compile the functions that the parent names, until the parent ends."""
    from cartellino.kernel.ahead import compile_call
    from cartellino.kernel.machine import Machine

    gc.disable()  # a tenth of the time, and the process ends soon
    calls, machine = missing_calls(), Machine()
    tell({"calls": len(calls)})
    for number in heard():
        compile_call(machine, calls[number])
        tell({"done": number})


if __name__ == "__main__":
    main()
