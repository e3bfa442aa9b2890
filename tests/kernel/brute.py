"""The brute-force oracle: keep the whole log and work every signal out from scratch, in the plainest way there is.

It shares no code with the kernel but the nodes of expressions and the cutting of windows into panes. Where the
kernel's upper end is a documented over-count (`distinct` counts a value that is both certain and possible twice),
`reading` gives that over-count and, with `tight`, the smallest interval.
"""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from math import inf

from cartellino.events.event import Event, Scalar, value
from cartellino.expressions import nodes
from cartellino.expressions.nodes import Aggregate, Node
from cartellino.policies.rule import Rule
from cartellino.signals.window import window
from cartellino.vocabulary.times import DAY, HOUR, LATEST, SECOND, duration
from cartellino.vocabulary.truth import Interval, Truth

_OPERATORS = {">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le, "==": operator.eq}


Author = str | tuple[str, str]
"""A peer, or a peer towards one account."""


@dataclass(frozen=True)
class Counted:
    """An event that an aggregate counts: its place in the log, its value, and whether it surely passes the filter."""

    at: int
    value: Scalar | None
    sure: bool


class Brute:
    """A log, and what it meant after each of its events."""

    def __init__(self, log: Sequence[Event], observes: Iterable[str] = (), *, complete: bool = False) -> None:
        self.log = log
        self.has_all = complete
        self.observes = frozenset(observes)
        self._gaps = [self._gap(at) for at in range(len(log))]
        self._solicited = [self._is_solicited(at) for at in range(len(log))]

    # What an event says, derived columns included

    def _gap(self, at: int) -> int | None:
        event = self.log[at]
        before = [
            one for one in range(at) if (self.log[one].service, self.log[one].account) == (event.service, event.account)
        ]
        latest = self._latest(event.kind, before)
        return None if latest is None or latest[1] else max(0, event.time - latest[0]) // 1000

    def _latest(self, kind: str, among: Sequence[int]) -> tuple[int, bool] | None:
        """When the latest event of a kind was, and whether the peer behind it may have taken it back."""
        latest, peer, in_doubt = -1, None, False
        for event in (self.log[one] for one in among):
            if event.kind == kind and event.time >= latest:
                latest, peer, in_doubt = event.time, event.peer, False
            elif (
                event.kind == _TAKEN_BACK.get(kind)
                and latest >= 0
                and (None in (event.peer, peer) or event.peer == peer)
            ):
                in_doubt = True
        return None if latest < 0 else (latest, in_doubt)

    def _is_solicited(self, at: int) -> bool | None:
        event = self.log[at]
        if event.peer is None:
            return None
        since = event.time // SECOND - 7 * DAY // SECOND
        before = [self.log[one] for one in self.of_service(at) if self.log[one].time // SECOND >= since]
        wrote = [_wrote(one) for one in before if one.group is None or _is_unnamed_reply(one)]
        if (event.peer, event.account) in wrote:
            return True
        may_have = (event.peer, None) in wrote or (None, event.account) in wrote
        is_seen = not self.observed(at).isdisjoint(("message_sent", "reply_received"))
        held = since * SECOND >= self.start(at) or any(
            made is not None and made >= self.start(at)
            for made in map(partial(self.made, at), (event.account, event.peer))
        )
        return False if is_seen and held and not may_have else None

    def column(self, name: str, at: int) -> Scalar | None:
        derived = {"gap": self._gaps[at], "solicited": self._solicited[at], "hour": self.log[at].time // HOUR % 24}
        if name == "peer_age":
            return self._peer_age(at)
        if name == "peer_only":
            return self._peer_only(at)
        return derived[name] if name in derived else value(self.log[at], name)

    def _peer_age(self, at: int) -> int | None:
        event = self.log[at]
        made = self.made(at, event.peer) if event.peer is not None else None
        return None if made is None else max(0, event.time - made) // HOUR

    def _peer_only(self, at: int) -> bool | None:
        event = self.log[at]
        made = self.made(at, event.peer) if event.peer is not None else None
        if made is None or made < self.start(at):
            return None
        events = (self.log[one] for one in self.of_service(at))
        sent = [one for one in events if (one.account, one.kind, one.group) == (event.peer, "message_sent", None)]
        if any(one.peer not in (None, event.account) for one in sent):
            return False
        is_all_known = "message_sent" in self.observed(at) and all(one.peer is not None for one in sent)
        return True if is_all_known else None

    def passes(self, where: Node | None, at: int) -> Truth:
        """Kleene's logic, spelled out."""
        match where:
            case None:
                return True
            case nodes.Named(means=means):
                return self.passes(means, at)
            case nodes.Column(name):
                found = self.column(name, at)
                return found if isinstance(found, bool) else None
            case nodes.Has(name):
                return self.column(name, at) is not None
            case nodes.Not(operand):
                inner = self.passes(operand, at)
                return None if inner is None else not inner
            case nodes.And(operands):
                found_all = [self.passes(one, at) for one in operands]
                return False if False in found_all else None if None in found_all else True
            case nodes.Or(operands):
                found_all = [self.passes(one, at) for one in operands]
                return True if True in found_all else None if None in found_all else False
            case nodes.OneOf(nodes.Column(name), values):
                text = self.column(name, at)
                return None if text is None else text in values
            case nodes.Compare(symbol, nodes.Column(name), nodes.Number(limit) | nodes.Text(limit)):
                left = self.column(name, at)
                return None if left is None else bool(_OPERATORS[symbol](left, limit))
            case _:
                raise TypeError(f"the oracle has no filter {where}")

    # What stands after the event at a place of the log

    def of_service(self, at: int) -> list[int]:
        return [one for one in range(at + 1) if self.log[one].service == self.log[at].service]

    def of_account(self, at: int) -> list[int]:
        return [one for one in self.of_service(at) if self.log[one].account == self.log[at].account]

    def of_key(self, by: str, at: int) -> list[int]:
        if by == "account":
            return self.of_account(at)
        key = getattr(self.log[at], by)
        return [one for one in self.of_service(at) if getattr(self.log[one], by) == key]

    def clock(self, by: str, at: int) -> int:
        return max(self.log[one].time for one in self.of_key(by, at))

    def start(self, at: int) -> int:
        return -LATEST if self.has_all else min(self.log[one].time for one in self.of_service(at))

    def observed(self, at: int) -> frozenset[str]:
        return self.observes | {self.log[one].kind for one in self.of_service(at)}

    def made(self, at: int, account: str | None = None) -> int | None:
        times = [
            event.account_since if event.account_since is not None else event.time
            for event in (self.log[one] for one in self.of_service(at))
            if event.account == (account or self.log[at].account)
            and (event.account_since is not None or event.kind == "registered")
        ]
        return min(times, default=None)

    def made_in_log(self, at: int) -> bool:
        made = self.made(at)
        return made is not None and made >= self.start(at)

    def complete(self, node: Aggregate, at: int) -> bool:
        if node.kind not in self.observed(at):
            return False
        since = self.clock(node.by, at) - (node.over or 0)
        return since >= self.start(at) or (node.by == "account" and self.made_in_log(at))

    def entries(self, node: Aggregate, at: int) -> list[Counted]:
        """Return every event that the aggregate may count at all, in the order of the log, whatever its time."""
        found = []
        for one in self.of_key(node.by, at):
            event, sure = self.log[one], self.passes(node.where, one)
            column = "peer" if isinstance(node, nodes.Unanswered) else node.column
            beside = column == "peer" and event.peer is None and event.group is not None
            if event.kind == node.kind and sure is not False and not beside:
                found.append(Counted(one, self.column(column, one) if column else None, sure is True))
        return found

    def in_window(self, node: Aggregate, at: int) -> list[Counted]:
        """Return those of them whose pane is in the window that ends with the pane of the key's clock."""
        standing = self._given(node, at)[0] if self._is_revocable(node) else self.entries(node, at)
        return self._in_window(node, at, standing)

    def _in_window(self, node: Aggregate, at: int, standing: Iterable[Counted]) -> list[Counted]:
        cut = window(node.over or 0)
        newest = self.clock(node.by, at) // cut.pane
        return [one for one in standing if newest - cut.panes < self.log[one.at].time // cut.pane <= newest]

    # What was taken back

    def _is_revocable(self, node: Aggregate) -> bool:
        return node.kind in _TAKEN_BACK and not isinstance(node, nodes.Unanswered)

    def _given(self, node: Aggregate, at: int) -> tuple[list[Counted], list[tuple[int, int]]]:
        """Return what was not taken back, and how much of it is in doubt since when; told from the first event on."""
        cut, entries = window(node.over or 0), {one.at: one for one in self.entries(node, at)}
        standing, doubts = list[Counted](), list[tuple[int, int]]()
        tally, taken_back = dict[Author | None, tuple[int, int]](), dict[Author, int]()
        by_anybody = by_nobody = -1
        for one in self.of_key(node.by, at):
            event, peer = self.log[one], self._author(node, one)
            since = (self.clock(node.by, one) // cut.pane - cut.panes + 1) * cut.pane
            if one in entries and event.time >= since:
                sure = entries[one].sure
                if sure and not (peer is None and _counts_peers(node)):
                    by_them = by_anybody if peer is None else max(taken_back.get(peer, -1), by_nobody)
                    sure = by_them // SECOND < event.time // SECOND
                    if sure and not _tells_peers_apart(node):
                        before, number = tally.get(peer, (-1, 0))
                        number = min(number + 1, 15) if before >= since else 1
                        tally[peer], sure = (max(before, event.time), number), number < 15
                standing.append(replace(entries[one], sure=sure))
            elif event.kind == _TAKEN_BACK[node.kind] and peer is None:
                by_anybody, by_nobody = max(event.time, by_anybody), max(event.time, by_nobody)
                doubts.append((self.clock(node.by, one), 1 if _counts_peers(node) else 15))
                doubts += _of_nobody(tally, since)
            elif event.kind == _TAKEN_BACK[node.kind] and peer is not None:
                by_anybody = max(event.time, by_anybody)
                taken_back[peer] = max(event.time, taken_back.get(peer, -1))
                if _tells_peers_apart(node):
                    standing = [held for held in standing if held.value != peer]
                before, number = tally.pop(peer, (-1, 0))
                if before >= since:
                    if isinstance(node, nodes.Count) and number < 15:
                        theirs = [held for held in standing if held.sure and self._author(node, held.at) == peer]
                        pane = before // cut.pane
                        standing.remove(next(held for held in theirs if self.log[held.at].time // cut.pane == pane))
                        number -= 1
                    doubts.append((before, min(number, 1) if _counts_peers(node) else number))
                doubts += _of_nobody(tally, since)
        return standing, doubts

    def _author(self, node: Aggregate, at: int) -> Author | None:
        """Who is behind an event; by another key than the account they have taken back only what they did to that."""
        event = self.log[at]
        return event.peer if event.peer is None or node.by == "account" else (event.account, event.peer)

    def _worlds(self, node: Aggregate, at: int) -> list[list[Counted]]:
        """Return what stands in each of the worlds that there may be: where it is not known who took back, or from
        which key, it may have been anybody, and nobody whose events are in the log."""
        entries = self.entries(node, at)
        took = [one for one in self.of_service(at) if self.log[one].kind == _TAKEN_BACK[node.kind]]
        took = [one for one in took if getattr(self.log[one], node.by) in (None, getattr(self.log[at], node.by))]
        unsure = {entry.at for entry in entries for one in took if self._may_be_of(node, entry.at, one)}
        gone = {frozenset[int]()}
        for one in took:
            gone = {before | taken for before in gone for taken in self._takes(node, entries, one)}
        return [
            [replace(entry, sure=entry.sure and entry.at not in unsure) for entry in entries if entry.at not in taken]
            for taken in gone
        ]

    def _may_be_of(self, node: Aggregate, at: int, took: int) -> bool:
        """Whether it is not known if an event is taken back: it has no name, or came late, from before."""
        event, taken = self.log[at], self.log[took]
        if event.account != taken.account:
            return False
        if at < took:
            return event.peer is None
        return event.time < taken.time and (event.peer is None or taken.peer in (None, event.peer))

    def _takes(self, node: Aggregate, entries: list[Counted], took: int) -> set[frozenset[int]]:
        """Return each set of the events that one that takes back may have taken back."""
        event = self.log[took]
        before = [one.at for one in entries if one.at < took and self.log[one.at].account == event.account]
        peers = {self.log[one].peer for one in before} - {None} if event.peer is None else {event.peer}
        sets = {frozenset(one for one in before if self.log[one].peer == peer) for peer in peers}
        is_known = event.peer is not None and getattr(event, node.by) is not None
        return sets if is_known else {frozenset(), *sets}

    def _less(self, node: Aggregate, at: int, found: Interval) -> Interval:
        """Take off what is in doubt: of a sum the most that it can have been, or all where there is no most."""
        if not self._is_revocable(node):
            return found
        cut = window(node.over or 0)
        newest = self.clock(node.by, at) // cut.pane
        inside = [number for time, number in self._given(node, at)[1] if time // cut.pane > newest - cut.panes]
        doubt = float(sum(inside))
        if isinstance(node, nodes.Sum):
            if node.column != "credit":
                return Interval(-inf, inf) if doubt or found.most == inf else found
            doubt *= 100
        return Interval(max(0, found.least - doubt), found.most)

    # Signals

    def reading(self, node: Node, at: int, *, tight: bool = False) -> Interval:
        match node:
            case nodes.Named(means=means):
                return self.reading(means, at, tight=tight)
            case nodes.Number(number) | nodes.Param(default=number):
                return Interval(number, number)
            case nodes.Text(written):
                return Interval(duration(written), duration(written))
            case Aggregate():
                return self._aggregate(node, at, tight)
            case nodes.Share(part, whole, at_least):
                return _share(self.reading(part, at, tight=tight), self.reading(whole, at, tight=tight), at_least)
            case nodes.Age():
                return self._age(at)
            case nodes.Since(kind):
                return self._since(kind, at)
            case _:
                raise TypeError(f"the oracle cannot read {node}")

    def _aggregate(self, node: Aggregate, at: int, tight: bool) -> Interval:
        unknown = Interval(-inf if _of_any_sign(node) else 0, inf)
        if getattr(self.log[at], node.by) is None:
            return unknown
        if isinstance(node, nodes.Unanswered):
            found = self._unanswered(node, at, tight)
        elif tight and self._is_revocable(node):
            worlds = [_counted(node, self._in_window(node, at, world), tight) for world in self._worlds(node, at)]
            found = Interval(min(one.least for one in worlds), max(one.most for one in worlds))
        else:
            found = self._less(node, at, _counted(node, self.in_window(node, at), tight))
        if not self.complete(node, at):
            found = Interval(found.least, inf)
        if node.by != "account":
            missed = self._missed(node, at)
            found = Interval(found.least + missed[0], found.most + missed[1])
            if not tight and self._may_be_taken_back(node, at):
                found = Interval(unknown.least, found.most)
        if isinstance(node, nodes.Unanswered) and "reply_received" not in self.observed(at):
            found = Interval(0, found.most)
        return unknown if _of_any_sign(node) and found.most == inf else found

    def _missed(self, node: Aggregate, at: int) -> tuple[float, float]:
        """What the events that lack the key may add, each of which may belong to this one."""
        cut = window(node.over or 0)
        own, newest = self.clock(node.by, at) // cut.pane, self.service_clock(at) // cut.pane
        may = [one for one in self.of_service(at) if self._may_belong(node, one)]
        if all(self.log[one].time // cut.pane <= own - cut.panes for one in may):
            return 0, 0
        if own < newest:
            return 0, inf
        inside = [one for one in may if self.log[one].time // cut.pane > newest - cut.panes]
        if not isinstance(node, nodes.Sum):
            return 0, len(inside)
        values = [self.column(node.column or "", one) for one in inside]
        numbers = [one for one in values if isinstance(one, int | float)]
        most = inf if len(numbers) < len(values) else sum(max(0, one) for one in numbers)
        return sum(min(0, one) for one in numbers), most

    def _may_be_taken_back(self, node: Aggregate, at: int) -> bool:
        """Whether something that lacks the key took back within the window, by the service's clock."""
        cut = window(node.over or 0)
        own = self.clock(node.by, at) // cut.pane
        undoes = _TAKEN_BACK.get(node.kind)
        took = [one for one in self.of_service(at) if self.log[one].kind == undoes]
        lacking = [self.service_clock(one) for one in took if getattr(self.log[one], node.by) is None]
        return any(time // cut.pane > own - cut.panes for time in lacking)

    def _may_belong(self, node: Aggregate, at: int) -> bool:
        event = self.log[at]
        if event.kind != node.kind or getattr(event, node.by) is not None or self.passes(node.where, at) is False:
            return False
        if node.column == "peer" and event.peer is None and event.group is not None:
            return False
        if event.kind == "message_sent" and node.by == "group":
            return event.peer is None
        if event.kind == "message_sent" and node.by == "content":
            return event.media not in ("text", "call") or bool(event.forwards)
        return True

    def service_clock(self, at: int) -> int:
        return max(self.log[one].time for one in self.of_service(at))

    def _unanswered(self, node: Aggregate, at: int, tight: bool) -> Interval:
        """Go through the history of every peer by itself; a conversation ends with a silence longer than the window."""
        cut = window(node.over or 0)
        entries = {one.at: one for one in self.entries(node, at)}
        peers = {str(one.value) for one in entries.values() if one.value is not None}
        counted = [self._history(node, peer, entries, at) for peer in sorted(peers)]
        oldest = self.clock("account", at) // cut.pane - cut.panes + 1
        sure = sum(latest >= oldest for latest, _ in counted)
        maybe = sum(latest >= oldest for _, latest in counted)
        both = sum(max(latest) >= oldest for latest in counted)
        nameless = sum(one.value is None for one in self.in_window(node, at))
        least = max(0, sure - self._doubts(node, at))
        return Interval(least, both + nameless if tight else sure + maybe + nameless)

    def _doubts(self, node: Aggregate, at: int) -> int:
        """How many replies without a name came in time, and how often nobody knows whose was taken back; in twice the
        window, by panes twice as long."""
        cut = window(node.over or 0)
        newest = self.clock("account", at) // (2 * cut.pane)
        came = [
            self.log[one].time
            for one in self._unnamed(at)
            if self.log[one].time // cut.pane > self.clock("account", one) // cut.pane - cut.panes
        ]
        took = [one for one in self.of_account(at) if self.log[one].kind == _TAKEN_BACK.get(node.kind)]
        came += [self.clock("account", one) for one in took if self.log[one].peer is None]
        return sum(time // (2 * cut.pane) > newest - cut.panes for time in came)

    def _unnamed(self, at: int) -> list[int]:
        """The replies that the account had by then from nobody knows whom."""
        replies = [one for one in self.of_account(at) if self.log[one].kind == "reply_received"]
        return [one for one in replies if self.log[one].peer is None]

    def _history(self, node: Aggregate, peer: str, entries: dict[int, Counted], at: int) -> tuple[int, int]:
        """Return the panes of the latest certain and the latest possible message that waits for an answer; -1: none."""
        cut = window(node.over or 0)
        sure = maybe = answered = doubtful = -1
        for one in self.of_account(at):
            event, entry = self.log[one], entries.get(one)
            is_reply = event.kind == "reply_received" and event.peer == peer
            is_taken_back = event.kind == _TAKEN_BACK.get(node.kind) and event.peer == peer
            if not is_reply and not is_taken_back and (entry is None or entry.value != peer):
                continue
            pane, oldest = event.time // cut.pane, self.clock("account", one) // cut.pane - cut.panes + 1
            if is_taken_back:
                sure = maybe = -1
                continue
            if pane < oldest:
                continue
            if is_reply:
                sure, maybe, answered = -1, -1, max(pane, answered, sure, maybe)
            if entry is not None and entry.value == peer:
                if answered >= oldest:
                    answered = max(pane, answered)
                    continue
                # Whether they replied unseen is not known, and stays so while the conversation goes on.
                before = max(sure, maybe)
                latest = max((self.log[reply].time // cut.pane for reply in self._unnamed(one)), default=-1)
                may_have = before >= oldest and latest >= 0 and latest > before - cut.panes
                if not self.complete(node, one) or doubtful >= oldest or may_have:
                    doubtful = max(pane, doubtful)
                if entry.sure and doubtful < oldest:
                    sure = max(pane, sure if sure >= oldest else -1)
                else:
                    maybe = max(pane, maybe if maybe >= oldest else -1)
        return sure, maybe

    def _age(self, at: int) -> Interval:
        clock, made = self.clock("account", at), self.made(at)
        if made is not None:
            return Interval(max(0, clock - made), max(0, clock - made))
        return Interval(clock - self.log[self.of_account(at)[0]].time, inf)

    def _since(self, kind: str, at: int) -> Interval:
        clock = self.clock("account", at)
        latest = self._latest(kind, self.of_account(at))
        if latest is not None:
            return Interval(clock - latest[0], inf if latest[1] else clock - latest[0])
        if kind not in self.observed(at):
            return Interval(0, inf)
        made = self.made(at)
        begins = made if made is not None and self.made_in_log(at) else self.start(at)
        return Interval(max(0, clock - begins), inf)

    # Rules

    def truth(self, node: Node, at: int) -> Truth:
        """A comparison is true when it holds at every corner of both intervals, false when at none."""
        match node:
            case nodes.And(operands):
                found = [self.truth(one, at) for one in operands]
                return False if False in found else None if None in found else True
            case nodes.Or(operands):
                found = [self.truth(one, at) for one in operands]
                return True if True in found else None if None in found else False
            case nodes.Not(operand):
                inner = self.truth(operand, at)
                return None if inner is None else not inner
            case nodes.Compare(symbol, left, right):
                ends = product(self.reading(left, at), self.reading(right, at))
                corners = {bool(_OPERATORS[symbol](a, b)) for a, b in ends}
                return None if len(corners) == 2 else corners.pop()
            case _:
                raise TypeError(f"the oracle cannot judge {node}")

    def firings(self, rule: Rule) -> list[int]:
        """Return where the rule fires: true, on a kind it is judged on, and rested for its cool-down."""
        rested: dict[tuple[str, str], int] = {}
        fired = []
        for at, event in enumerate(self.log):
            person = event.service, event.account
            keys = {one.by for one in nodes.walk(rule.when) if isinstance(one, Aggregate)} | {"account"}
            clocks = [self.clock(by, at) for by in keys if getattr(event, by) is not None]
            if event.kind not in rule.on or min(clocks) - rested.get(person, -inf) < rule.cooldown:
                continue
            if self.truth(rule.when, at):
                rested[person] = max(clocks)
                fired.append(at)
        return fired


def _of_nobody(tally: dict[Author | None, tuple[int, int]], since: int) -> list[tuple[int, int]]:
    """What came without a name may be of whoever takes back: from then on all of it is in doubt."""
    before, number = tally.pop(None, (-1, 0))
    return [(before, number)] if before >= since else []


def _wrote(event: Event) -> tuple[str | None, str | None] | None:
    """Who wrote to whom, as far as an event says so; `None` is somebody unknown."""
    return {
        "message_sent": (event.account, event.peer),
        "reply_received": (event.peer, event.account),
    }.get(event.kind)


_TAKEN_BACK = {"reported": "report_withdrawn", "blocked": "unblocked", "opted_out": "opted_in"}


def _counts_peers(node: Aggregate) -> bool:
    return isinstance(node, nodes.Distinct) and node.column == "peer"


def _tells_peers_apart(node: Aggregate) -> bool:
    """Whether it is known of each peer what they add; who did it to several accounts is told from one alone."""
    return _counts_peers(node) and node.by == "account"


def _is_unnamed_reply(event: Event) -> bool:
    return event.kind == "reply_received" and event.peer is None


def _of_any_sign(node: Aggregate) -> bool:
    return isinstance(node, nodes.Sum) and (node.column or "").startswith("x_")


def _counted(node: Aggregate, held: list[Counted], tight: bool) -> Interval:
    match node:
        case nodes.Count():
            return Interval(sum(one.sure for one in held), float(len(held)))
        case nodes.Sum():
            return _total(held)
        case nodes.Distinct():
            return _different(held, tight)
        case nodes.Repeat():
            return _most_frequent(held, tight)
        case _:
            raise TypeError(f"the oracle cannot read {node}")


def _total(held: list[Counted]) -> Interval:
    least = most = 0.0
    for one in held:
        if not isinstance(one.value, int | float):
            most = inf
        elif one.sure:
            least, most = least + one.value, most + one.value
        else:
            least, most = least + min(0, one.value), most + max(0, one.value)
    return Interval(least, most)


def _different(held: list[Counted], tight: bool) -> Interval:
    sure = {str(one.value) for one in held if one.sure and one.value is not None}
    maybe = {str(one.value) for one in held if not one.sure and one.value is not None}
    nameless = sum(one.value is None for one in held)
    return Interval(len(sure), (len(sure | maybe) if tight else len(sure) + len(maybe)) + nameless)


def _most_frequent(held: list[Counted], tight: bool) -> Interval:
    sure = Counter(one.value for one in held if one.sure and one.value is not None)
    largest = max(sure.values(), default=0)
    if not tight:
        return Interval(largest, largest + len(held) - sure.total())
    possible = Counter(one.value for one in held if one.value is not None)
    return Interval(largest, max(possible.values(), default=0) + len(held) - possible.total())


def _share(part: Interval, whole: Interval, at_least: float) -> Interval:
    if whole.least < max(1, at_least):
        return Interval(0, 1)
    return Interval(min(1, part.least / whole.most), min(1, part.most / whole.least))
