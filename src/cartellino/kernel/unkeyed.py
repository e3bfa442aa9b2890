"""Events without a key: a message without `device` may have come from any device, so it may add to what each has.

For everything that is counted by another key than the account there is one more series, of the events that lack the
key: it is counted by the service, and what it holds is possible for every key. Values are not told apart there; an
event adds at most one to any count of different things.

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
"""Where the contract says of a missing key that there is none: a message to a peer is in no group, and what somebody
writes or says themselves has no fingerprint."""


def unkeyed(node: Aggregate) -> Aggregate | None:
    """Return the series of the events that may belong to any key of a signal; `None` if it counts by the account."""
    if node.by == "account":
        return None
    by, where = f"{_WITHOUT}{node.by}", _both(node.where, _MAY_HAVE.get((node.kind, node.by)))
    if isinstance(node, nodes.Sum):
        return replace(node, where=where, by=by)
    column = "peer" if node.column == "peer" else None  # a message to a group is beside the point of who counts peers
    return nodes.Count(node.kind, column, where, node.over, by)


def missing_key(by: str) -> str | None:
    """Return the key that the events of such a series lack; `None` of what is counted by a key."""
    return by.removeprefix(_WITHOUT) if by.startswith(_WITHOUT) else None


def with_unkeyed(aggregates: Iterable[Aggregate]) -> list[Aggregate]:
    """Return aggregates and the series of events that may belong to any of their keys, each once."""
    distinct = list(dict.fromkeys(aggregates))
    missed = [series for aggregate in distinct if (series := unkeyed(aggregate)) is not None]
    return list(dict.fromkeys([*distinct, *missed]))


def _both(first: Node | None, second: Node | None) -> Node | None:
    if first is None or second is None:
        return first or second
    return nodes.And((first, second))
