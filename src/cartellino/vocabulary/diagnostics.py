"""What is wrong in a text, where, and what to do: span, problem, hint.

The shape follows compilers' diagnostics (rustc, and Osprey's `error_utils`): a first line with a stable code, the
place, the line with a caret under it, and a hint. All faults of a text are collected; nobody wants to meet them one a
run.

>>> text = Text("spam.yaml", "when: coutn(message_sent)")
>>> print(Diagnostic("unknown-function", "`coutn` is not a signal", Span(text, 6, 11), "did you mean `count`?").show())
error[unknown-function]: `coutn` is not a signal
 --> spam.yaml:1:7
  |
1 | when: coutn(message_sent)
  |       ^^^^^
  = hint: did you mean `count`?
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property

WIDEST = 160
"""Characters of a line that a diagnostic shows; of a longer line it shows the part around the fault."""


@dataclass(frozen=True)
class Text:
    """A source that diagnostics point into: its name as the reader knows it, and its content."""

    name: str
    content: str

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset, both from 1."""
        number = bisect_right(self._starts, max(offset, 0))
        return number, max(offset, 0) - self._starts[number - 1] + 1

    def line(self, number: int) -> str:
        """The line with that number (from 1), without its end."""
        if not 0 < number <= len(self._starts):
            return ""
        end = self.content.find("\n", self._starts[number - 1])
        return self.content[self._starts[number - 1] : end if end >= 0 else None].removesuffix("\r")

    @cached_property
    def _starts(self) -> list[int]:
        """Where each line begins. Only a line feed ends a line here, whatever else Unicode or YAML take for one."""
        return [0, *(at for at, letter in enumerate(self.content, start=1) if letter == "\n")]


@dataclass(frozen=True)
class Span:
    """A stretch of a text: offsets `start` (included) to `end` (excluded)."""

    text: Text
    start: int
    end: int


@dataclass(frozen=True)
class Diagnostic:
    """One fault: a stable `code`, a sentence without its full stop, where, and what to do about it."""

    code: str
    problem: str
    span: Span
    hint: str = ""

    def show(self) -> str:
        """Write the fault as people read it, caret and all."""
        line, column = self.span.text.position(self.span.start)
        source, before = _clipped(self.span.text.line(line), column - 1)
        marked = source[before : before + self.span.end - self.span.start]
        margin = " " * len(str(line))
        shown = [
            f"error[{self.code}]: {_visible(self.problem)}",
            f"{margin}--> {self.span.text.name}:{line}:{column}",
            f"{margin} |",
            f"{line} | {_visible(source)}".rstrip(),
            f"{margin} | {_blank(source[:before])}{'^' * max(1, sum(map(_cells, marked)))}",
        ]
        return "\n".join([*shown, f"{margin} = hint: {_visible(self.hint)}"] if self.hint else shown)


class Faults(list[Diagnostic]):
    """The faults of some texts: handed to everything that reads or checks them, so that all are told at once.

    >>> faults = Faults()
    >>> faults.add("type", "a number is needed here", Span(Text("p.yaml", "peer"), 0, 4))
    >>> [fault.code for fault in faults]
    ['type']
    """

    def add(self, code: str, problem: str, span: Span | None, hint: str = "") -> None:
        """Add a fault; what stands in no text cannot be told of."""
        if span is not None:
            self.append(Diagnostic(code, problem, span, hint))


def _clipped(line: str, at: int) -> tuple[str, int]:
    """Cut a long line to the part around `at`; return it and where `at` is in it."""
    first = max(0, at - WIDEST // 2) if len(line) > WIDEST else 0
    head, tail = "…" * (first > 0), "…" * (len(line) > first + WIDEST)
    return f"{head}{line[first : first + WIDEST]}{tail}", at - first + len(head)


def _visible(text: str) -> str:
    """Make what a terminal would obey or swallow visible: control characters, half characters, direction marks."""
    return "".join(
        "\ufffd" if unicodedata.category(letter) in _UNSHOWN and letter != "\t" else letter for letter in text
    )


_UNSHOWN = ("Cc", "Cf", "Cs", "Zl", "Zp")


def _blank(text: str) -> str:
    """Return white space as wide as `text` on a terminal."""
    return "".join("\t" if letter == "\t" else " " * _cells(letter) for letter in text)


def _cells(letter: str) -> int:
    """How many cells of a terminal a character takes."""
    if unicodedata.category(letter) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Suggest the nearest known word, or list what there is when nothing is near."""
    choices = sorted(set(known))
    near = get_close_matches(word, choices, n=1, cutoff=0.6)
    if near:
        return f"did you mean `{near[0]}`?"
    more = f" and {len(choices) - 12} more" * (len(choices) > 12)
    return "known here: " + ", ".join(f"`{choice}`" for choice in choices[:12]) + more if choices else ""
