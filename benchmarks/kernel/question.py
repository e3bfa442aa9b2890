"""The two questions that everybody answers, as data: which series, which limits, and how long a rule rests.

A finding is the number of an event in the stream and the rule that is true there, unless the rule has fired for that
account within its cool-down. `sums` asks for counts and totals only; `distinct` for different people, too.

>>> [rule.name for rule in SUMS.rules], DISTINCT.series_of(DISTINCT.rules[1])[0].show()
(['floods', 'checks', 'broadcasts'], 'distinct(message_sent.peer, over 1 h)')
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

HOUR = 3_600_000
DAY = 24 * HOUR

Finding = tuple[int, str]
"""Which event, which rule."""

Candidate = tuple[int, str, str, int]
"""Where a rule is true: which event, which rule, for whom, and when."""


@dataclass(frozen=True)
class Series:
    """What is added up for each account, over `over` ms; `strangers` counts only messages with `known` false."""

    name: str
    how: Literal["count", "sum", "distinct"]
    kind: str
    over: int
    column: str = ""
    strangers: bool = False

    def show(self) -> str:
        """Write it nearly as a policy would."""
        column = f".{self.column}" if self.column else ""
        where = " where not known" if self.strangers else ""
        return f"{self.how}({self.kind}{column}{where}, over {self.over // HOUR} h)"


@dataclass(frozen=True)
class Rule:
    """True while `signal > above`, and, where given, `part / whole < below`."""

    name: str
    signal: str
    above: int
    part: str = ""
    whole: str = ""
    below: float = 0.0


@dataclass(frozen=True)
class Question:
    """Series and rules; a rule is judged at every event of a kind that it reads, and rests for `cooldown` ms."""

    name: str
    series: tuple[Series, ...]
    rules: tuple[Rule, ...]
    cooldown: int = DAY

    def series_of(self, rule: Rule) -> list[Series]:
        """Return the series that a rule reads."""
        return [one for one in self.series if one.name in (rule.signal, rule.part, rule.whole)]

    def judged_on(self, rule: Rule) -> list[str]:
        """Return the kinds at which a rule is judged."""
        return sorted({one.kind for one in self.series_of(rule)})

    @property
    def kinds(self) -> list[str]:
        """The kinds of event that matter at all."""
        return sorted({one.kind for one in self.series})

    @property
    def policy(self) -> Path:
        """The file that says the same in the language of policies."""
        return Path(__file__).parent / "policies" / f"{self.name}.yaml"

    @property
    def parameters(self) -> dict[str, float]:
        """The limits as parameters of that policy."""
        return {rule.name: float(rule.above) for rule in self.rules}


SUMS = Question(
    "sums",
    (
        Series("messages_24h", "count", "message_sent", DAY),
        Series("checks_1h", "count", "number_checked", HOUR),
        Series("reached_24h", "sum", "broadcast_sent", DAY, "unknown_recipients"),
    ),
    (
        Rule("floods", "messages_24h", 400),
        Rule("checks", "checks_1h", 50),
        Rule("broadcasts", "reached_24h", 60),
    ),
)

DISTINCT = Question(
    "distinct",
    (
        Series("strangers_24h", "distinct", "message_sent", DAY, "peer", strangers=True),
        Series("peers_24h", "distinct", "message_sent", DAY, "peer"),
        Series("repliers_24h", "distinct", "reply_received", DAY, "peer"),
        Series("peers_1h", "distinct", "message_sent", HOUR, "peer"),
        Series("viewed_24h", "distinct", "profile_viewed", DAY, "peer"),
        Series("blockers_24h", "distinct", "blocked", DAY, "peer"),
        Series("messages_24h", "count", "message_sent", DAY),
    ),
    (
        Rule("strangers", "strangers_24h", 60, "repliers_24h", "peers_24h", 0.2),
        Rule("bursts", "peers_1h", 40),
        Rule("scrapes", "viewed_24h", 250),
        Rule("blocked", "blockers_24h", 5),
        Rule("floods", "messages_24h", 400),
    ),
)

QUESTIONS = {one.name: one for one in (SUMS, DISTINCT)}


def rested(candidates: Iterable[Candidate], cooldown: int) -> set[Finding]:
    """Keep of all places where a rule is true, in the order of the log, those where it has rested."""
    fired: dict[tuple[str, str], int] = {}
    found: set[Finding] = set()
    for number, rule, account, time in candidates:
        before = fired.get((rule, account))
        if before is None or time - before >= cooldown:
            fired[(rule, account)] = time
            found.add((number, rule))
    return found
