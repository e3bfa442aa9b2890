"""The answer to "what may this account do now, why, until when, what next": from memory, in one cheap call."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

from cartellino.enforcement.action import still_works
from cartellino.enforcement.standing import Sanction, Standing
from cartellino.policies.ladder import Rung
from cartellino.policies.policyset import PolicySet
from cartellino.service.route import Route
from cartellino.vocabulary.languages import chosen
from cartellino.vocabulary.times import Instant, show_duration, show_instant


def standing_of(route: Route, service: str, account: str, language: str, now: Instant) -> dict[str, Any]:
    """Return the standing of an account as the contract says it, with reasons in a language."""
    policies = route.policies
    standing = route.sequencer.whole(service, account)
    shown = [one for one in standing.sanctions if one.in_force(now) or _warns(one, now)]
    return {
        "account": account,
        "service": service,
        "standing": standing.name(now),
        "sanctions": [_shown(one, policies, language) for one in shown],
        "still_works": list(still_works(one.action for one in standing.in_force(now))),
        "next_step": _step(next_step(standing, policies, now)),
        "as_of": show_instant(now),
    }


def etag(answer: dict[str, Any]) -> str:
    """Return what changes when the answer does; the moment of the question is no part of it."""
    held = repr(sorted((name, one) for name, one in answer.items() if name != "as_of"))
    return '"' + blake2b(held.encode(), digest_size=12).hexdigest() + '"'


def next_step(standing: Standing, policies: PolicySet, now: Instant) -> Rung | None:
    """Return the worst that another strike on a ladder would bring, where the account has strikes that count."""
    worst: Rung | None = None
    for ladder in policies.ladders.values():
        counting = standing.counting(ladder, now)
        step = ladder.after(max(one.rung for one in counting)) if counting else None
        if step is not None and (worst is None or _weight(step) > _weight(worst)):
            worst = step
    return worst


_ORDER = ("warning", "restriction", "suspension", "ban")


def _weight(rung: Rung) -> tuple[int, int]:
    return _ORDER.index(rung.kind), rung.lasts or 0


def _warns(sanction: Sanction, now: Instant) -> bool:
    alone = Standing(sanctions=(sanction,))
    return sanction.action.kind == "warning" and alone.name(now) == "warned"


def _shown(sanction: Sanction, policies: PolicySet, language: str) -> dict[str, Any]:
    rule = policies.rule(sanction.rule)
    sealed = rule is None or rule.discloses == "sealed"
    reason = "" if rule is None or sealed else chosen(rule.reason, language)
    return {
        "sanction_id": sanction.id,
        "kind": sanction.action.kind,
        "scope": list(sanction.action.scope),
        "starts_at": show_instant(sanction.starts_at),
        "ends_at": None if sanction.action.ends_at is None else show_instant(sanction.action.ends_at),
        "code": rule.code if rule is not None else 0,
        "reason": reason or (chosen(rule.clause, language) if rule is not None else ""),
        "appeal": f"/v1/sanctions/{sanction.id}/appeals",
    }


def _step(rung: Rung | None) -> dict[str, Any] | None:
    if rung is None:
        return None
    return {"kind": rung.kind} | ({"for": show_duration(rung.lasts)} if rung.lasts is not None else {})
