"""Shows the progress of a start: on a terminal in a line that changes, elsewhere in a line every few seconds.

It needs only the standard library, since it also shows the progress of the installation.

>>> steps = Steps("packages", "rules", out=sys.stdout)
>>> steps.move(0, 3, 45, "3 of 45 collected")
1/2 packages: 3 of 45 collected
>>> steps.move(0, 4, 45, "4 of 45 collected")
>>> steps.move(0, 45, 45, "all installed")
1/2 packages: all installed
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TextIO

EVERY = 3.0
"""Seconds between two lines if the output is no terminal."""


@dataclass
class Step:
    """One step: how much of it is done, of how much, and a description."""

    title: str
    done: float = 0
    of: float = 0
    words: str = ""

    @property
    def is_over(self) -> bool:
        """Whether all of it is done."""
        return 0 < self.of <= self.done


class Steps:
    """The steps of a start, in order."""

    def __init__(
        self, *titles: str, out: TextIO | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:  # fmt: skip
        """`out` is standard error unless given; `clock` returns seconds."""
        self.all = [Step(title) for title in titles]
        self._out = out if out is not None else sys.stderr
        self._clock = clock
        self._told = -EVERY
        self._last: tuple[int, str] = (-1, "")

    def move(self, number: int, done: float, of: float, words: str) -> None:
        """Record the progress of a step, and print it if that is due; the first and the last line always are."""
        step = self.all[number]
        step.done, step.of, step.words = done, of, words
        if self._last == (number, words):
            return
        is_due = step.is_over or number != self._last[0] or self._clock() - self._told >= EVERY
        if is_due or self._is_watched:
            self._tell(self._line(number), is_last=step.is_over)
            self._last, self._told = (number, words), self._clock()

    def say(self, text: str) -> None:
        """Print a message in a line of its own."""
        self._tell(text, is_last=True)
        self._last = (-1, "")

    def _line(self, number: int) -> str:
        place = f"{number + 1}/{len(self.all)} " if len(self.all) > 1 else ""
        return f"{place}{self.all[number].title}: {self.all[number].words}"

    @property
    def _is_watched(self) -> bool:
        return self._out.isatty()

    def _tell(self, line: str, *, is_last: bool) -> None:
        with suppress(OSError):  # the terminal is closed, and a signal to end follows
            if self._is_watched:
                self._out.write(f"\r\x1b[K{line}" + "\n" * is_last)
            else:
                self._out.write(f"{line}\n")
            self._out.flush()
