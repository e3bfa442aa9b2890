"""Events without a key: a message without `device` may have come from any device, so that it may count for each.

For every aggregate by a key other than the account there is a second series, of the events without the key. Its key is
the service, and its events are possible for every key. It does not distinguish values: an event adds at most one to any
count of different values.

>>> from cartellino.expressions.parse import parse_text
>>> from cartellino.expressions.show import show
>>> unkeyed(parse_text('distinct(connected.account, where=known, over="1h", by=device)'))
Count(kind='connected', column=None, where=Name(name='known'), over=3600000, by='without device')
>>> show(unkeyed(parse_text('count(message_sent, over="1h", by=group)')).where)
'not has(peer)'
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from cartellino.expressions import nodes
from cartellino.expressions.nodes import Aggregate, Node

_WITHOUT = "without "

_IS_TO_NOBODY = nodes.Not(nodes.Has("peer"))
_IS_FORWARDED = nodes.And(
    (nodes.Has("forwards"), nodes.Compare(">", nodes.Column("forwards"), nodes.Number(0))),
)
_MAY_HAVE = {
    ("message_sent", "group"): _IS_TO_NOBODY,
    ("message_sent", "content"): nodes.Or(
        (_IS_FORWARDED, nodes.Not(nodes.OneOf(nodes.Column("media"), ("text", "call"))))
    ),
}
"""Conditions under which an event without a key may have had one. By the event format, a message to a peer is in no
group, and texts and calls that are not forwarded have no fingerprint of their content."""


def unkeyed(node: Aggregate) -> Aggregate | None:
    """Return the aggregate of the events without the key; `None` if the key is the account."""
    if node.by == "account":
        return None
    by, where = f"{_WITHOUT}{node.by}", _both(node.where, _MAY_HAVE.get((node.kind, node.by)))
    if isinstance(node, nodes.Sum):
        return replace(node, where=where, by=by)
    column = "peer" if node.column == "peer" else None  # so that messages to groups are ignored
    return nodes.Count(node.kind, column, where, node.over, by)


def missing_key(by: str) -> str | None:
    """Return the key that is missing in the events of a series; `None` for series of events with a key."""
    return by.removeprefix(_WITHOUT) if by.startswith(_WITHOUT) else None


def with_unkeyed(aggregates: Iterable[Aggregate]) -> list[Aggregate]:
    """Return the distinct aggregates, and those of the events without their keys."""
    distinct = list(dict.fromkeys(aggregates))
    missed = [series for aggregate in distinct if (series := unkeyed(aggregate)) is not None]
    return list(dict.fromkeys([*distinct, *missed]))


def _both(first: Node | None, second: Node | None) -> Node | None:
    if first is None or second is None:
        return first or second
    return nodes.And((first, second))
