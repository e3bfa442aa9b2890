"""A refused row: its place, all its faults, and the row itself, so that nothing is lost."""

from __future__ import annotations

from typing import Any

import msgspec

from cartellino.events.validation import Fault

_SUGGESTED = ("unknown-column", "unknown-kind")
"""Codes of faults whose `expected` is a suggestion."""


class Rejection(msgspec.Struct, frozen=True):
    """One refused row of `source`. `line` counts lines (NDJSON) or rows (Arrow, Parquet) from 1; 0 is the whole file.

    `row` is the row as received: parsed if it could be parsed, else its text.
    """

    source: str
    line: int
    faults: tuple[Fault, ...]
    row: Any = None

    @property
    def code(self) -> str:
        """The code of the first fault."""
        return self.faults[0].code

    def show(self) -> str:
        """Return the rejection as one line, in the style of compilers: `file:line: column: expected ..., got ...`."""
        fault = self.faults[0]
        where = f"{self.source}:{self.line}" if self.line else self.source
        wanted = fault.expected if fault.code in _SUGGESTED else f"expected {fault.expected},"
        shown = f"{where}: {fault.column or 'row'}: {fault.code}: {wanted} got {fault.got}"
        return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in shown)

    def record(self) -> dict[str, Any]:
        """Return the record for `rejected.ndjson`: the fields of the first fault, then all faults, then the row."""
        first = msgspec.to_builtins(self.faults[0])
        return {"source": self.source, "line": self.line, **first, "faults": self.faults, "row": self.row}
