"""Small policies, findings and acts for the tests of enforcement."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cartellino.enforcement.acts import Act, Expire
from cartellino.enforcement.brakes import Brakes, Released
from cartellino.enforcement.decision import Decision
from cartellino.enforcement.sequencer import Sequencer
from cartellino.expressions.parse import parse_text
from cartellino.kernel.finding import Context, Finding
from cartellino.policies.ladder import Ladder, Rung
from cartellino.policies.policyset import PolicySet
from cartellino.policies.rule import Rule
from cartellino.vocabulary.ids import RuleId, SanctionId
from cartellino.vocabulary.times import DAY, HOUR

SPAM = Ladder(
    "spam",
    (
        Rung("warning"),
        Rung("restriction", ("new_chats",), DAY),
        Rung("suspension", (), DAY),
        Rung("suspension", (), 2 * DAY),
        Rung("ban"),
    ),
)
SHORT = Ladder("short", (Rung("restriction", ("groups",), 3 * DAY), Rung("ban")), memory=DAY, burst=HOUR)
ENDLESS = Ladder("endless", (Rung("warning"), Rung("suspension", (), DAY)))
LADDERS = {"spam": SPAM, "short": SHORT, "endless": ENDLESS}
WHEN = parse_text('count(message_sent, over="1h") > 2')


def rule(name: str = "r", *, given: str | None = None, **fields: Any) -> Rule:
    """A rule of the policy `p`; on the ladder `spam` unless it says otherwise."""
    if "action" not in fields:
        fields.setdefault("ladder", "spam")
    return Rule(
        RuleId(f"p/{name}"),
        "p",
        name,
        fields.pop("when", WHEN),
        1,
        fields.pop("on", frozenset({"message_sent"})),
        {"en": name},
        given=parse_text(given) if given is not None else None,
        cooldown=HOUR,
        **fields,
    )


def finding(
    name: str = "r", at: int = 0, *, account: str = "a", sequence: int | None = None, active: int = 0, **context: Any
) -> Finding:
    """A finding of the rule `p/name`; each instant has its own event."""
    number = at if sequence is None else sequence
    return Finding(number, at, f"e{number}", "main", account, RuleId(f"p/{name}"), (), Context(**context), active)


class Court:
    """A sequencer with hands: findings and acts go in one at a time."""

    def __init__(
        self,
        *rules: Rule,
        ladders: Mapping[str, Ladder] | None = None,
        salt: str = "",
        brakes: Brakes | None = None,
    ) -> None:
        self.policies = PolicySet(rules or (rule(),), ladders if ladders is not None else LADDERS)
        self.sequencer = Sequencer(self.policies, salt, brakes if brakes is not None else Released())

    def find(self, name: str = "r", at: int = 0, **fields: Any) -> Decision | None:
        decisions = self.sequencer.decide([finding(name, at, **fields)])
        return decisions[0] if decisions else None

    def decided(self, name: str = "r", at: int = 0, **fields: Any) -> Decision:
        decision = self.find(name, at, **fields)
        assert decision is not None
        return decision

    def act(self, act: Act) -> None:
        self.sequencer.act(act)

    def expired(self, now: int) -> list[SanctionId]:
        """Declare what has come to its end by now, as the service does; return what that was."""
        due = self.sequencer.register.due(now)
        for identity in due:
            self.act(Expire(**said(now), sanction=identity))
        return due

    def name(self, now: int, account: str = "a") -> str:
        return self.sequencer.standing("main", account).name(now)

    def works(self, now: int, account: str = "a") -> list[str]:
        return [one.action.kind for one in self.sequencer.standing("main", account).in_force(now)]


def said(at: int, **fields: Any) -> dict[str, Any]:
    """What every act says: after which event, when, by whom and why."""
    return {"after": 0, "at": at, "by": "person", "why": "looked at it", **fields}
