"""Actions, and what still works under them.

>>> still_works([Action("restriction", ("new_chats",), 0)])
('read', 'reply', 'existing_chats', 'groups', 'broadcast', 'lookups', 'media', 'profile', 'status', 'calls',
 'companion_devices', 'appeal', 'export')
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import msgspec

from cartellino.policies.ladder import SCOPES, SEVERITY, ActionKind, Rung
from cartellino.vocabulary.times import HOUR, Duration, Instant

ALWAYS = ("appeal", "export")
"""Works under every action (law 11): the account page with the appeal, and the export of one's own data."""

CONVERSING = ("read", "reply", "existing_chats")
"""Works under every action that does not block the account: the conversations that exist already (law 4)."""

SHORT: Duration = HOUR
"""Duration of the limit that applies while a brake holds a decision (law 7)."""


class Action(msgspec.Struct, frozen=True, gc=False):
    """What is done to an account: the kind, the abilities it forbids, and its end (`None`: no end, or no duration)."""

    kind: ActionKind
    scope: tuple[str, ...] = ()
    ends_at: Instant | None = None

    @property
    def severity(self) -> int:
        """The rank of the kind; larger is more severe."""
        return SEVERITY[self.kind]


def of_rung(rung: Rung, now: Instant) -> Action:
    """Return the action of a rung that is imposed at `now`."""
    return Action(rung.kind, rung.scope, None if rung.lasts is None else now + rung.lasts)


def milder(action: Action, rebuilt: Action) -> Action | None:
    """Return an action reduced to a milder one; the result is never longer, wider or more severe than before.

    It is `None` if nothing is left, because the two limits have no ability in common. No end (`None`) counts as later
    than any end.

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
    """Return the short limit that applies while a brake holds a decision."""
    return Action("restriction", ("new_chats",), now + SHORT)


def still_works(actions: Iterable[Action]) -> tuple[str, ...]:
    """Return the abilities that an account still has under all these actions together."""
    forbidden: frozenset[str] = frozenset()
    for action in actions:
        if action.kind in ("suspension", "ban", "challenge"):
            return ALWAYS
        forbidden = forbidden.union(action.scope)
    return _but(forbidden)


@cache
def _but(forbidden: frozenset[str]) -> tuple[str, ...]:
    """Return the abilities of an account that is not blocked, without some; the same tuple for all decisions."""
    return (*CONVERSING, *(ability for ability in SCOPES if ability not in forbidden), *ALWAYS)
