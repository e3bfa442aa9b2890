"""Renders a diagnosis in a language: first the state of the account, then that of the service.

The text names no government, and an authority only if it announced the restriction itself.

>>> from cartellino.availability.evidence import Cause
>>> cause = Cause("outage", "likely", "ID", ("sending",), 0)
>>> said = say(About("clear", place="ID", level="warning"), [cause], Words({}), "en")
>>> said.sentence
'Your account is in order. Not working at the moment (Indonesia): sending messages. The reason is probably an outage of
the service.'
>>> said.next_step
'There is nothing that you have to do. Try again later.'
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, tzinfo
from typing import NamedTuple

from babel import Locale
from babel.dates import format_datetime
from babel.lists import format_list

from cartellino.availability.evidence import Cause, Evidence
from cartellino.availability.places import WORLD
from cartellino.notices import diagnosis_texts as texts
from cartellino.notices.compose import zone_name
from cartellino.notices.diagnosis_texts import AccountState
from cartellino.notices.texts import ABILITIES
from cartellino.notices.words import Words
from cartellino.vocabulary.times import Instant

_MOST_NAMED = 5


class About(NamedTuple):
    """The circumstances of a diagnosis: the state of the account, what is limited and until when; the country, if it is
    known; and the worst level of the service there."""

    state: AccountState
    scope: tuple[str, ...] = ()
    ends_at: Instant | None = None
    place: str | None = None
    level: str = "unknown"


class Said(NamedTuple):
    """A rendered diagnosis, and what the holder can do."""

    sentence: str
    next_step: str


def say(about: About, causes: Sequence[Cause], words: Words, language: str, zone: tzinfo = UTC) -> Said:
    """Render a diagnosis in a language; `causes` are those of the country, the most certain first."""
    teller = _Teller(words, language, zone)
    cause = next((cause for cause in causes if cause.grade != "ruled_out"), None)
    parts = [teller.account(about), teller.cause(cause) if cause is not None else teller.calm(about)]
    step = texts.ACCOUNT_STEP.get(about.state) or (texts.STEP[cause.kind] if cause is not None else texts.REPORT)
    return Said(" ".join(parts), words.say(language, step))


def tell(cause: Cause, words: Words, language: str, *, is_over: bool = False) -> Said:
    """Say what fails, or failed, and why, to everybody; and what can be done while it lasts."""
    step = "" if is_over else words.say(language, texts.STEP[cause.kind])
    return Said(_Teller(words, language, UTC).cause(cause, texts.FAILED if is_over else texts.FAILING), step)


class _Teller:
    def __init__(self, words: Words, language: str, zone: tzinfo) -> None:
        self._words, self._language, self._zone = words, language, zone

    def account(self, about: About) -> str:
        features = self._listed(self._say(ABILITIES[name]) for name in about.scope if name in ABILITIES)
        if about.ends_at is None or about.state not in texts.ACCOUNT_UNTIL:
            return self._say(texts.ACCOUNT[about.state], features=features)
        return self._say(texts.ACCOUNT_UNTIL[about.state], when=self._moment(about.ends_at), features=features)

    def cause(self, cause: Cause, text: str = texts.FAILING) -> str:
        features = self._listed(self._say(texts.FEATURE[name]) for name in cause.features)
        parts = [
            self._say(text, place=self._reach(cause), features=features),
            self._say(texts.GRADED[cause.grade], cause=self._say(texts.CAUSE[cause.kind])),
            *(self._announced(fact) for fact in cause.evidence if fact.code == "announced"),
        ]
        return " ".join(parts)

    def calm(self, about: About) -> str:
        if about.place is None:
            return self._say(texts.NO_PLACE)
        text = texts.WORKS if about.level == "none" else texts.NOT_KNOWN
        return self._say(text, place=self.place(about.place))

    def _reach(self, cause: Cause) -> str:
        """Name where something fails; of what fails in many countries those that are known to, where they are few."""
        known = {code for fact in cause.evidence if fact.code == "failing" for code in fact.values["countries"]}
        few = cause.place == WORLD and 0 < len(known) <= _MOST_NAMED
        return self.place(",".join(sorted(known)) if few else cause.place)

    def place(self, place: str) -> str:
        """Return the name of a place: the world, one or several countries, or a network in a country."""
        if place == WORLD:
            return self._say(texts.MANY)
        codes, _, network = place.partition("/")
        names = codes.split(",")
        if len(names) > _MOST_NAMED:
            return self._say(texts.SEVERAL)
        listed = self._listed(str(Locale.parse(self._language, sep="-").territories.get(name, name)) for name in names)
        return f"{listed}, {network}" if network else listed

    def _announced(self, fact: Evidence) -> str:
        return self._say(texts.ANNOUNCED, authority=fact.values["authority"], source=fact.values["source"])

    def _moment(self, at: Instant) -> str:
        local = datetime.fromtimestamp(at / 1_000, self._zone)
        shown = format_datetime(local, "d MMMM y HH:mm", tzinfo=self._zone, locale=self._language.replace("-", "_"))
        return f"{shown} {zone_name(local, self._language)}"

    def _listed(self, names: Iterable[str]) -> str:
        return format_list(list(names), locale=self._language.replace("-", "_"))

    def _say(self, text: str, **values: object) -> str:
        return self._words.say(self._language, text, **values)
