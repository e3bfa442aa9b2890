"""An overturned decision repairs everything and worsens nothing (law 10).

What the decision did is gone; a milder sanction that it had replaced is back, with its strike; and later strikes on the
same ladder come down to where they would have been, on all accounts that climb the ladder together.

>>> recomputed({("main", "a1"): Standing()}, DecisionId("d_1"), 0, {})
Repair(standings={}, restored=[], corrected=[])
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from cartellino.enforcement.action import milder, of_rung
from cartellino.enforcement.standing import DecisionId, Sanction, Standing, Strike
from cartellino.policies.ladder import Ladder
from cartellino.vocabulary.times import Instant

Account = tuple[str, str]
"""Service and account."""


@dataclass(frozen=True)
class Repair:
    """The standings that change, the sanctions that are back, and those that became milder."""

    standings: Mapping[Account, Standing]
    restored: Sequence[Sanction]
    corrected: Sequence[Sanction]


def recomputed(
    standings: Mapping[Account, Standing], decision: DecisionId, now: Instant, ladders: Mapping[str, Ladder]
) -> Repair:
    """Return what changes when `decision` is taken back; `standings` are those that climb its ladder together."""
    taken_back = {account: _taken_back(standing, decision, now) for account, standing in standings.items()}
    before, after = _strikes(standings), _strikes(taken_back)
    name = next((strike.ladder for strike in after if strike.decision == decision), None)
    rungs = {} if name is None else _lower_rungs(before, after, ladders[name])
    repaired = {account: _with_rungs(standing, rungs, now, ladders) for account, standing in taken_back.items()}
    changed = [
        (old, new)
        for account, standing in repaired.items()
        for old, new in zip(standings[account].sanctions, standing.sanctions, strict=True)
        if new != old and new.decision != decision
    ]
    return Repair(
        {account: standing for account, standing in repaired.items() if standing != standings[account]},
        [new for old, new in changed if old.replaced_by is not None and new.replaced_by is None],
        [new for old, new in changed if new.action != old.action or new.lifted_at != old.lifted_at],
    )


def _strikes(standings: Mapping[Account, Standing]) -> list[Strike]:
    """Return the strikes of all accounts, in the order of the log."""
    together = Standing()
    for standing in standings.values():
        together = together.joined(standing)
    return list(together.strikes)


def _taken_back(standing: Standing, decision: DecisionId, now: Instant) -> Standing:
    """Take the decision out of the chain of upgrades, revoke its strike and end its sanctions."""
    strike = next((one for one in standing.strikes if one.decision == decision), None)
    sanction = next((one for one in standing.sanctions if one.decision == decision), None)
    heir = strike.replaced_by if strike is not None else None
    since = sanction.replaced_at if sanction is not None else None
    strikes = (replace(one, revoked=True) if one.decision == decision else one for one in standing.strikes)
    sanctions = (_lifted(one, now) if one.decision == decision else one for one in standing.sanctions)
    return Standing(
        tuple(replace(one, replaced_by=heir) if one.replaced_by == decision else one for one in strikes),
        tuple(
            replace(one, replaced_by=heir, replaced_at=since) if one.replaced_by == decision else one
            for one in sanctions
        ),
    )


def _lower_rungs(before: Sequence[Strike], after: Sequence[Strike], ladder: Ladder) -> dict[DecisionId, int]:
    """Return the strikes that come down, each with its new rung: never one that stood as high without the decision."""
    rungs: dict[DecisionId, int] = {}
    for number, (old, new) in enumerate(zip(before, after, strict=True)):
        if new.ladder != ladder.name or new.revoked:
            continue
        was = _rung(old, before[:number], ladder)
        now = _rung(new, [replace(one, rung=rungs.get(one.decision, one.rung)) for one in after[:number]], ladder)
        if now < was and now < old.rung:
            rungs[old.decision] = now
    return rungs


def _rung(strike: Strike, earlier: Sequence[Strike], ladder: Ladder) -> int:
    """Return the rung that a strike takes after earlier ones, however high the ladder is."""
    counting = Standing(tuple(earlier)).counting(ladder, strike.at)
    return max([strike.least, *(one.rung + 1 for one in counting)])


def _with_rungs(
    standing: Standing, rungs: Mapping[DecisionId, int], now: Instant, ladders: Mapping[str, Ladder]
) -> Standing:
    return Standing(
        tuple(replace(one, rung=rungs.get(one.decision, one.rung)) for one in standing.strikes),
        tuple(_corrected(one, rungs, now, ladders) for one in standing.sanctions),
    )


def _corrected(
    sanction: Sanction, rungs: Mapping[DecisionId, int], now: Instant, ladders: Mapping[str, Ladder]
) -> Sanction:
    """Return a sanction as the lower rung has it, or lifted where nothing is left of it."""
    if sanction.ladder is None or sanction.decision not in rungs:
        return sanction
    rebuilt = of_rung(ladders[sanction.ladder].rung(rungs[sanction.decision]), sanction.starts_at)
    action = milder(sanction.action, rebuilt)
    return _lifted(sanction, now) if action is None else replace(sanction, action=action)


def _lifted(sanction: Sanction, now: Instant) -> Sanction:
    """End a sanction now; one that was lifted before stays so."""
    return replace(sanction, lifted_at=now if sanction.lifted_at is None else min(now, sanction.lifted_at))
