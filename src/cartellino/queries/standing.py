"""The standing of an account: what it may do now, why, until when and what comes next; read from memory."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

import msgspec

from cartellino.enforcement.action import still_works
from cartellino.enforcement.standing import Sanction, Standing
from cartellino.notices.facts import OF_ACTION, Facts
from cartellino.pipeline.live_view import LiveView
from cartellino.policies.ladder import SEVERITY, Ladder, Rung
from cartellino.vocabulary.ids import SanctionId
from cartellino.vocabulary.times import Instant, show_duration, show_instant


def standing_of(live: LiveView, service: str, account: str, language: str, now: Instant) -> dict[str, Any]:
    """Return the standing of an account in the form of the API, with reasons in a language."""
    standing = live.whole(service, account)
    shown = [sanction for sanction in standing.sanctions if sanction.stands(now)]
    return {
        "account": account,
        "service": service,
        "standing": standing.name(now),
        "sanctions": [_shown(sanction, language) for sanction in shown],
        "still_works": list(still_works(sanction.action for sanction in standing.in_force(now))),
        "next_step": _step(next_step(standing, live.ladders, now)),
        "as_of": show_instant(now),
    }


def etag(answer: dict[str, Any]) -> str:
    """Return an entity tag of an answer: a digest of everything but the time of the request."""
    content = repr(sorted((name, value) for name, value in answer.items() if name != "as_of"))
    return '"' + blake2b(content.encode(), digest_size=12).hexdigest() + '"'


def as_it_stands(live: LiveView, facts: Facts, service: str, account: str, sanction: str, now: Instant) -> Facts:
    """Return the facts of a notice with the kind, end and next step of its sanction brought up to date.

    A reversal may have made the sanction and the next step milder since the notice was written.
    """
    imposed = live.standings.sanction(SanctionId(sanction))
    ladder = live.ladders.get(imposed.ladder or "")
    step = next_on(live.whole(service, account), ladder, now) if ladder is not None else None
    shape = facts.shape if facts.shape == "waiting" else OF_ACTION[imposed.action.kind]
    return msgspec.structs.replace(
        facts, shape=shape, scope=imposed.action.scope, ends_at=imposed.action.ends_at,
        still_works=still_works([imposed.action]), next_kind=step.kind if step is not None else None,
        next_lasts=step.lasts if step is not None else None,
    )  # fmt: skip


def next_on(standing: Standing, ladder: Ladder, now: Instant) -> Rung | None:
    """Return the rung of another strike on a ladder; `None` if the account has no strike there that counts."""
    counting = standing.counting(ladder, now)
    return ladder.after(max(strike.rung for strike in counting)) if counting else None


def next_step(standing: Standing, ladders: Mapping[str, Ladder], now: Instant) -> Rung | None:
    """Return the severest rung of another strike on any ladder; `None` if no strike counts."""
    worst: Rung | None = None
    for ladder in ladders.values():
        step = next_on(standing, ladder, now)
        if step is not None and (worst is None or _weight(step) > _weight(worst)):
            worst = step
    return worst


def _weight(rung: Rung) -> tuple[int, int]:
    return SEVERITY[rung.kind], rung.lasts or 0


def _shown(sanction: Sanction, language: str) -> dict[str, Any]:
    return {
        "sanction_id": sanction.id,
        "kind": sanction.action.kind,
        "scope": list(sanction.action.scope),
        "starts_at": show_instant(sanction.starts_at),
        "ends_at": None if sanction.action.ends_at is None else show_instant(sanction.action.ends_at),
        "code": sanction.wording.code,
        "reason": sanction.wording.said_to_holder(language),
        "appeal": f"/v1/sanctions/{sanction.id}/appeals",
    }


def _step(rung: Rung | None) -> dict[str, Any] | None:
    if rung is None:
        return None
    return {"kind": rung.kind} | ({"for": show_duration(rung.lasts)} if rung.lasts is not None else {})
