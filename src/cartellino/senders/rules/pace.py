"""How fast and how many: the pair, the number, the portfolio, and whether strangers answer at all."""

from __future__ import annotations

from cartellino.senders.judging import Case, Objection, Rule
from cartellino.senders.platform import platform
from cartellino.senders.practice import practice
from cartellino.senders.reciprocity import share_of_strangers
from cartellino.senders.reserve import room
from cartellino.vocabulary.times import SECOND


def pair_rate(case: Case) -> Objection | None:
    """Refuse messages to one person that come too fast."""
    pair = platform().pair
    at = case.thread.burst.next_at(case.now, pair)
    if at is None:
        return None
    return Objection(
        rule="pair-rate", code=131056, said="Too many messages to the same person in a short time.",
        evidence={"in_burst": case.thread.burst.count, "burst": pair.burst, "every_seconds": pair.every // SECOND},
        next_allowed_at=at,
    )  # fmt: skip


def throughput(case: Case) -> Objection | None:
    """Refuse more messages a second than the number may send, and any while it is slowed after an error."""
    number, now = case.number, case.now
    if number.slowed is not None and number.slowed.holds(now):
        return Objection(
            rule="throughput", code=number.slowed.code or 130429, said="The platform asked this number to slow down.",
            evidence={"errors": number.slowed.errors}, next_allowed_at=number.slowed.until,
        )  # fmt: skip
    most = number.per_second(platform().throughput)
    sent = number.sent_in_second(now)
    if len(sent) < most:
        return None
    return Objection(
        rule="throughput", code=130429, said=f"The number may send {most} messages a second.",
        evidence={"last_second": len(sent), "most": most}, next_allowed_at=sent[-most] + SECOND,
    )  # fmt: skip


def tier(case: Case) -> Objection | None:
    """Refuse to begin with more people than the portfolio may in a day."""
    tiers = platform().tiers
    most = case.portfolio.limit(tiers)
    if not case.begins or most is None or _is_counted(case):
        return None
    used = case.portfolio.used(case.now)
    if used < most:
        return None
    return Objection(
        rule="tier", code=131048,
        said=f"The portfolio has begun to write to {used} people within 24 hours; its tier allows {most}.",
        evidence={"tier": case.portfolio.tier, "used": used, "most": most, "known": case.portfolio.tier_known},
        next_allowed_at=case.portfolio.next_at(case.now, tiers, used - most),
    )  # fmt: skip


def reserved(case: Case) -> Objection | None:
    """Refuse marketing that would take the rest of the tier, which codes and orders need."""
    if not (case.begins and case.is_marketing) or _is_counted(case):
        return None
    tiers, most = platform().tiers, room(case.state, case.portfolio, case.now, advertises=True)
    limit, used = case.portfolio.limit(tiers), case.portfolio.used(case.now)
    if most is None or limit is None or used < most:
        return None
    return Objection(
        rule="reserve", code=131048,
        said=f"Of {limit} people a day, {limit - most} are left to codes and orders; {used} have been written to.",
        evidence={"tier": case.portfolio.tier, "used": used, "most": most, "left_to_codes_and_orders": limit - most},
        next_allowed_at=case.portfolio.next_at(case.now, tiers, used - most),
    )  # fmt: skip


def _is_counted(case: Case) -> bool:
    at = case.portfolio.began.get(case.person.key)
    return at is not None and case.now < at + platform().tiers.over


def reciprocity(case: Case) -> Objection | None:
    """Refuse marketing to further strangers while nearly none of them answer."""
    bounds = practice().reciprocity
    if not (case.is_marketing and case.begins) or case.thread.wrote_at is not None:
        return None
    share = share_of_strangers(case.number, case.now)
    if share is None or share[1] >= bounds.least_share:
        return None
    return Objection(
        rule="reciprocity", code=131048, said="Nearly nobody of the people written to first answers.",
        evidence={"people": share[2], "least": round(share[0], 4), "most": round(share[1], 4),
                  "threshold": bounds.least_share},
    )  # fmt: skip


RULES = (
    Rule("pair-rate", "One number writes to one person once in six seconds, with bursts that are paid back.",
         "platform", pair_rate),
    Rule("throughput", "A number sends no more messages a second than the platform takes.", "platform", throughput),
    Rule("tier", "A portfolio begins with no more people a day than its tier allows.", "platform", tier),
    Rule("reserve", "Marketing leaves a part of the tier to codes and orders.", "practice", reserved),
    Rule("reciprocity", "No more strangers are written to while nearly none of them answer.", "practice", reciprocity),
)  # fmt: skip
