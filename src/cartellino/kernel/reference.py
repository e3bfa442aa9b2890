"""Evaluates policies one event at a time, in plain Python: their specification, and the oracle of the fast kernel.

An event advances the clock of each of its keys (account, device, address, content, group), and is added to the pane of
its own time, if that is still in the window. Then the rules on events of its kind are evaluated at the account's clock.
A rule fires if it is true and its cool-down has passed: from the latest clock that it read when it last fired for the
account, to the earliest that it reads now. So no event counts towards two firings.

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

from cartellino.events.event import Event
from cartellino.events.kinds import KINDS, TAKES_BACK
from cartellino.expressions import nodes
from cartellino.expressions.nodes import Aggregate
from cartellino.kernel.account import ALWAYS, Account, Entity, Service
from cartellino.kernel.evidence import Subexpression, Witnesses
from cartellino.kernel.feed import Feed
from cartellino.kernel.finding import Context, Finding
from cartellino.kernel.leaves import Leaves, Moment, complete, key
from cartellino.kernel.series import UnansweredSeries
from cartellino.kernel.sightings import Exact, Memory
from cartellino.policies.policyset import PolicySet
from cartellino.policies.rule import Rule, lookback
from cartellino.vocabulary.times import Instant
from cartellino.vocabulary.truth import Truth

Witness = Callable[[Aggregate, str, Event, Truth], None]
"""Called for every event that counts, with the aggregate, the key, the event, and whether it counts for certain."""


class Kernel:
    """Evaluates rules on events in the order of the log. Its state is a function of the events."""

    def __init__(self, policies: PolicySet, memory: Memory | None = None, witness: Witness | None = None) -> None:
        """`memory` is exact or bounded; `witness` is called for events that count, for explanations."""
        self.policies = policies
        self.memory = memory if memory is not None else Exact()
        self.judged: Counter[str] = Counter()
        self.unknown: Counter[str] = Counter()
        self.too_young: Counter[str] = Counter()
        """How often each rule was evaluated, was unknown, and was unknown in a log younger than its look-back."""
        self._witness = witness
        self._services: dict[str, Service] = {}
        self._leaves = Leaves(policies)
        self._rules = [(rule, self._leaves.meaning(rule.when)) for rule in policies.rules if rule.mode.kind != "off"]
        self._lookback = {rule.id: lookback(rule.when) for rule, _ in self._rules}
        self._counts_by = {
            rule.id: sorted({aggregate.by for aggregate in rule.aggregates()} - {"account"}) for rule, _ in self._rules
        }
        self._judged_on = {
            kind: [pair for pair in self._rules if kind in pair[0].on] for rule, _ in self._rules for kind in rule.on
        }
        feeds = [Feed(family, slot, self._leaves, self.memory) for slot, family in enumerate(self._leaves.families)]
        self._feeds = {kind: [feed for feed in feeds if feed.family.head.kind == kind] for kind in KINDS}
        self._keys = sorted({feed.by for feed in feeds} - {"account"})
        self._waiting = [feed for feed in feeds if feed.waits]
        self._witnesses = Witnesses(self._leaves)
        recalls = _recalls(policies)
        self._recalled = {
            kind: [(recall.kind, recall.column) for recall in recalls if recall.kind == kind] for kind in KINDS
        }
        self._columns = {recall.column: self._leaves.reader(recall.column) for recall in recalls}

    @property
    def accounts(self) -> int:
        """The number of accounts."""
        return sum(len(service.accounts) for service in self._services.values())

    def judge(self, event: Event, sequence: int) -> list[Finding]:
        """Process one event, and return the findings in the order of the rules; enforcement sorts them later."""
        service = self._service(event)
        account = service.account(event)
        moment = Moment(event, account, service, _gap(account, event))
        account.note(event)
        self._advance(event, service)
        self._recall(moment)
        self._record_replies(event, account)
        self._take_back(moment)
        self._count(moment)
        return [
            self._finding(rule, moment, sequence)
            for rule, when in self._judged_on.get(event.kind, ())
            if self._fires(rule, when, moment)
        ]

    def parts(self, rule: Rule, event: Event) -> list[Subexpression]:
        """Return all parts of a rule with their values after `event`, for explanations."""
        service = self._services[event.service]
        moment = Moment(event, service.accounts[event.account], service, None)
        return self._witnesses.subexpressions(rule, moment)

    def _service(self, event: Event) -> Service:
        service = self._services.get(event.service)
        if service is None:
            start = ALWAYS if self.policies.complete_history else event.time
            service = self._services[event.service] = Service(
                event.service, start, set(self.policies.observes), self.memory
            )
        service.note(event)
        return service

    def _recall(self, moment: Moment) -> None:
        """Record the values that `first` and `last` recall."""
        event, account = moment.event, moment.account
        for kind, column in self._recalled[event.kind]:
            value = self._columns[column](moment)
            account.firsts.setdefault((kind, column), value)
            if event.time >= account.latest[kind]:
                account.lasts[(kind, column)] = value

    def _advance(self, event: Event, service: Service) -> None:
        """Advance the clocks of all keys of the event except the account."""
        for by in self._keys:
            name = key(event, by)
            if name is not None:
                service.entity(by, name, event.time)

    def _record_replies(self, event: Event, account: Account) -> None:
        """Record a reply in all series of unanswered peers, including those that begin later."""
        if event.kind == "reply_received":
            for feed in self._waiting:
                feed.record_reply(event, account)

    def _take_back(self, moment: Moment) -> None:
        """Take back a report, a block or a refusal in all series that count it."""
        event = moment.event
        for feed in self._feeds.get(TAKES_BACK.get(event.kind, ""), ()):
            name = event.account if feed.by == "account" else key(event, feed.by)
            if name is None:
                continue
            entity = self._entity(feed, name, moment)
            if feed.family.is_revocable:
                feed.take_back(event, entity, name)
            elif feed.lacks is not None and key(event, feed.lacks) is None and isinstance(entity, Entity):
                entity.taken_back[feed.slot] = entity.clock

    def _entity(self, feed: Feed, name: str, moment: Moment) -> Account | Entity:
        return moment.account if feed.by == "account" else moment.service.entity(feed.by, name, moment.event.time)

    def _count(self, moment: Moment) -> None:
        """Count the event in every series of its kind whose filter it may pass."""
        event = moment.event
        for feed in self._feeds.get(event.kind, ()):
            name = event.account if feed.by == "account" else key(event, feed.by)
            sure = feed.passes(moment) if name is not None else False
            if sure is False or name is None:
                continue
            entity = self._entity(feed, name, moment)
            series = feed.series(entity, event.service, name)
            if sure and feed.family.is_revocable:
                sure = series.record_author(feed.author(event), event.time, entity.clock)
            if isinstance(series, UnansweredSeries):
                series.add(
                    event.time, event.peer, sure, entity.clock, self._may_have_replied_unseen(series, feed, moment)
                )
            else:
                series.add(event.time, feed.counted(moment), sure, entity.clock)
            if feed.lacks is not None and isinstance(entity, Entity):
                entity.latest[feed.slot] = max(event.time, entity.latest.get(feed.slot, -1))
            if self._witness is not None:
                for aggregate in feed.family.members:
                    self._witness(aggregate, name, event, sure)

    def _may_have_replied_unseen(self, series: UnansweredSeries, feed: Feed, moment: Moment) -> bool:
        """Return whether the peer may have replied before the log began, or without a name."""
        account, peer = moment.account, moment.event.peer
        if peer is None or not complete(feed.family.head, account, moment):
            return peer is not None
        return series.may_have_replied(peer, account.heard_unknown, account.clock)

    def _fires(self, rule: Rule, when: Callable[[Moment], Truth], moment: Moment) -> bool:
        account, event = moment.account, moment.event
        if not rule.starts <= event.time < rule.ends:
            return False
        truth = when(moment)
        if rule.regions or rule.except_regions:
            truth = _within(rule, account.region, truth)
        self.judged[rule.id] += 1
        self.unknown[rule.id] += truth is None
        self.too_young[rule.id] += truth is None and account.clock - self._lookback[rule.id] < moment.service.start
        if not truth:
            return False
        clocks, fired = self._clocks(rule, moment), account.fired.get(rule.id)
        if fired is not None and min(clocks) - fired < rule.cooldown:
            return False
        account.fired[rule.id] = max(clocks)
        return True

    def _clocks(self, rule: Rule, moment: Moment) -> list[Instant]:
        """Return the clocks that a rule reads: of the account, and of its other keys that the event has."""
        clocks = [moment.account.clock]
        for by in self._counts_by[rule.id]:
            name = key(moment.event, by)
            if name is not None:
                clocks.append(moment.service.entity(by, name, moment.event.time).clock)
        return clocks

    def _finding(self, rule: Rule, moment: Moment, sequence: int) -> Finding:
        account, event = moment.account, moment.event
        context = Context(account.number, account.device, account.address, account.region, account.made)
        (evidence,) = self._witnesses.of(rule, [moment], 1)
        active = moment.service.active
        return Finding(
            sequence, account.clock, event.id, event.service, event.account, rule.id, evidence, context, active
        )


def _recalls(policies: PolicySet) -> list[nodes.First | nodes.Last]:
    parts = (node for rule in policies.rules for node in nodes.walk(rule.when))
    return list(dict.fromkeys(node for node in parts if isinstance(node, nodes.First | nodes.Last)))


def _gap(account: Account, event: Event) -> int | None:
    """Return the whole seconds since the account's last event of the kind; `None` if it may have been taken back."""
    before = account.latest.get(event.kind) if event.kind not in account.last_in_doubt else None
    return None if before is None else max(0, event.time - before) // 1000


def _within(rule: Rule, region: str | None, condition: Truth) -> Truth:
    """Return the truth of a rule in a region; unknown if the rule depends on the region and that is unknown."""
    if condition is False or (region is None and condition is None):
        return condition
    if region is None:
        return None
    holds = region not in rule.except_regions and (not rule.regions or region in rule.regions)
    return condition if holds else False
