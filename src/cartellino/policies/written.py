"""An expression inside a YAML file: its text, and where in the file each of its characters stands.

YAML may fold lines, indent and quote; the characters that count still come in the same order, so they are found again by
walking through both texts side by side.
"""

from __future__ import annotations

from cartellino.expressions.nodes import Node
from cartellino.expressions.parse import Source, parse
from cartellino.policies.document import Branch
from cartellino.vocabulary.diagnostics import Diagnostic, Span


def expression(branch: Branch, faults: list[Diagnostic]) -> Node | None:
    """Read an expression from a YAML value. Faults point into the YAML file."""
    if isinstance(branch.value, dict | list) or branch.value is None:
        faults.append(Diagnostic("wrong-field", "an expression is expected here, as a text", branch.span))
        return None
    return parse(Source(branch.written, _locator(branch)), faults)


class _locator:  # noqa: N801 - a function that remembers
    """Maps a stretch of the expression to its span in the file."""

    def __init__(self, branch: Branch) -> None:
        self._span = branch.span
        self._offsets = _offsets(branch.written, branch.span)

    def __call__(self, start: int, end: int) -> Span:
        if not self._offsets:
            return self._span
        first = self._offsets[min(start, len(self._offsets) - 1)]
        last = self._offsets[min(max(end - 1, start), len(self._offsets) - 1)]
        return Span(self._span.text, first, max(last, first) + 1)


def _offsets(written: str, span: Span) -> list[int]:
    raw, at, found = span.text.content, span.start, []
    for letter in written:
        if not letter.isspace():
            next_at = raw.find(letter, at, span.end)
            at = next_at if next_at >= 0 else at
        found.append(min(at, span.end - 1))
        at += 0 if letter.isspace() else 1
    return found
