"""A notice in words: what, why, until when, what still works, what happens next time, what to do now, how to appeal.

It says no more than the rule discloses: `sealed` only the clause, `general` the reason, `full` also the holder's
numbers.

>>> facts = Facts(shape="suspended", at=0, code=101, reason={"en": "Too many strangers."}, ends_at=86_400_000)
>>> said = compose(facts, Words({}), "en", now=3_600_000)
>>> said.title, said.until
('Your account is suspended for now', 'until 2 January 1970 at 00:00 UTC (23 hours left)')
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from typing import Literal

import msgspec
from babel.dates import format_datetime, format_timedelta, get_timezone_name

from cartellino.notices import texts
from cartellino.notices.facts import IMPOSED, Facts, Review
from cartellino.notices.words import Words
from cartellino.vocabulary.languages import chosen
from cartellino.vocabulary.times import DAY, HOUR, MINUTE, Duration, Instant, rounded_up


class Notice(msgspec.Struct, frozen=True):
    """A notice as it is read; what does not apply is empty."""

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
        """Return it as plain text, a paragraph for each part."""
        still = "\n".join(f"- {one}" for one in self.still_works)
        to_do = "\n".join(f"{number}. {one}" for number, one in enumerate(self.to_do, 1))
        parts = [self.title, self.what, self.why, self.clause, self.until, still, self.next_time, to_do, self.appeal]
        return "\n\n".join(part for part in parts if part)


def compose(
    facts: Facts, words: Words, language: str, now: Instant, zone: tzinfo = UTC, review: Review = "possible"
) -> Notice:
    """Say a notice in a language; times are those of `zone`, and what is left is counted from `now`.

    `review` says whether one can be asked for now, which a notice does not offer where it would be refused.
    """
    tell = _Teller(words, language, now, zone)
    imposed = facts.shape in IMPOSED
    return Notice(
        language=language,
        title=tell.say(texts.TITLES[facts.shape]),
        what=tell.say(texts.WHAT[facts.shape], scope=tell.scope(facts), topic=tell.topic(facts), said=facts.said),
        why=tell.why(facts) if imposed else "",
        clause=tell.clause(facts) if imposed else "",
        until=tell.until(facts),
        still_works=[tell.say(texts.ABILITIES[one]) for one in facts.still_works] if imposed else [],
        next_time=tell.next_time(facts) if imposed else "",
        to_do=[tell.say(one) for one in texts.to_do(facts, review)],
        appeal=tell.appeal(facts, review) if imposed else "",
        numbers=[tell.number(one.signal, one.own, one.limit, one.window) for one in facts.numbers],
        code=facts.code,
        card=texts.CARDS[facts.shape],
    )


def zone_name(local: datetime, language: str) -> str:
    """Return what people who speak a language call a time zone at a moment (`CET`), or its offset (`-0330`).

    The offset is written here: Babel 2.18 writes those west of Greenwich with half hours an hour too far west.
    """
    name = get_timezone_name(local, "short", locale=language)
    has_name = name and any(letter.isalpha() for letter in name) and not any(letter.isdigit() for letter in name)
    return name if has_name else local.strftime("%z")[:5]


_Unit = Literal["day", "hour", "minute"]
_UNITS: tuple[tuple[_Unit, Duration], ...] = (("day", DAY), ("hour", HOUR), ("minute", MINUTE))


class _Teller:
    """Says the parts in one language, at one time, in one time zone."""

    def __init__(self, words: Words, language: str, now: Instant, zone: tzinfo) -> None:
        self._words = words
        self._language = language
        self._now = now
        self._zone = zone

    def say(self, text: str, **values: object) -> str:
        return self._words.say(self._language, text, **values)

    def why(self, facts: Facts) -> str:
        if facts.shape == "terminating":
            return self.say(texts.BY_PERSON)
        said = chosen(facts.reason, self._language) or self.say(texts.SEALED)
        return f"{said} {self.say(texts.BY_MACHINE if facts.automatic else texts.BY_PERSON)}"

    def clause(self, facts: Facts) -> str:
        return facts.clause if isinstance(facts.clause, str) else chosen(facts.clause, self._language)

    def scope(self, facts: Facts) -> str:
        return ", ".join(self.say(texts.ABILITIES[one]) for one in facts.scope)

    def topic(self, facts: Facts) -> str:
        return self.say(texts.OUTCOMES.get(facts.topic, texts.OUTCOMES["other"]))

    def until(self, facts: Facts) -> str:
        if facts.ends_at is None:
            return self.say(texts.FOR_GOOD) if facts.shape == "banned" else ""
        if facts.shape == "terminating":
            return self.say(texts.EFFECTIVE, when=self.moment(facts.ends_at))
        if facts.ends_at <= self._now:
            return self.say(texts.OVER, when=self.moment(facts.ends_at))
        left = self.lasting(facts.ends_at - self._now, up=True)
        return self.say(texts.UNTIL, when=self.moment(facts.ends_at, up=True), left=left)

    def next_time(self, facts: Facts) -> str:
        if facts.next_kind is None:
            return ""
        lasts = self.lasting(facts.next_lasts) if facts.next_lasts is not None else ""
        return self.say(
            texts.NEXT_FOR if lasts else texts.NEXT, kind=self.say(texts.KINDS[facts.next_kind]), time=lasts
        )

    def appeal(self, facts: Facts, review: Review) -> str:
        if facts.shape == "terminating":
            return self.say(texts.CLARIFY)
        if review != "possible":
            return self.say(texts.APPEAL_OPEN) if review == "open" else ""
        window = self.lasting(facts.window or 180 * DAY)
        if facts.review is None:
            return self.say(texts.APPEAL_SOON, window=window)
        return self.say(texts.APPEAL, window=window, limit=self.lasting(facts.review))

    def number(self, signal: str, own: object, limit: object, window: str | None) -> str:
        return self.say(texts.NUMBER, signal=signal, own=own, limit=limit, window=window or "-")

    def moment(self, at: Instant, *, up: bool = False) -> str:
        """Write a moment, to the minute, with its time zone.

        Rounded `up` it is never before what it says: what ends at 01:14:24 has not ended at 01:14.
        """
        local = datetime.fromtimestamp((rounded_up(at, MINUTE) if up else at) / 1000, self._zone)
        day = format_datetime(local, "d MMMM y", locale=self._language)
        time = f"{format_datetime(local, 'HH:mm', locale=self._language)} {zone_name(local, self._language)}"
        return self.say(texts.MOMENT, day=day, time=time)

    def lasting(self, span: Duration, *, up: bool = False) -> str:
        """Write a duration with its largest unit that leaves less than a tenth out; rounded down, or `up`."""
        for unit, size in _UNITS:
            if span >= 2 * size or (span >= size and span % size == 0):
                return self._lasting(rounded_up(span, size) if up else span - span % size, unit)
        return self._lasting(MINUTE if span <= MINUTE else 2 * MINUTE if up else MINUTE, "minute")

    def _lasting(self, span: Duration, unit: _Unit) -> str:
        return format_timedelta(timedelta(milliseconds=span), unit, threshold=1e9, locale=self._language)
