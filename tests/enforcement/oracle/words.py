"""*Words*: what is remembered, and what it means that it holds, counts and stands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from cartellino.kernel.finding import Context, Finding
from cartellino.policies.ladder import Ladder
from cartellino.policies.policyset import PolicySet
from cartellino.policies.rule import Rule
from cartellino.vocabulary.times import DAY

Account = tuple[str, str]
"""Service and name."""

Brake = tuple[str, str, bool]
"""Service, rule, and whether it is that of young accounts."""


@dataclass
class Sanction:
    """A sanction, whoever has it. `declared` is when it was declared to have ended."""

    name: str
    decision: str
    account: Account
    rule: str
    ladder: str | None
    kind: str
    scope: tuple[str, ...]
    start: int
    end: int | None
    number: int
    lifted: int | None = None
    declared: int | None = None


@dataclass
class Strike:
    """A strike, whoever has it: its instant, its place in the log, its rung, and its rule's own rung."""

    decision: str
    account: Account
    ladder: str
    instant: int
    place: int
    rung: int
    own: int


@dataclass
class Mark:
    """An account had this sanction when it used the thing."""

    account: Account
    by: str
    thing: str
    grave: bool
    sanction: str


@dataclass(frozen=True)
class Place:
    """Where an incident holds: a service, countries and a network; what is empty leaves it open."""

    service: str = ""
    countries: frozenset[str] = frozenset()
    network: str = ""


@dataclass
class Incident:
    """Kinds that it causes, from when until when and where; and whether it holds what leans on it."""

    kinds: frozenset[str]
    starts: int
    ends: float
    place: Place = Place()
    holds: bool = False


@dataclass(frozen=True)
class Wish:
    """What a finding leads to: kind, scope and end; on a ladder its rung and number, and which strike it upgrades."""

    kind: str
    scope: tuple[str, ...] = ()
    end: int | None = None
    rung: int = 0
    number: int = 0
    upgrades: str | None = None


@dataclass(frozen=True)
class Decided:
    """What was decided. `limit` is when the short limit of a held wish ends."""

    name: str
    account: Account
    at: int
    sequence: int
    event: str
    version: str
    rule: str
    kind: str
    scope: tuple[str, ...]
    end: int | None
    number: int
    rung: int
    next_step: tuple[str, int | None] | None
    mode: str
    limit: int | None
    works: frozenset[str]


@dataclass
class World:
    """Everything that was ever told, in lists."""

    salt: str
    fewest: int = 20
    sanctions: list[Sanction] = field(default_factory=list)
    strikes: list[Strike] = field(default_factory=list)
    upgrades: list[tuple[str, str]] = field(default_factory=list)
    taken_back: list[str] = field(default_factory=list)
    links: list[tuple[Account, Account]] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    incidents: dict[str, Incident] = field(default_factory=dict)
    wishes: dict[Brake, list[int]] = field(default_factory=dict)
    tripped: set[Brake] = field(default_factory=set)
    held: list[tuple[Decided, Finding]] = field(default_factory=list)
    asked: dict[str, tuple[Account, Context]] = field(default_factory=dict)
    rules: dict[str, Rule] = field(default_factory=dict)
    ladders: dict[str, Ladder] = field(default_factory=dict)
    version: str = ""
    promised: dict[str, float] = field(default_factory=dict)
    joined: int = 0
    rows: list[tuple[str, object]] = field(default_factory=list)

    def adopt(self, policies: PolicySet, promised: dict[str, float]) -> None:
        """Decide by other policies. What is gone goes on as it last was."""
        self.rules |= {str(one.id): one for one in policies.rules}
        self.ladders |= policies.ladders
        self.version, self.promised = policies.version, promised

    def row(self, what: str, about: object) -> None:
        """Every change is a row of the ledger."""
        self.rows.append((what, about))


def person(world: World, account: Account) -> set[Account]:
    """Accounts that are linked, and all that each is linked with, are one person's."""
    together = {account}
    while more := {one for pair in world.links if together & set(pair) for one in pair} - together:
        together |= more
    return together


def is_shared(world: World, ladder: str | None) -> bool:
    """Whether the strikes and sanctions of a ladder are the person's."""
    return ladder is not None and world.ladders[ladder].shared


def sanctions_of(world: World, account: Account) -> list[Sanction]:
    """An account's own, and those of the person's other accounts on shared ladders."""
    together = person(world, account)
    return [
        one
        for one in world.sanctions
        if one.account == account or (one.account in together and is_shared(world, one.ladder))
    ]


def strikes_of(world: World, account: Account, ladder: str) -> list[Strike]:
    """The strikes on a ladder of an account, or of its person where it is shared, in their order."""
    accounts = person(world, account) if is_shared(world, ladder) else {account}
    return sorted((one for one in world.strikes if one.ladder == ladder and one.account in accounts), key=in_the_log)


def in_the_log(strike: Strike) -> tuple[int, int, str]:
    """Strikes go by their place in the log; of one place, by their instants."""
    return strike.place, strike.instant, strike.decision


def successor(world: World, decision: str) -> str | None:
    """What stands in a decision's place: what replaced it, or if that was taken back, what replaced that in turn."""
    replaced_by = [new for old, new in world.upgrades if old == decision]
    if not replaced_by:
        return None
    return successor(world, replaced_by[-1]) if replaced_by[-1] in world.taken_back else replaced_by[-1]


def replaced(world: World, sanction: Sanction) -> int | None:
    """When a sanction was replaced: when the one begins that replaces it."""
    new = successor(world, sanction.decision) if sanction.ladder is not None else None
    return next((one.start for one in world.sanctions if one.decision == new and one.ladder == sanction.ladder), None)


def holds(world: World, sanction: Sanction, t: int) -> bool:
    """Whether a sanction held at an instant, also if it was declared to have ended since."""
    if sanction.kind in ("warning", "review", "diagnosis"):
        return False
    ends = [one for one in (sanction.end, sanction.lifted, replaced(world, sanction)) if one is not None]
    return sanction.start <= t and all(t < end for end in ends)


def stands(world: World, strike: Strike) -> bool:
    """Whether a strike is neither revoked nor replaced."""
    return strike.decision not in world.taken_back and successor(world, strike.decision) is None


def counts(world: World, strike: Strike, t: int) -> bool:
    """Whether a strike counts at an instant; one that lies after it counts too."""
    return stands(world, strike) and t - strike.instant < world.ladders[strike.ladder].memory


def standing(world: World, account: Account, now: int) -> str:
    """The worst that holds now."""
    mine = sanctions_of(world, account)
    kinds = {one.kind for one in mine if holds(world, one, now) and one.declared is None}
    for name, worst in (("banned", {"ban"}), ("suspended", {"suspension", "challenge"}), ("limited", {"restriction"})):
        if kinds & worst:
            return name
    warnings = (one for one in mine if one.kind == "warning" and one.lifted is None and replaced(world, one) is None)
    return "warned" if any(0 <= now - one.start < 30 * DAY for one in warnings) else "clear"


def forbidden(sanctions: Iterable[Sanction]) -> set[str]:
    """What limits take away."""
    return {ability for one in sanctions for ability in one.scope}
