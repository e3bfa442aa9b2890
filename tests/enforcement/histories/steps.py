"""What happens in a history, one line a step. Each comes `later` after the one before.

Accounts are numbers (`WHO`). `of` counts what there is so far, round and round, so that a step means something wherever
it stands; where there is nothing yet, it does nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Literal

from cartellino.vocabulary.times import DAY

BEGINS = 1_000 * DAY

WHO = (("main", "a"), ("main", "b"), ("shop", "a"), ("main", "c"), ("shop", "d"))
"""Accounts by number."""


@dataclass(frozen=True)
class Step:
    """Something happens."""

    later: int = field(default=0, kw_only=True)

    def __repr__(self) -> str:
        """Write it as Python, without what is as usual."""
        return f"{type(self).__name__}({_told(self)})"


def _told(one: Step | History) -> str:
    held = {each.name: getattr(one, each.name) for each in fields(one) if getattr(one, each.name) != each.default}
    return ", ".join(f"{name}={value!r}" for name, value in held.items())


@dataclass(frozen=True, repr=False)
class Found(Step):
    """Rules (`"r mid"`) find an event of an account, `late` before now, with what it `uses` (`"n1 d1 a1 r1"`)."""

    rules: str
    who: int = 0
    late: int = 0
    uses: str = ""
    age: int | None = None
    active: int = 0


@dataclass(frozen=True, repr=False)
class Flooded(Step):
    """A rule finds so many accounts that nothing else is known of."""

    rule: str
    accounts: int
    age: int | None = None


@dataclass(frozen=True, repr=False)
class Lifted(Step):
    of: int = 0


@dataclass(frozen=True, repr=False)
class Shortened(Step):
    """A sanction ends `left` after now, which may lie before now."""

    of: int = 0
    left: int = 0


@dataclass(frozen=True, repr=False)
class Overturned(Step):
    of: int = 0


@dataclass(frozen=True, repr=False)
class Ended(Step):
    """Whatever is past its end is declared to have ended."""


@dataclass(frozen=True, repr=False)
class Imposed(Step):
    """A person who was asked sanctions the account."""

    kind: Literal["warning", "restriction", "suspension", "ban"] = "ban"
    lasts: int | None = None
    of: int = 0


@dataclass(frozen=True, repr=False)
class Linked(Step):
    one: int
    other: int


@dataclass(frozen=True, repr=False)
class NumberReleased(Step):
    """A number goes back, by an event of the log (`logged`) or by a person; without one, that of an account."""

    number: str = ""
    who: int = 0
    logged: bool = False


@dataclass(frozen=True, repr=False)
class Opened(Step):
    """An incident with a name is declared that began `ago` before now, or begins after it.

    It holds where its service (`main`), regions (`r1`) and network (`a1`) say, or everywhere; and it may hold what
    leans on it.
    """

    name: str = "i"
    kinds: str = "message_sent"
    ago: int = 0
    where: str = ""
    holds: bool = False


@dataclass(frozen=True, repr=False)
class Closed(Step):
    name: str = "i"
    ago: int = 0


@dataclass(frozen=True, repr=False)
class Released(Step):
    rule: str = "r"


@dataclass(frozen=True, repr=False)
class Discarded(Step):
    rule: str = "r"


@dataclass(frozen=True, repr=False)
class Adopted(Step):
    """Other policies decide; every rule promises so many accounts a day."""

    policies: str
    promised: float | None = None


@dataclass(frozen=True, repr=False)
class SetBack(Step):
    """The clock shows `span` less; what began from `after` after that on began by the wrong time."""

    span: int = DAY
    after: int = 0


@dataclass(frozen=True, repr=False)
class Restarted(Step):
    """Everything is played again from where the sequencer was last built."""


@dataclass(frozen=True, repr=False)
class Upgraded(Step):
    """The sequencer is built from what is stored."""


@dataclass(frozen=True, repr=False)
class History:
    """Policies, and what happens under them. `fewest` is the budget that a brake has at least."""

    policies: str
    steps: tuple[Step, ...]
    fewest: int = 20
    promised: float | None = None

    def __repr__(self) -> str:
        """Write it as Python, without what is as usual."""
        return f"History({_told(self)})"
