"""What would have prevented this? One sentence for what the rules refused most."""

from __future__ import annotations

from collections import Counter

import msgspec

from cartellino.senders.accounts import Number
from cartellino.vocabulary.times import Instant

OVER_DAYS = 7

SAID = {
    "opted-out": "Taking people who stopped off the list at once would have prevented {many} refusals.",
    "consent": "Recording agreements first, or leaving people without one out, would have prevented {many} refusals.",
    "window": "Answering within 24 hours, or sending a template, would have prevented {many} refusals.",
    "country": "Leaving out countries to which no marketing is delivered would have prevented {many} refusals.",
    "tier": "Spreading the campaign over more days, as a pre-flight plans it, would have prevented {many} refusals.",
    "throughput": "Sending more slowly would have prevented {many} refusals.",
    "pair-rate": "Leaving six seconds between messages to one person would have prevented {many} refusals.",
    "reciprocity": "Writing first only to people who expect it would have prevented {many} refusals.",
    "restricted": "Waiting until the restriction is over would have prevented {many} refusals.",
    "quality": "Pausing offers when the rating fell would have prevented {many} refusals.",
    "template": "Using a template that is approved would have prevented {many} refusals.",
    "template-quality": "Changing the template when its rating fell would have prevented {many} refusals.",
    "undeliverable": "Taking people who are gone off the list would have prevented {many} refusals.",
    "marketing-hold": "Leaving out people whom the platform spares offers would have prevented {many} refusals.",
    "frequency": "Fewer offers to the same people would have prevented {many} refusals.",
    "unanswered": "Leaving out people who react to nothing would have prevented {many} refusals.",
    "duplicate": "Sending each message once would have prevented {many} refusals.",
    "quiet-hours": "Sending by day, by the person's own clock, would have prevented {many} refusals.",
    "ai-provider": "Declaring the bot, and keeping it to your own service, would have prevented {many} refusals.",
}  # fmt: skip
"""By rule, what would have prevented its refusals."""


class Prevention(msgspec.Struct, frozen=True, kw_only=True):
    """The rule that refused most lately, how often, and what would have prevented it."""

    rule: str
    refused: int
    said: str


def prevention_of(number: Number, now: Instant) -> Prevention | None:
    """Return what would have prevented most refusals of the last seven days; `None` where nothing was refused."""
    refused: Counter[str] = Counter()
    for _, day in number.days.last(OVER_DAYS, now):
        refused.update(day.refused)
    if not refused:
        return None
    rule, many = refused.most_common(1)[0]
    said = SAID.get(rule, "Asking the pre-flight before sending would have prevented {many} refusals.")
    return Prevention(rule=rule, refused=many, said=said.format(many=f"{many:,}"))
