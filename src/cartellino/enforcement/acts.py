"""Acts: what changes the state and is not an event of the log. Log and acts together determine every decision.

Each act has the number of the event after which it takes effect, so that a replay applies it at the same place.

Act
├── Lift, Shorten       an operator ends a sanction now, or brings its end forward
├── Overturn            a person reversed a decision: everything that it did is repaired (law 10)
├── Expire              a sanction reached its end
├── Impose              an operator imposes a sanction after a review, a complaint or an order
├── Release, Discard    the held decisions of a rule are carried out after all, or dropped
├── Link                two accounts belong to one person
├── Record              another change that must be in the ledger
├── Erase               an account was erased and replaced by an alias
├── Redact              the words of a row of the ledger, or of a reason, were erased with an account
├── Adopt               other policies decide from here on
├── SetBack             the server's clock was ahead and was set back
├── OpenIncident, CloseIncident   an outage begins or ends to excuse (law 8)
└── ReleaseNumber       a number went back to the carrier
"""

from __future__ import annotations

from dataclasses import dataclass, field

from cartellino.enforcement.action import Action
from cartellino.enforcement.wording import UNKNOWN, Wording
from cartellino.vocabulary.actors import Actor
from cartellino.vocabulary.edition import FIRST_EDITION
from cartellino.vocabulary.ids import DecisionId, PolicyVersion, RuleId, SanctionId
from cartellino.vocabulary.times import Duration, Instant


@dataclass(frozen=True)
class Act:
    """An act: the number of the event after which it takes effect, when it was done, by whom and why.

    `sealed` is the digest of the reason that the ledger contains, so that the reason itself can be erased. It is empty
    for old acts, whose reason is in the ledger in clear.
    """

    after: int
    at: Instant
    by: Actor
    why: str
    sealed: str = field(default="", kw_only=True)

    @property
    def reason(self) -> str:
        """The reason as the ledger contains it: its digest, or its text for old acts."""
        return self.sealed or self.why


@dataclass(frozen=True)
class Lift(Act):
    """A sanction ends now; its strike still counts."""

    sanction: SanctionId


@dataclass(frozen=True)
class Shorten(Act):
    """A sanction ends at `ends_at`, which is earlier than before."""

    sanction: SanctionId
    ends_at: Instant


@dataclass(frozen=True)
class Overturn(Act):
    """A decision was wrong: its sanction is lifted, its strike revoked, and later rungs are recomputed."""

    decision: DecisionId


@dataclass(frozen=True)
class Expire(Act):
    """A sanction reached its end by the server's clock. It stays ended even if the clock is set back."""

    sanction: SanctionId


@dataclass(frozen=True)
class Impose(Act):
    """An operator sanctions an account: after a review that the decision asked for, or of their own, as when somebody
    complained or an authority ordered it. It is not a strike.

    `wording` explains a decision that no rule asked for; that of others is known.
    """

    decision: DecisionId
    service: str
    account: str
    rule: RuleId
    action: Action
    wording: Wording = field(default=UNKNOWN, kw_only=True)


@dataclass(frozen=True)
class Link(Act):
    """Two accounts belong to one person: the strikes of either on a shared ladder count for both."""

    service: str
    account: str
    other_service: str
    other_account: str


@dataclass(frozen=True)
class Record(Act):
    """Another change that must be in the ledger, such as a new operator, a revoked key, or a legal hold."""

    what: str
    subject: str


@dataclass(frozen=True)
class Erase(Act):
    """An account was erased, and is replaced by an alias."""

    alias: str


@dataclass(frozen=True)
class Redact(Act):
    """Words were erased with an account: of which row or reason (`of`), the digest of what is `left`, and the alias."""

    of: str
    left: str
    alias: str


@dataclass(frozen=True)
class Adopt(Act):
    """Other policies decide from here on, in an edition of the meaning."""

    version: PolicyVersion
    edition: int = FIRST_EDITION


@dataclass(frozen=True)
class SetBack(Act):
    """The server's clock was ahead by `span` ms and now shows `at`.

    Sanctions that have ended stay ended. Those that began at or after `since` were dated by the wrong clock, and are
    moved back by `span`. Those that began before `since`, but after `at`, begin at `at`.
    """

    since: Instant
    span: Duration


@dataclass(frozen=True)
class Release(Act):
    """The held decisions of a rule are carried out."""

    rule: str


@dataclass(frozen=True)
class Discard(Act):
    """The held decisions of a rule are dropped."""

    rule: str


@dataclass(frozen=True)
class OpenIncident(Act):
    """An outage begins: where it is, rules that depend only on events of these kinds do not punish from `starts_at` on.

    It concerns one service (empty: all), some countries (none: all) and one network (empty: all). With `holds`, the
    decisions of rules that count events of these kinds among others are held meanwhile.
    """

    incident: str
    kinds: frozenset[str]
    starts_at: Instant
    service: str = field(default="", kw_only=True)
    countries: frozenset[str] = field(default=frozenset(), kw_only=True)
    network: str = field(default="", kw_only=True)
    holds: bool = field(default=False, kw_only=True)


@dataclass(frozen=True)
class CloseIncident(Act):
    """An outage ends: the rules punish again from `ends_at` on."""

    incident: str
    ends_at: Instant


@dataclass(frozen=True)
class ReleaseNumber(Act):
    """A number went back to the carrier, who may give it to another person.

    If `number` is empty, it is the last known number of `account`.
    """

    service: str
    number: str
    account: str = ""
