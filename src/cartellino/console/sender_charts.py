"""The five pillars of a sender over time, as shares of the seven days before each day."""

from __future__ import annotations

from cartellino.senders.accounts import Number
from cartellino.senders.causes import SHARES
from cartellino.senders.days import Day
from cartellino.senders.practice import practice
from cartellino.vocabulary.times import DAY, Instant
from cartellino.web.charts import Chart, Line

SHOWN_DAYS, OVER = 60, 7

Series = list[float | None]


def charts_of(number: Number, now: Instant) -> list[tuple[str, Chart]]:
    """Return a chart for each pillar with what would raise it; days without anything are unknown."""
    days = list(number.days.last(SHOWN_DAYS + OVER - 1, now))
    x = [float(day * DAY) for day, _ in days[OVER - 1 :]]
    weeks = [[held for _, held in days[place : place + OVER]] for place in range(SHOWN_DAYS)]
    least = 100 * practice().reciprocity.least_share
    return [
        (RAISES["consent"], Chart("Consent: agreement on record, %", x, [
            Line("on record", _shares("consented", weeks), means="right"),
            Line("asked to stop", _shares("stopped", weeks), means="wrong")])),
        (RAISES["audience"], Chart("Audience: messages that are all alike, %", x, [Line("alike", _alike(weeks))])),
        (RAISES["frequency"], Chart("Frequency: conversations begun in seven days", x, [
            Line("begun", [float(sum(day.began for day in week)) or None for week in weeks]),
            Line("to strangers", [float(sum(day.first for day in week)) or None for week in weeks])])),
        (RAISES["content"], Chart("Content: messages that failed, %", x, [
            Line("all failures", _shares("failed", weeks), means="wrong"),
            Line("held back as unwanted", _shares("spam_errors", weeks))])),
        (RAISES["reciprocity"], Chart("Answers: conversations that were answered, %", x, [
            Line("answered", _shares("answered", weeks), limit=least, means="right")])),
    ]  # fmt: skip


RAISES = {
    "consent": "Record each agreement with source, wording, time and proof, and write to nobody else.",
    "audience": "Leave out whoever has not reacted for two months, and send what fits to those whom it fits.",
    "frequency": "Fewer, better messages: at most two offers a week to one person, none at night.",
    "content": "Rest templates whose rating falls, file offers as marketing, and clean the list.",
    "reciprocity": "Ask what is worth an answer, and answer within the hour whoever writes.",
}
"""What would raise each pillar."""


def _shares(name: str, weeks: list[list[Day]]) -> Series:
    found = [SHARES[name](week) for week in weeks]
    return [round(100 * share.hits / share.of, 1) if share.of else None for share in found]


def _alike(weeks: list[list[Day]]) -> Series:
    found: Series = []
    for week in weeks:
        total: dict[str, int] = {}
        for day in week:
            for name, many in day.contents.items():
                total[name] = total.get(name, 0) + many
        sent = sum(sum(day.sent.values()) for day in week)
        found.append(round(100 * max(total.values()) / sent, 1) if total and sent else None)
    return found
