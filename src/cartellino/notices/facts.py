"""The facts of a notice, which are stored, so that it can be rendered in any language later.

The shape of a notice is its kind, as a holder sees it. `warned`, `suspended` and `banned` are known from large
messengers: a plain warning, "for now" with a countdown, and "not allowed any more".
"""

from __future__ import annotations

from typing import Literal

import msgspec

from cartellino.vocabulary.times import Duration, Instant

Shape = Literal[
    "warned", "limited", "challenged", "suspended", "banned", "waiting",
    "lifted", "shortened", "reversed", "milder", "restored", "appeal_received", "decision_upheld", "report_outcome",
    "terminating", "withdrawn", "ordered", "order_over",
]  # fmt: skip

Gone = Literal["", "lifted", "taken back", "replaced"]
"""How a sanction ended early; empty if it did not."""

Review = Literal["possible", "open", "over"]
"""Whether a review can be requested: it is possible, one is open, or the time for it is over."""

IMPOSED: frozenset[str] = frozenset(
    {"warned", "limited", "challenged", "suspended", "banned", "waiting", "terminating"}
)
"""Shapes of notices that impose or announce something."""

ENDED: frozenset[str] = frozenset({"lifted", "reversed"})
"""Shapes of notices that end a sanction."""

DATED: frozenset[str] = IMPOSED | {"shortened", "milder", "restored"}
"""Shapes of notices with the end of a sanction."""

REPAIRED: frozenset[str] = frozenset({"reversed", "milder", "restored"})
"""Shapes of notices about a reversal, which changes what would come next."""

OF_ACTION: dict[str, Shape] = {
    "warning": "warned",
    "restriction": "limited",
    "challenge": "challenged",
    "suspension": "suspended",
    "ban": "banned",
}
"""The shape of a notice that imposes an action, by its kind."""

WORDING_VERSION = 2
"""The version of the texts, stored with each notice. It rises when a sentence changes its meaning."""


class Number(msgspec.Struct, frozen=True):
    """One of the holder's own numbers, with its limit and window. Only rules that disclose fully have them."""

    signal: str
    own: float | str | None
    limit: float | str | None
    window: str | None


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a notice may say. Instants and durations are in ms.

    `reason` and `clause` are the texts of the policy at that time, by language. A clause that is a single text is the
    same in all languages: an operator wrote it, or the notice is older than clauses by language. The notice of an end
    has both only if the sanction ended before its own notice was due.

    `topic` is the kind of the sanction that ended or became milder, or the outcome of a report; `remains` are the kinds
    of other sanctions that are still in force. `said` is what an operator added in their own words. `review` is the
    time within which a review is decided (`None`: without a limit), `window` the time within which it can be requested.

    `cause` selects the advice on what to do: `client`, `reports`, `broadcast`, `groups`, `lookups`, `registration`,
    `profile`, `takeover`, `volume` or `messages`.
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
    """The kind that a sanction has now, if it was made milder or shorter, was restored, or its decision was upheld."""
    gone: Gone = ""
    """How the sanction ended early, at `ends_at`. It is not stored: it is determined when the notice is read."""
    features: tuple[str, ...] = ()
    """Features of the service that the order of an authority limits."""
    limited_from: Instant = 0
    limited_until: Instant = 0
    """From when until when a sanction limited the account that was taken back; equal if it limited nothing."""
    linked: bool = False
    """Whether the decision was about a linked account of the same person, and applies to this one as well."""
