"""An overturned decision repairs everything (law 10): the sanction ends, the strike never counted, later rungs come
down.

>>> recomputed(Standing(), DecisionId("d_1"), 0, {})
(Standing(strikes=(), sanctions=()), [])
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from cartellino.enforcement.action import of_rung
from cartellino.enforcement.standing import DecisionId, Sanction, Standing, Strike
from cartellino.policies.ladder import Ladder
from cartellino.vocabulary.times import Instant


def recomputed(
    standing: Standing, decision: DecisionId, now: Instant, ladders: Mapping[str, Ladder]
) -> tuple[Standing, list[Sanction]]:
    """Return the standing without what `decision` did, and the later sanctions that became milder by it."""
    lifted = [_lifted(one, now) if one.decision == decision else one for one in standing.sanctions]
    revoked = [replace(one, revoked=True) if one.decision == decision else one for one in standing.strikes]
    strikes = _climbed_anew(tuple(revoked), ladders)
    rungs = {new.decision: new for old, new in zip(revoked, strikes, strict=True) if new.rung < old.rung}
    milder = {
        one.id: _milder(one, rungs[one.decision], ladders)
        for one in lifted
        if one.ladder is not None and one.decision in rungs
    }
    sanctions = tuple(milder.get(one.id, one) for one in lifted)
    return Standing(strikes, sanctions), list(milder.values())


def _climbed_anew(strikes: tuple[Strike, ...], ladders: Mapping[str, Ladder]) -> tuple[Strike, ...]:
    climbed: list[Strike] = []
    for strike in strikes:
        ladder = ladders[strike.ladder]
        counting = Standing(tuple(climbed)).counting(ladder, strike.at)
        rung = min(max([strike.least, *(one.rung + 1 for one in counting)]), len(ladder.rungs))
        climbed.append(strike if strike.revoked else replace(strike, rung=min(rung, strike.rung)))
    return tuple(climbed)


def _lifted(sanction: Sanction, now: Instant) -> Sanction:
    """End a sanction now; one that was lifted before stays so."""
    return replace(sanction, lifted_at=now if sanction.lifted_at is None else min(now, sanction.lifted_at))


def _milder(sanction: Sanction, strike: Strike, ladders: Mapping[str, Ladder]) -> Sanction:
    return replace(sanction, action=of_rung(ladders[strike.ladder].rung(strike.rung), sanction.starts_at))
