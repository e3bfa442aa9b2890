"""What there is to say of a number at an instant: limits and what is used of them, restrictions, rules, alarms."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from cartellino.senders.accounts import Account, Number, Stop
from cartellino.senders.alarms import alarms_of
from cartellino.senders.platform import platform
from cartellino.senders.rules import OF_THE_GATEWAY, RULES
from cartellino.senders.state import Senders
from cartellino.vocabulary.times import Instant, show_instant

_GOES_ON: Mapping[str, tuple[str, ...]] = {
    "everything": (),
    "business_initiated": ("replies within 24 hours after a person's message",),
    "replies": (),
    "marketing": ("replies", "utility", "authentication"),
    "utility": ("replies", "marketing", "authentication"),
    "new_utility_templates": ("everything that is sent now",),
    "new_numbers": ("everything that is sent now",),
}
"""What still works while something is stopped."""


def overview(state: Senders, number: Number, now: Instant, mode_of: Callable[[str], str]) -> dict[str, Any]:
    """Return everything about a number, as JSON takes it."""
    account = state.account_of(number.id)
    return {
        "phone_number_id": number.id,
        "account": account.id if account is not None else None,
        "display_phone_number": number.display,
        "status": number.status or None,
        "quality": number.quality,
        "as_of": show_instant(now),
        "limits": _limits(state, number, now),
        "windows": _windows(state, number, now),
        "restrictions": [*_stops(number.stops, now), *(_stops(account.stops, now) if account is not None else [])],
        "violations": [{"at": show_instant(at), "kind": kind} for at, kind in account.violations] if account else [],
        "templates": _templates(account, now),
        "rules": [{"rule": name, "about": about, "whose": whose, "mode": mode_of(name)}
                  for name, about, whose in _rules()],
        "bypass": state.bypass,
        "alarms": [{"alarm": alarm.name, "said": alarm.said, "evidence": dict(alarm.evidence), "todo": alarm.todo}
                   for alarm in alarms_of(state, number, now)],
        "declared_ai": number.declared.ai if number.declared is not None else None,
    }  # fmt: skip


def _rules() -> Iterator[tuple[str, str, str]]:
    """Yield every name that has a mode, with what it is about and whose it is."""
    yield from ((rule.name, rule.about, rule.whose) for rule in RULES)
    yield from ((name, about, "gateway") for name, about in OF_THE_GATEWAY.items())


def _limits(state: Senders, number: Number, now: Instant) -> dict[str, Any]:
    portfolio, limits = state.portfolio_of(number.id), platform()
    most = portfolio.limit(limits.tiers)
    used = portfolio.used(now)
    number_month, free = number.service_month, limits.service_messages.free
    month = number_month[1] if number_month[0] == show_instant(now)[:7] else 0
    return {
        "portfolio": portfolio.id,
        "tier": portfolio.tier,
        "tier_known": portfolio.tier_known,
        "people_in_24h": {"used": used, "most": most, "left": None if most is None else max(0, most - used)},
        "messages_per_second": number.per_second(limits.throughput),
        "pair": {"every_seconds": limits.pair.every // 1_000, "burst": limits.pair.burst},
        "service_messages_this_month": {"used": month, "free": free},
    }


def _windows(state: Senders, number: Number, now: Instant) -> dict[str, int]:
    threads = [person.threads[number.id] for person in state.people.people.values() if number.id in person.threads]
    return {
        "open": sum(thread.window_until > now for thread in threads),
        "waiting_for_an_answer": sum(thread.waiting_since is not None for thread in threads),
        "people": len(threads),
    }


def _stops(stops: Mapping[str, Stop], now: Instant) -> list[dict[str, Any]]:
    return [
        {
            "stops": what,
            "since": show_instant(stop.since),
            "until": None if stop.until is None else show_instant(stop.until),
            "said_by": stop.said_by,
            "code": stop.code,
            "remediation": stop.remediation or None,
            "still_works": list(_GOES_ON.get(what, ("replies",))),
        }
        for what, stop in stops.items()
        if stop.holds(now)
    ]


def _templates(account: Account | None, now: Instant) -> list[dict[str, Any]]:
    if account is None:
        return []
    return [
        {"name": template.name, "language": template.language, "category": template.category_at(now),
         "status": template.status, "quality": template.quality, "pauses": template.pauses,
         "reason": template.reason or None,
         "faults": None if template.faults is None else list(template.faults),
         "paused_until": None if template.paused_until is None else show_instant(template.paused_until)}
        for template in account.templates.values()
    ]  # fmt: skip
