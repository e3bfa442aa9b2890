"""The nodes of expressions, as frozen dataclasses.

Nodes are equal if they express the same, wherever in a text they stood (`span`).

>>> Compare(">", Count("message_sent", over=86_400_000), Number(100)) == Compare(
...     ">", Count("message_sent", over=86_400_000), Number(100))
True
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Literal

from cartellino.vocabulary.diagnostics import Span
from cartellino.vocabulary.times import Duration

Comparison = Literal[">", ">=", "<", "<=", "==", "!="]
Operation = Literal["+", "-", "*", "/"]


@dataclass(frozen=True)
class Node:
    """The base class of nodes; `span` is the node's place in the source, for diagnostics."""

    span: Span | None = field(default=None, kw_only=True, compare=False, repr=False)

    @cached_property
    def descendants(self) -> tuple[Node, ...]:
        """All nodes below this one, parents first; kept, since a plan asks for them some thousand times."""
        return tuple(part for child in children(self) for part in walk(child))


# Values


@dataclass(frozen=True)
class Number(Node):
    """A literal number."""

    value: float


@dataclass(frozen=True)
class Text(Node):
    """A literal text; compared with a duration, a text such as `"24h"` is a duration."""

    value: str


@dataclass(frozen=True)
class Flag(Node):
    """`true` or `false`."""

    value: bool


@dataclass(frozen=True)
class Param(Node):
    """`param("name", default)`: a threshold that can be set without changing the rule."""

    name: str
    default: float


@dataclass(frozen=True)
class Name(Node):
    """A bare word that is not resolved yet: a signal defined in the policy, or a column of the event."""

    name: str


@dataclass(frozen=True)
class Column(Node):
    """A column of the event that is judged, or inside `where` of the event that is counted."""

    name: str


@dataclass(frozen=True)
class Named(Node):
    """A signal defined in the policy, with its definition."""

    name: str
    means: Node


# Logic and arithmetic


@dataclass(frozen=True)
class Not(Node):
    """`not x`."""

    operand: Node


@dataclass(frozen=True)
class And(Node):
    """`x and y and ...`."""

    operands: tuple[Node, ...]


@dataclass(frozen=True)
class Or(Node):
    """`x or y or ...`."""

    operands: tuple[Node, ...]


@dataclass(frozen=True)
class Compare(Node):
    """A comparison such as `x > y`."""

    operator: Comparison
    left: Node
    right: Node


@dataclass(frozen=True)
class OneOf(Node):
    """`x in ("a", "b")`."""

    operand: Node
    values: tuple[str, ...]


@dataclass(frozen=True)
class Arithmetic(Node):
    """An operation such as `x + y`. A quotient whose divisor may be zero is unknown."""

    operator: Operation
    left: Node
    right: Node


@dataclass(frozen=True)
class Minus(Node):
    """`-x`."""

    operand: Node


# Signals


@dataclass(frozen=True)
class Aggregate(Node):
    """An aggregate of the events of `kind` in the last `over` ms that match `where`, for each value of the key `by`."""

    kind: str
    column: str | None = None
    where: Node | None = None
    over: Duration | None = None
    by: str = "account"


@dataclass(frozen=True)
class Count(Aggregate):
    """`count(kind)`: how many events."""


@dataclass(frozen=True)
class Sum(Aggregate):
    """`sum(kind.column)`: the total of a number column."""


@dataclass(frozen=True)
class Distinct(Aggregate):
    """`distinct(kind.column)`: how many different values."""


@dataclass(frozen=True)
class Repeat(Aggregate):
    """`repeat(kind.column)`: how often the most frequent value occurred."""


@dataclass(frozen=True)
class Unanswered(Aggregate):
    """`unanswered(kind)`: peers whose latest event is in the window and who have not replied."""


@dataclass(frozen=True)
class Share(Node):
    """`share(part, of=whole, at_least=n)`: unknown while the whole is below `at_least`."""

    part: Node
    whole: Node
    at_least: float


@dataclass(frozen=True)
class Age(Node):
    """`age(account)`: how long ago the account was made."""


@dataclass(frozen=True)
class Since(Node):
    """`since(kind)`: how long ago the account's latest event of the kind was."""

    kind: str


@dataclass(frozen=True)
class First(Node):
    """`first(kind.column)`: the value in the account's first event of the kind."""

    kind: str
    column: str


@dataclass(frozen=True)
class Last(Node):
    """`last(kind.column)`: the value in the account's latest event of the kind."""

    kind: str
    column: str


# Predicates of the event


@dataclass(frozen=True)
class Has(Node):
    """`has(column)`: whether the event has a value in this column; never unknown."""

    column: str


@dataclass(frozen=True)
class InList(Node):
    """`in_list(column, "list")`: whether the column matches an entry, in the way that the list defines."""

    column: str
    list: str


@dataclass(frozen=True)
class Near(Node):
    """`near(image_hash, "list", bits=31)`: whether at most `bits` of 256 bits differ from a fingerprint of the list."""

    column: str
    list: str
    bits: int


# Standing: only in `given`


@dataclass(frozen=True)
class Strikes(Node):
    """`strikes("ladder", over="90d")`: the number of strikes that count, on one ladder or on all."""

    ladder: str | None = None
    over: Duration | None = None


@dataclass(frozen=True)
class Sanctions(Node):
    """`sanctions("suspension", over="7d")`: how many sanctions began in that time; without `over`, are active."""

    kind: str | None = None
    over: Duration | None = None


@dataclass(frozen=True)
class Linked(Node):
    """`linked(device, "ban", grave=true)`: the number of other accounts under such a sanction that used this device."""

    by: str
    kind: str
    grave: bool = False


Standing = Strikes | Sanctions | Linked
STANDING = (Strikes, Sanctions, Linked)


def children(node: Node) -> Iterator[Node]:
    """Yield the direct children of a node."""
    for attribute in fields(node):
        value = getattr(node, attribute.name)
        if isinstance(value, Node):
            yield value
        elif isinstance(value, tuple):
            yield from [item for item in value if isinstance(item, Node)]


def walk(node: Node) -> Iterator[Node]:
    """Yield a node and all its descendants, parents first."""
    yield node
    yield from node.descendants
