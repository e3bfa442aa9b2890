"""Helper processes, which report in lines of JSON, and end with their parent, even if that is killed.

A helper is in a session of its own, so that the terminal's signals reach only its parent. Its standard input stays open
as long as the parent lives; at its end, the helper ends. This needs nothing from the system but pipes.
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
"""Seconds after which a helper that was asked to end is killed."""

LONGEST = 1 << 20
"""Most bytes of a line."""


class Helper:
    """The parent's side: a module that runs in a process of its own."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        """Wrap a running process; use `start` to create one."""
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
        """Send the helper a line; without effect if it has ended."""
        assert self._process.stdin is not None, "it was started with a pipe"
        with suppress(OSError):
            self._process.stdin.write(json.dumps(what).encode() + b"\n")

    async def messages(self) -> AsyncIterator[Any]:
        """Yield the helper's messages until it ends; other output is ignored."""
        assert self._process.stdout is not None, "it was started with a pipe"
        async for line in self._process.stdout:
            with suppress(ValueError):
                yield json.loads(line)

    async def wait(self) -> int:
        """Wait for the helper to end, and return its exit code; negative for a signal."""
        return await self._process.wait()

    async def end(self) -> None:
        """Ask the helper to end, and kill it if it does not."""
        for number, seconds in ((signal.SIGTERM, PATIENCE), (signal.SIGKILL, None)):
            if self._process.returncode is None:
                with suppress(ProcessLookupError):
                    os.killpg(self._process.pid, number)  # `send_signal` would reap it before asyncio
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._process.wait(), seconds)


def heard(at_end: Callable[[], object] = int) -> Iterator[Any]:
    """The helper's side: yield the parent's messages. When the parent is gone, call `at_end`, and end at once."""
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
    """The helper's side: send a message to the parent."""
    with suppress(BrokenPipeError):  # the parent is gone, and this process ends in a moment
        sys.stdout.write(json.dumps(what) + "\n")
        sys.stdout.flush()
