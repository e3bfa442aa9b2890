"""What comes from outside: acts. Each names the log sequence after which it holds, so that a replay repeats it.

Act
├── Lift, Shorten       a person ends a sanction now, or earlier than it would have ended
├── Overturn            an appeal was right: everything is repaired (law 10)
├── Expire              a sanction came to its end, and that was told
├── Impose              a person who was asked to look imposes a sanction
├── Release, Discard    what a brake held is carried out after all, or dropped
├── Link                two accounts are one person's
├── Record              something else that nobody may do unseen
├── Erase               an account was erased, and an alias stands in its place
├── Redact              words of a row of the ledger, or of a reason, were erased with an account
├── Adopt               other policies decide from here on
├── SetBack             the server's clock had been ahead, and was set back
├── OpenIncident, CloseIncident   an outage begins or ends to excuse (law 8)
└── ReleaseNumber       a number went back to the carrier
"""

from __future__ import annotations

from dataclasses import dataclass, field

from cartellino.enforcement.action import Action
from cartellino.vocabulary.actors import Actor
from cartellino.vocabulary.edition import FIRST_EDITION
from cartellino.vocabulary.ids import DecisionId, PolicyVersion, RuleId, SanctionId
from cartellino.vocabulary.times import Duration, Instant


@dataclass(frozen=True)
class Act:
    """Something done by a person or another system: after which event of the log, when, by whom and why.

    `sealed` is the digest that stands for the reason in the ledger, so that the reason itself can be erased; acts from
    before it was kept have none, and the ledger has their reason in clear.
    """

    after: int
    at: Instant
    by: Actor
    why: str
    sealed: str = field(default="", kw_only=True)

    @property
    def reason(self) -> str:
        """What stands for the reason in the ledger."""
        return self.sealed or self.why


@dataclass(frozen=True)
class Lift(Act):
    """A sanction ends now; its strike stays."""

    sanction: SanctionId


@dataclass(frozen=True)
class Shorten(Act):
    """A sanction ends at `ends_at`, earlier than it would have."""

    sanction: SanctionId
    ends_at: Instant


@dataclass(frozen=True)
class Overturn(Act):
    """A decision was wrong: the sanction is lifted, the strike revoked, later rungs are worked out anew."""

    decision: DecisionId


@dataclass(frozen=True)
class Expire(Act):
    """A sanction came to its end by the server's clock; from now on it is over, whatever the clock says later."""

    sanction: SanctionId


@dataclass(frozen=True)
class Impose(Act):
    """A person looked at a decision that asked for a review, and sanctions the account. It is no strike."""

    decision: DecisionId
    service: str
    account: str
    rule: RuleId
    action: Action


@dataclass(frozen=True)
class Link(Act):
    """Two accounts belong to one person: what a shared ladder holds against one counts for both."""

    service: str
    account: str
    other_service: str
    other_account: str


@dataclass(frozen=True)
class Record(Act):
    """Something else was done that nobody may do unseen: an operator was made, a key ended, a hold set."""

    what: str
    subject: str


@dataclass(frozen=True)
class Erase(Act):
    """What was known of an account was erased; an alias stands in its place."""

    alias: str


@dataclass(frozen=True)
class Redact(Act):
    """Words were erased with an account: of which row or reason, the digest of what is left, and the alias."""

    of: str
    left: str
    alias: str


@dataclass(frozen=True)
class Adopt(Act):
    """Other policies decide from here on, under an edition of the meaning."""

    version: PolicyVersion
    edition: int = FIRST_EDITION


@dataclass(frozen=True)
class SetBack(Act):
    """The server's clock had been ahead by `span` and now shows `at`. What it has ended stays ended; what began from
    `since` on began by the wrong time and is moved back whole; what began before, but after `at`, has begun.
    """

    since: Instant
    span: Duration


@dataclass(frozen=True)
class Release(Act):
    """Held decisions of a rule are carried out."""

    rule: str


@dataclass(frozen=True)
class Discard(Act):
    """Held decisions of a rule are dropped."""

    rule: str


@dataclass(frozen=True)
class OpenIncident(Act):
    """From `starts_at` on, rules that are judged only on these kinds do not punish where the incident holds.

    It holds in one service, or with none in all; in some countries, or with none in all; in one network, or in all.
    `holds` says whether rules that count these kinds among others wait for a person meanwhile.
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
    """From `ends_at` on, they punish again."""

    incident: str
    ends_at: Instant


@dataclass(frozen=True)
class ReleaseNumber(Act):
    """A number went back to the carrier: whoever gets it next is somebody else.

    Without `number` it is whichever number `account` was last known by.
    """

    service: str
    number: str
    account: str = ""
