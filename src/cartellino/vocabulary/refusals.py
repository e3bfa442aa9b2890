"""The base classes of refusals, which are the errors that people are shown.

    Refusal
    ├── BadArgument       an argument of a command or a call cannot be used
    ├── NotFound          something that was asked for by its name or id does not exist
    ├── BadPolicy         a policy has faults; it carries every one of them
    └── BadFile           a file as a whole cannot be read

Each has a stable `code`, data, and a sentence that says what was wrong, where, and what to do.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from cartellino.vocabulary.diagnostics import Diagnostic

MOST_SHOWN = 50
"""Most faults that the message of a refusal shows; its `faults` has all of them."""


class Refusal(Exception):  # noqa: N818 - a refusal is an answer, not an accident
    """A request cannot be fulfilled; the message is written for the person who made it."""

    code = "refused"
    pointer = ""
    """A JSON pointer to what was wrong, where the request has a place for it; empty if there is none."""

    def at(self, pointer: str) -> Self:
        """Return the refusal with the place of what was wrong."""
        self.pointer = pointer
        return self


class BadArgument(Refusal):
    """An argument cannot be used."""

    code = "bad-argument"


class NotFound(Refusal):
    """Something that was asked for by its name or id does not exist."""

    code = "not-found"


class BadFile(Refusal):
    """A file as a whole cannot be read."""

    code = "bad-file"


class BadPolicy(Refusal):
    """A policy has faults. `faults` holds all of them, in the order of the text."""

    code = "bad-policy"

    def __init__(self, faults: Sequence[Diagnostic]) -> None:
        """The message shows at most `MOST_SHOWN` of the faults, so that it stays readable."""
        self.faults = tuple(faults)
        shown = [fault.show() for fault in self.faults[:MOST_SHOWN]]
        if len(self.faults) > MOST_SHOWN:
            shown.append(f"... and {len(self.faults) - MOST_SHOWN} more faults")
        super().__init__("\n\n".join(shown))
