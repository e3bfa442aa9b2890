"""*Taking a decision back*: an appeal repairs everything, and worsens nothing."""

from __future__ import annotations

from tests.enforcement.oracle.judging import WORST_FIRST
from tests.enforcement.oracle.words import Sanction, Strike, World, counts, strikes_of, successor

from cartellino.policies.ladder import Rung

Rungs = dict[str, int]
"""The rung on which each strike stands, by its decision."""


def overturn(world: World, decision: str, t: int) -> None:
    """Overturn a decision that was carried out."""
    struck = next((one for one in world.strikes if one.decision == decision), None)
    account = next(one.account for one in world.sanctions if one.decision == decision)
    world.row("overturned", account)
    strikes = strikes_of(world, struck.account, struck.ladder) if struck is not None else []
    before = {one.decision: _anew(world, one, strikes, {}) for one in strikes}
    replaced_before = {one.decision: successor(world, one.decision) for one in world.strikes}

    for sanction in world.sanctions:
        if sanction.decision == decision:
            _lift(sanction, t)
    if decision not in world.taken_back:
        world.taken_back.append(decision)
    for one in world.strikes:
        replaced_by = successor(world, one.decision)
        if one.decision not in world.taken_back and replaced_by != replaced_before[one.decision]:
            world.row("restored" if replaced_by is None else "replaced", one.account)

    lowered: Rungs = {}
    for one in strikes:
        if one.decision not in world.taken_back:
            now = _anew(world, one, strikes, lowered)
            if now < before[one.decision] and now < one.rung:
                lowered[one.decision] = now
    for one in strikes:
        if one.decision in lowered:
            one.rung = lowered[one.decision]
            _correct(world, one, t)
            world.row("corrected", one.account)


def _anew(world: World, strike: Strike, strikes: list[Strike], lowered: Rungs) -> int:
    """The rung on which a strike comes after those before it, as things stand in the world."""
    before = strikes[: strikes.index(strike)]
    counted = [one for one in before if counts(world, one, strike.instant)]
    return max([strike.own, *(lowered.get(one.decision, one.rung) + 1 for one in counted)])


def _correct(world: World, strike: Strike, t: int) -> None:
    """Let the sanction of a strike be what its lower rung would have been, but never worse than it is."""
    for sanction in world.sanctions:
        if (sanction.decision, sanction.ladder) == (strike.decision, strike.ladder):
            rungs = world.ladders[strike.ladder].rungs
            _make_milder(sanction, rungs[min(strike.rung, len(rungs)) - 1], t)


def _make_milder(sanction: Sanction, rung: Rung, t: int) -> None:
    if WORST_FIRST.index(rung.kind) < WORST_FIRST.index(sanction.kind):
        return
    scope = rung.scope
    if sanction.kind == "restriction" and rung.kind == "restriction":
        scope = tuple(one for one in rung.scope if one in sanction.scope)
        if not scope:
            _lift(sanction, t)
            return
    ends = [sanction.end, None if rung.lasts is None else sanction.start + rung.lasts]
    known = [one for one in ends if one is not None]
    sanction.kind, sanction.scope = rung.kind, scope
    sanction.end = None if rung.kind == "warning" or not known else min(known)


def _lift(sanction: Sanction, t: int) -> None:
    sanction.lifted = t if sanction.lifted is None else min(t, sanction.lifted)
