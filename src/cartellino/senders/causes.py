"""Why the platform probably restricted a sender: what its own figures of the week before say, graded.

`likely` and `possible` go by the lower end of an interval, so that few messages blame nobody.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Literal

import msgspec
import yaml

from cartellino.senders import ai
from cartellino.senders.accounts import Account, Number
from cartellino.senders.days import Day
from cartellino.senders.platform import Span, span
from cartellino.senders.shares import Share
from cartellino.senders.shipped import text_of
from cartellino.vocabulary.times import DAY, Instant

Grade = Literal["likely", "possible"]


ORDER = ("violation", "general_ai", "misfiled", "other_program", "without_consent", "sudden_volume", "no_history",
         "silence", "stopped", "spam_errors", "undelivered", "template", "one_campaign", "same_to_all")  # fmt: skip
"""What is named first among causes that are equally sure: what was done, before what came of it."""

MOST_CAUSES = 6


class Bounds(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From which value on something is a possible and a likely cause."""

    possible: float
    likely: float
    why: str
    least: int = 0


class CauseBounds(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The bounds of all causes, the time that is looked at, and the time that it is compared with."""

    other_program: Bounds
    without_consent: Bounds
    stopped: Bounds
    silence: Bounds
    spam_errors: Bounds
    undelivered: Bounds
    same_to_all: Bounds
    one_campaign: Bounds
    sudden_volume: Bounds
    over: Span
    usual: Span
    least: int
    source: str
    date: date


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """A probable cause: its name, how sure it is, and the figures that say so."""

    name: str
    grade: Grade
    share: Share | None = None
    before: Share | None = None
    """The same in the four weeks before."""
    named: str = ""
    """Of what it is told: a template, a campaign, a violation."""
    times: float | None = None

    @property
    def grew(self) -> bool | None:
        """Whether the share surely rose; `None` where nobody knows."""
        if self.share is None or self.before is None or not self.before.of:
            return None
        return True if self.share.least > self.before.most else None


@cache
def cause_bounds() -> CauseBounds:
    """Return the bounds as shipped."""
    return read_cause_bounds(text_of("causes"))


def read_cause_bounds(text: str) -> CauseBounds:
    """Read bounds from YAML.

    Raises `msgspec.ValidationError`, which says what is wrong and where.
    """
    return msgspec.convert(yaml.safe_load(text), type=CauseBounds, dec_hook=span)


def causes_of(number: Number, account: Account | None, at: Instant) -> tuple[Cause, ...]:
    """Return the probable causes of what the platform did at an instant, the likely ones first."""
    bounds = cause_bounds()
    week, usual = (
        _between(number, at - bounds.over, at),
        _between(number, at - bounds.over - bounds.usual, at - bounds.over),
    )
    causes = [*_told(number, account, at), *_by_share(week, usual), *_alike(week), *_volume(week, usual)]
    causes.sort(key=lambda cause: (cause.grade != "likely", ORDER.index(cause.name)))
    return tuple(causes[:MOST_CAUSES])


def _between(number: Number, begin: Instant, end: Instant) -> list[Day]:
    return [day for at, day in sorted(number.days.by_day.items()) if begin // DAY < at <= end // DAY]


def _told(number: Number, account: Account | None, at: Instant) -> list[Cause]:
    """Return what the platform itself said around the time: violations, templates, its prices."""
    causes = []
    for when, violation in account.violations if account is not None else ():
        if abs(at - when) <= cause_bounds().over:
            causes.append(Cause(name="violation", grade="likely", named=violation))
    for template in account.templates.values() if account is not None else ():
        named = f"{template.name} ({template.language})"
        if template.status in ("PAUSED", "DISABLED") or template.quality == "RED":
            causes.append(Cause(name="template", grade="likely", named=named))
        elif template.filed_next is not None:
            causes.append(Cause(name="misfiled", grade="possible", named=named))
    if ai.charged_otherwise(number, at):
        causes.append(Cause(name="general_ai", grade="likely"))
    return list({(cause.name, cause.named): cause for cause in causes}.values())[:6]


def _by_share(week: list[Day], usual: list[Day]) -> list[Cause]:
    bounds, causes = cause_bounds(), []
    for name, bound in (("spam_errors", bounds.spam_errors), ("stopped", bounds.stopped),
                       ("without_consent", bounds.without_consent), ("silence", bounds.silence),
                       ("undelivered", bounds.undelivered), ("other_program", bounds.other_program)):  # fmt: skip
        share = SHARES[name](week)
        grade = _grade(share, bound)
        if grade is not None:
            causes.append(Cause(name=name, grade=grade, share=share, before=SHARES[name](usual)))
    return causes


def _grade(share: Share, bound: Bounds) -> Grade | None:
    if share.of < cause_bounds().least or not share.hits:
        return None
    return "likely" if share.surely_above(bound.likely) else "possible" if share.surely_above(bound.possible) else None


def _alike(week: list[Day]) -> list[Cause]:
    causes, bounds = [], cause_bounds()
    began = sum(day.began for day in week)
    for name, figures, bound in (
        ("one_campaign", _sum([day.campaigns for day in week]), bounds.one_campaign),
        ("same_to_all", _sum([day.contents for day in week]), bounds.same_to_all),
    ):
        named, most = max(figures.items(), key=lambda item: (item[1], item[0]), default=("", 0))
        share = Share(min(most, began), began)
        if _grade(share, bound) is not None:  # every business has its campaigns: alone, that is no more than possible
            causes.append(
                Cause(name=name, grade="possible", share=share, named=named if name == "one_campaign" else "")
            )
    return causes


def _volume(week: list[Day], usual: list[Day]) -> list[Cause]:
    bound = cause_bounds().sudden_volume
    most = max((day.began for day in week), default=0)
    if most < bound.least:
        return []
    if not usual:
        return [Cause(name="no_history", grade="possible", named=str(most))]
    mean = max(1.0, sum(day.began for day in usual) / (cause_bounds().usual // DAY))
    times = most / mean
    grade: Grade | None = "likely" if times >= bound.likely else "possible" if times >= bound.possible else None
    return [] if grade is None else [Cause(name="sudden_volume", grade=grade, times=round(times, 1), named=str(most))]


def _sum(figures: list[dict[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for each in figures:
        for name, many in each.items():
            total[name] = total.get(name, 0) + many
    return total


def _failed(days: list[Day], *codes: str) -> int:
    return sum(day.failed.get(code, 0) for day in days for code in codes)


def _sent(days: list[Day]) -> int:
    return sum(sum(day.sent.values()) for day in days)


def _began(days: list[Day]) -> int:
    return sum(day.began for day in days)


def _others(days: list[Day]) -> int:
    return max(0, sum(day.others for day in days))


SHARES = {
    "other_program": lambda days: Share(_others(days), _others(days) + _sent(days)),
    "without_consent": lambda days: Share(_began(days) - sum(day.consented for day in days), _began(days)),
    "stopped": lambda days: Share(min(_began(days), sum(day.stopped for day in days)), _began(days)),
    "silence": lambda days: Share(
        max(0, _began(days) - sum(min(day.began, day.answered + day.read) for day in days)), _began(days)
    ),
    "spam_errors": lambda days: Share(_failed(days, "131048", "131049"), _sent(days)),
    "undelivered": lambda days: Share(_failed(days, "131026"), _sent(days)),
    "failed": lambda days: Share(min(_sent(days), sum(sum(day.failed.values()) for day in days)), _sent(days)),
    "answered": lambda days: Share(sum(min(day.began, day.answered) for day in days), _began(days)),
    "consented": lambda days: Share(sum(day.consented for day in days), _began(days)),
    "delivered": lambda days: Share(min(_sent(days), sum(day.delivered for day in days)), _sent(days)),
}
"""Shares of a stretch of days, by name."""
