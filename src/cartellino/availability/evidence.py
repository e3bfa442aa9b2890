"""What is said, how sure it is, and on what evidence: facts with a code, for pages to put into words."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from cartellino.vocabulary.times import Instant, show_instant

Grade = Literal["confirmed", "likely", "possible", "ruled_out"]
GRADES: tuple[Grade, ...] = ("confirmed", "likely", "possible", "ruled_out")

Kind = Literal[
    "outage", "feature_outage", "regional_outage", "change", "supplier", "network", "restriction", "block",
    "maintenance", "integration", "client", "session", "enforcement_fault",
]  # fmt: skip
CAUSES: tuple[Kind, ...] = (
    "outage", "feature_outage", "regional_outage", "restriction", "block", "network", "maintenance", "client",
    "session", "change", "supplier", "integration", "enforcement_fault",
)  # fmt: skip
"""Every kind of cause, in the order in which they are told."""

ACCUSES = frozenset({"restriction", "block"})
"""Kinds that say something of a government."""


class Evidence(msgspec.Struct, frozen=True):
    """One fact: which source it comes from, what it says (a code), and its values."""

    source: str
    code: str
    values: dict[str, Any] = {}


class Cause(msgspec.Struct, frozen=True):
    """One answer to why something fails: what, how sure, where, of which features, since when, and on what evidence.

    `service` is the one that fails, empty where several fail together.
    """

    kind: Kind
    grade: Grade
    place: str
    features: tuple[str, ...]
    since: Instant
    evidence: tuple[Evidence, ...] = ()
    service: str = "main"

    @property
    def claim(self) -> tuple[str, str, str, str, tuple[str, ...]]:
        """What is claimed; a cause with the same claim and other evidence is no news."""
        return self.service, self.kind, self.grade, self.place, self.features

    @property
    def client(self) -> str:
        """The client that it is about; empty where it is about no client."""
        names = (str(one.values["client"]) for one in self.evidence if one.code == "one_client")
        return next(names, "") if self.kind == "client" else ""

    def record(self) -> dict[str, Any]:
        """Return the cause as the contract writes it."""
        return {**msgspec.to_builtins(self), "since": show_instant(self.since)}


def in_order(causes: list[Cause]) -> tuple[Cause, ...]:
    """Return causes surest first, and among equals in the order in which kinds are told."""
    return tuple(
        sorted(causes, key=lambda one: (GRADES.index(one.grade), CAUSES.index(one.kind), one.service, one.place))
    )
