"""Policies by short names: `spam+shared r mid+shadow` is the ladder `spam`, shared, with two rules, one in shadow.

>>> [rule.id for rule in policies("r mid+up").rules], sorted(policies("r mid+up").ladders)
(['p/r', 'p/mid'], ['spam'])
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from tests.enforcement.things import rule

from cartellino.expressions.parse import parse_text
from cartellino.policies.ladder import Ladder, Rung
from cartellino.policies.policyset import PolicySet
from cartellino.policies.rule import Mode, Rule
from cartellino.vocabulary.times import DAY, HOUR, MINUTE

_DAY_OFF = Rung("suspension", (), DAY)
LADDERS: Mapping[str, Ladder] = {
    one.name: one
    for one in (
        Ladder(
            "spam",
            (
                Rung("warning"), Rung("restriction", ("new_chats",), DAY), _DAY_OFF, Rung("suspension", (), 2 * DAY),
                Rung("ban"),
            ),
        ),
        Ladder("short", (Rung("restriction", ("groups",), 3 * DAY), Rung("ban")), memory=2 * DAY),
        Ladder(
            "odd",
            (
                Rung("warning"), Rung("warning"), Rung("restriction", ("groups", "calls"), 9 * DAY),
                Rung("restriction", ("media",), DAY), Rung("restriction", ("calls", "media"), 2 * DAY),
                Rung("suspension", (), HOUR // 2), Rung("suspension"),
            ),
        ),
    )
}  # fmt: skip

FLAGS: Mapping[str, Callable[[Ladder], Ladder]] = {
    "shared": lambda one: replace(one, shared=True),
    "low": lambda one: replace(one, rungs=one.rungs[: len(one.rungs) // 2 + 1]),
    "quick": lambda one: replace(one, memory=3 * DAY, burst=10 * MINUTE),
    "blunt": lambda one: replace(one, burst=0),
}
"""What may be different about a ladder."""

_MESSAGES, _CONNECTS = 'count(message_sent, over="1h") > 2', 'count(connected, over="24h") > 2'
_BOTH = 'count(message_sent, over="1h") > 2 and count(connected, over="24h") > 2'
_SENT, _CONNECTED = frozenset({"message_sent"}), frozenset({"connected"})


def _rule(name: str, when: str = _MESSAGES, on: frozenset[str] = _SENT, **fields: Any) -> Rule:
    return rule(name, when=parse_text(when), on=on, **fields)


RULES: Mapping[str, Rule] = {
    one.name: one
    for one in (
        _rule("r"),
        _rule("mid", _CONNECTS, _CONNECTED, rung=2, grave=True),
        _rule("high", _CONNECTS, _SENT, rung=3),
        _rule("top", _BOTH, _SENT | _CONNECTED, rung=5),
        _rule("s", _BOTH, ladder="short"),
        _rule("s2", ladder="short", rung=2),
        _rule("o", 'kind == "profile_viewed"', frozenset({"profile_viewed"}), ladder="odd"),
        _rule("o3", ladder="odd", rung=3),
        _rule("o5", ladder="odd", rung=5, grave=True),
        _rule("o7", ladder="odd", rung=7),
        _rule("proof", action="challenge"),
        _rule("look", _CONNECTS, _CONNECTED, action="review", grave=True),
        _rule("tell", action="diagnosis"),
        _rule("evader", given='linked(device, "ban") > 0', rung=3),
        _rule("heir", given='linked(number, "suspension") >= 1 or linked(number, "ban") > 0', rung=2),
        _rule("near", given='linked(address, "restriction", grave=true) > 0 and strikes() < 9', ladder="odd"),
        _rule("apart", given='linked(device, "restriction") == 0', rung=2),
        _rule("again", given='strikes("spam") >= 2', ladder="short"),
        _rule("often", given='strikes() == 0 or strikes("short", over="1d") > 0', rung=2),
        _rule("was", given='sanctions("restriction", over="3d") > 0', ladder="odd", rung=3),
        _rule("is", given='sanctions() > 0 and not sanctions("warning", over="1d") > 0', ladder="odd", rung=2),
    )
}

PROBES = tuple(
    _rule(f"{by}-{kind}-{name}", action="review", given=f'linked({by}, "{kind}"{grave}) > {number}')
    for by in ("number", "device", "address")
    for kind in ("restriction", "suspension", "ban")
    for name, grave, number in (("any", "", 0), ("grave", ", grave=true", 0), ("pair", "", 1))
    if name != "pair" or by == "device"
)
"""Rules that ask a person about everybody who is linked with somebody: they show every mark."""

MODES: Mapping[str, Mode] = {
    "shadow": Mode("shadow"),
    "canary": Mode("canary", 0.5, 0.2),
    "most": Mode("live", 1.0, 0.4),
}
"""How far a rule may be rolled out; `+up` sets it a rung higher, `+soft` two lower."""


@cache
def policies(labels: str) -> PolicySet:
    """Return the policies of some labels; a ladder that a rule needs is there unless named otherwise."""
    ladders: dict[str, Ladder] = {}
    rules: list[Rule] = []
    for name, *flags in (label.split("+") for label in labels.split()):
        if name == "probes":
            rules += PROBES
        elif name in LADDERS:
            ladders[name] = _flagged(LADDERS[name], flags)
        else:
            rules.append(_moded(RULES[name], flags))
    for one in rules:
        if one.ladder is not None:
            ladders.setdefault(one.ladder, LADDERS[one.ladder])
    return PolicySet(tuple(_fitting(one, ladders) for one in rules), ladders)


def _flagged(ladder: Ladder, flags: list[str]) -> Ladder:
    for flag in flags:
        ladder = FLAGS[flag](ladder)
    return ladder


def _moded(one: Rule, flags: list[str]) -> Rule:
    for flag in flags:
        steps = {"up": 1, "soft": -2}.get(flag)
        one = replace(one, mode=MODES[flag]) if steps is None else replace(one, rung=max(1, one.rung + steps))
    return one


def _fitting(one: Rule, ladders: Mapping[str, Ladder]) -> Rule:
    """A rule's rung is one that its ladder has: the checker demands it."""
    return one if one.ladder is None else replace(one, rung=min(one.rung, len(ladders[one.ladder].rungs)))
