"""Diagnostics: what is wrong in a text, where, and what to do about it.

Their form follows those of compilers (rustc, and Osprey's `error_utils`): a first line with a stable code, the place,
the line with carets under it, and a hint. All faults of a text are collected, so that nobody has to find them one per
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
"""Most characters of a line that a diagnostic shows; of a longer line, the part around the fault is shown."""


@dataclass(frozen=True)
class Text:
    """A text that diagnostics refer to: its name, such as a path, and its content."""

    name: str
    content: str

    def position(self, offset: int) -> tuple[int, int]:
        """Return the line and column of an offset, both counted from 1."""
        number = bisect_right(self._starts, max(offset, 0))
        return number, max(offset, 0) - self._starts[number - 1] + 1

    def line(self, number: int) -> str:
        """Return the line with a number (from 1), without its line end; empty if there is no such line."""
        if not 0 < number <= len(self._starts):
            return ""
        end = self.content.find("\n", self._starts[number - 1])
        return self.content[self._starts[number - 1] : end if end >= 0 else None].removesuffix("\r")

    @cached_property
    def _starts(self) -> list[int]:
        """The offsets at which lines begin. Only a line feed ends a line, unlike in Unicode or YAML."""
        return [0, *(at for at, letter in enumerate(self.content, start=1) if letter == "\n")]


@dataclass(frozen=True)
class Span:
    """A part of a text, from the offset `start` to before `end`."""

    text: Text
    start: int
    end: int


@dataclass(frozen=True)
class Diagnostic:
    """One fault: a stable `code`, the problem as a sentence without a full stop, its place, and what to do about it."""

    code: str
    problem: str
    span: Span
    hint: str = ""

    def show(self) -> str:
        """Return the fault as text, with the line of its place and carets under it."""
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
    """Collects the faults of some texts: it is passed to everything that reads or checks them.

    >>> faults = Faults()
    >>> faults.add("type", "a number is needed here", Span(Text("p.yaml", "peer"), 0, 4))
    >>> [fault.code for fault in faults]
    ['type']
    """

    def add(self, code: str, problem: str, span: Span | None, hint: str = "") -> None:
        """Add a fault, unless it has no place in a text."""
        if span is not None:
            self.append(Diagnostic(code, problem, span, hint))


def _clipped(line: str, at: int) -> tuple[str, int]:
    """Cut a long line to the part around the offset `at`; return it, and the offset of `at` in it."""
    first = max(0, at - WIDEST // 2) if len(line) > WIDEST else 0
    head, tail = "…" * (first > 0), "…" * (len(line) > first + WIDEST)
    return f"{head}{line[first : first + WIDEST]}{tail}", at - first + len(head)


def _visible(text: str) -> str:
    """Replace characters that a terminal would interpret or hide: control characters, surrogates, direction marks."""
    return "".join(
        "\ufffd" if unicodedata.category(letter) in _UNSHOWN and letter != "\t" else letter for letter in text
    )


_UNSHOWN = ("Cc", "Cf", "Cs", "Zl", "Zp")


def _blank(text: str) -> str:
    """Return white space as wide as `text` on a terminal."""
    return "".join("\t" if letter == "\t" else " " * _cells(letter) for letter in text)


def _cells(letter: str) -> int:
    """Return the number of terminal cells that a character occupies."""
    if unicodedata.category(letter) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return a hint with the nearest known word, or a list of known words if none is near."""
    choices = sorted(set(known))
    near = get_close_matches(word, choices, n=1, cutoff=0.6)
    if near:
        return f"did you mean `{near[0]}`?"
    more = f" and {len(choices) - 12} more" * (len(choices) > 12)
    return "known here: " + ", ".join(f"`{choice}`" for choice in choices[:12]) + more if choices else ""
