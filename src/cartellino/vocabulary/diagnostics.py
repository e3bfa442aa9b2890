"""What is wrong in a text, where, and what to do: span, problem, hint.

The shape follows compilers' diagnostics (rustc, and Osprey's `error_utils`): a first line with a stable code, the place,
the line with a caret under it, and a hint. All faults of a text are collected; nobody wants to meet them one a run.

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

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True)
class Text:
    """A source that diagnostics point into: its name as the reader knows it, and its content."""

    name: str
    content: str

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset, both from 1."""
        before = self.content[:offset]
        return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1

    def line(self, number: int) -> str:
        """The line with that number (from 1), without its end."""
        lines = self.content.splitlines()
        return lines[number - 1] if 0 < number <= len(lines) else ""


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
        source = self.span.text.line(line)
        width = max(1, min(self.span.end - self.span.start, len(source) - column + 1))
        margin = " " * len(str(line))
        shown = [
            f"error[{self.code}]: {self.problem}",
            f"{margin}--> {self.span.text.name}:{line}:{column}",
            f"{margin} |",
            f"{line} | {source}",
            f"{margin} | {' ' * (column - 1)}{'^' * width}",
        ]
        return "\n".join([*shown, f"{margin} = hint: {self.hint}"] if self.hint else shown)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Suggest the nearest known word, or list what there is when nothing is near."""
    choices = sorted(set(known))
    near = get_close_matches(word, choices, n=1, cutoff=0.6)
    if near:
        return f"did you mean `{near[0]}`?"
    return "known here: " + ", ".join(f"`{choice}`" for choice in choices[:12]) if choices else ""
