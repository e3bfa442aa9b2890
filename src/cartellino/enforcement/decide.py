"""Decides what follows from a finding and a standing. Pure: no clock, no state, no input or output (law 2).

- A rule with an action leads to that action, without a strike.
- A rule with a ladder adds a strike: one rung above the highest strike that counts, and at least on its own rung.
- A finding within the burst of a strike, or while a sanction of the same ladder is in force, joins it: there is no
  second strike and no later end, but an upgrade if the rule's own rung is higher (law 6).
- An account that is banned already is not decided on again. Nor is one that is being challenged: an account that was
  taken over is secured, never struck (law 4).
"""

from __future__ import annotations

import msgspec

from cartellino.enforcement.action import Action, of_rung
from cartellino.enforcement.standing import Sanction, Standing, Strike
from cartellino.kernel.finding import Finding
from cartellino.policies.ladder import Ladder
from cartellino.policies.rule import Rule
from cartellino.vocabulary.times import Instant


class Measure(msgspec.Struct, frozen=True, gc=False):
    """What follows: the action, its rung, the number of the strike (0: none), and the sanction that is upgraded."""

    action: Action
    rung: int = 0
    strike: int = 0
    upgrades: Sanction | None = None


def decide(finding: Finding, rule: Rule, ladder: Ladder | None, standing: Standing) -> Measure | None:
    """Return what follows from a finding; `None` if it joins a strike or sanction, or has no effect."""
    now = finding.at
    if any(sanction.action.kind in ("ban", "challenge") for sanction in standing.covering(now)):
        return None
    if ladder is None:
        return Measure(Action(rule.action)) if rule.action is not None else None
    open_strike = _open(ladder, standing, now)
    others = [strike for strike in standing.counting(ladder, now) if strike != open_strike]
    if open_strike is not None:
        return _upgrade(open_strike, rule, ladder, standing, len(others) + 1, now)
    rung = min(max([rule.rung, *(strike.rung + 1 for strike in others)]), len(ladder.rungs))
    return Measure(of_rung(ladder.rung(rung), now), rung, len(others) + 1)


def _open(ladder: Ladder, standing: Standing, now: Instant) -> Strike | None:
    """Return the strike that a finding joins, whose burst has not ended or whose sanction is in force; else `None`."""
    strikes = [strike for strike in standing.strikes if strike.ladder == ladder.name and strike.counts]
    if not strikes:
        return None
    latest = max(strikes, key=lambda strike: strike.place)
    holding = {sanction.decision for sanction in standing.covering(now) if sanction.ladder == ladder.name}
    return latest if now - latest.at < ladder.burst or latest.decision in holding else None


def _upgrade(
    strike: Strike, rule: Rule, ladder: Ladder, standing: Standing, number: int, now: Instant
) -> Measure | None:
    if rule.rung <= strike.rung:
        return None
    of_strike = (
        sanction
        for sanction in standing.sanctions
        if sanction.decision == strike.decision and sanction.ladder == ladder.name
    )
    upgraded = next(of_strike, None)
    if upgraded is None:
        return None
    return Measure(of_rung(ladder.rung(rule.rung), now), rule.rung, number, upgraded)
