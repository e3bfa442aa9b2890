"""Parses an expression in a YAML file, with the place of each of its characters in the file.

YAML may fold lines, indent and quote. The characters other than white space still come in the same order, so their
places are found by walking through both texts in parallel.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from cartellino.expressions.nodes import Node
from cartellino.expressions.parse import Source, parse
from cartellino.policies.document import Branch
from cartellino.vocabulary.diagnostics import Faults, Span


def expression(branch: Branch, faults: Faults) -> Node | None:
    """Parse an expression in a YAML value; faults have places in the YAML file."""
    if isinstance(branch.value, dict | list) or branch.value is None:
        faults.add("wrong-field", "an expression is expected here, as a text", branch.span)
        return None
    return parse(Source(branch.written, _locator(branch)), faults)


class _locator:  # noqa: N801 - a function with memory
    """Maps a range of offsets in the expression to its span in the file."""

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
    letters = list(_letters(span))
    at, offsets = 0, []
    for letter in written:
        if not letter.isspace():
            at = next((place for place in range(at, len(letters)) if letters[place][1] == letter), at)
        offsets.append(letters[at][0] if at < len(letters) else span.end - 1)
        at += 0 if letter.isspace() else 1
    return offsets


def _letters(span: Span) -> Iterator[tuple[int, str]]:
    """Yield the offset and the character for each character of a YAML value, without quotes and block headers."""
    raw, at = span.text.content, span.start
    quote = raw[at : at + 1]
    if quote in ("|", ">"):
        at = raw.find("\n", at, span.end) + 1 or span.end
    at += quote in ("'", '"')
    while at < span.end:
        escape = _ESCAPE.match(raw, at, span.end) if quote == '"' else None
        if escape is None:
            yield at, raw[at]
            at += 1
        else:
            yield at, _meant(escape[0])
            at = escape.end()


_ESCAPE = re.compile(r"\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)", re.DOTALL)


def _meant(escape: str) -> str:
    """Return the character that an escape stands for; a space for escapes of white space and control characters."""
    if escape[1] in "xuU" and len(escape) > 2:
        return chr(min(int(escape[2:], 16), 0x10FFFF))
    return escape[1] if escape[1] in '"/\\' else " "
