"""Who may do what, in one table. People have roles, programs have scopes, and holders may act on their own account.

>>> Principal("key", "k_1", scopes=frozenset({"events"})).may("ingest"), Principal("stranger", "").may("ingest")
(True, False)
>>> rita, program = Principal("operator", "rita", role="reviewer"), Principal("key", "k_2", scopes=SCOPES)
>>> rita.may("decide-appeals"), program.may("decide-appeals")
(True, False)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from cartellino.vocabulary import actors
from cartellino.vocabulary.actors import Actor

Role = Literal["analyst", "reviewer", "policy-admin", "auditor", "admin"]
ROLES: tuple[Role, ...] = ("analyst", "reviewer", "policy-admin", "auditor", "admin")

_READERS = frozenset({"analyst", "reviewer", "policy-admin", "auditor", "admin"})
_REVIEWERS = frozenset({"reviewer", "admin"})
_POLICY = frozenset({"policy-admin", "admin"})
_ADMINS = frozenset({"admin"})
_NOBODY: frozenset[str] = frozenset()


class Permission(NamedTuple):
    """The roles that have a permission, the scope that a key needs (empty: no key), and whether the holder of the
    account in question or everybody (`public`) has it.
    """

    roles: frozenset[str]
    scope: str = ""
    holder: bool = False
    public: bool = False
    other: str = ""
    """Another scope that is sufficient instead."""


PERMISSIONS: dict[str, Permission] = {
    "public": Permission(_READERS, public=True),
    "ingest": Permission(_NOBODY, "events", other="history"),
    "send-events": Permission(_NOBODY, "events"),
    "import-history": Permission(_NOBODY, "history"),
    "read-standing": Permission(_READERS, "standing", holder=True),
    "read-notices": Permission(_READERS, "notices", holder=True),
    "deliver-notices": Permission(_NOBODY, "notices"),
    "read-decisions": Permission(_READERS, "decisions"),
    "check": Permission(_READERS, "check"),
    "link": Permission(_ADMINS, "links"),
    "make-holders": Permission(_NOBODY, "holders"),
    "file-appeals": Permission(_NOBODY, "appeals", holder=True),
    "receive-mail": Permission(_NOBODY, "mail"),
    "read-appeals": Permission(_READERS, "appeals", holder=True),
    "read-cases": Permission(_READERS),
    "decide-appeals": Permission(_REVIEWERS),
    "change-sanctions": Permission(_REVIEWERS),
    "audit-decisions": Permission(_REVIEWERS),
    "make-golden": Permission(frozenset({"auditor", "admin"})),
    "read-held": Permission(_READERS),
    "release-held": Permission(_POLICY),
    "read-policies": Permission(_READERS),
    "adopt-policies": Permission(_POLICY, "policies"),
    "change-policies": Permission(_POLICY),
    "incidents": Permission(_POLICY, "incidents"),
    "report-problems": Permission(_NOBODY, "health", holder=True),
    "send-health": Permission(_NOBODY, "health"),
    "announce": Permission(_ADMINS),
    "enter-orders": Permission(_ADMINS, "orders"),
    "decide-orders": Permission(_ADMINS),
    "flag-complaints": Permission(_NOBODY, "flags"),
    "decide-complaints": Permission(_REVIEWERS),
    "register-authorities": Permission(_ADMINS),
    "read-availability": Permission(_READERS, "health", holder=True),
    "diagnose": Permission(_NOBODY, "health", holder=True),
    "read-figures": Permission(_READERS, "figures"),
    "read-senders": Permission(_READERS, "senders"),
    "set-senders": Permission(_POLICY, "senders"),
    "write-consents": Permission(_POLICY, "senders"),
    "send-messages": Permission(_NOBODY, "messages"),
    "review-senders": Permission(_REVIEWERS),
    "stream": Permission(_READERS, "stream"),
    "webhooks": Permission(_ADMINS, "webhooks"),
    "read-ledger": Permission(frozenset({"auditor", "admin"})),
    "operators": Permission(_ADMINS),
    "privacy": Permission(_ADMINS, "privacy"),
    "read-own": Permission(_ADMINS, "privacy", holder=True),
    "metrics": Permission(_READERS, "metrics", public=True),
    "oneself": Permission(_READERS),
}
"""`metrics` is public on the machine itself only; see `api.health`. `ingest` lets a request in, whose rows need
`send-events` or `import-history` as well."""

SCOPES: frozenset[str] = frozenset(permission.scope for permission in PERMISSIONS.values() if permission.scope)
"""Every scope that a key can have."""

Kind = Literal["stranger", "key", "operator", "holder"]


@dataclass(frozen=True)
class Principal:
    """Who makes a request: an operator with a role, a program with scopes, an account's holder, or a stranger."""

    kind: Kind
    name: str
    role: str = ""
    scopes: frozenset[str] = frozenset()
    source: str = ""
    service: str = ""
    account: str = ""
    session: bool = False

    def may(self, permission: str) -> bool:
        """Say whether they have a permission; a holder has it for their own account only (see `owns`)."""
        needed = PERMISSIONS[permission]
        if needed.public:
            return True
        if self.kind == "operator":
            return self.role in needed.roles
        if self.kind == "key":
            return bool(self.scopes & ({needed.scope, needed.other} - {""}))
        return self.kind == "holder" and needed.holder

    def actor(self, pseudonym: Callable[[str, str], str]) -> Actor:
        """Return the actor for acts and the ledger; `pseudonym` maps a service and an account to the ledger's name."""
        if self.kind == "operator":
            return actors.operator(self.name)
        if self.kind == "key":
            return actors.key(self.name)
        return actors.holder(pseudonym(self.service, self.account)) if self.kind == "holder" else actors.STRANGER

    def owns(self, service: str, account: str) -> bool:
        """Say whether they may act on an account: a holder on their own only, everybody else on any."""
        return self.kind != "holder" or (self.service, self.account) == (service, account)


STRANGER = Principal("stranger", "")
