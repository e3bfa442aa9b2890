"""Runs work that ends at a signal (Ctrl-C, SIGTERM, a closed terminal), and cleans up in any case."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Coroutine
from typing import Any

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
OWNER = "CARTELLINO_RUN_PID"
"""The variable with the process id of `./run`: its child processes end with it, even if it is killed."""


def run_until_told(work: Coroutine[Any, Any, int]) -> int:
    """Run work and return its exit code; or cancel it at a signal, and return 128 plus the signal's number.

    Work may also return a code of its own when it is cancelled. A signal that was ignored before, as under nohup(1),
    stays ignored.
    """
    return asyncio.run(_watched(work))


async def _watched(work: Coroutine[Any, Any, int]) -> int:
    loop, task, received = asyncio.get_running_loop(), asyncio.ensure_future(work), list[int]()

    def stop(number: int) -> None:
        if not received:
            received.append(number)
            task.cancel()

    for signum in SIGNALS:
        if signal.getsignal(signum) is not signal.SIG_IGN:
            loop.add_signal_handler(signum, stop, signum)
    watching = asyncio.ensure_future(_owner_is_gone())
    watching.add_done_callback(lambda _: stop(signal.SIGTERM))
    try:
        return await task
    except asyncio.CancelledError:
        if not received:
            raise
        return 128 + received[0]
    finally:
        watching.cancel()


async def _owner_is_gone() -> None:
    """Return when the process that started this one is gone; never return if it is unknown."""
    owner = os.environ.get(OWNER, "")
    while not owner.isdigit() or os.getppid() == int(owner):
        await asyncio.sleep(0.5 if owner.isdigit() else 3_600)
