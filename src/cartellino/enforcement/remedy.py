"""Recomputes standings after a decision was overturned; everything is repaired and nothing gets worse (law 10).

The sanction and the strike of the decision no longer count. A milder sanction that it had replaced is restored, with
its strike. Later strikes on the same ladder come down to the rung that they would have had, on all accounts that climb
the ladder together.

>>> recomputed({("main", "a1"): Standing()}, DecisionId("d_1"), 0, {}, [("main", "a1")])
Repair(standings={}, restored=[], replaced=[], corrected=[])
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from cartellino.enforcement.action import milder, of_rung
from cartellino.enforcement.standing import DecisionId, Sanction, Standing, Strike
from cartellino.policies.ladder import Ladder
from cartellino.vocabulary.accounts import AccountRef
from cartellino.vocabulary.times import Instant


@dataclass(frozen=True)
class Repair:
    """The standings that change, and in them the sanctions that are restored, that another decision now replaces, and
    whose strike came down to a lower rung.
    """

    standings: Mapping[AccountRef, Standing]
    restored: Sequence[Sanction]
    replaced: Sequence[Sanction]
    corrected: Sequence[Sanction]


def recomputed(
    standings: Mapping[AccountRef, Standing],
    decision: DecisionId,
    now: Instant,
    ladders: Mapping[str, Ladder],
    climbing: Collection[AccountRef],
) -> Repair:
    """Return what changes when `decision` is taken back.

    `standings` are those of all accounts of the person, `climbing` those accounts that climb its ladder together.
    """
    heir = _heir(standings.values(), decision)
    reverted = {account: _reverted(standing, decision, now, heir) for account, standing in standings.items()}
    before = _strikes(standings[account] for account in climbing)
    after = _strikes(reverted[account] for account in climbing)
    name = next((strike.ladder for strike in after if strike.decision == decision), None)
    rungs = {} if name is None else _lower_rungs(before, after, ladders[name])
    repaired = {account: _with_rungs(standing, rungs, now, ladders) for account, standing in reverted.items()}
    revoked = {strike.decision for standing in repaired.values() for strike in standing.strikes if strike.revoked}
    pairs = [
        (old, new)
        for account, standing in repaired.items()
        for old, new in zip(standings[account].sanctions, standing.sanctions, strict=True)
        if new.decision not in revoked
    ]
    moved = [new for old, new in pairs if new.replaced_by != old.replaced_by]
    return Repair(
        {account: standing for account, standing in repaired.items() if standing != standings[account]},
        [sanction for sanction in moved if sanction.replaced_by is None],
        [sanction for sanction in moved if sanction.replaced_by is not None],
        [new for _, new in pairs if new.ladder is not None and new.decision in rungs],
    )


def _strikes(standings: Iterable[Standing]) -> list[Strike]:
    """Return the strikes of several standings, in the order of the log."""
    together = Standing()
    for standing in standings:
        together = together.joined(standing)
    return list(together.strikes)


def _heir(standings: Iterable[Standing], decision: DecisionId) -> tuple[DecisionId | None, Instant | None]:
    """Return which decision replaced a decision, on any of the accounts, and when."""
    of_decision = (
        sanction for standing in standings for sanction in standing.sanctions if sanction.decision == decision
    )
    replaced = (sanction for sanction in of_decision if sanction.replaced_by is not None)
    return next(((sanction.replaced_by, sanction.replaced_at) for sanction in replaced), (None, None))


def _reverted(
    standing: Standing, decision: DecisionId, now: Instant, heir: tuple[DecisionId | None, Instant | None]
) -> Standing:
    """Revoke the strike of a decision, end its sanctions, and let `heir` replace what the decision had replaced."""
    by, since = heir
    strikes = (replace(strike, revoked=True) if strike.decision == decision else strike for strike in standing.strikes)
    sanctions = (
        _lifted(sanction, now) if sanction.decision == decision else sanction for sanction in standing.sanctions
    )
    return Standing(
        tuple(replace(strike, replaced_by=by) if strike.replaced_by == decision else strike for strike in strikes),
        tuple(
            replace(sanction, replaced_by=by, replaced_at=since) if sanction.replaced_by == decision else sanction
            for sanction in sanctions
        ),
    )


def _lower_rungs(before: Sequence[Strike], after: Sequence[Strike], ladder: Ladder) -> dict[DecisionId, int]:
    """Return the strikes that come down, with their new rungs: those that would be lower without the decision."""
    rungs: dict[DecisionId, int] = {}
    for number, (old, new) in enumerate(zip(before, after, strict=True)):
        if new.ladder != ladder.name or new.revoked:
            continue
        was = _rung(old, before[:number], ladder)
        now = _rung(
            new, [replace(strike, rung=rungs.get(strike.decision, strike.rung)) for strike in after[:number]], ladder
        )
        if now < was and now < old.rung:
            rungs[old.decision] = now
    return rungs


def _rung(strike: Strike, earlier: Sequence[Strike], ladder: Ladder) -> int:
    """Return the rung of a strike after earlier ones; it may exceed the height of the ladder."""
    counting = Standing(tuple(earlier)).counting(ladder, strike.at)
    return max([strike.least, *(previous.rung + 1 for previous in counting)])


def _with_rungs(
    standing: Standing, rungs: Mapping[DecisionId, int], now: Instant, ladders: Mapping[str, Ladder]
) -> Standing:
    return Standing(
        tuple(replace(strike, rung=rungs.get(strike.decision, strike.rung)) for strike in standing.strikes),
        tuple(_corrected(sanction, rungs, now, ladders) for sanction in standing.sanctions),
    )


def _corrected(
    sanction: Sanction, rungs: Mapping[DecisionId, int], now: Instant, ladders: Mapping[str, Ladder]
) -> Sanction:
    """Return a sanction reduced to the action of its new rung, or lifted if nothing is left of it."""
    if sanction.ladder is None or sanction.decision not in rungs:
        return sanction
    rebuilt = of_rung(ladders[sanction.ladder].rung(rungs[sanction.decision]), sanction.starts_at)
    action = milder(sanction.action, rebuilt)
    return _lifted(sanction, now) if action is None else replace(sanction, action=action)


def _lifted(sanction: Sanction, now: Instant) -> Sanction:
    """Return a sanction lifted now, or at the time when it was lifted before."""
    return replace(sanction, lifted_at=now if sanction.lifted_at is None else min(now, sanction.lifted_at))
