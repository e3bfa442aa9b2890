"""The functions of the language, in a table that the parser, the checker and the reference use.

>>> FUNCTIONS["share"].usage
'share(distinct(kind.column), of=distinct(kind.column), at_least=20, over="24h")'
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

from cartellino.expressions.nodes import Aggregate, Count, Distinct, Repeat, Sum, Unanswered


@dataclass(frozen=True)
class Function:
    """A function: its name, how a call is written, and what it returns."""

    name: str
    usage: str
    gives: str


_WINDOWED = 'where=known, over="24h", by=device'

_TABLE = (
    Function("count", f"count(kind, {_WINDOWED})", "how many events of the kind"),
    Function("sum", f"sum(kind.column, {_WINDOWED})", "the total of a number column"),
    Function("distinct", f"distinct(kind.column, {_WINDOWED})", "how many different values of the column"),
    Function("repeat", f"repeat(kind.column, {_WINDOWED})", "how often the most frequent value of the column came"),
    Function(
        "unanswered",
        'unanswered(kind, where=not known, over="24h")',
        "how many peers whose latest event is in the window have not replied",
    ),
    Function(
        "share",
        'share(distinct(kind.column), of=distinct(kind.column), at_least=20, over="24h")',
        "the part divided by the whole; unknown while the whole is below `at_least`",
    ),
    Function("age", "age(account)", "how long ago the account was made"),
    Function("since", "since(kind)", "how long ago the account's latest event of the kind was"),
    Function("first", "first(kind.column)", "the column's value in the account's first event of the kind in the log"),
    Function("last", "last(kind.column)", "the column's value in the account's latest event of the kind"),
    Function("has", "has(column)", "whether the event carries the column; never unknown"),
    Function("in_list", 'in_list(column, "list")', "whether the column matches an entry of the list"),
    Function("near", 'near(image_hash, "list", bits=31)', "whether a fingerprint of the list differs in so few bits"),
    Function("param", 'param("name", 100)', "a threshold that can be set without touching the rule"),
    Function("strikes", 'strikes("ladder", over="90d")', "how many strikes count (only in `given`)"),
    Function(
        "sanctions",
        'sanctions("suspension", over="7d")',
        "how many sanctions hold; with `over`, how many began in that time and were not lifted (only in `given`)",
    ),
    Function(
        "linked",
        'linked(device, "ban", grave=true)',
        "how many other accounts under such a sanction used the same device (only in `given`)",
    ),
)

FUNCTIONS = MappingProxyType({function.name: function for function in _TABLE})

AGGREGATES: MappingProxyType[str, type[Aggregate]] = MappingProxyType(
    {"count": Count, "sum": Sum, "distinct": Distinct, "repeat": Repeat, "unanswered": Unanswered}
)
"""The functions that aggregate events over a window."""

WITH_COLUMN = frozenset({"sum", "distinct", "repeat"})
"""The aggregates whose argument is `kind.column`; the others take only a kind."""
