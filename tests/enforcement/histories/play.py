"""Both sides play a history: the sequencer and the oracle. After every step they must say the same."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any
from unittest import mock

from tests.enforcement.histories import steps
from tests.enforcement.histories.menu import PROBES, policies
from tests.enforcement.histories.steps import BEGINS, WHO, History, Step
from tests.enforcement.histories.stored import Adoption, Entry, Stored, take
from tests.enforcement.oracle import acts as by_oracle
from tests.enforcement.oracle.judging import judge
from tests.enforcement.oracle.words import Account, Decided, World, replaced, standing, successor
from tests.enforcement.things import said

from cartellino.enforcement import acts, brakes
from cartellino.enforcement.action import Action
from cartellino.enforcement.acts import Act
from cartellino.enforcement.decision import Decision
from cartellino.enforcement.ledger import verify
from cartellino.enforcement.standing import Standing
from cartellino.kernel.finding import Context, Finding
from cartellino.policies.ladder import RungKind
from cartellino.vocabulary.actors import LOG, Actor, operator
from cartellino.vocabulary.ids import DecisionId, RuleId, SanctionId
from cartellino.vocabulary.refusals import NotFound
from cartellino.vocabulary.times import DAY, HOUR

SALT = "salt"
PERSON = operator("rita")
LATER = (0, HOUR // 2, 1, 3 * DAY, HOUR, 30 * DAY, DAY)
"""How long after a step standings are compared, one after the other."""

KEYS = {"n": "number", "d": "device", "a": "address", "r": "region"}


class Differs(Exception):  # noqa: N818 - what is looked for, not a fault of the test
    """The two sides say something different."""


def play(history: History) -> None:
    """Play a history to its end.

    Raises `Differs` when the two sides say something different.
    """
    with mock.patch.object(brakes, "FEWEST", history.fewest):
        player = Player(history)
        for number, step in enumerate(history.steps):
            try:
                player.now += step.later
                player.step(step)
                player.compare(WHO, [player.now + LATER[number % len(LATER)]])
            except Differs as differs:
                raise Differs(f"after step {number}, {step}: {differs}") from None
        player.probe()
        player.compare(tuple(player.seen), player.instants())
        seals = verify(player.code.ledger.rows) if not player.stored.earlier else None
        must_be_equal("the ledger's seals", None, seals)


def must_be_equal(what: str, expected: object, found: object) -> None:
    """Raise `Differs` unless both are equal."""
    if expected == found:
        return
    if isinstance(expected, list | set) and isinstance(found, list | set) and set(expected) != set(found):
        expected, found = [one for one in expected if one not in found], [one for one in found if one not in expected]
    raise Differs(f"{what}:\n  oracle {expected}\n  code   {found}")


class Player:
    """Both sides, and what went in so far."""

    def __init__(self, history: History) -> None:
        self.now = BEGINS
        self.sequence = 0
        self.decided: list[Decided] = []
        self.answered: set[str] = set()
        self.seen = dict.fromkeys(WHO)
        first = Adoption(history.policies, history.promised)
        self.stored = Stored(SALT, first)
        self.code = self.stored.begun()
        self.world = World(SALT, history.fewest)
        self.world.adopt(policies(first.labels), first.promises())
        self.rows = 0
        self.joined = 0

    # What happens

    def step(self, step: Step) -> None:
        """Let both sides take a step."""
        match step:
            case steps.Found(rules=rules, who=who):
                self.find(rules.split(), WHO[who], step)
            case steps.Flooded(rule=rule, accounts=accounts, age=age):
                for number in range(accounts):
                    self.find([rule], ("main", f"x{number}"), steps.Found(rule, age=age))
            case steps.Ended():
                due = self.code.register.due(self.now)
                must_be_equal("due", by_oracle.due(self.world, self.now), due)
                for one in due:
                    self.feed(acts.Expire(**self.said(), sanction=one))
            case steps.Adopted(labels, promised):
                self.feed(Adoption(labels, promised))
                self.feed(acts.Adopt(**self.said(), version=policies(labels).version))
            case steps.Restarted():
                before = self.code.ledger.rows
                self.code = self.stored.restarted(self.code, self.sequence)
                must_be_equal("rows of a replay", before, self.code.ledger.rows)
            case steps.Upgraded():
                self.joined += self.code.joined
                self.code = self.stored.upgraded(self.code, self.now, self.sequence)
            case _:
                act = self.act(step)
                if act is not None:
                    self.feed(act)

    def find(self, rules: list[str], who: Account, step: steps.Found) -> None:
        """Rules find an event; those that are not in force find nothing."""
        self.sequence += 1
        at = self.now - step.late
        things = {KEYS[one[0]]: one for one in step.uses.split()}
        context = Context(**things, made=None if step.age is None else at - step.age)
        self.seen[who] = None
        in_force = [one for one in (RuleId(f"p/{name}") for name in rules) if self.code.policies.rule(one) is not None]
        found = [Finding(self.sequence, at, "e", *who, rule, (), context, step.active) for rule in in_force]
        if found:
            self.feed(found)

    def probe(self) -> None:
        """Compare all marks: a newcomer who uses everything shows who else did."""
        if self.world.marks:
            self.feed(Adoption("probes"))
            for service, uses in itertools.product(("main", "shop"), ("n1 d1 a1", "n2")):
                self.find([one.name for one in PROBES], (service, "newcomer"), steps.Found("", uses=uses))

    def said(self, by: Actor = PERSON) -> dict[str, Any]:
        return said(self.now, after=self.sequence, by=by)

    def act(self, step: Step) -> Act | None:
        """Return the act that a step is; `None` where there is nothing to do it to."""
        match step:
            case steps.Lifted(of) if self.world.sanctions:
                return acts.Lift(**self.said(), sanction=self.sanction(of))
            case steps.Shortened(of, left) if self.world.sanctions:
                return acts.Shorten(**self.said(), sanction=self.sanction(of), ends_at=self.now + left)
            case steps.Overturned(of) if self.decided:
                return acts.Overturn(**self.said(), decision=DecisionId(self.decided[of % len(self.decided)].name))
            case steps.Imposed(kind, lasts, of):
                return self.impose(kind, lasts, of)
            case steps.Linked(one, other):
                (service, account), (its_service, its_account) = WHO[one], WHO[other]
                return acts.Link(
                    **self.said(), service=service, account=account, other_service=its_service,
                    other_account=its_account,
                )  # fmt: skip
            case steps.NumberReleased(number, who, logged):
                self.sequence += logged
                service, account = WHO[who]
                by = LOG if logged else PERSON
                return acts.ReleaseNumber(
                    **self.said(by), service=service, number=number, account="" if number else account
                )
            case steps.Opened(name, kinds, ago, where, holds):
                caused, words = frozenset(kinds.split()), where.split()
                return acts.OpenIncident(
                    **self.said(), incident=name, kinds=caused, starts_at=self.now - ago, holds=holds,
                    service=next((word for word in words if word in ("main", "shop")), ""),
                    countries=frozenset(word for word in words if word[0] == "r"),
                    network=next((word for word in words if word[0] == "a"), ""),
                )  # fmt: skip
            case steps.Closed(name, ago):
                return acts.CloseIncident(**self.said(), incident=name, ends_at=self.now - ago)
            case steps.Released(rule):
                return acts.Release(**self.said(), rule=f"p/{rule}")
            case steps.Discarded(rule):
                return acts.Discard(**self.said(), rule=f"p/{rule}")
            case steps.SetBack(span, after):
                self.now -= span
                return acts.SetBack(**self.said(), since=self.now + after, span=span)
            case _:
                return None

    def sanction(self, of: int) -> SanctionId:
        return SanctionId(self.world.sanctions[of % len(self.world.sanctions)].name)

    def impose(self, kind: RungKind, lasts: int | None, of: int) -> Act | None:
        """A person who was asked to look sanctions the account, once."""
        live = [one for one in self.decided if (one.kind, one.mode) == ("review", "live")]
        asked = [one for one in live if one.name not in self.answered]
        if not asked:
            return None
        about = asked[of % len(asked)]
        self.answered.add(about.name)
        scope = ("media",) if kind == "restriction" else ()
        action = Action(kind, scope, None if lasts is None else self.now + lasts)
        service, account = about.account
        return acts.Impose(
            **self.said(), decision=DecisionId(about.name), service=service, account=account, rule=RuleId(about.rule),
            action=action,
        )  # fmt: skip

    # In and out

    def feed(self, entry: Entry) -> None:
        """Give both sides the same, and compare what they answer."""
        expected, found = self.by_oracle(entry), self.by_code(entry)
        must_be_equal("decisions", expected, found)
        self.compare_rows(in_any_order=isinstance(entry, acts.Overturn | acts.SetBack))

    def by_oracle(self, entry: Entry) -> list[Decided] | None:
        """Return what the oracle decides; `None` where it refuses."""
        if isinstance(entry, Adoption):
            self.world.adopt(policies(entry.labels), entry.promises())
            return []
        try:
            decided = judge(self.world, entry) if isinstance(entry, list) else by_oracle.carry_out(self.world, entry)
        except by_oracle.Refused:
            return None
        self.decided += decided
        return decided

    def by_code(self, entry: Entry) -> list[Decided] | None:
        """Return what the sequencer decides, in the oracle's words; `None` where it refuses."""
        try:
            decisions = take(self.code, entry)
        except NotFound:
            return None
        self.stored.entries.append(entry)
        self.stored.decisions += decisions
        return [decided(one) for one in decisions]

    # Comparing

    def compare_rows(self, *, in_any_order: bool) -> None:
        """Compare the rows that were written since, as far as the page has them."""
        rows = self.code.ledger.since(self.rows)
        self.rows += len(rows)
        names = {self.code.ledger.pseudonym(*one): one for one in self.seen}
        numbers = itertools.product({service for service, _ in WHO}, ("n1", "n2"))
        names |= {self.code.ledger.pseudonym(*one): one for one in numbers}
        found = [(row.what, names.get(row.subject, "")) for row in rows]
        expected = [(what, about if isinstance(about, tuple) else "") for what, about in self.world.rows]
        self.world.rows.clear()
        if in_any_order:
            expected, found = sorted(expected), sorted(found)
        must_be_equal("rows", expected, found)

    def compare(self, accounts: Sequence[Account], instants: Sequence[int]) -> None:
        """Compare what accounts have received, and how they stand at some instants."""
        for account in accounts:
            must_be_equal(f"sanctions of {account}", self.sanctions(account), sanctions(self.code.standing(*account)))
            must_be_equal(f"strikes of {account}", self.strikes(account), strikes(self.code.standing(*account)))
            whole = self.code.whole(*account)
            for at in instants:
                must_be_equal(
                    f"standing of {account} at now + {at - self.now}", standing(self.world, account, at), whole.name(at)
                )
        must_be_equal("held", [one.name for one, _ in self.world.held], list(self.code.held))
        must_be_equal("joined", self.world.joined, self.code.joined + self.joined)
        must_be_equal("tripped", self.world.tripped, self.code.brakes.tripped)

    def instants(self) -> list[int]:
        """Return when something begins or ends, and just before."""
        times = {self.now}
        for one in self.world.sanctions:
            times |= {at for at in (one.start, one.end, one.lifted, replaced(self.world, one)) if at is not None}
        return sorted({at - before for at in times for before in (0, 1)})

    def sanctions(self, account: Account) -> Sequence[object]:
        world = self.world
        return sorted(
            (
                one.name, one.decision, one.rule, one.ladder, one.kind, one.scope, one.start, one.end, one.number,
                one.lifted, one.declared, successor(world, one.decision) if one.ladder is not None else None,
                replaced(world, one),
            )
            for one in world.sanctions if one.account == account
        )  # fmt: skip

    def strikes(self, account: Account) -> Sequence[object]:
        world = self.world
        return sorted(
            (
                one.decision, one.ladder, one.instant, one.place, one.rung, one.own, one.decision in world.taken_back,
                successor(world, one.decision),
            )
            for one in world.strikes if one.account == account
        )  # fmt: skip


def decided(one: Decision) -> Decided:
    """Return a decision in the oracle's words."""
    step = one.next_step
    return Decided(
        one.id, (one.service, one.account), one.at, one.sequence, one.event, one.version, one.rule, one.action.kind,
        one.action.scope, one.action.ends_at, one.strike, one.rung, (step.kind, step.lasts) if step else None, one.mode,
        one.meanwhile.ends_at if one.meanwhile else None, frozenset(one.still_works),
    )  # fmt: skip


def sanctions(standing: Standing) -> Sequence[object]:
    """Return sanctions as the oracle tells them."""
    return sorted(
        (
            one.id, one.decision, one.rule, one.ladder, one.action.kind, one.action.scope, one.starts_at,
            one.action.ends_at, one.strike, one.lifted_at, one.expired_at, one.replaced_by, one.replaced_at,
        )
        for one in standing.sanctions
    )  # fmt: skip


def strikes(standing: Standing) -> Sequence[object]:
    """Return strikes as the oracle tells them."""
    return sorted(
        (one.decision, one.ladder, one.at, one.sequence, one.rung, one.least, one.revoked, one.replaced_by)
        for one in standing.strikes
    )
