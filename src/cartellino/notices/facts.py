"""The facts of a notice, apart from its words: they are kept, and can be said in any language at any time.

Shapes are the kinds of notice that people meet. `warned`, `suspended` and `banned` are those that are known from large
messengers: the plain warning, "for now" with a countdown, and "not allowed any more".
"""

from __future__ import annotations

from typing import Literal

import msgspec

from cartellino.vocabulary.times import Duration, Instant

Shape = Literal[
    "warned", "limited", "challenged", "suspended", "banned", "waiting",
    "lifted", "shortened", "reversed", "milder", "restored", "appeal_received", "appeal_upheld", "report_outcome",
    "terminating", "withdrawn",
]  # fmt: skip

Gone = Literal["", "lifted", "taken back", "replaced"]
"""How a sanction came to its end before its time, if it did."""

Review = Literal["possible", "open", "over"]
"""Whether a review can be asked for: it can; one is open; or it cannot any more."""

IMPOSED: frozenset[str] = frozenset(
    {"warned", "limited", "challenged", "suspended", "banned", "waiting", "terminating"}
)
"""Shapes that tell of something that was imposed."""

ENDED: frozenset[str] = frozenset({"lifted", "reversed"})
"""Shapes that tell that a sanction is gone."""

DATED: frozenset[str] = IMPOSED | {"shortened", "milder", "restored"}
"""Shapes that tell until when a sanction holds."""

REPAIRED: frozenset[str] = frozenset({"reversed", "milder", "restored"})
"""Shapes that tell what a reversal changed, and so what would come next."""

OF_ACTION: dict[str, Shape] = {
    "warning": "warned",
    "restriction": "limited",
    "challenge": "challenged",
    "suspension": "suspended",
    "ban": "banned",
}

WORDING_VERSION = 2
"""The version of the words; it rises when a sentence changes its meaning."""


class Number(msgspec.Struct, frozen=True):
    """One of the holder's own numbers, beside the limit: told only where a rule discloses fully."""

    signal: str
    own: float | str | None
    limit: float | str | None
    window: str | None


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a notice may say. `reason` and `clause` are in the words of the policy at that time, by language;
    a clause that is one text is the same in all of them: what an operator wrote, or a notice of before.

    What ended before its own notice was due has both in the notice of its end.

    `remains` are the kinds of other sanctions that hold when one has ended or become milder. `topic` is the kind of
    that one, or the outcome of a report.

    `cause` groups what to do about it: `client`, `reports`, `broadcast`, `groups`, `lookups`, `registration`,
    `profile`, `takeover`, `volume` or `messages`. `delayed` are notices that wait, so that nobody learns who reported.
    """

    shape: Shape
    at: Instant
    code: int = 0
    clause: dict[str, str] | str = ""
    reason: dict[str, str] = {}
    cause: str = "messages"
    scope: tuple[str, ...] = ()
    starts_at: Instant = 0
    ends_at: Instant | None = None
    still_works: tuple[str, ...] = ()
    next_kind: str | None = None
    next_lasts: Duration | None = None
    numbers: tuple[Number, ...] = ()
    automatic: bool = True
    said: str = ""
    review: Duration | None = None
    window: Duration = 0
    topic: str = ""
    remains: tuple[str, ...] = ()
    holds: str = ""
    """The kind of action by which the sanction still holds that was made milder or shorter, is back, or stands."""
    gone: Gone = ""
    """How the sanction ended before its time, at `ends_at`. It is no fact of the notice, but found out on reading."""
    linked: bool = False
    """Whether it was decided about another account of the person, and weighs on this one since both are linked."""
