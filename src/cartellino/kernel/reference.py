"""The meaning of policies, one event at a time, in plain Python: the specification, and the oracle of the fast kernel.

An event advances the clock of each key it touches (account, device, address, content, group), is added to the pane of its
own time if that is still in the window, and the rules that are judged on its kind are judged at the account's clock. A
rule fires when it is true and has rested for its cool-down.

>>> from cartellino.policies.load import Text, load
>>> policies = load([Text("p.yaml", '''
... policy: p
... rules:
...   busy: {when: 'count(message_sent, over="1h") > 2', code: 1, action: review, reason: {en: "Busy."}}
... ''')])
>>> kernel = Kernel(policies)
>>> for n in range(4):
...     event = Event(id=str(n), time=n * 1000, kind="message_sent", account="a")
...     print([finding.rule for finding in kernel.judge(event, sequence=n)])
[]
[]
['p/busy']
[]
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from cartellino.events.event import Event, Scalar, value
from cartellino.expressions import nodes
from cartellino.expressions.nodes import Aggregate
from cartellino.kernel.account import Account, Entity, Service
from cartellino.kernel.evidence import Witnesses
from cartellino.kernel.finding import Context, Finding
from cartellino.kernel.leaves import Leaves, Moment
from cartellino.kernel.series import Series, UnansweredSeries, series
from cartellino.kernel.sightings import Exact, Memory
from cartellino.policies.policyset import PolicySet
from cartellino.policies.rule import Rule
from cartellino.signals.derived import DERIVED
from cartellino.signals.window import Window, window
from cartellino.vocabulary.times import Duration
from cartellino.vocabulary.truth import Truth

Witness = Callable[[Aggregate, str, Event, Truth], None]
"""Told of every event that counts: in which series, for which key, and how surely."""


class Kernel:
    """Judges events in the order of the log. Its whole state follows from the events it was given."""

    def __init__(self, policies: PolicySet, memory: Memory | None = None, witness: Witness | None = None) -> None:
        """`memory` is exact or bounded; `witness` is told of what counts, for explanations."""
        self.policies = policies
        self.memory = memory if memory is not None else Exact()
        self.judged: Counter[str] = Counter()
        self.unknown: Counter[str] = Counter()
        self._witness = witness
        self._services: dict[str, Service] = {}
        self._leaves = Leaves(policies)
        self._windows: dict[Duration, Window] = {}
        self._rules = [
            (rule, self._leaves.meaning(rule.when)) for rule in policies.rules if rule.mode.kind != "off"
        ]
        self._judged_on = {
            kind: [pair for pair in self._rules if kind in pair[0].on] for rule, _ in self._rules for kind in rule.on
        }
        self._fed = _by_kind(list(dict.fromkeys(one for rule, _ in self._rules for one in rule.aggregates())))
        self._filters = {one: self._leaves.meaning(one.where) for feed in self._fed.values() for one in feed if one.where}
        self._witnesses = Witnesses(self._leaves)
        self._recalled = {
            kind: [(one.kind, one.column) for one in _recalls(policies) if one.kind == kind]
            for kind in {one.kind for one in _recalls(policies)}
        }

    @property
    def accounts(self) -> int:
        """How many accounts were seen."""
        return sum(len(service.accounts) for service in self._services.values())

    def judge(self, event: Event, sequence: int) -> list[Finding]:
        """Take one event, and return what the rules find: worst news is not known yet, so in the order of the set."""
        service = self._service(event)
        account = service.account(event)
        moment = Moment(event, account, service, _gap(account, event))
        account.note(event, service)
        self._recall(moment)
        self._answers(event, account)
        self._count(moment)
        return [
            self._finding(rule, moment, sequence)
            for rule, when in self._judged_on.get(event.kind, ())
            if self._fires(rule, when, moment)
        ]

    def _service(self, event: Event) -> Service:
        service = self._services.get(event.service)
        if service is None:
            service = self._services[event.service] = Service(event.time, set(self.policies.observes))
        service.note(event)
        return service

    def _recall(self, moment: Moment) -> None:
        """Keep the values that `first` and `last` ask for."""
        event, account = moment.event, moment.account
        for kind, column in self._recalled.get(event.kind, ()):
            found = self._value(column, moment)
            if found is not None:
                account.firsts.setdefault((kind, column), found)
                if event.time >= account.latest[kind]:
                    account.lasts[(kind, column)] = found

    def _answers(self, event: Event, account: Account) -> None:
        """A reply takes the peer out of everything that waits for one."""
        if event.kind == "reply_received" and event.peer is not None:
            for held in account.series.values():
                if isinstance(held, UnansweredSeries):
                    held.answer(event.time, event.peer)

    def _count(self, moment: Moment) -> None:
        """Add the event to every series of its kind whose filter it may pass."""
        event = moment.event
        for aggregate in self._fed.get(event.kind, ()):
            sure: Truth = self._filters[aggregate](moment) if aggregate.where is not None else True
            key = event.account if aggregate.by == "account" else getattr(event, aggregate.by)
            if sure is False or key is None or _beside(aggregate, event):
                continue
            entity = moment.account if aggregate.by == "account" else moment.service.entity(aggregate.by, key, event.time)
            self._series(entity, aggregate, event.service, key).add(event.time, self._counted(aggregate, moment), sure)
            if self._witness is not None:
                self._witness(aggregate, key, event, sure)

    def _series(self, entity: Account | Entity, aggregate: Aggregate, service: str, key: str) -> Series:
        held = entity.series.get(aggregate)
        if held is None:
            over = self._windows.setdefault(aggregate.over or 0, window(aggregate.over or 0))
            held = series(aggregate, over, self.memory, aggregate, f"{service}\x00{key}")
            entity.series[aggregate] = held
        return held

    def _counted(self, aggregate: Aggregate, moment: Moment) -> Scalar | None:
        """The value that counts: the peer for `unanswered`, else the column."""
        if isinstance(aggregate, nodes.Unanswered):
            return moment.event.peer
        if aggregate.column is None:
            return None
        return self._value(aggregate.column, moment)

    def _value(self, column: str, moment: Moment) -> Scalar | None:
        return moment.derived(column) if column in DERIVED else value(moment.event, column)

    def _fires(self, rule: Rule, when: Callable[[Moment], Truth], moment: Moment) -> bool:
        account, event = moment.account, moment.event
        if not rule.starts <= event.time < rule.ends:
            return False
        fired = account.fired.get(rule.id)
        if fired is not None and account.clock - fired < rule.cooldown:
            return False
        found = when(moment)
        if rule.regions or rule.except_regions:
            found = _within(rule, account.region, found)
        self.judged[rule.id] += 1
        self.unknown[rule.id] += found is None
        if found:
            account.fired[rule.id] = account.clock
        return found is True

    def _finding(self, rule: Rule, moment: Moment, sequence: int) -> Finding:
        account, event = moment.account, moment.event
        context = Context(account.number, account.device, account.address, account.region, account.made)
        evidence = self._witnesses.of(rule, moment)
        active = moment.service.active(event.time)
        return Finding(
            sequence, account.clock, event.id, event.service, event.account, rule.id, evidence, context, active
        )


def _by_kind(aggregates: list[Aggregate]) -> dict[str, list[Aggregate]]:
    fed: dict[str, list[Aggregate]] = {}
    for aggregate in aggregates:
        fed.setdefault(aggregate.kind, []).append(aggregate)
    return fed


def _recalls(policies: PolicySet) -> list[nodes.First | nodes.Last]:
    found = (one for rule in policies.rules for one in nodes.walk(rule.when))
    return list(dict.fromkeys(one for one in found if isinstance(one, nodes.First | nodes.Last)))


def _gap(account: Account, event: Event) -> int | None:
    """Whole seconds since the account did the same kind of thing before."""
    before = account.latest.get(event.kind)
    return None if before is None else max(0, event.time - before) // 1000


def _beside(aggregate: Aggregate, event: Event) -> bool:
    """A message to a group has no peer by the contract; that is no unknown peer, it is beside the point."""
    of_peers = isinstance(aggregate, nodes.Unanswered) or aggregate.column == "peer"
    return of_peers and event.peer is None and event.group is not None


def _within(rule: Rule, region: str | None, found: Truth) -> Truth:
    """A rule that holds only in some regions is unknown where the region is."""
    if found is False or (region is None and found is None):
        return found
    if region is None:
        return None
    holds = region not in rule.except_regions and (not rule.regions or region in rule.regions)
    return found if holds else False
