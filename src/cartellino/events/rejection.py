"""A row that was not taken: where it stood, all that is wrong with it, and the row itself, so nothing is lost."""

from __future__ import annotations

from typing import Any

import msgspec

from cartellino.events.validation import Fault

_SUGGESTED = ("unknown-column", "unknown-kind")
"""Codes of faults that suggest what may have been meant."""


class Rejection(msgspec.Struct, frozen=True):
    """One refused row of `source`; `line` counts from 1 (lines of NDJSON, rows of Arrow and Parquet; 0: the file).

    `row` is the row as it came: parsed if it could be parsed, else its text.
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
        """Write the rejection on one line, as compilers do: `file:line: column: expected ..., got ...`."""
        fault = self.faults[0]
        where = f"{self.source}:{self.line}" if self.line else self.source
        wanted = fault.expected if fault.code in _SUGGESTED else f"expected {fault.expected},"
        shown = f"{where}: {fault.column or 'row'}: {fault.code}: {wanted} got {fault.got}"
        return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in shown)

    def record(self) -> dict[str, Any]:
        """Return the line of `rejected.ndjson`: the first fault flat, then all of them, then the row."""
        first = msgspec.to_builtins(self.faults[0])
        return {"source": self.source, "line": self.line, **first, "faults": self.faults, "row": self.row}
