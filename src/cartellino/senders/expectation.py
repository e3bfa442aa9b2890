"""What a campaign is expected to bring: answers, readings, failures, people who stop, blocks, as intervals.

The number's own last sixty days speak, with a weak prior beside them; where nothing is known the prior is all there is,
and the answer says so. Each count is the 95 % interval of the beta-binomial prediction (Gelman et al., Bayesian Data
Analysis, 2.3). The platform tells nobody who blocked: blocks are estimated from people who stopped and from messages
that did not arrive, some of which were blocked.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import msgspec
from scipy.stats import betabinom

from cartellino.senders.accounts import Number
from cartellino.vocabulary.times import Instant

DAYS = 60
LITTLE = 50
"""Below so many messages the history says little, and the prior most."""

Count = tuple[int, int]


class Prior(NamedTuple):
    """A prior as successes and failures of as many messages."""

    yes: float
    no: float


PRIORS = {"answers": Prior(1, 12), "readings": Prior(6, 4), "failures": Prior(1, 24), "stops": Prior(0.5, 99.5),
          "blocks": Prior(0.5, 99.5)}  # fmt: skip
"""Assumptions, as weak as some ten to a hundred messages."""

GOOD, BAD = 0.01, 0.03
"""Shares of blocks below which quality is safe, and above which it falls: assumptions, for no number is published."""


class Expectation(msgspec.Struct, frozen=True):
    """Counts to expect, each as least and most with 95 % probability."""

    messages: int
    answers: Count
    readings: Count
    failures: Count
    stops: Count
    blocks: Count
    quality_now: str
    quality_risk: Literal["low", "medium", "high"]
    history: int
    """How many messages of the number's own it rests on."""
    is_prior_only: bool


def expect(number: Number | None, messages: int, now: Instant, consented: float = 1.0) -> Expectation:
    """Return what so many messages of a number are expected to bring."""
    days = [day for _, day in number.days.last(DAYS, now)] if number is not None else []
    began, answered = sum(day.began for day in days), sum(day.answered for day in days)
    delivered, read = sum(day.delivered for day in days), sum(day.read for day in days)
    failed, stopped = sum(sum(day.failed.values()) for day in days), sum(day.stopped for day in days)
    unreached = sum(day.failed.get("131026", 0) for day in days)
    sent = sum(sum(day.sent.values()) for day in days)
    blocks = _interval("blocks", min(stopped + unreached // 2, sent), sent, messages)
    share = blocks[1] / messages if messages else 0.0
    risk: Literal["low", "medium", "high"] = "low" if share <= GOOD * 2 else "medium" if share <= BAD * 2 else "high"
    if consented < 1 and risk == "low":
        risk = "medium"
    return Expectation(
        messages=messages,
        answers=_interval("answers", answered, began, messages),
        readings=_interval("readings", read, max(delivered, read), messages),
        failures=_interval("failures", failed, sent, messages),
        stops=_interval("stops", stopped, sent, messages),
        blocks=blocks,
        quality_now=number.quality if number is not None else "UNKNOWN",
        quality_risk=risk,
        history=sent,
        is_prior_only=sent < LITTLE,
    )


def _interval(what: str, seen: int, of: int, messages: int) -> Count:
    prior, seen = PRIORS[what], min(seen, of)
    if not messages:
        return 0, 0
    predicted = betabinom(messages, prior.yes + seen, prior.no + of - seen)
    return int(predicted.ppf(0.025)), int(predicted.ppf(0.975))
