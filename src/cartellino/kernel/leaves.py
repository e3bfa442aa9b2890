"""Evaluates the leaves of expressions in the kernel: columns of the event, and signals of its keys.

A series is complete for an account that was created after the log began, and otherwise once the log is as old as the
window; or always, if the log is declared to contain the whole history. A series that is not complete, or of a kind that
the service was never seen to send, has no upper end (law 1).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any

from cartellino.events.event import Event, Scalar, value
from cartellino.expressions import nodes
from cartellino.expressions.meaning import Meaning, lower
from cartellino.expressions.nodes import Aggregate, Node
from cartellino.expressions.types import Type
from cartellino.kernel.account import Account, Entity, Service
from cartellino.kernel.families import families, may_be_negative, members
from cartellino.kernel.unkeyed import missing_key, unkeyed, with_unkeyed
from cartellino.policies.policyset import PolicySet
from cartellino.signals.derived import DERIVED
from cartellino.signals.window import window
from cartellino.vocabulary.times import HOUR, Instant
from cartellino.vocabulary.truth import ANYTHING, ZERO, Interval, Truth, exactly, plus


@dataclass(slots=True)
class Moment:
    """An event that is judged, with the current states of its account and service."""

    event: Event
    account: Account
    service: Service
    gap: int | None = None

    def derived(self, column: str) -> Scalar | None:
        """Return a derived column; `None` if it is unknown, or not a derived column."""
        if column == "gap":
            return self.gap
        if column == "hour":
            return self.event.time // HOUR % 24
        if column == "app":
            return app(self.event)
        if column == "peer_age":
            return self.peer_age()
        if column == "peer_only":
            peer = self.event.peer
            return None if peer is None else self.service.writes_only_to(peer, self.event.account)
        return self.solicited() if column == "solicited" else None

    def peer_age(self) -> int | None:
        """Return for how many whole hours the account of the peer has existed; `None` if that is unknown."""
        peer = self.service.accounts.get(self.event.peer or "")
        return None if peer is None or peer.made is None else max(0, self.event.time - peer.made) // HOUR

    def solicited(self) -> Truth:
        """Return whether the peer had written to the account before; unknown without a peer or enough history."""
        event = self.event
        return None if event.peer is None else self.service.wrote(event.peer, event.account, event.time)


class Leaves:
    """Evaluates expressions of one policy set."""

    def __init__(self, policies: PolicySet) -> None:
        """Find the families of series of a policy set."""
        self._policies = policies
        self.families = families(asked(policies))
        self._places = members(self.families)
        self._lowered: dict[Node, Meaning] = {}

    def meaning(self, node: Node) -> Meaning:
        """Return the function of a `Moment` that computes an expression; equal expressions share it."""
        meaning = self._lowered.get(node)
        if meaning is None:
            meaning = self._lowered[node] = lower(node, self._policies.columns, self._leaf)
        return meaning

    def values(self, parts: Sequence[Node]) -> Callable[[Sequence[Moment]], list[list[Any]]]:
        """Return the function of some moments that computes expressions at each of them."""
        meanings = [self.meaning(node) for node in parts]
        return lambda moments: [[meaning(moment) for moment in moments] for meaning in meanings]

    def _leaf(self, node: Node) -> Meaning:
        match node:
            case nodes.Column(name):
                return self._column(name)
            case Aggregate():
                return _aggregate(node, self._places)
            case nodes.Age():
                return _age
            case nodes.Since(kind):
                return lambda moment: _since(kind, moment)
            case nodes.First(kind, column):
                return self._remembered(kind, column, "firsts")
            case nodes.Last(kind, column):
                return self._remembered(kind, column, "lasts")
            case nodes.Has(column):
                read = self.reader(column)
                return lambda moment: read(moment) is not None
            case nodes.InList(column, entries):
                return self._in_list(column, entries)
            case nodes.Near(column, entries, bits):
                return self._near(column, entries, bits)
            case _:
                raise TypeError(f"the kernel does not know what a {type(node).__name__} means")

    def reader(self, column: str) -> Callable[[Moment], Any]:
        """Return a function that reads a sent or derived column; a value of another type is unknown."""
        read, kind = _read(column), self._policies.columns.get(column, "text")
        return lambda moment: typed(read(moment), kind)

    def _column(self, name: str) -> Meaning:
        read = self.reader(name)
        return _as_number(read) if self._policies.columns.get(name) == "number" else read

    def _remembered(self, kind: str, column: str, where: str) -> Meaning:
        doubts = {"firsts": "first_in_doubt", "lasts": "last_in_doubt"}[where]

        def read(moment: Moment) -> Scalar | None:
            values: dict[tuple[str, str], Scalar | None] = getattr(moment.account, where)
            return None if kind in getattr(moment.account, doubts) else values.get((kind, column))

        return _as_number(read) if self._policies.columns.get(column) == "number" else read

    def _in_list(self, column: str, name: str) -> Meaning:
        read, entries = self.reader(column), self._policies.lists[name]

        def matches(moment: Moment) -> Truth:
            text = read(moment)
            return None if text is None else entries.matches(str(text))

        return matches

    def _near(self, column: str, name: str, bits: int) -> Meaning:
        read, entries = self.reader(column), self._policies.lists[name]

        def near(moment: Moment) -> Truth:
            text = read(moment)
            return None if text is None else entries.near(str(text), bits)

        return near


def app(event: Event) -> str | None:
    """Return the client without its version."""
    return None if event.client is None else event.client.partition("/")[0]


def key(event: Event, by: str) -> str | None:
    """Return the key of an event: its account, device, address, content, group or app; `None` if it has none.

    The key of a series of events without a key is the service, whose clock moves its windows.
    """
    if missing_key(by) is not None:
        return event.service
    text: str | None = app(event) if by == "app" else getattr(event, by)
    return text


def _read(column: str) -> Callable[[Moment], Any]:
    if column in DERIVED:
        return lambda moment: moment.derived(column)
    if column == "attestation":
        return lambda moment: None if moment.event.attestation == "unavailable" else moment.event.attestation
    return lambda moment: value(moment.event, column)


def typed(raw: Scalar | None, kind: Type) -> Scalar | None:
    """Return a value if it is of the type of its column, else `None`; an instant is used as a text."""
    if kind == "truth":
        return raw if isinstance(raw, bool) else None
    if kind == "number":
        return raw if isinstance(raw, int | float) and not isinstance(raw, bool) else None
    return raw if raw is None or isinstance(raw, str) else str(raw)


def _as_number(read: Callable[[Moment], Any]) -> Meaning:
    def number(moment: Moment) -> Interval:
        raw = read(moment)
        return exactly(float(raw)) if isinstance(raw, int | float) else ANYTHING

    return number


def asked(policies: PolicySet) -> list[Aggregate]:
    """Return the distinct aggregates that the rules read; equal ones share their state."""
    return with_unkeyed(
        aggregate for rule in policies.rules if rule.mode.kind != "off" for aggregate in rule.aggregates()
    )


def _aggregate(node: Aggregate, places: Mapping[Aggregate, tuple[int, int]]) -> Meaning:
    by, (slot, index) = node.by, places[node]
    missed, may_be_less = _missed(node, places), may_be_negative(node)

    def read(moment: Moment) -> Interval:
        key = moment.account if by == "account" else _keyed(by, moment)
        if key is None:
            return Interval(0, inf)
        series = key.series.get(slot)
        interval = series.read(key.clock, index) if series is not None else ZERO
        interval = interval if complete(node, key, moment) else Interval(interval.least, inf)
        return interval if missed is None else _plus(interval, missed(key.clock, moment.service), may_be_less)

    if isinstance(node, nodes.Unanswered):
        return _waiting(read)
    return _of_any_sign(read) if may_be_less else read


def _missed(
    node: Aggregate, places: Mapping[Aggregate, tuple[int, int]]
) -> Callable[[Instant, Service], Interval] | None:
    """Return the function of the interval that events without a key may add to a signal, at the clock of the key.

    Its lower end is negative if one of them may have taken back events of the key. Their window ends at the clock of
    the service. If the clock of the key is at least a pane behind, some events in the window of the key may have left
    that of the service; then there is no upper end, unless the latest of them is older than the window of the key.
    """
    without = unkeyed(node)
    if without is None:
        return None
    by, (slot, index), cut = without.by, places[without], window(node.over or 0)

    def missed(now: Instant, service: Service) -> Interval:
        entity = service.known_entity(by, service.name)
        if entity is None:
            return ZERO
        possible, latest, taken_back = ZERO, entity.latest.get(slot), entity.taken_back.get(slot)
        if latest is not None and cut.holds(now, latest):
            is_behind = now // cut.pane < entity.clock // cut.pane
            possible = Interval(0, inf) if is_behind else entity.series[slot].read(entity.clock, index)
        return Interval(-inf, possible.most) if taken_back is not None and cut.holds(now, taken_back) else possible

    return missed


def _plus(interval: Interval, missed: Interval, may_be_less: bool) -> Interval:
    """Add two intervals; the lower end is at least 0, unless the values themselves may be negative."""
    total = plus(interval, missed)
    return total if may_be_less else Interval(max(0, total.least), total.most)


def _of_any_sign(read: Callable[[Moment], Interval]) -> Meaning:
    """Return a total of values that may be negative: without an upper end, it has no lower end either."""

    def total(moment: Moment) -> Interval:
        interval = read(moment)
        return ANYTHING if interval.most == inf else interval

    return total


def _waiting(read: Callable[[Moment], Interval]) -> Meaning:
    """Return the number of unanswered peers; none is certain in a service that never sends replies."""

    def waiting(moment: Moment) -> Interval:
        interval = read(moment)
        return interval if "reply_received" in moment.service.observed else Interval(0, interval.most)

    return waiting


def _keyed(by: str, moment: Moment) -> Entity | None:
    name = key(moment.event, by)
    return None if name is None else moment.service.known_entity(by, name) or Entity(moment.event.time)


def complete(node: Aggregate, key: Account | Entity, moment: Moment) -> bool:
    """Return whether the log contains every event of the window."""
    if node.kind not in moment.service.observed:
        return False
    if key.clock - (node.over or 0) >= moment.service.start:
        return True
    return node.by == "account" and moment.service.saw_made(moment.account)


def _age(moment: Moment) -> Interval:
    account = moment.account
    if account.made is not None:
        return exactly(max(0, account.clock - account.made))
    return Interval(account.clock - account.first_seen, inf)


def _since(kind: str, moment: Moment) -> Interval:
    account = moment.account
    latest = account.latest.get(kind)
    if latest is not None and kind in account.last_in_doubt:
        return Interval(account.clock - latest, inf)
    if latest is not None:
        return exactly(account.clock - latest)
    if kind not in moment.service.observed:
        return Interval(0, inf)
    service = moment.service
    begins = account.made if service.saw_made(account) and account.made is not None else service.start
    return Interval(max(0, account.clock - begins), inf)
