"""Processes that work for this one: they tell of it in lines of JSON, and end with it, however it ends.

A helper is in a session of its own, so the terminal's signals reach only its parent. Its standard input stays open as
long as the parent lives; where that ends, the helper does. Neither needs anything from the system but pipes.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread
from typing import Any

PATIENCE = 15.0
"""Seconds after which a helper that was told to end is killed."""

LONGEST = 1 << 20
"""Bytes of a line."""


class Helper:
    """The parent's side: a module that runs in a process of its own."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        """Use `start`."""
        self._process = process

    @classmethod
    async def start(cls, module: str, environment: Mapping[str, str] | None = None) -> Helper:
        """Run a module in a process of its own."""
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", module, stdin=pipe, stdout=pipe, limit=LONGEST, start_new_session=True,
            env={**os.environ, **(environment or {})},
        )  # fmt: skip
        return cls(process)

    def tell(self, what: object) -> None:
        """Send it a line; one that has ended hears nothing."""
        assert self._process.stdin is not None, "it was started with a pipe"
        with suppress(OSError):
            self._process.stdin.write(json.dumps(what).encode() + b"\n")

    async def messages(self) -> AsyncIterator[Any]:
        """Yield what it tells until it ends; other output is passed over."""
        assert self._process.stdout is not None, "it was started with a pipe"
        async for line in self._process.stdout:
            with suppress(ValueError):
                yield json.loads(line)

    async def wait(self) -> int:
        """Wait until it has ended, and return its code; negative for a signal."""
        return await self._process.wait()

    async def end(self) -> None:
        """Tell it to end, and see that it does."""
        for number, seconds in ((signal.SIGTERM, PATIENCE), (signal.SIGKILL, None)):
            if self._process.returncode is None:
                with suppress(ProcessLookupError):
                    os.killpg(self._process.pid, number)  # not `send_signal`, which takes the exit code from asyncio
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._process.wait(), seconds)


def heard(at_end: Callable[[], object] = int) -> Iterator[Any]:
    """The helper's side: yield what the parent sends. When the parent is gone, do `at_end`, and end at once."""
    lines: SimpleQueue[str] = SimpleQueue()

    def listen() -> None:
        for line in sys.stdin:
            lines.put(line)
        at_end()
        os._exit(1)

    Thread(target=listen, name="parent", daemon=True).start()
    while True:
        yield json.loads(lines.get())


def tell(what: object) -> None:
    """The helper's side: tell the parent."""
    with suppress(BrokenPipeError):  # it is gone, and this process ends in a moment
        sys.stdout.write(json.dumps(what) + "\n")
        sys.stdout.flush()
