"""What the platform does not publish: from which share of blocks a number is of low quality, and the like.

They are guesses that can be changed (`POST /_sim/thresholds`): nobody who is judged by the simulator should know them.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from cartellino.senders.platform import Span, span
from cartellino.vocabulary.times import DAY, HOUR, MINUTE, SECOND, show_duration

Mood = Literal["answers", "ignores", "blocks", "reports", "opts_out"]
"""What somebody does when a business writes to them."""

MOODS: tuple[Mood, ...] = ("answers", "ignores", "blocks", "reports", "opts_out")


class Thresholds(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that is guessed, with what it means below each."""

    delivered_within: Span = Span(400)
    """A message is delivered within this time."""
    read_within: Span = Span(SECOND)
    """It is read within this time of being delivered, if it is read."""
    reacted_within: Span = Span(2 * SECOND)
    """People do what their mood is within this time of being delivered a message."""
    strangers: Mood | Literal["absent"] = "absent"
    """What numbers that nobody made are: not on WhatsApp, or people of this mood."""
    read_share: float = 0.9
    """Chance that a message is read; a fifth of it by people who ignore."""
    annoyance: dict[str, float] = msgspec.field(
        default_factory=lambda: {"marketing": 1.0, "utility": 0.25, "authentication": 0.0, "service": 0.0}
    )
    """Chance, by category, that whoever blocks, reports or opts out by mood minds a message that the business began."""
    answers_in_window: int = 3
    """How many messages of the business somebody answers before they let the matter rest for the window."""
    report_weight: float = 2.0
    """How many blocks a report weighs."""
    yellow_share: float = 0.04
    yellow_least: float = 3.0
    """A number or template is YELLOW from this share of blocks and reports on, if there are at least so many."""
    red_share: float = 0.08
    red_least: float = 5.0
    """The same for RED."""
    template_pause_share: float = 0.15
    template_pause_least: float = 25.0
    """A template that is RED is paused from this share on, if there are at least so many."""
    unread_share: float = 0.1
    unread_least: int = 100
    """A template that fewer than this share read is YELLOW, once so many were delivered."""
    strike_share: float = 0.1
    strike_least: float = 10.0
    """So many blocks and reports of what was sent after the last strike are a violation, if their share is this."""
    grave_share: float = 0.25
    grave_least: float = 25.0
    """From here on a first warning is followed by a restriction at once."""
    strikes_forgotten_after: Span = Span(180 * DAY)
    """After such a time without a violation the ladder begins anew."""
    marketing_fewest: int = 3
    marketing_most: int = 6
    """So many marketing templates without an answer reach a person within `marketing_over`: drawn from this range."""
    marketing_over: Span = Span(7 * DAY)
    retries_punished: int = 3
    """So many marketing templates to a held person within the wait prolong it."""
    paced_after: int = 20
    """Messages of a new template that go out before the others are held until its quality is known."""
    paced_for: Span = Span(30 * MINUTE)
    reviewed_within: Span = Span(2 * SECOND)
    """A new template is approved or rejected within this time."""
    misuse_warned: int = 1
    """Templates filed as utility that advertise, before a warning."""
    quality_every: Span = Span(HOUR)
    """How often tiers and qualities are looked at without an occasion."""

    def __post_init__(self) -> None:
        for name in ("read_share", "yellow_share", "red_share", "template_pause_share", "unread_share", "strike_share",
                     "grave_share"):  # fmt: skip
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"`{name}` is a share from 0 to 1")
        if self.quality_every < MINUTE:
            raise ValueError("`quality_every` is at least 1m")
        if not 0 <= self.marketing_fewest <= self.marketing_most:
            raise ValueError("`marketing_fewest` is not above `marketing_most`")

    def changed(self, told: dict[str, Any]) -> Thresholds:
        """Return them with some changed.

        Raises `ValueError` or `msgspec.ValidationError`, which say what is wrong.
        """
        held = {name: getattr(self, name) for name in self.__struct_fields__}
        try:
            return msgspec.convert({**_written(held), **told}, Thresholds, dec_hook=span)
        except NotImplementedError:
            raise ValueError("durations are texts, such as 5m") from None

    def shown(self) -> dict[str, Any]:
        """Return them as JSON, durations as text."""
        return _written({name: getattr(self, name) for name in self.__struct_fields__})


def _written(held: dict[str, Any]) -> dict[str, Any]:
    return {name: show_duration(value) if isinstance(value, Span) else value for name, value in held.items()}
