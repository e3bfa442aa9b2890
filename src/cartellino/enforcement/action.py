"""Actions, and what still works under them.

>>> still_works([Action("restriction", ("new_chats",), 0)])
('read', 'reply', 'existing_chats', 'groups', 'broadcast', 'lookups', 'media', 'profile', 'status', 'calls',
 'companion_devices', 'appeal', 'export')
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cartellino.policies.ladder import SCOPES, SEVERITY, ActionKind, Rung
from cartellino.vocabulary.times import HOUR, Duration, Instant

ALWAYS = ("appeal", "export")
"""Help is reachable while blocked (law 11): the account page, the appeal, and one's own data."""

CONVERSING = ("read", "reply", "existing_chats")

SHORT: Duration = HOUR
"""How long the limit lasts that a held wish still sets (law 7)."""


@dataclass(frozen=True)
class Action:
    """What is done: its kind, what it forbids, and until when (`None`: without end, or at once done)."""

    kind: ActionKind
    scope: tuple[str, ...] = ()
    ends_at: Instant | None = None

    @property
    def severity(self) -> int:
        """Larger is worse."""
        return SEVERITY[self.kind]


def of_rung(rung: Rung, now: Instant) -> Action:
    """Return what a rung does when it is imposed at `now`."""
    return Action(rung.kind, rung.scope, None if rung.lasts is None else now + rung.lasts)


def milder(action: Action, rebuilt: Action) -> Action | None:
    """Return what is left of an action when a milder one takes its place: nothing longer, wider or worse than it was.

    `None` when nothing is left: limits that have no ability in common. An end of `None` is later than any other.

    >>> ban, day = Action("ban"), Action("suspension", (), 24)
    >>> milder(ban, day), milder(Action("suspension", (), 2), day), milder(day, ban)
    (Action(kind='suspension', scope=(), ends_at=24), Action(kind='suspension', scope=(), ends_at=2),
     Action(kind='suspension', scope=(), ends_at=24))
    """
    if rebuilt.severity > action.severity:
        return action
    if rebuilt.kind == "warning":
        return rebuilt
    ends = [end for end in (action.ends_at, rebuilt.ends_at) if end is not None]
    scope = rebuilt.scope
    if rebuilt.kind == action.kind == "restriction":
        scope = tuple(ability for ability in rebuilt.scope if ability in action.scope)
        if not scope:
            return None
    return Action(rebuilt.kind, scope, min(ends, default=None))


def short_limit(now: Instant) -> Action:
    """Return the short, reversible limit under which a held wish waits."""
    return Action("restriction", ("new_chats",), now + SHORT)


def still_works(actions: Iterable[Action]) -> tuple[str, ...]:
    """Return what an account may still do under all these actions together."""
    forbidden: set[str] = set()
    blocked = False
    for action in actions:
        blocked = blocked or action.kind in ("suspension", "ban", "challenge")
        forbidden.update(action.scope)
    if blocked:
        return ALWAYS
    return (*CONVERSING, *(ability for ability in SCOPES if ability not in forbidden), *ALWAYS)
