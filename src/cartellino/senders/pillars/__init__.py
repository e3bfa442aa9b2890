"""The five pillars of a sender, measured from the state: consent, segmentation, frequency, content, reciprocity."""

from __future__ import annotations

import msgspec

from cartellino.senders.accounts import Number
from cartellino.senders.pillars.audience import audience_of
from cartellino.senders.pillars.campaigns import Campaign, campaigns_of
from cartellino.senders.pillars.consent import consent
from cartellino.senders.pillars.content import content
from cartellino.senders.pillars.frequency import frequency
from cartellino.senders.pillars.prevention import Prevention, prevention_of
from cartellino.senders.pillars.reciprocity import reciprocity
from cartellino.senders.pillars.segmentation import segmentation
from cartellino.senders.pillars.shape import Pillar
from cartellino.senders.state import Senders
from cartellino.senders.track_record import TrackRecord, track_record
from cartellino.vocabulary.times import Instant

NAMES = ("consent", "segmentation", "frequency", "content", "reciprocity")
"""The pillars, in the order in which they are shown."""


class Pillars(msgspec.Struct, frozen=True, kw_only=True):
    """The picture of a number at an instant."""

    pillars: tuple[Pillar, ...]
    campaigns: tuple[Campaign, ...]
    prevention: Prevention | None
    track_record: TrackRecord


def pillars_of(state: Senders, number: Number, now: Instant) -> Pillars:
    """Measure the pillars of a number. It looks at every person: some two seconds for a hundred thousand."""
    audience = audience_of(state, number, now)
    return Pillars(
        pillars=(
            consent(audience), segmentation(audience), frequency(audience),
            content(audience, state.account_of(number.id)), reciprocity(audience, state),
        ),
        campaigns=tuple(campaigns_of(state, number, now)),
        prevention=prevention_of(number, now),
        track_record=track_record(state, number, now),
    )  # fmt: skip
