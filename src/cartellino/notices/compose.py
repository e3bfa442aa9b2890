"""Renders the facts of a notice in a language: what, why, until when, what still works, what comes next, how to appeal.

A notice says no more than the rule discloses: `sealed` only the clause, `general` the reason as well, `full` also the
holder's own numbers.

>>> facts = Facts(shape="suspended", at=0, code=101, reason={"en": "Too many strangers."}, ends_at=86_400_000)
>>> said = compose(facts, Words({}), "en", now=3_600_000)
>>> said.title, said.until
('Your account is suspended for now', 'until 2 January 1970 at 00:00 UTC (23 hours left)')
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise
from typing import Literal

import msgspec
from babel.dates import format_datetime, format_timedelta, get_timezone_name
from babel.lists import format_list
from babel.numbers import format_decimal

from cartellino.notices import cards, texts
from cartellino.notices.diagnosis_texts import FEATURE
from cartellino.notices.facts import ENDED, IMPOSED, OF_ACTION, REPAIRED, Facts, Review
from cartellino.notices.words import Words
from cartellino.vocabulary.languages import chosen
from cartellino.vocabulary.times import DAY, HOUR, MINUTE, Duration, Instant, rounded_up


class Notice(msgspec.Struct, frozen=True):
    """A rendered notice. Parts that do not apply are empty; `code` is the number of the rule, `card` the colour."""

    language: str
    title: str
    what: str
    why: str
    clause: str
    until: str
    still_works: list[str]
    next_time: str
    to_do: list[str]
    appeal: str
    numbers: list[str]
    code: int
    card: str

    def text(self) -> str:
        """Return the notice as plain text, with a paragraph for each part."""
        still = "\n".join(f"- {ability}" for ability in self.still_works)
        to_do = "\n".join(f"{number}. {step}" for number, step in enumerate(self.to_do, 1))
        parts = [self.title, self.what, self.why, self.clause, self.until, still, self.next_time, to_do, self.appeal]
        return "\n\n".join(part for part in parts if part)


def compose(
    facts: Facts, words: Words, language: str, now: Instant, zone: tzinfo = UTC, review: Review = "possible"
) -> Notice:
    """Render a notice in a language. Times are in `zone`, and the time left is counted from `now`.

    `review` is whether a review can be requested now; the notice offers one only if it is `possible`.
    """
    tell = _Teller(words, language, now, zone)
    imposed = facts.shape in IMPOSED
    return Notice(
        language=language,
        title=tell.title(facts),
        what=tell.what(facts),
        why=tell.why(facts) if imposed else tell.not_told_yet(facts),
        clause=tell.clause(facts) if imposed or facts.shape in ENDED else "",
        until=tell.until(facts),
        still_works=[tell.say(texts.ABILITIES[ability]) for ability in facts.still_works] if imposed else [],
        next_time=tell.next_time(facts) if imposed or facts.shape in REPAIRED else "",
        to_do=[tell.say(text) for text in texts.to_do(facts, review)],
        appeal=tell.appeal(facts, review) if imposed else "",
        numbers=[tell.number(number.signal, number.own, number.limit, number.window) for number in facts.numbers],
        code=facts.code,
        card=cards.of_notice(facts),
    )


def zone_name(local: datetime, language: str) -> str:
    """Return the short name of a time zone at a moment in a language (`CET`), or its offset (`-0330`).

    The offset is not formatted by Babel, because Babel 2.18 gives offsets with half hours west of Greenwich an hour too
    far west.
    """
    name = get_timezone_name(local, "short", locale=language)
    has_name = name and any(letter.isalpha() for letter in name) and not any(letter.isdigit() for letter in name)
    return name if has_name else local.strftime("%z")[:5]


def sentences(parts: Sequence[str]) -> str:
    """Join texts with spaces; a full stop is added between two of them if the first, by an operator, lacks one.

    >>> sentences(["It was lifted. because so ", "Another holds."]), sentences(["alone"])
    ('It was lifted. because so. Another holds.', 'alone')
    """
    *before, last = parts
    return " ".join([*(part if _STOPPED.search(part) else f"{part}." for part in map(str.rstrip, before)), last])


_STOPPED = re.compile(r"[.!?:\u2026\u3002\uff01\uff1f\u061f]\W*$")
_Unit = Literal["day", "hour", "minute"]
_UNITS: tuple[tuple[_Unit, Duration], ...] = (("day", DAY), ("hour", HOUR), ("minute", MINUTE))


def lasting(span: Duration, language: str) -> str:
    """Return a duration in the largest unit of which it has at least two or a whole number, rounded down.

    >>> lasting(183 * DAY, "en"), lasting(48 * HOUR, "it"), lasting(90 * MINUTE, "id")
    ('183 days', '2 giorni', '90 menit')
    """
    for unit, size in _UNITS:
        if span >= 2 * size or (span >= size and span % size == 0):
            return _spelled(span - span % size, unit, language)
    return _spelled(MINUTE, "minute", language)


def left_in_words(span: Duration, language: str) -> str:
    """Return the time left in two units, rounded up to agree with a countdown on the same page.

    >>> left_in_words(6 * DAY + 9 * HOUR + 38 * MINUTE, "en"), left_in_words(DAY - 1, "it"), left_in_words(1, "id")
    ('6 days, 10 hours', '24 ore', '1 menit')
    """
    span = max(span, MINUTE)
    for (unit, size), (smaller, step) in pairwise((*_UNITS, _UNITS[-1])):
        if span >= 2 * size or span == size:
            whole = rounded_up(span, step)
            parts = [_spelled(whole - whole % size, unit, language)]
            parts += [_spelled(whole % size, smaller, language)] if whole % size else []
            return format_list(parts, "unit", language)
    return _spelled(rounded_up(span, MINUTE), "minute", language)


def _spelled(span: Duration, unit: _Unit, language: str) -> str:
    return format_timedelta(timedelta(milliseconds=span), unit, threshold=1e9, locale=language)


class _Teller:
    """Renders the parts of notices for one language, time and time zone."""

    def __init__(self, words: Words, language: str, now: Instant, zone: tzinfo) -> None:
        self._words = words
        self._language = language
        self._now = now
        self._zone = zone

    def say(self, text: str, **values: object) -> str:
        return self._words.say(self._language, text, **values)

    def title(self, facts: Facts) -> str:
        title = texts.OF_KIND.get((facts.shape, facts.topic), ("", ""))[0] or texts.TITLES[facts.shape]
        if facts.shape == "lifted" and facts.topic not in ("warning", "waiting") and facts.remains:
            title = texts.LIFTED_BUT.get(facts.topic, texts.LIFTED_ONE)
        return self.say(title)

    def what(self, facts: Facts) -> str:
        values = {"scope": self.scope(facts), "topic": self.topic(facts), "said": facts.said, **self.order(facts)}
        of_kind = texts.OF_KIND.get((facts.shape, facts.topic), ("", ""))[1]
        parts = [self.say(of_kind or texts.WHAT[facts.shape], **values)]
        if facts.shape in ("milder", "restored") and facts.holds in texts.BECAME:
            same = facts.holds == facts.topic
            parts.append(self.say(texts.WHAT[OF_ACTION[facts.holds]] if same else texts.BECAME[facts.holds], **values))
        if facts.limited_until > facts.limited_from:
            parts.append(self.wrongly(facts.limited_from, facts.limited_until))
        if facts.remains:
            kinds = ", ".join(self.say(texts.KINDS[kind]) for kind in facts.remains)
            parts.append(self.say(texts.REMAINS, kinds=kinds))
        return sentences(parts)

    def order(self, facts: Facts) -> dict[str, str]:
        """Return what is said of the order of an authority (`said`) on a legal basis (`clause`)."""
        if facts.shape not in ("ordered", "order_over"):
            return {}
        named = format_list([self.say(FEATURE[one]) for one in facts.features], locale=self._language)
        basis = self.clause(facts) or self.say(texts.NOT_SAID)
        return {"authority": facts.said or self.say(texts.AN_AUTHORITY), "features": named, "basis": basis}

    def wrongly(self, since: Instant, until: Instant) -> str:
        """Say from when until when somebody was limited wrongly."""
        begun, over = (datetime.fromtimestamp(at / 1000, self._zone) for at in (since, until))
        if begun.date() != over.date():
            return self.say(texts.WRONGLY_FOR_DAYS, since=self.moment(since), until=self.moment(until, up=True))
        day = format_datetime(begun, "d MMMM y", locale=self._language)
        name = zone_name(over, self._language)
        return self.say(texts.WRONGLY, since=f"{begun:%H:%M}", until=f"{over:%H:%M} {name}", day=day)

    def why(self, facts: Facts) -> str:
        if facts.shape == "terminating":
            return self.say(texts.BY_PERSON)
        reason = chosen(facts.reason, self._language) or self.say(texts.SEALED)
        linked = f" {self.say(texts.LINKED)}" if facts.linked else ""
        return f"{reason}{linked} {self.say(texts.BY_MACHINE if facts.automatic else texts.BY_PERSON)}"

    def not_told_yet(self, facts: Facts) -> str:
        """Return the reason of a sanction that ended before its own notice was due."""
        reason = chosen(facts.reason, self._language) if facts.shape in ENDED else ""
        return self.say(texts.NOT_TOLD_YET, reason=reason) if reason else ""

    def clause(self, facts: Facts) -> str:
        return facts.clause if isinstance(facts.clause, str) else chosen(facts.clause, self._language)

    def scope(self, facts: Facts) -> str:
        return ", ".join(self.say(texts.ABILITIES[ability]) for ability in facts.scope)

    def topic(self, facts: Facts) -> str:
        return self.say(texts.OUTCOMES.get(facts.topic, texts.OUTCOMES["other"]))

    def until(self, facts: Facts) -> str:
        if facts.gone and facts.ends_at is not None:
            return self.say(texts.GONE[facts.gone], when=self.moment(facts.ends_at))
        if facts.ends_at is None:
            return self.say(texts.FOR_GOOD) if facts.shape == "banned" else ""
        if facts.shape == "terminating":
            return self.say(texts.EFFECTIVE, when=self.moment(facts.ends_at))
        if facts.ends_at <= self._now:
            return self.say(texts.OVER, when=self.moment(facts.ends_at))
        left = left_in_words(facts.ends_at - self._now, self._language)
        return self.say(texts.UNTIL, when=self.moment(facts.ends_at, up=True), left=left)

    def next_time(self, facts: Facts) -> str:
        if facts.next_kind is None:
            return ""
        lasts = lasting(facts.next_lasts, self._language) if facts.next_lasts is not None else ""
        return self.say(
            texts.NEXT_FOR if lasts else texts.NEXT, kind=self.say(texts.KINDS[facts.next_kind]), time=lasts
        )

    def appeal(self, facts: Facts, review: Review) -> str:
        if facts.shape == "terminating":
            return self.say(texts.CLARIFY)
        if review != "possible":
            return self.say(texts.APPEAL_OPEN) if review == "open" else ""
        window = lasting(facts.window or 180 * DAY, self._language)
        if facts.review is None:
            return self.say(texts.APPEAL_SOON, window=window)
        return self.say(texts.APPEAL, window=window, limit=lasting(facts.review, self._language))

    def number(self, signal: str, own: float | str | None, limit: float | str | None, window: str | None) -> str:
        amounts = {"own": self.amount(own), "limit": self.amount(limit)}
        return self.say(texts.NUMBER, signal=signal, window=window or "-", **amounts)

    def amount(self, value: float | str | None) -> str:
        """Return a number in the format of the language, a text unchanged, and an unknown value as a dash."""
        if value is None:
            return "–"
        return value if isinstance(value, str) else str(format_decimal(value, locale=self._language))

    def moment(self, at: Instant, *, up: bool = False) -> str:
        """Return date and time to the minute, with the time zone.

        An end is rounded `up`: what ends at 01:14:24 has not ended at 01:14.
        """
        local = datetime.fromtimestamp((rounded_up(at, MINUTE) if up else at) / 1000, self._zone)
        day = format_datetime(local, "d MMMM y", locale=self._language)
        time = f"{format_datetime(local, 'HH:mm', locale=self._language)} {zone_name(local, self._language)}"
        return self.say(texts.MOMENT, day=day, time=time)
