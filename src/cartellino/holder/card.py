"""The card: the sanctions in force, their notices, the reviews that were requested, and what still works.

Sanctions are read from the standing, not from notices: since a notice was written, the end may have changed, a review
may have been opened, and further notices may have been sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from cartellino.holder.texts import IN_GOOD_STANDING, PREVENTED, SIGNS, STATUS
from cartellino.notices import cards
from cartellino.notices.compose import compose
from cartellino.notices.facts import IMPOSED, OF_ACTION, Facts, Review
from cartellino.notices.texts import ABILITIES
from cartellino.policies.ladder import SEVERITY
from cartellino.queries import notices, views
from cartellino.queries.appealable import reviews
from cartellino.queries.standing import as_it_stands, standing_of
from cartellino.service.access import Principal
from cartellino.service.service import Service
from cartellino.vocabulary.times import Instant, instant, show_instant

MOST_TOLD = 5
"""At most so many notices are shown."""


def card_of(service: Service, holder: Principal, language: str) -> dict[str, Any]:
    """Return the content of an account's page."""
    now, register = service.clock.now(), service.live.standings
    standing = standing_of(service.live, holder.service, holder.account, language, now)
    in_force = {sanction["sanction_id"]: sanction for sanction in standing["sanctions"]}
    with service.database.begin() as rows:
        notices = views.notices_of(rows, holder.service, holder.account, now)
        filed = views.appeals_of(rows, holder.service, holder.account)
        appeals = [views.case_shown(rows, case, inside=False) for case in filed]
        latest = [
            notice for notice in notices if notice.sanction_id in ("", *in_force) and notice.shape != "appeal_received"
        ]
        may = reviews(rows, register, [notice.sanction_id for notice in latest], now)
    shown = [_notice(service, notice, language, now, may[notice.sanction_id], in_force) for notice in latest]
    card = cards.of_standing(standing["standing"])
    head = _worst(shown, in_force) or _untold(service, standing["sanctions"], language, now)
    return {
        "title": head["title"] if head else IN_GOOD_STANDING,
        "card": card,
        "signs": SIGNS,
        "speed": service.tour.speed if service.tour is not None else 1,
        "steps": STATUS,
        "head": head,
        "notices": sorted(shown, key=lambda notice: notice is not head)[:MOST_TOLD],
        "appeals": appeals,
        "works": [service.words.say(language, ABILITIES[ability]) for ability in standing["still_works"]],
    }


def _worst(notices: list[dict[str, Any]], in_force: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the notice of the severest sanction in force, which the card is about even if there are later notices."""
    worst = max((SEVERITY[sanction["kind"]] for sanction in in_force.values()), default=0)
    about = (
        notice for notice in notices if notice["imposed"] and SEVERITY[in_force[notice["sanction_id"]]["kind"]] == worst
    )
    return next(about, None)


def _untold(service: Service, sanctions: list[dict[str, Any]], language: str, now: Instant) -> dict[str, Any] | None:
    """Describe the severest sanction before its notice is due: its effect is felt already, its reason comes later."""
    sanction = max(sanctions, key=lambda each: SEVERITY[each["kind"]], default=None)
    if sanction is None:
        return None
    ends_at = instant(sanction["ends_at"]) if sanction["ends_at"] else None
    facts = Facts(shape=OF_ACTION[sanction["kind"]], at=now, scope=tuple(sanction["scope"]), ends_at=ends_at)
    said = compose(facts, service.words, language, now)
    what = "" if facts.shape == "banned" else said.what  # it names the rule, which is not shown yet
    return {"title": said.title, "what": what, "until": said.until, **_countdown(ends_at, now)}


def _notice(
    service: Service, row: notices.Row, language: str, now: Instant, review: Review, in_force: Mapping[str, Any]
) -> dict[str, Any]:
    """Render a notice with the present end of its sanction, and whether a review can be requested."""
    facts = msgspec.convert(row.facts, Facts)
    imposed = row.sanction_id in in_force and facts.shape in IMPOSED
    if imposed:
        facts = as_it_stands(service.live, facts, row.service, row.account, row.sanction_id, now)
    said = compose(facts, service.words, language, now, review=review)
    return {
        **msgspec.to_builtins(said),
        **_countdown(facts.ends_at, now),
        "code": row.code,
        "sanction_id": row.sanction_id,
        "imposed": imposed,
        "prevented": PREVENTED.get(facts.cause, "") if imposed and facts.shape != "waiting" else "",
        "review": review if imposed and facts.shape != "waiting" else "over",
    }


def _countdown(ends_at: Instant | None, now: Instant) -> dict[str, Any]:
    return {
        "ends_at": show_instant(ends_at) if ends_at and ends_at > now else "",
        "left": max(0, (ends_at or now) - now),
    }
