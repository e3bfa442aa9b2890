"""The nodes of an expression: frozen dataclasses, nothing more.

A node is equal to another that says the same; where it stood (`span`) does not count.

>>> Compare(">", Count("message_sent", over=86_400_000), Number(100)) == Compare(
...     ">", Count("message_sent", over=86_400_000), Number(100))
True
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from typing import Literal

from cartellino.vocabulary.diagnostics import Span
from cartellino.vocabulary.times import Duration

Comparison = Literal[">", ">=", "<", "<=", "==", "!="]
Operation = Literal["+", "-", "*", "/"]


@dataclass(frozen=True)
class Node:
    """Anything that stands in an expression; `span` says where it stood, for diagnostics."""

    span: Span | None = field(default=None, kw_only=True, compare=False, repr=False)


# Values


@dataclass(frozen=True)
class Number(Node):
    """A number that is written down."""

    value: float


@dataclass(frozen=True)
class Text(Node):
    """A text that is written down; beside a duration, `"24h"` is a duration."""

    value: str


@dataclass(frozen=True)
class Flag(Node):
    """`true` or `false`."""

    value: bool


@dataclass(frozen=True)
class Param(Node):
    """`param("name", default)`: a threshold that can be set without touching the rule."""

    name: str
    default: float


@dataclass(frozen=True)
class Name(Node):
    """A bare word: a signal defined in the policy, or a column of the event."""

    name: str


@dataclass(frozen=True)
class Column(Node):
    """A column of the event that is judged (or counted, inside `where`)."""

    name: str


@dataclass(frozen=True)
class Named(Node):
    """A signal of the policy, with what it stands for."""

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
    """`x > y` and its kin."""

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
    """`x + y` and its kin. Division by what may be zero is unknown."""

    operator: Operation
    left: Node
    right: Node


@dataclass(frozen=True)
class Minus(Node):
    """`-x`."""

    operand: Node


# Signals: what events of a kind add up to


@dataclass(frozen=True)
class Aggregate(Node):
    """What the events of `kind` add up to over the last `over` ms, for one key (`by`)."""

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
    """`repeat(kind.column)`: how often the most frequent value came."""


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
    """`has(column)`: the event carries this column; true or false, never unknown."""

    column: str


@dataclass(frozen=True)
class InList(Node):
    """`in_list(column, "list")`: the column matches an entry of the list, in the list's own way of matching."""

    column: str
    list: str


@dataclass(frozen=True)
class Near(Node):
    """`near(image_hash, "list", bits=31)`: at most `bits` of 256 differ from a fingerprint of the list."""

    column: str
    list: str
    bits: int


# Standing: only in `given`


@dataclass(frozen=True)
class Strikes(Node):
    """`strikes("ladder", over="90d")`: strikes that count, of one ladder or of all."""

    ladder: str | None = None
    over: Duration | None = None


@dataclass(frozen=True)
class Sanctions(Node):
    """`sanctions("suspension", over="7d")`: sanctions begun in that time, or running now without `over`."""

    kind: str | None = None
    over: Duration | None = None


@dataclass(frozen=True)
class Linked(Node):
    """`linked(device, "ban", grave=true)`: other accounts under such a sanction that used this device."""

    by: str
    kind: str
    grave: bool = False


Standing = Strikes | Sanctions | Linked
STANDING = (Strikes, Sanctions, Linked)


def children(node: Node) -> Iterator[Node]:
    """Yield the nodes right below `node`."""
    for attribute in fields(node):
        value = getattr(node, attribute.name)
        if isinstance(value, Node):
            yield value
        elif isinstance(value, tuple):
            yield from (item for item in value if isinstance(item, Node))


def walk(node: Node) -> Iterator[Node]:
    """Yield `node` and everything below it, from the top down."""
    yield node
    for child in children(node):
        yield from walk(child)
