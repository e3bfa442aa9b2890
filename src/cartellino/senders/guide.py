"""The guide against restrictions: each rule in a sentence, whose it is, and the sender's own number beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

import msgspec

from cartellino.senders.accounts import Number
from cartellino.senders.ai import assess, use_of
from cartellino.senders.causes import SHARES
from cartellino.senders.days import Day
from cartellino.senders.platform import platform
from cartellino.senders.practice import practice
from cartellino.senders.recovery import report
from cartellino.senders.reserve import room
from cartellino.senders.rules import BY_NAME
from cartellino.senders.shares import Share
from cartellino.senders.state import Senders
from cartellino.vocabulary.times import DAY, HOUR, SECOND, Instant

CHAPTERS: Mapping[str, tuple[str, ...]] = {
    "consent": ("consent", "opted-out", "window", "country"),
    "frequency": ("frequency", "quiet-hours", "unanswered", "duplicate", "marketing-hold"),
    "content": ("template", "template-quality", "quality"),
    "reciprocity": ("reciprocity", "undeliverable"),
    "pace": ("tier", "reserve", "pair-rate", "throughput"),
    "platform": ("restricted", "ai-provider"),
}
"""The rules of each chapter, in the order in which they are read."""


class Own(msgspec.Struct, frozen=True, kw_only=True):
    """A sender's own number beside a rule: what it is, the limit if there is one, and how it stands."""

    value: str
    limit: str = ""
    is_well: bool | None = None


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One rule of the guide. `source` and `day` say where its numbers come from."""

    rule: str
    whose: str
    holes: Mapping[str, str]
    source: str
    day: date | None
    own: Own | None = None


def entries(chapter: str) -> list[Entry]:
    """Return the rules of a chapter without anybody's numbers, for pages that everybody may read."""
    return [_entry(name, None) for name in CHAPTERS[chapter]]


def own_entries(chapter: str, state: Senders, number: Number, now: Instant) -> list[Entry]:
    """Return the rules of a chapter with a sender's own numbers over the last 30 days."""
    days = [day for _, day in number.days.last(30, now)]
    return [_entry(name, _own(name, state, number, days, now)) for name in CHAPTERS[chapter]]


def _entry(name: str, own: Own | None) -> Entry:
    holes = _HOLES.get(name, dict)
    source, day = _source(name)
    return Entry(rule=name, whose=BY_NAME[name].whose, holes=holes(), source=source, day=day, own=own)


_HOLES: Mapping[str, Callable[[], dict[str, str]]] = {
    "quality": lambda: {"days": str(platform().quality.over // DAY)},
    "window": lambda: {"hours": str(platform().service_window.length // HOUR)},
    "country": lambda: {"countries": " ".join(sorted(platform().marketing.no_marketing))},
    "template-quality": lambda: {
        "first": str(platform().templates.pauses[0] // HOUR),
        "second": str(platform().templates.pauses[1] // HOUR),
    },
    "marketing-hold": lambda: {"hours": str(platform().marketing.wait // HOUR)},
    "frequency": lambda: {"most": str(practice().frequency.marketing["7d"])},
    "unanswered": lambda: {"most": str(practice().unanswered.most)},
    "duplicate": lambda: {"hours": str(practice().duplicate.within // HOUR)},
    "quiet-hours": lambda: {"begin": f"{practice().quiet_hours.begin}", "end": f"{practice().quiet_hours.end}"},
    "pair-rate": lambda: {"seconds": str(platform().pair.every // SECOND)},
    "throughput": lambda: {"most": str(platform().throughput.ordinary)},
    "tier": lambda: {"first": str(platform().tiers.levels[platform().tiers.first])},
    "reciprocity": lambda: {"least": f"{100 * practice().reciprocity.least_share:g}"},
}


def _source(name: str) -> tuple[str, date | None]:
    limits, habits = platform(), practice()
    places: dict[str, tuple[str, date]] = {
        rule: (part.source, part.date)
        for rule, part in {
            "window": limits.service_window, "country": limits.marketing, "marketing-hold": limits.marketing,
            "tier": limits.tiers, "throughput": limits.throughput, "pair-rate": limits.pair,
            "template": limits.templates, "restricted": limits.violations,
        }.items()
    }  # fmt: skip
    places |= {
        rule: (part.source, part.date)
        for rule, part in {
            "frequency": habits.frequency, "quiet-hours": habits.quiet_hours, "unanswered": habits.unanswered,
            "duplicate": habits.duplicate, "reserve": habits.reserve, "reciprocity": habits.reciprocity,
            "quality": habits.quality,
            "template-quality": habits.quality,
        }.items()
    }  # fmt: skip
    return places.get(name, ("", None))


def _own(name: str, state: Senders, number: Number, days: list[Day], now: Instant) -> Own | None:
    if name in _SHARES:
        shared = SHARES[_SHARES[name][0]](days)
        return _of_share(shared, *_SHARES[name][1:])
    if name in _REFUSED:
        many = sum(day.refused.get(name, 0) for day in days)
        return Own(value=f"{many} refused by us" if many else "nothing refused", is_well=True if not many else None)
    reader = _OWN.get(name)
    return None if reader is None else reader(state, number, now)


_SHARES: Mapping[str, tuple[str, float, bool]] = {
    "consent": ("consented", 0.9, True),
    "opted-out": ("stopped", 0.005, False),
    "reciprocity": ("answered", 0.02, True),
    "undeliverable": ("undelivered", 0.05, False),
    "marketing-hold": ("spam_errors", 0.01, False),
}
"""The share, its bound, and whether it should lie above it."""

_REFUSED = ("window", "country", "frequency", "quiet-hours", "unanswered", "duplicate", "pair-rate")


def _of_share(share: Share, bound: float, above: bool) -> Own:
    good, bad = (share.surely_above, share.surely_below) if above else (share.surely_below, share.surely_above)
    well = True if good(bound) else False if bad(bound) else None
    return Own(value=share.shown, limit=f"{'above' if above else 'below'} {100 * bound:g} %", is_well=well)


def _tier(state: Senders, number: Number, now: Instant) -> Own:
    portfolio = state.portfolio_of(number.id)
    used, most = portfolio.used(now), portfolio.limit(platform().tiers)
    return Own(value=f"{used} people in 24 hours", limit="no limit" if most is None else f"{most}",
               is_well=most is None or used < most)  # fmt: skip


def _reserve(state: Senders, number: Number, now: Instant) -> Own | None:
    portfolio = state.portfolio_of(number.id)
    limit, most = portfolio.limit(platform().tiers), room(state, portfolio, now, advertises=True)
    if limit is None or most is None:
        return None
    used = portfolio.used(now)
    kept = f", {limit - most} left to codes and orders" if most < limit else ""
    return Own(value=f"{used} people in 24 hours", limit=f"{most}{kept}", is_well=used < most)


def _throughput(_: Senders, number: Number, now: Instant) -> Own:
    most = number.per_second(platform().throughput)
    sent = sum(now - SECOND < at <= now for at in number.recent)
    return Own(value=f"{sent} in this second", limit=f"{most}", is_well=sent < most)


def _quality(_: Senders, number: Number, __: Instant) -> Own:
    well = {"GREEN": True, "RED": False}.get(number.quality)
    return Own(value=number.quality.lower(), is_well=well)


def _template(state: Senders, number: Number, _: Instant) -> Own | None:
    account = state.accounts.get(number.account or "")
    if account is None or not account.templates:
        return None
    stopped = sum(template.status not in ("APPROVED", "UNKNOWN") for template in account.templates.values())
    return Own(value=f"{stopped} of {len(account.templates)} not usable", is_well=not stopped)


def _template_quality(state: Senders, number: Number, _: Instant) -> Own | None:
    account = state.accounts.get(number.account or "")
    if account is None or not account.templates:
        return None
    red = sum(template.quality == "RED" for template in account.templates.values())
    return Own(value=f"{red} of {len(account.templates)} rated red", is_well=not red)


def _restricted(state: Senders, number: Number, now: Instant) -> Own:
    said = report(state, number, now)
    return Own(value=said.state, is_well=said.state == "clear")


def _ai(state: Senders, number: Number, now: Instant) -> Own:
    said = assess(use_of(state, number, now), None, now)
    well = {"allowed": True, "not_allowed": False}.get(said.answer)
    return Own(value=said.answer.replace("_", " "), is_well=well)


_OWN: Mapping[str, Callable[[Senders, Number, Instant], Own | None]] = {
    "tier": _tier, "reserve": _reserve, "throughput": _throughput, "quality": _quality, "template": _template,
    "template-quality": _template_quality, "restricted": _restricted, "ai-provider": _ai,
}  # fmt: skip
