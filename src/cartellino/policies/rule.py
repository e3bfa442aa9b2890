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

    A canary applies to a `share` of the accounts, 0 to 1; a rule never applies to the share `hold_out`.
    """

    kind: ModeKind = "live"
    share: float = 1.0
    hold_out: float = 0.0

    def show(self) -> str:
        """Return the mode in words."""
        hold_out = f", {self.hold_out:.0%} held out" if self.hold_out else ""
        return (f"canary {self.share:g}" if self.kind == "canary" else self.kind) + hold_out


@dataclass(frozen=True)
class Example:
    """A short stream of events that must or must not make a rule fire, and the sanctions in force before it."""

    name: str
    fires: bool
    steps: tuple[Mapping[str, Any], ...]
    sanctioned: tuple[Mapping[str, Any], ...] = ()
    account: str = "a"
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Rule:
    """A rule of a policy.

    The kernel evaluates `when` on events of the kinds in `on`; enforcement evaluates `given` on the finding. The client
    of the holder shows `code`. A strike on `ladder` (from rung `rung` on) follows, or `action` without a strike.
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
    mode: Mode = Mode()
    cooldown: Duration = 0
    starts: Instant = 0
    ends: Instant = LATEST
    regions: frozenset[str] = frozenset()
    except_regions: frozenset[str] = frozenset()
    discloses: Disclosure = "general"
    false_friends: tuple[str, ...] = ()
    examples: tuple[Example, ...] = ()

    def aggregates(self) -> list[Aggregate]:
        """Return the aggregates in `when`, in the order of the text, without duplicates."""
        return list(dict.fromkeys(node for node in nodes.walk(self.when) if isinstance(node, Aggregate)))


def longest_window(node: Node) -> Duration:
    """Return the longest window in an expression in ms, 0 if there is none."""
    return max((part.over or 0 for part in nodes.walk(node) if isinstance(part, Aggregate)), default=0)


def looks_back(node: Node) -> Duration:
    """Return how far back an expression looks, in ms.

    That is its longest window; if it uses `solicited`, also the time before it in which a message from the peer counts.
    """
    asks = any(isinstance(part, Aggregate | nodes.Column) and _asks_who_wrote(part) for part in nodes.walk(node))
    return longest_window(node) + (REMEMBERED if asks else 0)


def _asks_who_wrote(node: Aggregate | nodes.Column) -> bool:
    return "solicited" in (getattr(node, "column", None), getattr(node, "name", None))


def kinds(node: Node) -> frozenset[str]:
    """Return the kinds of event that an expression aggregates or compares `kind` with."""
    named: set[str] = set()
    for part in nodes.walk(node):
        match part:
            case Aggregate(kind=kind) | nodes.Since(kind) | nodes.First(kind) | nodes.Last(kind):
                named.add(kind)
            case nodes.Compare("==", nodes.Column("kind"), nodes.Text(kind)) | nodes.Compare(
                "==", nodes.Text(kind), nodes.Column("kind")
            ):
                named.add(kind)
            case nodes.OneOf(nodes.Column("kind"), values):
                named.update(values)
    return frozenset(named)
