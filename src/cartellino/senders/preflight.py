"""Before a campaign: who may be written to, who later, who never and why; what to expect; a plan inside every limit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from cartellino.senders.accounts import Portfolio
from cartellino.senders.campaign import Campaign, Recipient, without_repeats
from cartellino.senders.expectation import Expectation, expect
from cartellino.senders.foreseen import foreseen
from cartellino.senders.platform import platform
from cartellino.senders.reserve import room
from cartellino.senders.schedule import Plan, first_day, plan, waves
from cartellino.senders.state import Senders
from cartellino.senders.track_record import track_record
from cartellino.senders.wording import said
from cartellino.vocabulary.times import show_instant


def preflight(state: Senders, campaign: Campaign, audience: Sequence[Recipient]) -> dict[str, Any]:
    """Return the answer of the pre-flight, as JSON takes it; every line of the audience stands in it once."""
    people, others = without_repeats(audience)
    made = plan(state, campaign, people)
    expected = expect(state.numbers.get(campaign.number), len(made.planned), campaign.starts_at)
    limits, notes = _limits(state, campaign, len(people)), _notes(state, campaign)
    later = [message for message in made.planned if message.why]
    return {
        "may": [message.recipient.to for message in made.planned if not message.why],
        "later": [
            {"to": message.recipient.to, "at": show_instant(message.at), "why": message.why} for message in later
        ],
        "never": [{"to": recipient.to, "why": why} for recipient, why in [*others, *made.never]],
        "expected": {
            **_expected(expected),
            "limits": limits,
            "policy": _policy(state, campaign, expected),
            "track_record": _record(state, campaign),
            "notes": notes,
        },
        "schedule": _schedule(made),
    }


def _expected(expected: Expectation) -> dict[str, Any]:
    counts = {name: {"least": getattr(expected, name)[0], "most": getattr(expected, name)[1]}
              for name in ("answers", "readings", "failures", "stops", "blocks")}  # fmt: skip
    return {
        "messages": expected.messages, **counts,
        "quality": {"now": expected.quality_now, "risk": expected.quality_risk},
        "rests_on": {"messages": expected.history, "prior_only": expected.is_prior_only, "interval": 0.95},
    }  # fmt: skip


def _record(state: Senders, campaign: Campaign) -> dict[str, Any] | None:
    """Return how many of the intervals of the number's past campaigns held what came; `None` where there were none."""
    number = state.numbers.get(campaign.number)
    made = track_record(state, number, campaign.starts_at) if number is not None else None
    if made is None or not made.of:
        return None
    return {"right": made.right, "of": made.of, "campaigns": len(made.campaigns)}


def _limits(state: Senders, campaign: Campaign, people: int) -> list[dict[str, Any]]:
    """Return which limits would be hit, and at which message, if everybody were written to at once."""
    number = state.numbers.get(campaign.number)
    portfolio = state.portfolios.get((number.portfolio if number is not None else None) or "main")
    portfolio = portfolio or Portfolio("main")
    most = room(state, portfolio, campaign.starts_at, advertises=campaign.category == "marketing")
    limit, used = portfolio.limit(platform().tiers), portfolio.used(campaign.starts_at)
    speed = number.per_second(platform().throughput) if number is not None else platform().throughput.ordinary
    bounds = [
        ("throughput", speed, f"{speed} messages a second"),
        ("warm-up", first_day(state, campaign), "people on the first day of a plan"),
    ]
    if limit is not None:
        bounds.append(("tier", max(0, limit - used), f"{limit} people in 24 hours, {used} used"))
    if most is not None and limit is not None and most < limit:
        about = f"{limit - most} of {limit} people in 24 hours are left to codes and orders, {used} used"
        bounds.append(("reserve", max(0, most - used), about))
    return [{"limit": name, "at_message": room + 1, "about": about} for name, room, about in bounds if people > room]


def _policy(state: Senders, campaign: Campaign, expected: Expectation) -> list[dict[str, Any]]:
    """Return which of the platform's own policies on business senders the campaign would break."""
    number = state.numbers.get(campaign.number)
    broken = foreseen(state, number, campaign.category, campaign.starts_at, expected)
    return [msgspec.to_builtins(policy) for policy in broken]


def _notes(state: Senders, campaign: Campaign) -> list[str]:
    number = state.numbers.get(campaign.number)
    account = state.account_of(campaign.number) if number is not None else None
    template = account.template(campaign.template, campaign.language) if account is not None else None
    notes = [] if number is not None else ["The number is not known here yet: its tier is taken to be the lowest."]
    if template is None:
        return [*notes, f"The template `{campaign.template}` ({campaign.language}) is not known here."]
    filed = template.category_at(campaign.starts_at)
    if filed is not None and filed != campaign.category:
        notes.append(
            f"The platform files `{template.name}` as {filed}, not {campaign.category}; it was judged as {filed}."
        )
    notes += [f"The words of the template: {said(fault)}." for fault in template.faults or ()]
    if template.quality in ("YELLOW", "RED"):
        notes.append(f"The template is rated {template.quality.lower()}: change it before you send it to many.")
    return notes


def _schedule(made: Plan) -> list[dict[str, Any]]:
    return [
        {"from": show_instant(wave[0].at), "to": show_instant(wave[-1].at), "count": len(wave)} for wave in waves(made)
    ]
