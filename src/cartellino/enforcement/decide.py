"""`decide`: from a finding and what stands, what follows. Pure: no clock, no memory, no input or output (law 2).

- A rule with an action leads to it, without a strike.
- A rule with a ladder strikes: one rung above the highest strike that still counts, and never below the rule's own
  rung.
- A finding within the burst of a strike, or while a sanction of the same ladder is in force, joins it: no second
  strike, no later end, but an upgrade when the rule asks for a worse rung (law 6).
- Who is banned already is not decided on again; nor is who is asked to prove who they are, since a taken-over account
  is secured, never struck (law 4).
"""

from __future__ import annotations

from dataclasses import dataclass

from cartellino.enforcement.action import Action, of_rung
from cartellino.enforcement.standing import Sanction, Standing, Strike
from cartellino.kernel.finding import Finding
from cartellino.policies.ladder import Ladder
from cartellino.policies.rule import Rule
from cartellino.vocabulary.times import Instant


@dataclass(frozen=True)
class Verdict:
    """What follows: the action, its rung and strike number (0: none), and the sanction that it upgrades, if any."""

    action: Action
    rung: int = 0
    strike: int = 0
    upgrades: Sanction | None = None


def decide(finding: Finding, rule: Rule, ladder: Ladder | None, standing: Standing) -> Verdict | None:
    """Return what follows from a finding, or `None` when it joins what stands already."""
    now = finding.at
    if any(sanction.action.kind in ("ban", "challenge") for sanction in standing.covering(now)):
        return None
    if ladder is None:
        return Verdict(Action(rule.action)) if rule.action is not None else None
    open_strike = _open(ladder, standing, now)
    others = [strike for strike in standing.counting(ladder, now) if strike != open_strike]
    if open_strike is not None:
        return _upgrade(open_strike, rule, ladder, standing, len(others) + 1, now)
    rung = min(max([rule.rung, *(strike.rung + 1 for strike in others)]), len(ladder.rungs))
    return Verdict(of_rung(ladder.rung(rung), now), rung, len(others) + 1)


def _open(ladder: Ladder, standing: Standing, now: Instant) -> Strike | None:
    """Return the strike that a finding joins: its burst goes on or its sanction is in force, however old the strike."""
    strikes = [strike for strike in standing.strikes if strike.ladder == ladder.name and strike.counts]
    if not strikes:
        return None
    latest = max(strikes, key=lambda strike: strike.place)
    holding = {sanction.decision for sanction in standing.covering(now) if sanction.ladder == ladder.name}
    return latest if now - latest.at < ladder.burst or latest.decision in holding else None


def _upgrade(
    strike: Strike, rule: Rule, ladder: Ladder, standing: Standing, number: int, now: Instant
) -> Verdict | None:
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
    return Verdict(of_rung(ladder.rung(rule.rung), now), rule.rung, number, upgraded)
