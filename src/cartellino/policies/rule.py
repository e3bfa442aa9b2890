"""Rules: what they detect, what follows, and everything that a person needs to judge them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

from cartellino.expressions import nodes
from cartellino.expressions.nodes import Aggregate, Node
from cartellino.signals.derived import REMEMBERED
from cartellino.vocabulary.diagnostics import Span
from cartellino.vocabulary.ids import RuleId
from cartellino.vocabulary.languages import Texts
from cartellino.vocabulary.times import LATEST, Duration, Instant

Disclosure = Literal["full", "general", "sealed"]
DISCLOSURES: MappingProxyType[str, str] = MappingProxyType(
    {
        "full": "the holder sees the rule, its numbers and their own",
        "general": "the holder sees which clause was broken and how, without numbers",
        "sealed": "the holder sees only the clause",
    }
)

ModeKind = Literal["off", "shadow", "canary", "live"]


@dataclass(frozen=True)
class Mode:
    """How far a rule is rolled out.

    A canary acts on the fraction `share` of all accounts (other modes do not use it). The fraction `hold_out` of all
    accounts is never acted on, in a canary or live.
    """

    kind: ModeKind = "live"
    share: float = 1.0
    hold_out: float = 0.0

    def show(self) -> str:
        """Return the mode as text, such as "canary 0.05, 1% held out"."""
        suffix = f", {self.hold_out:.0%} held out" if self.hold_out else ""
        return (f"canary {self.share:g}" if self.kind == "canary" else self.kind) + suffix


@dataclass(frozen=True)
class Example:
    """A short sequence of events that must, or must not, make the rule fire.

    `steps` are the events; `sanctioned` are the sanctions in force before the first event.
    """

    name: str
    fires: bool
    steps: tuple[Mapping[str, Any], ...]
    sanctioned: tuple[Mapping[str, Any], ...] = ()
    account: str = "a"
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Rule:
    """A rule of a policy.

    The kernel evaluates `when` for events of the kinds in `on`. If it is true, enforcement evaluates `given` for the
    finding (such as sanctions on linked accounts). `code` is the number that the holder's client shows. Exactly one of
    `ladder` (a strike, starting at least at `rung`) and `action` (no strike) is set; the checker enforces this.
    """

    id: RuleId
    policy: str
    name: str
    when: Node
    code: int
    on: frozenset[str]
    reason: Texts
    clause: Texts = field(default_factory=dict)
    title: str = ""
    given: Node | None = None
    ladder: str | None = None
    rung: int = 1
    action: Literal["challenge", "review", "diagnosis"] | None = None
    grave: bool = False
    """Whether a sanction by this rule counts for conditions `linked(..., grave=true)`."""
    mode: Mode = Mode()
    cooldown: Duration = 0
    """In ms. Loading a policy replaces an omitted cooldown by the longest window, or an hour."""
    starts: Instant = 0
    ends: Instant = LATEST
    regions: frozenset[str] = frozenset()
    """Regions in which the rule holds; empty means everywhere."""
    except_regions: frozenset[str] = frozenset()
    discloses: Disclosure = "general"
    false_friends: tuple[str, ...] = ()
    examples: tuple[Example, ...] = ()

    def aggregates(self) -> list[Aggregate]:
        """Return the distinct aggregates in `when`, in source order."""
        return list(dict.fromkeys(node for node in nodes.walk(self.when) if isinstance(node, Aggregate)))


def longest_window(node: Node) -> Duration:
    """Return the longest window in an expression, in ms; 0 without any."""
    return max((part.over or 0 for part in nodes.walk(node) if isinstance(part, Aggregate)), default=0)


def lookback(node: Node) -> Duration:
    """Return how far back an expression needs the log, in ms.

    That is its longest window, plus 7 days if it uses `solicited`, which depends on the peer's messages in the 7 days
    before an event.
    """
    asks = any(isinstance(part, Aggregate | nodes.Column) and _uses_solicited(part) for part in nodes.walk(node))
    return longest_window(node) + (REMEMBERED if asks else 0)


def _uses_solicited(node: Aggregate | nodes.Column) -> bool:
    return "solicited" in (getattr(node, "column", None), getattr(node, "name", None))


def kinds(node: Node) -> frozenset[str]:
    """Return the kinds of event that an expression aggregates, or compares the column `kind` with."""
    result: set[str] = set()
    for part in nodes.walk(node):
        match part:
            case Aggregate(kind=kind) | nodes.Since(kind) | nodes.First(kind) | nodes.Last(kind):
                result.add(kind)
            case nodes.Compare("==", nodes.Column("kind"), nodes.Text(kind)) | nodes.Compare(
                "==", nodes.Text(kind), nodes.Column("kind")
            ):
                result.add(kind)
            case nodes.OneOf(nodes.Column("kind"), values):
                result.update(values)
    return frozenset(result)
